"""`labelplan backtest --findings` from end to end."""

from dataclasses import replace

import pytest

from planner.evidence.judged import FINDINGS


def test_it_shows_what_is_recorded(run, answered):
    recorded = FINDINGS.judged()
    assert answered(run("backtest", "--findings", "--json")) == recorded
    status, out, _ = run("backtest", "--findings")
    assert status == 0
    assert all(f"\n{one['id']}, {one['state']}. " in out for one in recorded["findings"])


@pytest.mark.parametrize(
    ("more", "named"),
    [(["--pairs"], "--pairs"), (["recorded"], "recorded"), (["--cross-validate", "5"], "--cross-validate")],
)
def test_it_does_not_go_with_a_test_of_forecasts(run, more, named):
    status, _, err = run("backtest", "--findings", *more)
    assert status == 2
    assert err == f"labelplan: --findings: does not go with {named}, as it shows what is recorded\n"


def test_a_file_of_another_version_is_a_sentence_and_a_way_on(run, monkeypatch):
    monkeypatch.setattr("planner.evidence.judged.FINDINGS", replace(FINDINGS, version=2))
    status, _, err = run("backtest", "--findings")
    assert status == 2
    assert "findings.json has the format 1; allowed: 2; 'make evidence-signs' writes it anew" in err
    assert "Traceback" not in err
