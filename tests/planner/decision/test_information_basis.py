"""Regression bases: orthonormal whatever the input is like, the means of few values, and jumps where they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.information import basis_of, relevant_differences, with_steps

whole = st.lists(st.integers(0, 40), min_size=20, max_size=300).map(lambda values: np.array(values, dtype=float))


def fitted(basis, y):
    return basis.q @ (basis.q.T @ y)


@given(whole)
def test_columns_are_orthonormal_and_fewer_than_the_draws(x):
    basis = basis_of(x)
    if basis is None:
        assert len(np.unique(x)) == 1
        return
    np.testing.assert_allclose(basis.q.T @ basis.q, np.eye(basis.q.shape[1]), atol=1e-8)
    np.testing.assert_allclose(fitted(basis, np.ones(len(x))), 1.0)
    assert basis.q.shape[1] < len(x)
    assert (np.diff(x[basis.ranks]) >= 0).all()


@given(whole)
def test_equal_values_get_equal_fits(x):
    basis = basis_of(x)
    if basis is not None:
        fits = fitted(basis, np.random.default_rng(0).standard_normal(len(x)))
        for value in np.unique(x):
            assert np.ptp(fits[x == value]) < 1e-8


def test_few_values_are_fitted_by_their_means():
    x = np.repeat([3.0, np.inf, -1.0], [10, 20, 30])
    y = np.arange(60.0) ** 2
    means = np.array([y[x == value].mean() for value in x])
    np.testing.assert_allclose(fitted(basis_of(x), y), means)


def test_a_line_in_a_normal_input_is_fitted_exactly_but_for_the_ends():
    x = np.random.default_rng(1).standard_normal(5_000)
    assert np.std(fitted(basis_of(x), x) - x) < 0.03


def test_any_increasing_transformation_gives_the_same_fit():
    x, y = np.random.default_rng(2).standard_normal((2, 400))
    np.testing.assert_array_equal(fitted(basis_of(np.exp(5 * x)), y), fitted(basis_of(x), y))


def test_a_value_that_comes_often_has_its_own_mean():
    # Half of the draws never get there; elsewhere the mean bends smoothly.
    z = np.linspace(-2, 2, 1_000)
    x = np.where(np.arange(1_000) % 2, np.inf, z)
    y = np.where(np.isinf(x), 5.0, z**2)
    np.testing.assert_allclose(fitted(basis_of(x), y)[np.isinf(x)], 5.0, atol=1e-6)


def with_and_without_steps(x, *savings):
    y = relevant_differences(np.column_stack([np.zeros(len(x)), *savings]))
    before = basis_of(x)
    return before, with_steps(before, y, x)


def test_two_jumps_are_found_and_fitted():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=3_000)
    level = np.where(x < 0.3, 0.0, np.where(x < 0.62, 900.0, -400.0))
    before, after = with_and_without_steps(x, level + 300 * rng.standard_normal(3_000))
    added = after.q.shape[1] - before.q.shape[1]
    assert added in (2, 3)
    np.testing.assert_allclose(after.q.T @ after.q, np.eye(after.q.shape[1]), atol=1e-8)
    left = level - after.q @ (after.q.T @ level)
    smooth = level - before.q @ (before.q.T @ level)
    assert np.std(left) < 0.25 * np.std(smooth)


def test_noise_has_no_jumps():
    rng = np.random.default_rng(1)
    for _ in range(50):
        before, after = with_and_without_steps(rng.standard_normal(400), *rng.standard_normal((3, 400)))
        assert after is before


def test_one_huge_bill_is_no_jump():
    rng = np.random.default_rng(2)
    saving = rng.standard_normal(1_000)
    saving[500] = -1e9
    before, after = with_and_without_steps(rng.standard_normal(1_000), saving)
    assert after is before


def test_a_jump_lies_between_values_never_inside_one():
    # 20 values, too many for means; the jump is between 9 and 10.
    x = np.tile(np.arange(20.0), 100)
    _, after = with_and_without_steps(
        x, np.where(x < 10, 0.0, 1_000.0) + np.random.default_rng(3).standard_normal(2_000)
    )
    fits = after.q @ (after.q.T @ np.where(x < 10, 0.0, 1_000.0))
    np.testing.assert_allclose(fits, np.where(x < 10, 0.0, 1_000.0), atol=1)


def test_what_is_fitted_without_noise_is_left_alone():
    x = np.linspace(-1, 1, 200)
    before, after = with_and_without_steps(x, np.zeros(200) + 3.0)
    assert after is before
