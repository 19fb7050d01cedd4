"""`labelplan init` and `labelplan plan` from end to end."""

import html
import re
from pathlib import Path

import pytest

from planner.app.answers import read_questions
from planner.render.html import SECTIONS
from simulations.errors import InputError

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def test_init_writes_a_plan_that_plan_answers_and_never_overwrites_one(run, answered, tmp_path):
    path = tmp_path / "plan.toml"
    assert run("init", path)[0] == 0
    before = path.read_text()
    status, _, err = run("init", path)
    assert status == 2
    assert "--force" in err
    assert path.read_text() == before
    assert answered(run("plan", path, "--json", "--draws", 100))["verdict"]


@pytest.mark.parametrize("name", ["skin-lesions", "rare-classes"])
def test_the_example_plans_answer_from_recorded_curves(run, answered, name):
    verdict = answered(run("plan", EXAMPLES / f"{name}.toml", "--json", "--draws", 200))
    assert verdict["verdict"] in ("use_active_learning", "label_random", "too_close")
    assert 0 <= verdict["p_al_cheaper"] <= 1
    assert set(verdict["plans"]) >= {"random", "margin"}
    assert verdict["evpi_usd"] >= 0
    assert verdict["pilot"]["random"]["evpi_usd"] == pytest.approx(verdict["evpi_usd"])
    assert max(verdict["pilot"]["paired"]["evsi_usd"]) <= verdict["evpi_usd"] + 1e-6
    assert len(verdict["sensitivity"]) > 3


@pytest.mark.parametrize(("price", "status"), [(0.0001, 10), (50, 0)])
def test_the_exit_status_tells_the_verdict_where_a_script_asks_for_it(run, tmp_path, price, status):
    path = tmp_path / "plan.toml"
    path.write_text(
        "[task]\ntarget = 0.9\npool_size = 200_000\ntest_labels = 100\n"
        "[strategy]\ninitial_labels = 500\nbatch_size = 500\n"
        f'[[vendors]]\nname = "Us"\nprice_usd = {price}\n[engineering]\none_off_hours = 80\nhourly_rate_usd = 50\n'
        "[evidence]\nrandom_labels = 20_000\nlabel_savings = 2\n"
    )
    assert run("plan", path, "--quick", "--draws", 300, "--exit-code")[0] == status
    assert run("plan", path, "--quick", "--draws", 300)[0] == 0


