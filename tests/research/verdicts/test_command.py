"""`python -m research.verdicts` from end to end."""

import pytest

from planner.evidence.results import VERDICTS
from planner.render.evidence.results import regret_finding
from research.verdicts import asked, world
from research.verdicts.__main__ import main
from tests.research.verdicts.made import table


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
def test_it_judges_verdicts_on_a_curve_table_draws_and_records_them(curves, tmp_path, capsys):
    pytest.importorskip("vl_convert")
    chart, folder = tmp_path / "verdicts.svg", tmp_path / "new"
    assert main([str(curves), "--campaigns", "1", "--draws", "100", "--chart", str(chart), "--into", str(folder)]) == 0
    picture = chart.read_text()
    assert "Chance that active learning is cheaper" in picture and "NaN" not in picture
    recorded = VERDICTS.judged(folder / VERDICTS.file)
    assert (recorded["data_sets"], recorded["campaigns"], recorded["draws"]) == (3, 1, 100)
    assert [part["evidence"] for part in recorded["by_evidence"]] == list(asked.EVIDENCE)
    out = capsys.readouterr().out
    flat = " ".join(out.split())
    assert all(regret_finding(part) in flat for part in recorded["by_evidence"]) and "nan" not in out
    assert {"made_on", "machine", "versions", "labelplan"} <= recorded.keys()
    assert recorded["command"] == "make evidence-verdicts"
