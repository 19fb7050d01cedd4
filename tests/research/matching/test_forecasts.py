"""Scores of forecasts that are known to be right, or off by a known factor."""

import numpy as np
import pandas as pd
import pytest

from planner.transfer.task_curves import TaskCurves
from research.matching.forecasts import FROM_PLAN, FROM_PROXIES, _scored, judge
from research.matching.held_out import hold_out
from research.matching.weightings import EQUAL, MATCHED
from tests.research.matching.made import table

TABLE = table(seeds=1)


def held(curves=TABLE, name="two-a"):
    return next(one for one in hold_out(curves, "margin", "linear") if one.dataset == name)


def curves(one, *, times=1.0, draws=2):
    """Draws that are the truth, on a label axis that is so many times too long."""
    counts = np.log(one.truth["random"].index.to_numpy(dtype=float))
    best = np.stack([np.tile(one.truth[name].to_numpy(), (draws, 1)) for name in ("random", "margin")])
    axis = np.broadcast_to(counts + np.log(times), best.shape)
    evidence = pd.DataFrame({"dataset": ["x", "y"], "weight": [0.75, 0.25], "why": ["", ""]})
    return TaskCurves(("random", "margin"), "accuracy", best, axis, axis[..., -1], evidence, (), clean_labels=True)


def scored(one, drawn):
    return {score.score: score for score in _scored(one, MATCHED, FROM_PROXIES, drawn)}


def test_a_forecast_that_is_the_truth_scores_nothing():
    one = held()
    found = scored(one, curves(one))
    assert [each for score in found.values() for each in (score.crps, score.error)] == pytest.approx([0] * 6, abs=1e-9)
    assert found["value"].holds == 1.0 and found["labels"].never == 0.0
    assert found["value"].data_sets == pytest.approx(1 / (0.75**2 + 0.25**2))


def test_four_times_the_labels_are_two_doublings_and_savings_stay():
    one = held()
    found = scored(one, curves(one, times=4.0))
    assert found["labels"].error == pytest.approx(2.0) and found["labels"].crps == pytest.approx(2.0)
    assert found["savings"].error == pytest.approx(0.0, abs=1e-9)
    # Only at the first of five counts, the initial set, is the value right.
    assert found["value"].error > 0.05 and found["value"].holds == pytest.approx(1 / 5)


def test_matching_wins_where_classes_tell_how_hard_a_data_set_is():
    found = pd.DataFrame(judge(held(name="fifty-a"), (MATCHED, EQUAL), n_draws=200, seed=0))
    crps = found.set_index(["labels_from", "score", "method"])["crps"]
    for labels_from in (FROM_PROXIES, FROM_PLAN):
        assert crps[labels_from, "value", "matched"] < crps[labels_from, "value", "equal"]
    assert crps[FROM_PROXIES, "labels", "matched"] < crps[FROM_PROXIES, "labels", "equal"]
    assert np.isfinite(crps).all() and len(found) == 2 * 2 * 3
