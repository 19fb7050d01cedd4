"""Regression bases: orthonormal whatever the input is like, the means of few values, products of several inputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.information.regression import basis_of, joint_basis

whole = st.lists(st.integers(0, 40), min_size=20, max_size=300).map(lambda values: np.array(values, dtype=float))


def fitted(basis, y):
    return basis.q @ (basis.q.T @ y)


@given(whole)
def test_columns_are_orthonormal_and_fewer_than_the_draws(x):
    basis = basis_of(x)
    if basis is None:
        assert len(np.unique(x)) == 1
        return
    np.testing.assert_allclose(basis.q.T @ basis.q, np.eye(len(basis.order)), atol=1e-8)
    np.testing.assert_allclose(fitted(basis, np.ones(len(x))), 1.0)
    assert len(basis.order) < len(x)
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


def test_two_inputs_with_few_values_are_fitted_by_the_means_of_their_cells():
    first, second = np.repeat([0.0, 1.0, 2.0], 40), np.tile([0.0, 1.0], 60)
    y = np.random.default_rng(3).standard_normal(120)
    cell = 2 * first + second
    means = np.array([y[cell == one].mean() for one in cell])
    np.testing.assert_allclose(fitted(joint_basis([basis_of(first), basis_of(second)]), y), means)


@pytest.mark.parametrize(("n", "members"), [(20, 2), (100, 3), (1_000, 10)])
def test_a_joint_basis_never_has_more_columns_than_a_tenth_of_the_draws(n, members):
    x = np.random.default_rng(4).standard_normal((members, n))
    basis = joint_basis([basis_of(one) for one in x])
    assert basis.q.shape[1] <= 1 + n // 10
    np.testing.assert_allclose(basis.q.T @ basis.q, np.eye(basis.q.shape[1]), atol=1e-8)


def test_an_input_given_twice_adds_nothing():
    x, y = np.random.default_rng(5).standard_normal((2, 500))
    twice = fitted(joint_basis([basis_of(x), basis_of(x)]), y)
    # Powers of one score: products of it with itself are smooth functions of it again.
    assert np.std(twice - fitted(basis_of(x), y)) < 0.1
