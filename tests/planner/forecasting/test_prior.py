import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.forecasting.prior import FAMILY_NAMES, RHO, log_node_weights, shape_families, shapes_at

logs = st.lists(st.floats(-9.0, 4.0), min_size=1, max_size=20)


@given(logs)
def test_every_shape_is_positive_finite_and_never_rises(log_x):
    phi = shapes_at(np.sort(np.array(log_x)))
    assert np.isfinite(phi).all() and (phi >= 0).all()
    assert (np.diff(phi, axis=1) <= 1e-9 * phi[:, :-1]).all()


def test_every_shape_is_one_at_the_last_anchor():
    np.testing.assert_allclose(shapes_at(np.array([0.0])), 1.0, rtol=1e-12)


def test_power_laws_are_powers():
    phi = shapes_at(np.log([0.5, 1.0, 8.0]))[shape_families() == FAMILY_NAMES.index("pow3")]
    np.testing.assert_allclose(phi[:, 0] ** -3, phi[:, 2])  # 2^b cubed is 8^b
    np.testing.assert_allclose(phi[-1], [8.0, 1.0, 8.0**-3])  # the steepest is n^-3


def test_families_have_equal_prior_weight():
    prior = np.exp(log_node_weights())
    assert prior.shape == (shape_families().size, RHO.size)
    by_family = np.bincount(shape_families(), prior.sum(axis=1))
    np.testing.assert_allclose(by_family, 1.0 / len(FAMILY_NAMES))
