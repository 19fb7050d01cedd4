"""`python -m research.matching` from end to end."""

from dataclasses import asdict

import pandas as pd
import pytest

from planner.evidence.results import MATCHING
from research.command import RECORDED, recorded_or_read
from research.matching import run as running
from research.matching.__main__ import main
from research.matching.forecasts import judge
from research.matching.held_out import hold_out
from research.matching.weightings import methods_for
from research.matching.words import matching_findings
from tests.research.matching.made import EASY, HARD, table

SETS = {"two-a": (2, EASY), "two-b": (2, EASY), "fifty-a": (50, HARD)}


def named(learners, *names):
    return tuple(one for one in methods_for(tuple(learners)) if one.name in names)


def test_it_compares_weightings_on_a_curve_table_of_two_learners_and_records_them(tmp_path, monkeypatch, capsys):
    chosen = ("matched", "equal", "own learner only")
    monkeypatch.setattr(running, "methods_for", lambda learners: named(learners, *chosen))
    curves = tmp_path / "made.csv"
    pd.concat([table(SETS, seeds=1), table(SETS, seeds=1, learner="forest")]).to_csv(curves, index=False)
    command = [str(curves), "--learner", "forest", "--draws", "100", "--into", str(tmp_path)]
    assert main(command) == 0
    out = capsys.readouterr().out
    said = MATCHING.judged(tmp_path / MATCHING.file)
    assert (said["protocol"], said["learner"], said["learners"]) == ("matching", "forest", ["forest", "linear"])
    assert (said["source"], said["data_sets"], said["draws"], said["seed"]) == ("made.csv", 3, 100, 0)
    assert [one["method"] for one in said["methods"]] == [*chosen]
    assert {"made_on", "machine", "versions", "labelplan"} <= said.keys()
    flat = " ".join(out.split())
    assert "nan" not in out and all(sentence in flat for sentence in matching_findings(said))
    assert "own learner only: as matched, from curves of the task's learner alone." in flat


def test_the_recorded_check_is_what_is_computed_today():
    recorded = MATCHING.judged()
    title, rows = recorded_or_read(RECORDED, learner=recorded["learner"])
    held = next(one for one in hold_out(rows, recorded["strategy"], recorded["learner"]) if one.dataset == "digits")
    methods = named(recorded["learners"], "matched", "equal")
    found = [asdict(one) for one in judge(held, methods=methods, n_draws=recorded["draws"], seed=recorded["seed"])]
    assert (recorded["source"], len(found)) == (title, 2 * 6)
    digits = [one for one in recorded["sets"] if one["dataset"] == "digits"]
    shipped = {(one["method"], one["labels_from"], one["score"]): one for one in digits}
    for one in found:
        # Another processor's last digits may carry a draw over an edge.
        same = shipped[one["method"], one["labels_from"], one["score"]]
        assert one == {
            key: pytest.approx(value, rel=5e-3, abs=5e-3) if isinstance(value, float) else value
            for key, value in same.items()
        }
