"""Scores of forecasts that are known to be right, or off by a known factor."""

import numpy as np
import pandas as pd
import pytest

from planner.transfer.task_curves import TaskCurves
from research.matching import forecasts
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


def scored(one, drawn, labels_from=FROM_PROXIES):
    return {score.score: score for score in _scored(one, MATCHED, labels_from, drawn)}


def test_a_forecast_that_is_the_truth_scores_nothing():
    one = held()
    for score in scored(one, curves(one)).values():
        assert (score.crps, score.error) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert scored(one, curves(one))["value"].holds == 1.0
    assert scored(one, curves(one))["labels"].never == 0.0
    assert scored(one, curves(one))["value"].data_sets == pytest.approx(1 / (0.75**2 + 0.25**2))


def test_four_times_the_labels_are_two_doublings_and_savings_stay():
    one = held()
    found = scored(one, curves(one, times=4.0))
    assert found["labels"].error == pytest.approx(2.0) and found["labels"].crps == pytest.approx(2.0)
    assert found["savings"].error == pytest.approx(0.0, abs=1e-9)
    # Only at the first of five counts, the initial set, is the value right.
    assert found["value"].error > 0.05 and found["value"].holds == pytest.approx(1 / 5)


def test_never_counts_as_the_pool_and_too_few_as_the_initial_set():
    one = held()
    never = curves(one, times=1e4)
    reach = [float(np.log2(one.pool / labels)) for labels in (80, 160, 320)]
    assert scored(one, never)["labels"].error == pytest.approx(np.mean(reach), abs=0.03)
    assert scored(one, never)["labels"].never == 1.0 and scored(one, never)["savings"].never == 1.0
    at_once = curves(one, times=1e-4)
    reach = [float(np.log2(labels / one.initial)) for labels in (80, 160, 320)]
    assert scored(one, at_once)["labels"].error == pytest.approx(np.mean(reach), abs=0.03)


def test_savings_beyond_what_was_recorded_are_scored_as_far_as_they_are_known():
    one = held(table(seeds=1, saves=0.5))
    x, y, _ = forecasts._savings(one, curves(one), forecasts._targets(one))
    assert (
        y[-1] == pytest.approx(0.0, abs=1e-9) and np.isnan(y).sum() == 0
    )  # margin never has what random has at the end
    worse = curves(one)
    worse.best[1] = worse.best[0] * 0.9
    x, y, _ = forecasts._savings(one, worse, forecasts._targets(one))
    assert (x[:, -1] == y[-1]).all()  # to have saved even less contradicts nothing


def test_matching_wins_where_classes_tell_how_hard_a_data_set_is():
    found = pd.DataFrame(judge(held(name="fifty-a"), (MATCHED, EQUAL), n_draws=200, seed=0))
    crps = found.set_index(["labels_from", "score", "method"])["crps"]
    for labels_from in (FROM_PROXIES, FROM_PLAN):
        assert crps[labels_from, "value", "matched"] < crps[labels_from, "value", "equal"]
    assert crps[FROM_PROXIES, "labels", "matched"] < crps[FROM_PROXIES, "labels", "equal"]
    assert np.isfinite(crps).all() and len(found) == 2 * 2 * 3


def test_what_the_plan_says_of_its_own_target_is_no_forecast():
    one = held()
    far = curves(one, times=4.0)
    far.log_labels.flags.writeable = True
    assert scored(one, far, FROM_PLAN)["labels"].crps == pytest.approx(2.0)
    asked = forecasts._labels(one, far, forecasts._targets(one)[:-1])
    assert asked[0].shape == (2, 2)
