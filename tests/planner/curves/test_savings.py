import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.curves.randomness import allocate, keyed_rng, stratified_normal
from planner.curves.savings import apply_savings, log_savings, mismatch

AXIS = np.log(np.geomspace(100, 10_000, 60))


def line(factor=1.0):
    """Values linear in ln(labels), reached with `factor` times fewer labels; exact under interpolation."""
    return ((AXIS + np.log(factor)) / 20)[None, :]


def test_the_savings_factor_of_known_curves():
    progress = np.log([1, 4, 20])
    savings = np.exp(log_savings(line(), AXIS, line(1.5), AXIS, progress))
    np.testing.assert_allclose(savings, [[1, 1.5, 1.5]], rtol=1e-6)


def test_a_strategy_that_never_gets_there_saves_minus_infinity():
    stuck = np.minimum(line(1.5), (AXIS[20] / 20))
    drawn = log_savings(line(), AXIS, stuck, AXIS, np.array([0.0, AXIS[10] - AXIS[0], AXIS[30] - AXIS[0]]))[0]
    assert drawn[0] == 0 and np.isfinite(drawn[1]) and drawn[2] == -np.inf


def test_past_the_end_of_the_proxy_savings_are_held():
    drawn = log_savings(line(), AXIS, line(1.5), AXIS, np.array([4.0, 9.0, 20.0]))[0]
    np.testing.assert_allclose(drawn, np.log(1.5), rtol=1e-6)


def test_applying_savings_moves_labels_and_ends_a_path_where_it_never_gets_on():
    log_factor = np.array([[0.0, np.log(2), -np.inf, np.log(2)]])
    best, axis = apply_savings(np.array([[0.5, 0.6, 0.7, 0.8]]), np.log([[100, 400, 800, 1_600]]), log_factor)
    np.testing.assert_allclose(best, [[0.5, 0.6, 0.6, 0.6]])
    np.testing.assert_allclose(np.exp(axis), [[100, 200, 200, 200]])


@given(st.floats(-3, 3))
def test_a_mismatch_starts_at_one_and_never_disorders_labels(log_factor):
    moved = mismatch(AXIS[None, :], np.array([log_factor]))
    assert moved[0, 0] == AXIS[0]
    assert (np.diff(moved) > 0).all()
    np.testing.assert_allclose(moved[0, -1], AXIS[-1] - log_factor, atol=1e-9)


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=9), st.integers(1, 5_000))
def test_draws_are_shared_out_whole_and_within_one_of_what_is_due(weights, n_draws):
    shares = allocate(weights, n_draws)
    assert shares.sum() == n_draws
    assert (np.abs(shares - np.array(weights) / sum(weights) * n_draws) < 1 + 1e-6).all()


def test_stratified_normals_are_normal_to_high_precision_in_random_order():
    draws = stratified_normal(5_000, keyed_rng(0, "x"))
    assert abs(draws.mean()) < 1e-3 and abs(draws.std() - 1) < 5e-3
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.05
    assert not np.array_equal(draws, stratified_normal(5_000, keyed_rng(0, "y")))
