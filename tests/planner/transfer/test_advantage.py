import json

import numpy as np
import pandas as pd
import pytest

from planner.transfer.advantage import advantages
from planner.transfer.from_proxies import curves_from_proxies
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskCurves, TaskDescription
from tests.planner.transfer.synthetic import recorded

AXIS = np.log(np.geomspace(100, 10_000, 80))


def curves(*factors):
    """Values linear in ln(labels); each strategy needs its factor fewer labels. Factor 0 never rises."""
    lines = [np.full(AXIS.size, AXIS[0] / 10) if f == 0 else (AXIS + np.log(f)) / 10 for f in factors]
    best = np.stack([np.tile(line, (4, 1)) for line in lines])
    names, axis = ("random", *(f"s{i}" for i in range(1, len(factors)))), np.broadcast_to(AXIS, best.shape)
    last = np.full(best.shape[:2], AXIS[-1])
    return TaskCurves(names, "accuracy", best, axis, last, pd.DataFrame(), (), clean_labels=True)


def test_the_factor_of_known_curves():
    found = advantages(curves(1, 2), [500, 2_000], target=0.75)["s1"]
    assert found.curve["q50"].tolist() == pytest.approx([2, 2], rel=1e-3)
    assert found.curve["p_better"].tolist() == [1, 1]
    assert found.at_target == pytest.approx((2, 2, 2), rel=1e-3)
    assert (found.p_fewer_labels, found.p_neither) == (1.0, 0.0)


def test_what_random_never_has_is_no_number():
    found = advantages(curves(1, 2), [9_000], target=AXIS[-1] / 10 + 0.05)["s1"]
    assert found.curve["q50"].tolist() == [None]
    assert found.at_target == (None, None, None) and found.p_fewer_labels == 1.0
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_strategy_that_never_arrives_saves_nothing_and_one_like_random_ties():
    never, same = (advantages(curves(1, f), [1_000], target=0.75)["s1"] for f in (0, 1))
    assert never.at_target == (0, 0, 0) and never.p_fewer_labels == 0
    assert same.at_target == pytest.approx((1, 1, 1)) and same.p_fewer_labels == 0
    assert same.curve["p_better"].tolist() == [0.5]
    # Where neither arrives there is nothing to tell.
    found = advantages(curves(1, 1), [1_000], target=0.99)["s1"]
    assert found.at_target == (None, None, None) and found.p_neither == 1.0


def test_draws_that_differ_give_a_range():
    mixed = curves(1, 2)
    mixed.best[1][:2] = mixed.best[0][:2]
    found = advantages(mixed, [500], target=0.75)["s1"]
    assert found.at_target[0] == pytest.approx(1) and found.at_target[2] == pytest.approx(2, rel=1e-3)
    assert found.p_fewer_labels == 0.5


def test_at_the_pool_all_are_one_and_beyond_a_forecast_there_is_nothing():
    found = advantages(curves(1, 2), [500, 3_000, 5_000], target=0.75, most_labels=3_000)["s1"].curve
    assert found["q50"].tolist() == pytest.approx([2, 1, 1], rel=1e-3)
    assert found["p_better"].tolist() == [1.0, 0.5, 0.5]
    beyond = advantages(curves(1, 2), [50_000], target=0.75)["s1"].curve
    assert beyond.iloc[0].tolist() == [50_000, None, None, None, None]
    # Random needs 1,808 labels, the strategy 904: a target beyond the pool is not reached.
    found = advantages(curves(1, 2), [500], target=0.75, most_labels=1_000)["s1"]
    assert found.at_target == (None, None, None) and found.p_fewer_labels == 1.0


def test_at_the_initial_set_nothing_is_saved_however_many_labels_the_task_needs():
    task = TaskDescription("accuracy", classes=10, kind="image", pool_size=100_000, initial_labels=100)
    told, names = (0.85, np.geomspace(100, 90_000, 300)), ("random", "margin")
    smooth = curves_from_proxies(
        ProxyEvidence(recorded(strategies=names)), task, names, n_draws=300, seed=0, random_labels=told
    )
    found = advantages(smooth, [100, 200, 1_000], target=0.85, most_labels=100_000)["margin"].curve
    assert found["q50"].iloc[0] == pytest.approx(1.0, abs=0.05)
    assert found["q50"].is_monotonic_increasing and found["p_better"].iloc[2] > 0.5
