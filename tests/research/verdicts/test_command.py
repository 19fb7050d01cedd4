"""`python -m research.verdicts` from end to end."""

import pytest

from planner.evidence.results import VERDICTS
from research.verdicts import asked, world
from research.verdicts.__main__ import main
from research.verdicts.words import regret_finding
from tests.research.verdicts.made import table


def test_it_judges_verdicts_on_a_curve_table_draws_and_records_them(tmp_path, monkeypatch, capsys):
    pytest.importorskip("vl_convert")
    # One pilot and one target: forecasts take a second each.
    monkeypatch.setattr(asked, "PILOT_LABELS", (140,))
    monkeypatch.setattr(world, "SHARES", (1.0,))
    curves, chart, folder = tmp_path / "made.csv", tmp_path / "verdicts.svg", tmp_path / "new"
    table({"much": 3.0, "none": 1.0, "worse": 0.5}, seeds=2, counts=range(20, 301, 40)).to_csv(curves, index=False)
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
