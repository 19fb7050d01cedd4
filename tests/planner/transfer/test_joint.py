import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.transfer.joint_posterior import ObservedGaps, Savings, draw_jointly
from planner.transfer.savings_fit import smooth_prior
from planner.transfer.savings_shape import KNOTS, log_savings

GRID = np.log(np.geomspace(50, 20_000, 60))
FIRST, K = float(GRID[0]), len(KNOTS)
COUNTS = np.log([75.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 800.0])


def error(log_labels, savings=None):
    """A power law from 0.5 at 50 labels, with savings at the knots."""
    moved = log_labels + (0.0 if savings is None else log_savings(savings, log_labels - FIRST))
    return 0.04 + 0.46 * np.exp(-0.5 * (moved - FIRST))


def paths(n=300, sd=0.0, seed=0):
    level = 1.0 + sd * np.random.default_rng(seed).standard_normal((n, 1))
    return error(GRID) * level


def prior(n=300, mean=0.0, spread=1.0):
    return Savings(np.full(K, mean), spread**2 * smooth_prior(), np.ones(n))


def observed(savings, sd=0.002, beside=True, counts=COUNTS):
    pair = error(counts) if beside else np.full(counts.size, np.nan)
    return ObservedGaps(counts, error(counts, savings), pair, np.full(counts.size, sd**2))


def draw(seen, savings, random=None, *, log_pool=None, n_draws=1_000, seed=0):
    random = paths() if random is None else random
    normals = [np.random.default_rng([seed, i]).standard_normal((n_draws, K)) for i in range(len(seen))]
    return draw_jointly(
        GRID,
        random,
        seen,
        savings,
        normals,
        log_first=FIRST,
        log_pool=log_pool,
        cap=0.9,
        n_draws=n_draws,
        rng=np.random.default_rng(seed),
    )


def test_planted_savings_are_found_within_their_interval():
    truth = np.array([0.2, 0.5, 0.7, 0.7])
    found = draw([observed(truth)], [prior()]).coefficients[0]
    low, high = np.quantile(found, (0.02, 0.98), axis=0)
    assert (low <= truth).all() and (truth <= high).all()
    assert (high - low)[1] < 0.4


def test_the_strategy_passes_through_what_was_measured():
    truth = np.array([0.2, 0.5, 0.7, 0.7])
    drawn = draw([observed(truth)], [prior()]).strategies[0]
    at = np.stack([np.interp(COUNTS, GRID, row) for row in drawn])
    np.testing.assert_allclose(np.median(at, axis=0), error(COUNTS, truth), atol=0.004)


def test_without_measurements_the_savings_are_those_believed():
    belief = Savings(np.array([0.1, 0.3, 0.4, 0.4]), 0.04 * smooth_prior(), np.ones(300))
    found = draw([ObservedGaps.nothing()], [belief], n_draws=20_000).coefficients[0]
    np.testing.assert_allclose(found.mean(axis=0), belief.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(found.T), belief.covariance, atol=0.01)


def test_measurements_narrow_and_more_of_them_narrow_more():
    spreads = [
        draw([seen], [prior()]).strategies[0][:, -20].std()
        for seen in (ObservedGaps.nothing(), observed(np.full(K, 0.4), counts=COUNTS[:3]), observed(np.full(K, 0.4)))
    ]
    assert spreads[0] > spreads[1] > spreads[2]


def test_a_strategy_measured_alone_tells_of_random_too():
    wide = paths(sd=0.1)
    sure = Savings(np.zeros(K), 1e-4 * smooth_prior(), np.ones(300))
    alone = draw([observed(np.zeros(K), beside=False)], [sure], wide)
    assert alone.random[:, 10].std() < 0.5 * wide[:, 10].std()
    # Where seeds are pairs only the gap is observed, and says nothing of the level.
    paired = draw([observed(np.zeros(K))], [sure], wide)
    assert paired.random[:, 10].std() == pytest.approx(wide[:, 10].std(), rel=0.1)


def test_at_the_initial_set_and_at_the_pool_both_are_one():
    pool = float(GRID[40])
    drawn = draw([observed(np.array([0.3, 0.6, 0.8, 0.8]))], [prior()], log_pool=pool)
    gap = drawn.random - drawn.strategies[0]
    assert np.abs(gap[:, 0]).max() < 1e-5
    assert np.abs(gap[:, 40]).mean() < 0.1 * np.abs(gap[:, 20]).mean()


def test_a_draw_keeps_one_path_of_random_for_all_strategies():
    seen = [observed(np.array([0.2, 0.5, 0.7, 0.7])), ObservedGaps.nothing()]
    drawn = draw(seen, [prior(), prior()], paths(sd=0.05))
    np.testing.assert_array_equal(drawn.random, paths(sd=0.05)[drawn.picked])
    levels = np.corrcoef([drawn.random[:, 0], drawn.strategies[0][:, 0], drawn.strategies[1][:, 0]])
    assert levels.min() > 0.99


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1.5, 1.5), min_size=K, max_size=K), st.floats(0.0005, 0.05), st.booleans())
def test_errors_are_always_errors(truth, sd, beside):
    drawn = draw([observed(np.array(truth), sd, beside)], [prior()], paths(sd=0.05), n_draws=100)
    for errors in (drawn.random, *drawn.strategies):
        assert np.isfinite(errors).all() and errors.min() >= 0 and errors.max() <= 0.9


def test_the_same_seed_gives_the_same_draws():
    first, again = (draw([observed(np.full(K, 0.4))], [prior()]) for _ in range(2))
    np.testing.assert_array_equal(first.strategies[0], again.strategies[0])


def test_a_handful_of_paths_never_passes_for_certainty():
    wide, sure = paths(1_000, sd=0.1), Savings(np.zeros(K), 1e-6 * smooth_prior(), np.ones(1_000))
    exact = draw([observed(np.zeros(K), sd=1e-4, beside=False)], [sure], wide)
    assert exact.tempered and exact.effective_paths == pytest.approx(50, rel=0.01)
    loose = draw([observed(np.zeros(K), sd=0.05, beside=False)], [sure], wide)
    assert not loose.tempered and loose.effective_paths > 50