def test_a_summary_in_markdown_holds_the_table_and_takes_no_name_for_markup(run, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('[task]\nname = "cats | *dogs*"\ntarget = 0.9\n[[vendors]]\nname = "A|B"\nprice_usd = 0.05\n')
    status, out, _ = run("plan", path, "--quick", "--draws", 100, "--markdown")
    assert status == 0 and out.startswith(r"## cats \| \*dogs\*: ")
    table = [line for line in out.splitlines() if line.startswith("|")]
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert table[1].startswith("| --- |") and len(columns) == 1 and r"A\|B" in table[2]
    status, _, err = run("plan", path, "--markdown", "--json")
    assert status == 2 and "--markdown" in err


def test_the_words_and_the_report_say_what_the_json_says_and_the_seed_decides(run, answered, tmp_path):
    path, report = EXAMPLES / "back-of-envelope.toml", tmp_path / "new" / "report.html"
    status, out, _ = run("plan", path, "--draws", 300, "--seed", 1, "--report", report)
    assert status == 0
    verdict = answered(run("plan", path, "--json", "--draws", 300, "--seed", 1))
    page = report.read_text(encoding="utf-8")
    headline = {"use_active_learning": "Use active learning", "label_random": "Label random"}
    assert out.startswith(headline.get(verdict["verdict"], "Too close to call"))
    # The same sentence with the same chance and money on both.
    sentence = out.splitlines()[1]
    p = verdict["p_al_cheaper"] if verdict["expected_saving_usd"] > 0 else 1 - verdict["p_al_cheaper"]
    assert f"chance of {round(100 * p)}%" in sentence
    for text in (out.splitlines()[0], sentence):
        assert " ".join(text.split()) in " ".join(re.sub("<[^>]+>", "", html.unescape(page)).split())
    assert f"<h2>{SECTIONS['vendors']}</h2>" in page
    assert str(report) in out
    other = answered(run("plan", path, "--json", "--draws", 300, "--seed", 2))
    assert other["p_al_cheaper"] != verdict["p_al_cheaper"]


def test_the_report_holds_the_sections_that_are_ticked(run, refused, tmp_path, monkeypatch):
    def not_asked(*_, **__):
        raise AssertionError("quotes are compared though nothing shows them")

    monkeypatch.setattr("planner.app.answers.buy", not_asked)
    path, report = EXAMPLES / "back-of-envelope.toml", tmp_path / "report.html"
    assert run("plan", path, "--draws", 200, "--report", report, "--sections", "method,plans")[0] == 0
    page = report.read_text(encoding="utf-8")
    assert re.findall(r"<h2>(.*)</h2>", page) == ["The plans", "Method"]
    report.unlink()
    words = "--sections: found 'methods'; allowed, with commas between: verdict, sliders, options, changes"
    refused(words, "plan", path, "--draws", 200, "--report", report, "--sections", "methods")
    assert not report.exists()
    refused("--sections: found without --report", "plan", path, "--sections", "plans")


def test_a_plan_begins_with_presets_and_a_table_of_quotes_with_all_of_them(run, answered, tmp_path):
    plan, quotes = tmp_path / "plan.toml", tmp_path / "quotes.csv"
    status, _, _ = run("init", plan, "--preset", "prolific", "--preset", "cvat-team")
    assert status == 0
    assert 'source = "https://www.prolific.com/pricing' in plan.read_text()
    assert "Vendor A" not in plan.read_text()
    assert run("init", quotes)[0] == 0
    found = answered(run("vendors", plan, "--labels", "1000", "--json"))
    assert [vendor["vendor"] for vendor in found["vendors"]] == ["Prolific", "CVAT Online, own people"]
    presets = answered(run("list", "presets", "--json"))
    assert {"source": "price list", "as_of": "2026-09-20"}.items() <= {one["name"]: one for one in presets}[
        "prolific"
    ].items()
    assert len(quotes.read_text().splitlines()) > len(presets)
    plan.write_text("")
    found = answered(run("vendors", plan, "--labels", "1000", "--quotes", quotes, "--json"))
    assert len(found["vendors"]) == len(presets)
    status, _, err = run("init", tmp_path / "more.csv", "--preset", "prolific")
    assert status == 2
    assert "--preset: found with" in err


def test_inputs_are_swept_and_mapped_as_asked(run, answered):
    path = EXAMPLES / "back-of-envelope.toml"
    options = ("--sweep", "task.pool_size=20_000:200_000", "--map", "task.target,engineering.one_off_hours")
    verdict = answered(run("plan", path, "--draws", 300, "--json", *options))
    swept = verdict["sweeps"]["task.pool_size"]
    assert (swept[0]["value"], swept[-1]["value"]) == (20_000, 200_000)
    assert (verdict["map"]["x"], verdict["map"]["y"]) == ("task.target", "engineering.one_off_hours")
    assert all(0 <= row["p_al_better"] <= 1 for row in verdict["map"]["grid"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--sweep", "task.poolsize"), "did you mean 'task.pool_size'?"),
        (("--sweep", "task.pool_size=3"), "allowed: an input, or one with a range"),
        (("--map", "task.failure_usd,task.pool_size"), "such as task.failure_usd=1:100"),
    ],
)
def test_questions_that_have_no_answer_are_refused_in_a_sentence(refused, options, told):
    refused(told, "plan", EXAMPLES / "back-of-envelope.toml", "--draws", 100, *options)


def test_inputs_are_asked_with_a_range_or_without():
    asked = read_questions(["task.pool_size", "vote_price_usd = 0.01:0.2"], "task.failure_usd=0:5_000, task.pool_size")
    assert asked.sweeps == {"task.pool_size": None, "vote_price_usd": (0.01, 0.2)}
    assert asked.map_over == ("task.failure_usd", "task.pool_size")
    assert asked.map_within == ((0, 5_000), None)
    assert read_questions([], None).map_over is None


@pytest.mark.parametrize("over", ["a=1,b", "a=1:2:3,b", "a=1:nan,b", "a", "a,b,c", ",b"])
def test_a_map_of_something_else_is_refused_with_an_example(over):
    with pytest.raises(InputError, match=r"--map: found '.*'; allowed: .*such as "):
        read_questions([], over)


def test_the_demo_answers_a_case_of_each_verdict_and_writes_nothing(run, answered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    states = [one["verdict"] for one in answered(run("demo", "--json"))]
    assert states == ["label_random", "use_active_learning", "too_close"]
    assert list(tmp_path.iterdir()) == []


def test_a_case_of_the_demo_is_a_plan_file_with_the_same_answer(run, answered, refused, tmp_path):
    status, out, _ = run("demo", "--plan-file", 3)
    path = tmp_path / "plan.toml"
    path.write_text(out)
    found = answered(run("plan", path, "--quick", "--json"))
    assert (status, found["verdict"]) == (0, "too_close")
    refused("--plan-file: found 4; allowed: 1 to 3", "demo", "--plan-file", 4)


@pytest.mark.parametrize("option", [("--report", "report.html"), ("--sweep", "task.pool_size"), ("--map", "a,b")])
def test_a_quick_answer_stops_before_what_would_change_it(run, answered, refused, option):
    quick = answered(run("plan", EXAMPLES / "back-of-envelope.toml", "--draws", 200, "--quick", "--json"))
    whole = answered(run("plan", EXAMPLES / "back-of-envelope.toml", "--draws", 200, "--json"))
    assert quick["p_al_cheaper"] == whole["p_al_cheaper"] and quick["plans"] == whole["plans"]
    assert quick["sensitivity"] == [] and quick["evpi_usd"] is None and whole["sensitivity"]
    refused(f"--quick: found with {option[0]}", "plan", EXAMPLES / "back-of-envelope.toml", "--quick", *option)
