from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.forecasting.forecast import fit_forecast
from planner.transfer.joint_posterior import (
    MAX_COUNTS,
    NOT_MEASURED,
    ObservedGaps,
    draw_together,
    hardness,
    observe,
)
from planner.transfer.savings_fit import smooth_prior
from planner.transfer.savings_prior import SavingsPrior
from planner.transfer.savings_shape import KNOTS, log_savings

GRID = np.log(np.geomspace(50, 20_000, 60))
FIRST, K = float(GRID[0]), len(KNOTS)
COUNTS = np.log([75.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 800.0])
COUNTS_MEASURED = np.array([50, 100, 200, 400, 800, 1600])


VALUES = 0.9 - 0.4 * (COUNTS_MEASURED / 50) ** -0.5
FORECAST = fit_forecast(pd.DataFrame({"labels": COUNTS_MEASURED, "value": VALUES, "test_size": 5_000}), n_draws=300)


def error(log_labels, savings=None):
    """A power law from 0.5 at 50 labels, with savings at the knots."""
    moved = log_labels + (0.0 if savings is None else log_savings(savings, log_labels - FIRST))
    return 0.04 + 0.46 * np.exp(-0.5 * (moved - FIRST))


def paths(n=300, sd=0.0, seed=0):
    level = 1.0 + sd * np.random.default_rng(seed).standard_normal((n, 1))
    return error(GRID) * level


def prior(mean=0.0, spread=1.0):
    mean = np.broadcast_to(np.asarray(mean, dtype=float), K)
    return SavingsPrior("margin", mean, spread**2 * smooth_prior(), None, 0.0, ())


def observed(savings, sd=0.002, beside=True, counts=COUNTS):
    pair = error(counts) if beside else np.full(counts.size, np.nan)
    return ObservedGaps(counts, error(counts, savings), pair, np.full(counts.size, sd**2))


def draw(seen, savings, random=None, *, pool=None, n_draws=1_000, seed=0):
    """Draw strategies s0, s1, … of known measurements and priors beside random's paths."""
    errors = paths() if random is None else random
    forecast = replace(FORECAST, log_labels=GRID, paths=1.0 - errors, first_labels=np.exp(FIRST))
    return draw_together(
        forecast,
        {f"s{i}": gaps for i, gaps in enumerate(seen)},
        [replace(one, strategy=f"s{i}") for i, one in enumerate(savings)],
        classes=10,
        pool_size=pool,
        n_draws=n_draws,
        rngs=(np.random.default_rng([seed, 0]), np.random.default_rng(seed)),
    )


def test_planted_savings_are_found_and_the_strategy_passes_through_what_was_measured():
    truth = np.array([0.2, 0.5, 0.7, 0.7])
    drawn = draw([observed(truth)], [prior()])
    low, high = np.quantile(drawn.coefficients[0], (0.02, 0.98), axis=0)
    assert (low <= truth).all() and (truth <= high).all()
    assert (high - low)[1] < 0.4
    at = np.stack([np.interp(COUNTS, GRID, row) for row in drawn.strategies[0]])
    np.testing.assert_allclose(np.median(at, axis=0), error(COUNTS, truth), atol=0.004)


def test_without_measurements_the_savings_are_those_believed():
    belief = prior([0.1, 0.3, 0.4, 0.4], 0.2)
    found = draw([NOT_MEASURED], [belief], n_draws=20_000).coefficients[0]
    np.testing.assert_allclose(found.mean(axis=0), belief.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(found.T), belief.covariance, atol=0.01)


def test_measurements_narrow_and_more_of_them_narrow_more():
    spreads = [
        draw([seen], [prior()]).strategies[0][:, -20].std()
        for seen in (NOT_MEASURED, observed(np.full(K, 0.4), counts=COUNTS[:3]), observed(np.full(K, 0.4)))
    ]
    assert spreads[0] > spreads[1] > spreads[2]


def test_a_strategy_measured_alone_tells_of_random_too():
    wide = paths(sd=0.1)
    sure = prior(spread=1e-2)
    alone = draw([observed(np.zeros(K), beside=False)], [sure], wide)
    assert alone.random[:, 10].std() < 0.5 * wide[:, 10].std()
    # Where seeds are pairs only the gap is observed, and says nothing of the level.
    paired = draw([observed(np.zeros(K))], [sure], wide)
    assert paired.random[:, 10].std() == pytest.approx(wide[:, 10].std(), rel=0.1)


def test_at_the_initial_set_and_at_the_pool_both_are_one():
    drawn = draw([observed(np.array([0.3, 0.6, 0.8, 0.8]))], [prior()], pool=np.exp(GRID[40]))
    gap = drawn.random - drawn.strategies[0]
    assert np.abs(gap[:, 0]).max() < 1e-5
    assert np.abs(gap[:, 40]).mean() < 0.1 * np.abs(gap[:, 20]).mean()


