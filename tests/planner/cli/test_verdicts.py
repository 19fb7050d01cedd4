"""`labelplan backtest --verdicts` from end to end."""

import pytest

from planner.backtest.verdicts import asked, world
from planner.report.words_verdicts import regret_finding
from tests.planner.backtest.verdicts.made import table


@pytest.fixture
def brief(monkeypatch):
    """One pilot and one target: forecasts take a second each."""
    monkeypatch.setattr(asked, "PILOT_LABELS", (140,))
    monkeypatch.setattr(world, "SHARES", (1.0,))


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    path = tmp_path_factory.mktemp("curves") / "made.csv"
    table({"much": 3.0, "none": 1.0, "worse": 0.5}, seeds=2, counts=range(20, 301, 40)).to_csv(path, index=False)
    return path


@pytest.mark.usefixtures("brief")
def test_it_judges_verdicts_on_a_curve_table_and_draws_them(run, answered, curves, tmp_path):
    chart = tmp_path / "verdicts.svg"
    command = ("backtest", str(curves), "--verdicts", "--sample", "1", "--draws", "100")
    said = answered(run(*command, "--json"))
    assert said["data_sets"] == 3 and said["campaigns"] == 1 and said["draws"] == 100
    assert [part["evidence"] for part in said["by_evidence"]] == list(asked.EVIDENCE)
    status, out, _ = run(*command, "--chart", str(chart))
    assert status == 0
    picture = chart.read_text()
    assert "Chance that active learning is cheaper" in picture and "NaN" not in picture
    flat = " ".join(out.split())
    assert all(regret_finding(part) in flat for part in said["by_evidence"])
    assert f"Chart: {chart}" in out and "nan" not in out


def test_it_goes_with_no_test_of_forecasts_and_needs_pairs(run, curves, tmp_path):
    for more, named in ((["--pairs"], "--pairs"), (["--reserved"], "--reserved")):
        status, _, err = run("backtest", str(curves), "--verdicts", *more)
        assert status == 2
        assert err == f"labelplan: --verdicts: does not go with {named}, which tests forecasts\n"
    alone = tmp_path / "random.csv"
    table({"much": 3.0}).query("strategy == 'random'").to_csv(alone, index=False)
    status, _, err = run("backtest", str(alone), "--verdicts")
    assert status == 2 and "has 0 data sets with random and margin" in err and "Traceback" not in err
