"""The command line as a whole: what it imports, and bad input, one sentence on standard error and status 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli import main
from tests.planner.cli.test_simulate import GRID

ROOT = Path(__file__).resolve().parents[3]

ANSWER = {"altair"}
LISTING = {"pandas", *ANSWER}
LIGHT = {
    "the help": ({"numpy", "scipy", *LISTING}, ["--help"]),
    "listings": (LISTING, ["list strategies --json", "list learners --json", "data list --json"]),
    "answers": (
        ANSWER,
        ["cost examples/back-of-envelope.toml --labels random=20000 --json", "curves examples/track-log.csv --json"],
    ),
}


@pytest.mark.parametrize("case", LIGHT)
def test_a_command_imports_nothing_heavy_that_it_does_not_need(case):
    more, commands = LIGHT[case]
    code = (
        "import sys, planner.cli\n"
        f"for command in {commands}:\n"
        "    sys.argv = ['labelplan', *command.split()]\n"
        "    try: planner.cli.main()\n"
        "    except SystemExit as ended: assert not ended.code, command\n"
        f"    found = ({{'torch', 'sklearn', 'streamlit', 'numba'}} | {more}) & set(sys.modules)\n"
        "    if found: sys.exit(f'{command}: imported {found}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_dashboard_listens_to_one_name(run):
    status, out, err = run("dashboard", "--host", "0.0.0.0")
    assert (status, out) == (2, "")
    assert err.startswith("labelplan: --host: found '0.0.0.0'; allowed: the one name or address by which others reach")


def test_the_help_names_every_command(run):
    out = run("--help")[1]
    for command in ("init", "plan", "cost", "forecast", "simulate", "curves", "data", "backtest", "dashboard", "list"):
        assert command in out
    assert run("--version")[1].startswith("labelplan ")


def failing(monkeypatch, folder):
    """Have every command fail by an error that nobody foresaw, and keep reports in a folder."""

    def fail(*arguments, **options):
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr("planner.cli.entry.app", fail)
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: folder)


def test_an_unexpected_error_is_a_sentence_and_a_report(run, monkeypatch, tmp_path):
    failing(monkeypatch, tmp_path / "state")
    monkeypatch.delenv("LABELPLAN_DEBUG")
    status, out, err = run("list", "learners")
    (report,) = (tmp_path / "state").iterdir()
    sentence = f"labelplan: an error in labelplan itself (ZeroDivisionError); a report lies in {report}\n"
    assert (status, out, err) == (1, "", sentence)
    text = report.read_text()
    assert "Traceback" in text and "ZeroDivisionError: of the test" in text and "'list', 'learners'" in text


def test_a_report_that_cannot_be_written_is_told(run, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    failing(monkeypatch, tmp_path / "file" / "state")
    monkeypatch.delenv("LABELPLAN_DEBUG")
    status, _, err = run("list", "learners")
    assert status == 1 and err.endswith("no report could be written; 'labelplan --debug' shows where\n")


@pytest.mark.parametrize("how", ["option", "environment"])
def test_debugging_shows_the_traceback(monkeypatch, tmp_path, how):
    monkeypatch.setenv("LABELPLAN_DEBUG", "1" if how == "environment" else "")
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: tmp_path)
    options = ["--debug"] if how == "option" else []
    monkeypatch.setattr(sys, "argv", ["labelplan", *options, "list", "learners", "--json"])
    monkeypatch.setattr("planner.cli.entry._MANY_THREADS", None)  # which the command looks into
    with pytest.raises(TypeError):
        main()
    assert not list(tmp_path.iterdir())


PILOT = '[evidence]\npilot = "pilot.csv"\n'

PRICED = "[[vendors]]\nprice_usd = 0.012\n"
BAD = {
    "a plan without a price": (
        ["plan", "p.toml"],
        {"p.toml": ""},
        "p.toml, [[vendors]]: missing; allowed: at least one vendor",
    ),
    "a vendor without its price": (
        ["cost", "p.toml", "--labels", "random=5000"],
        {"p.toml": '[[vendors]]\nname = "Acme"'},
        '"Acme" price_usd: missing; allowed: what one person\'s label',
    ),
    "a quote without its price": (
        ["vendors", "p.toml", "--quotes", "q.csv"],
        {"p.toml": PRICED, "q.csv": "name,turnaround_days\nAcme,3\n"},
        '"Acme" price_usd: missing',
    ),
    "a missing plan": (["plan", "none.toml"], {}, "none.toml: there is no such file"),
    "an unknown strategy": (["plan", "p.toml"], {"p.toml": PRICED + '[strategy]\nnames = ["magrin"]'}, "magrin"),
    "an unknown metric": (["plan", "p.toml"], {"p.toml": PRICED + '[evidence]\nproxies = ["moon"]'}, "moon"),
    "a missing pilot": (["plan", "p.toml"], {"p.toml": PRICED + PILOT}, "pilot.csv: there is no such file"),
    "text in a number column": (
        ["plan", "p.toml"],
        {"p.toml": PRICED + PILOT, "pilot.csv": "labels,value\n100,0.5\nmany,0.6\n"},
        "row 2, column 'labels': found 'many'",
    ),
    "a measurement given twice": (
        ["plan", "p.toml"],
        {"p.toml": PRICED + PILOT, "pilot.csv": "seed,labels,value\n0,100,0.5\n0,200,0.6\n0,100,0.50\n"},
        "pilot.csv, row 3: repeats row 1 in every cell",
    ),
    "a standard error in percent": (
        ["forecast", "c.csv"],
        {"c.csv": "labels,value,standard_error\n100,0.5,2\n"},
        "c.csv, row 1, column 'standard_error': found '2'; allowed: a fraction from 0 to 1",
    ),
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
    "an empty store": (["curves", "."], {}, "no finished trajectory"),
    "a missing store": (["plan", "p.toml", "--store", "none"], {"p.toml": PRICED}, "none: there is no such store"),
    "a missing grid": (["simulate", "none.toml", "--store", "s"], {}, "none.toml"),
    "a shard out of range": (["simulate", "g.toml", "--store", "s", "--shard", "4/3"], {"g.toml": GRID}, "4/3"),
    "no labels to price": (["cost", "p.toml", "--labels", "random"], {"p.toml": PRICED}, "PLAN=COUNT"),
    "labels below the initial set": (
        ["cost", "p.toml", "--labels", "margin=5"],
        {"p.toml": PRICED},
        "1,000 initial labels",
    ),
    "an unknown listing": (["list", "moons"], {}, "allowed: strategies, learners, datasets"),
    "an unknown command": (["plam"], {}, "plam"),
    "a forecast target of 2": (["forecast", "c.csv", "--target", "2"], {"c.csv": "labels,value\n1,0.5"}, "found 2"),
    "a forecast at zero": (["forecast", "c.csv", "--at", "0"], {"c.csv": "labels,value\n1,0.5"}, "--at"),
    "a report nowhere": (["plan", "p.toml", "--report", "p.toml/r.html"], {"p.toml": ""}, "p.toml"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_status_2(refused, tmp_path, monkeypatch, case):
    arguments, files, words = BAD[case]
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    refused(words, *arguments)


def test_list_gives_what_can_be_named(run, answered):
    entries = answered(run("list", "strategies", "--json"))
    status, out, _ = run("list", "strategies")
    assert status == 0 and entries and all(entry["name"] in out for entry in entries)
