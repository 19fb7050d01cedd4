"""Every command from end to end, as a user types it; bad input is one sentence on standard error and status 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

TINY_GRID = """
[grid]
datasets = ["digits"]
learners = ["linear"]
strategies = ["random", "margin"]
batch_sizes = [20]
initial_size = 20
rounds = 6
seeds = 3
"""


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['labelplan', '--help']\n"
        "import planner.cli\n"
        "try: planner.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sklearn', 'streamlit', 'pandas', 'numpy', 'scipy', 'altair'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("init", "plan", "cost", "forecast", "simulate", "curves", "dashboard", "list"):
        assert command in done.stdout


def test_init_writes_a_plan_that_plan_answers_and_never_overwrites_one(run, answered, tmp_path):
    path = tmp_path / "plan.toml"
    assert run("init", path)[0] == 0
    before = path.read_text()
    status, _, err = run("init", path)
    assert status == 2
    assert "--force" in err
    assert path.read_text() == before
    assert answered(run("plan", path, "--json", "--draws", 500))["verdict"]


@pytest.mark.parametrize("name", ["back-of-envelope", "skin-lesions", "rare-classes"])
def test_the_example_plans_answer_from_recorded_curves(run, answered, name):
    verdict = answered(run("plan", EXAMPLES / f"{name}.toml", "--json", "--draws", 1000))
    assert verdict["verdict"] in ("use_active_learning", "label_random", "too_close")
    assert 0 <= verdict["p_al_cheaper"] <= 1
    assert set(verdict["plans"]) >= {"random", "margin"}
    assert verdict["evpi_usd"] is None
    assert len(verdict["sensitivity"]) > 3


def test_the_words_and_the_report_say_what_the_json_says(run, answered, tmp_path):
    path, report = EXAMPLES / "back-of-envelope.toml", tmp_path / "new" / "report.html"
    verdict = answered(run("plan", path, "--json", "--draws", 1000))
    status, out, _ = run("plan", path, "--draws", 1000, "--report", report)
    assert status == 0
    headline = {"use_active_learning": "Use active learning", "label_random": "Label random"}
    assert out.startswith(headline.get(verdict["verdict"], "Too close to call"))
    assert headline.get(verdict["verdict"], "Too close to call") in report.read_text(encoding="utf-8")
    assert str(report) in out


def test_the_same_seed_gives_the_same_answer_and_another_seed_nearly(run, answered):
    path = EXAMPLES / "back-of-envelope.toml"
    first, again, other = (answered(run("plan", path, "--json", "--seed", seed, "--draws", 2000)) for seed in (1, 1, 2))
    assert first == again
    assert first["p_al_cheaper"] == pytest.approx(other["p_al_cheaper"], abs=0.05)


def test_cost_is_the_bill_of_the_back_of_an_envelope(run, answered):
    path = EXAMPLES / "back-of-envelope.toml"
    bill = answered(run("cost", path, "--labels", "random=200000", "--labels", "margin=105000", "--json"))
    assert bill["plans"]["margin"]["lines"]["engineering_usd"] == 4000
    assert bill["plans"]["margin"]["rounds"] == 10
    assert bill["saving_usd"] == pytest.approx(95_000 * 0.04 - 4_000)
    assert bill["break_even_prices_usd"] == pytest.approx([4_000 / 95_000])
    status, out, _ = run("cost", path, "--labels", "random=200000", "--labels", "margin=105000")
    assert status == 0
    assert "$4,000" in out


def test_simulate_then_curves_then_plan_from_the_store(run, answered, tmp_path):
    grid, store = tmp_path / "grid.toml", tmp_path / "runs"
    grid.write_text(TINY_GRID)
    preview = answered(run("simulate", grid, "--store", store, "--dry-run", "--json"))
    assert (preview["trajectories"], preview["to_run"]) == (6, 6)
    first = answered(run("simulate", grid, "--store", store, "--json"))
    assert (first["done"], first["stored"], first["remaining"]) == (6, 0, 0)
    again = answered(run("simulate", grid, "--store", store, "--json"))
    assert (again["done"], again["stored"]) == (0, 6)

    table = tmp_path / "out" / "curves.csv"
    summary = answered(run("curves", store, "--out", table, "--json"))["summary"]
    assert {row["strategy"] for row in summary} == {"random", "margin"}
    assert {row["seeds"] for row in summary} == {3}
    forecasts = answered(run("forecast", table, "--target", 0.9, "--at", "200,300,100000", "--json"))
    assert len(forecasts) == 6
    for curve in forecasts:
        near, _, far = curve["forecast"]
        assert near["q05"] <= near["q10"] <= near["q50"] <= near["q90"] <= near["q95"]
        assert far["q50"] is None
        assert curve["warnings"]
        assert 0 <= curve["p_unreachable"] <= 1

    plan = tmp_path / "plan.toml"
    plan.write_text('[task]\nclasses = 10\n[evidence]\nproxies = ["digits"]\nstore = "runs"\nlabel_scale_sd = 0\n')
    verdict = answered(run("plan", plan, "--json", "--draws", 500))
    assert verdict["evidence"][0]["dataset"] == "digits"


def test_a_damaged_trajectory_is_told_and_costs_only_itself(run, answered, tmp_path):
    grid, store = tmp_path / "grid.toml", tmp_path / "runs"
    grid.write_text(TINY_GRID)
    answered(run("simulate", grid, "--store", store, "--json"))
    next(store.glob("??/*.json")).write_text("{")
    status, out, err = run("curves", store, "--json")
    assert status == 0
    assert "not used" in err
    assert [row["seeds"] for row in json.loads(out)["summary"]] in ([2, 3], [3, 2])


def test_a_pilot_beside_the_plan_is_read(run, answered, tmp_path):
    plan, pilot = tmp_path / "plan.toml", tmp_path / "pilot.csv"
    plan.write_text('[task]\nclasses = 5\n[evidence]\npilot = "pilot.csv"\n')
    pilot.write_text("labels,value\n100,0.60\n200,0.68\n400,0.75\n800,0.80\n1600,0.84\n")
    verdict = answered(run("plan", plan, "--json", "--draws", 500))
    assert verdict["evidence"][0]["dataset"] == "pilot"
    assert any("not applied again" in sentence for sentence in verdict["warnings"])


@pytest.mark.parametrize("what", ["strategies", "learners", "datasets"])
def test_list_gives_what_can_be_named(run, answered, what):
    entries = answered(run("list", what, "--json"))
    assert entries
    assert all({"name", "family", "paper", "needs", "summary"} <= entry.keys() for entry in entries)
    status, out, _ = run("list", what)
    assert status == 0
    assert entries[0]["name"] in out


def test_version(run):
    assert run("--version")[1].startswith("labelplan ")


PILOT = '[evidence]\npilot = "pilot.csv"\n'

BAD = {
    "a missing plan": (["plan", "none.toml"], {}, "none.toml: there is no such file"),
    "an unknown key": (["plan", "p.toml"], {"p.toml": "[task]\ntraget = 0.9"}, "did you mean 'target'"),
    "a target of 90": (["plan", "p.toml"], {"p.toml": "[task]\ntarget = 90"}, "found 90; allowed: a fraction"),
    "a pool below the initial set": (["plan", "p.toml"], {"p.toml": "[task]\npool_size = 100"}, "pool_size"),
    "a negative price": (["plan", "p.toml"], {"p.toml": "[[vendors]]\nprice_usd = -1"}, "found -1"),
    "an unknown strategy": (["plan", "p.toml"], {"p.toml": '[strategy]\nnames = ["magrin"]'}, "magrin"),
    "an unknown metric": (["plan", "p.toml"], {"p.toml": '[evidence]\nproxies = ["moon"]'}, "moon"),
    "a missing pilot": (["plan", "p.toml"], {"p.toml": PILOT}, "pilot.csv: there is no such file"),
    "text in a number column": (
        ["plan", "p.toml"],
        {"p.toml": PILOT, "pilot.csv": "labels,value\n100,0.5\nmany,0.6\n"},
        "row 2, column 'labels': found 'many'",
    ),
    "a value in percent": (["forecast", "c.csv"], {"c.csv": "labels,value\n100,93\n"}, "0.93, not 93"),
    "a CSV without columns": (["forecast", "c.csv"], {"c.csv": "a,b\n1,2\n"}, "column 'labels' is missing"),
    "a cell too many in every row": (
        ["forecast", "c.csv"],
        {"c.csv": "labels,value\n0,100,0.5\n0,200,0.6\n"},
        "more cells than the header",
    ),
    "a column that comes twice": (
        ["forecast", "c.csv"],
        {"c.csv": "labels,value,value\n100,0.5,0.6\n"},
        "column 'value' comes twice",
    ),
    "an empty CSV": (["forecast", "c.csv"], {"c.csv": ""}, "cannot be read"),
    "an empty store": (["curves", "."], {}, "no finished trajectory"),
    "a missing store": (["plan", "p.toml", "--store", "none"], {"p.toml": ""}, "none: there is no such store"),
    "a missing grid": (["simulate", "none.toml", "--store", "s"], {}, "none.toml"),
    "a grid that asks too much": (
        ["simulate", "g.toml", "--store", "s"],
        {"g.toml": TINY_GRID.replace("rounds = 6", "rounds = 600")},
        "pool",
    ),
    "a shard out of range": (["simulate", "g.toml", "--store", "s", "--shard", "4/3"], {"g.toml": TINY_GRID}, "4/3"),
    "no labels to price": (["cost", "p.toml", "--labels", "random"], {"p.toml": ""}, "PLAN=COUNT"),
    "labels below the initial set": (
        ["cost", "p.toml", "--labels", "margin=5"],
        {"p.toml": ""},
        "1,000 initial labels",
    ),
    "an unknown listing": (["list", "moons"], {}, "allowed: strategies, learners, datasets"),
    "an unknown command": (["plam"], {}, "plam"),
    "a forecast target of 2": (["forecast", "c.csv", "--target", "2"], {"c.csv": "labels,value\n1,0.5"}, "found 2"),
    "a forecast at zero": (["forecast", "c.csv", "--at", "0"], {"c.csv": "labels,value\n1,0.5"}, "--at"),
    "a report nowhere": (["plan", "p.toml", "--report", "p.toml/r.html"], {"p.toml": ""}, "p.toml"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_status_2(run, tmp_path, monkeypatch, case):
    arguments, files, words = BAD[case]
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    status, out, err = run(*arguments)
    assert status == 2, (out, err)
    assert words in err
    assert err.startswith("labelplan: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "nan" not in err.lower().split()
