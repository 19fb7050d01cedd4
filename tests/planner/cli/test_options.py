"""People, a language model, or both, as `labelplan plan` and its report answer it."""

from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "llm-or-people.toml"


def plan_file(folder, **edits):
    text = EXAMPLE.read_text()
    for old, new in edits.items():
        line = next(line for line in reversed(text.splitlines()) if line.startswith(f"{old} ="))
        text = text.replace(line, "" if new is None else f"{old} = {new}")
    path = folder / "plan.toml"
    path.write_text(text)
    return path


def test_the_five_way_answer_in_json_words_and_report(run, answered, tmp_path):
    report = tmp_path / "report.html"
    found = answered(run("plan", EXAMPLE, "--json", "--draws", "200", "--report", report))["options"]
    options = found["options"]
    assert set(options) == {"random", "active_learning", "llm_labels", "llm_answers", "llm_then_people"}
    assert sum(one["p_cheapest"] for one in options.values()) == pytest.approx(1)
    assert found["cheapest"] == min(options, key=lambda name: options[name]["mean_usd"])
    for one in options.values():
        assert sum(one["lines_usd"].values()) == pytest.approx(one["mean_usd"])
    page = report.read_text()
    assert "People, a language model, or both" in page and "Language model, then people" in page
    status, out, _ = run("plan", EXAMPLE, "--draws", "200")
    assert status == 0
    assert "The cheapest of 5 options on average is “" in out and "If people label: " in out
    assert "would cost the least with" in out


def test_a_language_models_quote_suggests_the_options(run, tmp_path):
    status, out, _ = run("plan", plan_file(tmp_path, names="[]"), "--draws", "100")
    assert status == 0 and "Language model is a language model, counted as one vendor among others here" in out


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"names": '["llm_labels", "llm_label"]'}, "[options] names"),
        ({"names": '["llm_labels", "llm_labels"]'}, "allowed: each option once"),
        ({"predictions": None}, "predictions: missing; allowed: how many items are to be answered"),
        ({"unsure_share": None}, "found kept_error_rate; allowed with llm_then_people: unsure_share and"),
        ({"target": '0.9\nbudget_usd = 1_000\nsolve_for = "value_at_budget"'}, "beside a budget that is spent whole"),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(refused, tmp_path, edits, words):
    refused(words, "plan", plan_file(tmp_path, **edits), "--draws", "100")


def test_options_need_quotes_of_people_and_of_a_language_model(refused, tmp_path):
    text = EXAMPLE.read_text()
    path = tmp_path / "plan.toml"
    path.write_text(text.replace("votes_per_item = 1\n", 'votes_per_item = 1\nkind = "llm"\n', 1))
    refused("found without a quote of people; allowed: with quotes of both", "plan", path)
    path.write_text(text.replace('billing = "per_token"\n', 'billing = "per_token"\nkind = "crowd"\n', 1))
    refused('found without a quote of a language model (billing = "per_token" or kind = "llm")', "plan", path)
