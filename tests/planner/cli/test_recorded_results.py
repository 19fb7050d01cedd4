"""`labelplan backtest --findings`, `--strategies`, and `--verdicts` from end to end."""

from dataclasses import replace

import pytest

from planner.evidence import results
from planner.evidence.results import FINDINGS, RESULTS_FILES, STRATEGIES, VERDICTS
from research.evidence.words import savings_words


@pytest.mark.parametrize("evidence", RESULTS_FILES.values(), ids=RESULTS_FILES)
def test_json_is_what_is_recorded(run, answered, evidence):
    assert answered(run("backtest", f"--{evidence.name}", "--json")) == evidence.judged()


def test_every_finding_is_shown(run):
    status, out, _ = run("backtest", "--findings")
    assert status == 0
    assert all(f"\n{one['id']}, {one['state']}. " in out for one in FINDINGS.judged()["findings"])


def test_every_strategy_is_shown(run):
    recorded = STRATEGIES.judged()
    status, out, _ = run("backtest", "--strategies")
    assert status == 0
    one = next(one for one in recorded["strategies"] if (one["learner"], one["strategy"]) == ("linear", "margin"))
    linear = out[out.index("learner linear") :]
    line = next(line for line in linear.splitlines() if line.startswith("margin "))
    squeezed = line.replace(" to ", "–")
    assert all(savings_words(each).replace(" to ", "–") in squeezed for each in one["sets"])


def test_verdicts_are_shown_for_every_kind_of_evidence(run):
    recorded = VERDICTS.judged()
    status, out, _ = run("backtest", "--verdicts")
    assert status == 0 and "nan" not in out
    assert out.splitlines() == recorded["words"] and len(recorded["by_evidence"]) > 1
    flat = " ".join(out.split())
    assert all(f"From a {part['evidence']}, calls are right in " in flat for part in recorded["by_evidence"])
    assert VERDICTS.command in flat


@pytest.mark.parametrize("more", [["recorded"], ["--chart", "c.svg"], ["--sample", "2"]])
def test_what_is_recorded_does_not_go_with_a_test_of_forecasts(refused, more):
    refused(f"--findings: does not go with {more[0]}, as it shows what is recorded", "backtest", "--findings", *more)


def test_one_result_at_a_time(refused):
    refused("--findings: does not go with --verdicts", "backtest", "--verdicts", "--findings")


def test_a_file_of_another_version_is_a_sentence_and_a_way_on(refused, monkeypatch):
    monkeypatch.setitem(results.RESULTS_FILES, "findings", replace(FINDINGS, version=4))
    refused(
        "findings.json has the format 3; allowed: 4; 'make evidence-signs' writes it anew", "backtest", "--findings"
    )