def test_a_draw_keeps_one_path_of_random_for_all_strategies():
    seen = [observed(np.array([0.2, 0.5, 0.7, 0.7])), NOT_MEASURED]
    drawn = draw(seen, [prior(), prior()], paths(sd=0.05))
    assert np.isclose(drawn.random[:, None, 0], paths(sd=0.05)[:, 0]).any(axis=1).all()
    levels = np.corrcoef([drawn.random[:, 0], drawn.strategies[0][:, 0], drawn.strategies[1][:, 0]])
    assert levels.min() > 0.99


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1.5, 1.5), min_size=K, max_size=K), st.floats(0.0005, 0.05), st.booleans())
def test_errors_are_always_errors(truth, sd, beside):
    drawn = draw([observed(np.array(truth), sd, beside)], [prior()], paths(100, sd=0.05), n_draws=100)
    for errors in (drawn.random, *drawn.strategies):
        assert np.isfinite(errors).all() and errors.min() >= 0 and errors.max() <= 0.9


def test_a_handful_of_paths_never_passes_for_certainty():
    wide, sure = paths(1_000, sd=0.1), prior(spread=1e-3)
    exact = draw([observed(np.zeros(K), sd=1e-4, beside=False)], [sure], wide)
    counts = np.unique(exact.random[:, 0], return_counts=True)[1]
    assert exact.tempered and counts.sum() ** 2 / (counts**2).sum() == pytest.approx(50, rel=0.1)
    assert not draw([observed(np.zeros(K), sd=0.05, beside=False)], [sure], wide).tempered


def rows(values, labels=(50, 100, 200, 400), seeds=(0, 1)):
    return pd.DataFrame(
        [(n, seed, v + 0.02 * i) for n, v in zip(labels, values, strict=True) for i, seed in enumerate(seeds)],
        columns=["labels", "seed", "value"],
    ).assign(test_size=1_000)


RANDOM = rows((0.5, 0.6, 0.7, 0.8))


def test_the_gap_is_averaged_over_the_seeds_both_have():
    seen = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86)))
    np.testing.assert_allclose(np.exp(seen.log_labels), [100, 200, 400])
    np.testing.assert_allclose(seen.beside - seen.error, [0.05, 0.08, 0.06], atol=1e-12)
    assert (seen.variance > 0).all()


def test_other_seeds_or_label_counts_are_no_pairs():
    apart = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86), seeds=(7, 8)))
    assert np.isnan(apart.beside).all() and np.isfinite(apart.error).all()
    between = observe(RANDOM, rows((0.5, 0.65, 0.78, 0.86), labels=(50, 100, 150, 400)))
    np.testing.assert_array_equal(np.isnan(between.beside), [False, True, False])
    # Nothing beyond the initial set is nothing.
    assert observe(RANDOM, rows((0.5,), labels=(50,))).error.size == 0


def test_pairs_that_agree_are_known_better_than_curves_apart():
    noisy = np.random.default_rng(0).normal(0, 0.03, 30)
    table = [pd.DataFrame({"labels": n, "seed": range(30), "value": v + noisy}) for n, v in ((50, 0.5), (100, 0.6))]
    random = pd.concat(table).assign(test_size=1_000)
    paired = observe(random, random.assign(value=random["value"] + 0.02))
    apart = observe(random, random.assign(value=random["value"] + 0.02, seed=random["seed"] + 100))
    assert paired.variance[0] < 0.1 * apart.variance[0]


def test_dense_curves_are_thinned_and_keep_their_last_point():
    labels = tuple(range(50, 1_050, 10))
    values = np.linspace(0.5, 0.9, len(labels))
    seen = observe(rows(values, labels), rows(values, labels))
    assert seen.error.size <= MAX_COUNTS and np.exp(seen.log_labels[-1]) == pytest.approx(1_040)


def test_row_order_does_not_matter():
    strategy = rows((0.5, 0.65, 0.78, 0.86))
    first, again = observe(RANDOM, strategy), observe(RANDOM.sample(frac=1, random_state=0), strategy[::-1])
    for name in ("error", "beside", "variance"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


def test_one_seed_or_stated_errors_leave_pairs_in_doubt():
    strategy = rows((0.5, 0.65, 0.78, 0.86))
    for random, other in (
        (RANDOM.drop(columns="seed"), strategy.drop(columns="seed")),
        (RANDOM[RANDOM["seed"] == 0], strategy[strategy["seed"] == 0]),
        (RANDOM.assign(standard_error=0.01), strategy.assign(standard_error=0.01)),
    ):
        assert np.isnan(observe(random, other).beside).all()


def test_hardness_is_randoms_error_at_16_times_its_first_labels():
    assert hardness(FORECAST) == pytest.approx(0.1 + 0.4 / 4, abs=0.01)
    # Points that span less than a factor 4 are forecast to twice the last, and 1,600 labels lie beyond.
    near = pd.DataFrame({"labels": [100, 105, 110, 115], "value": [0.5, 0.51, 0.52, 0.53], "test_size": 5_000})
    assert hardness(fit_forecast(near, n_draws=50)) is None


def test_chance_caps_what_a_strategy_can_do_worse():
    worse = ObservedGaps(np.log([100.0, 200.0]), np.array([0.9, 0.9]), np.full(2, np.nan), np.full(2, 1e-4))

    def drawn(classes):
        settings = {"classes": classes, "pool_size": None, "n_draws": 200, "rngs": (np.random.default_rng(0),) * 2}
        return draw_together(FORECAST, {"margin": worse}, [prior()], **settings).strategies[0]

    free, capped = drawn(None), drawn(2)
    assert capped.max() <= 0.5 < free.max()
