import numpy as np
import pandas as pd
import pytest

from planner.forecast.forecast import fit_forecast
from planner.randomness import keyed_rng
from planner.transfer.joint_posterior import ObservedGaps, draw_together, hardness
from planner.transfer.savings_prior import unknown_savings

LABELS = np.array([50, 100, 200, 400, 800, 1600])


def forecast(values):
    return fit_forecast(pd.DataFrame({"labels": LABELS, "value": values, "test_size": 5_000}), n_draws=300)


RANDOM = forecast(0.9 - 0.4 * (LABELS / 50) ** -0.5)
PRIORS = [unknown_savings("margin", 0.3)]


def test_hardness_is_randoms_error_at_16_times_its_first_labels():
    assert hardness(RANDOM) == pytest.approx(0.1 + 0.4 / 4, abs=0.01)


def test_hardness_has_a_logarithm_even_where_nothing_is_wrong():
    assert hardness(forecast(np.ones(6))) >= 1e-4


def test_hardness_is_unknown_beyond_what_is_forecast():
    # Points that span less than a factor 4 are forecast to twice the last, and 1,600 labels lie beyond.
    near = pd.DataFrame({"labels": [100, 105, 110, 115], "value": [0.5, 0.51, 0.52, 0.53], "test_size": 5_000})
    assert hardness(fit_forecast(near, n_draws=50)) is None


def test_random_and_a_strategy_meet_at_the_pool():
    rngs = (keyed_rng(3, "pilot", "savings"), keyed_rng(3, "pilot", "joint"))
    one = draw_together(RANDOM, {}, PRIORS, classes=4, pool_size=9_000, n_draws=200, rngs=rngs)
    # With all of the pool labelled, both strategies stand on the same labels.
    at_pool = np.argmin(np.abs(one.log_labels - np.log(9_000)))
    gap = np.abs(one.random - one.strategies[0])
    assert np.median(gap[:, at_pool]) < np.median(gap[:, at_pool // 2])


def test_chance_caps_what_a_strategy_can_do_worse():
    worse = ObservedGaps(np.log([100.0, 200.0]), np.array([0.9, 0.9]), np.full(2, np.nan), np.full(2, 1e-4))
    free, capped = (
        draw_together(
            RANDOM, {"margin": worse}, PRIORS, classes=k, pool_size=None, n_draws=200, rngs=(keyed_rng(0, "a"),) * 2
        ).strategies[0]
        for k in (None, 2)
    )
    assert capped.max() <= 0.5 < free.max()
