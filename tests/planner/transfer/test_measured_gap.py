from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.forecast import fit_forecast
from planner.transfer import measured_gap
from planner.transfer.measured_gap import draw_beside, measured_savings
from planner.transfer.savings_shape import KNOTS, log_savings, shifted_labels

LABELS = np.array([50, 100, 200, 400])
FITTED = fit_forecast(pd.DataFrame({"labels": LABELS, "value": [0.5, 0.6, 0.7, 0.75], "test_size": 5_000}), n_draws=20)
GRID = np.log(np.geomspace(50, 6_400, 29))


def forecast(paths, axis=GRID, last=400):
    paths = np.broadcast_to(paths, (20, axis.size))
    return replace(FITTED, log_labels=axis, paths=paths, first_labels=float(np.exp(axis[0])), last_labels=last)


def beside(random, own, *, pool=None, cap=0.9):
    return draw_beside(random, own, pool_size=pool, cap=cap, rng=np.random.default_rng(0))


@pytest.fixture
def still(monkeypatch):
    """Leave the drift out."""
    monkeypatch.setattr(measured_gap, "_GAP_DRIFT", 0.0)


def test_a_gap_goes_half_way_to_the_last_one_where_both_count_the_same(still):
    """Own forecasts part by 0.04 in each unit of ln n; at 400 labels the gap is 0.04 ln 8."""
    own = forecast(0.5 + 0.04 * (GRID - GRID[0]))
    at = np.log(400) + 0.5
    gap = 0.5 - np.interp(at, GRID, beside(forecast(0.5), own)[0])
    last = 0.04 * np.log(8)
    assert gap == pytest.approx(last + 0.5 * 0.04 * 0.5, abs=5e-4)
    # Up to the last label count the strategy's own forecast stands.
    measured = np.log(400) >= GRID - 1e-9
    np.testing.assert_allclose(1.0 - beside(forecast(0.5), own)[0][measured], own.paths[0][measured])


def test_with_the_whole_pool_labelled_both_are_one():
    for gap in (0.1, -0.1):
        errors = beside(forecast(0.5), forecast(0.5 + gap), pool=1_600)
        np.testing.assert_allclose(errors[:, np.log(1_600) - 1e-9 <= GRID], 0.5, atol=1e-9)
        assert (np.abs(errors[:, np.log(1_200) > GRID] - 0.5) > 0.01).all()


def test_a_strategy_first_measured_later_begins_with_random(still):
    later = np.linspace(np.log(200), GRID[-1], 20)
    gap = 0.5 - beside(forecast(0.5), forecast(0.6, later))[0]
    # At 100 labels half of the way in ln n lies behind, at 200 all of it.
    assert np.interp(np.log([50, 100, 200, 400]), GRID, gap) == pytest.approx([0.0, 0.05, 0.1, 0.1], abs=1e-6)


def test_draws_are_paired_by_rank():
    levels = np.linspace(0.4, 0.6, 20)
    rng = np.random.default_rng(1)
    errors = beside(forecast(rng.permutation(levels)[:, None]), forecast(0.1 + rng.permutation(levels)[:, None]))
    random = forecast(np.random.default_rng(1).permutation(levels)[:, None])
    np.testing.assert_allclose(1.0 - random.paths[:, 0] - errors[:, 0], 0.1)


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 300, 1_000, 100_000]), st.sampled_from([60, 400, 3_000]))
def test_errors_are_always_errors(seed, pool, last):
    paths = np.random.default_rng(seed).uniform(size=(2, 20, GRID.size))
    errors = beside(forecast(paths[0]), forecast(paths[1], GRID + 0.3, last), pool=pool)
    assert np.isfinite(errors).all() and errors.min() >= 0.0 and errors.max() <= 0.9


@pytest.mark.parametrize("pool", [None, 3_000])
def test_savings_planted_are_read_back(pool):
    truth = np.array([0.2, 0.5, 0.6, 0.6])
    log_pool = np.inf if pool is None else np.log(pool)
    axis = np.log(np.geomspace(50, 20_000, 400))
    moved = shifted_labels(axis, log_savings(truth, axis - axis[0]), None if pool is None else log_pool)
    random, best = (0.4 + 0.05 * x[None] for x in (axis, moved))
    found = measured_savings(random, best, axis, float(axis[0]), float(log_pool))
    assert found.shape == (1, KNOTS.size)
    np.testing.assert_allclose(found[0], truth, atol=0.02)
