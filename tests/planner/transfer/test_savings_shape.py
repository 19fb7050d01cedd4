import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.transfer.savings_shape import (
    KNOTS,
    log_savings,
    log_savings_along,
    random_equivalent,
    savings_for_shift,
    shifted_labels,
)

coefficients = st.lists(st.floats(-4, 4), min_size=len(KNOTS), max_size=len(KNOTS))
U = np.log(np.geomspace(20, 5_000, 40))


def test_savings_start_at_nothing_pass_through_the_knots_and_stay_flat_beyond():
    c = np.array([0.1, 0.5, -0.2, 0.3])
    assert log_savings(c, [-1.0, 0.0, *KNOTS, 9.0]) == pytest.approx([0.0, 0.0, *c, 0.3])
    # Between knots they are linear.
    half = (KNOTS[0] + KNOTS[1]) / 2
    assert log_savings([[0.2, 0.6, 0, 0], [0, 1, 0, 0]], [half]) == pytest.approx(np.array([[0.4], [0.5]]))


def test_without_a_pool_the_axis_is_moved_by_savings_alone():
    c = np.full(len(KNOTS), np.log(2))
    x = random_equivalent(np.log([20, 40, 80]), np.log(20), c)
    assert np.exp(x) == pytest.approx(np.array([[20.0, 80.0, 160.0]]))


def test_half_the_room_left_loses_one_and_a_half_percent_and_losses_fade_with_the_share_not_yet_labelled():
    moved = shifted_labels(np.array([0.0]), np.array([1.0]), 2.0)
    assert moved[0] == pytest.approx((1 + 0.5**4) ** -0.25)
    moved = shifted_labels(np.log([250.0]), np.array([-1.0]), float(np.log(1_000)))
    assert moved[0] == pytest.approx(np.log(250) - 0.75)


@given(coefficients, st.floats(0, 3))
def test_never_falls_never_beyond_the_pool_and_meets_it_there(c, room):
    log_pool = float(U[-1] + room)
    u = np.append(U, log_pool)
    x = random_equivalent(u, U[0], [c], log_pool)[0]
    assert (np.diff(x) >= 0).all()
    assert x.max() <= log_pool
    assert x[0] == U[0]
    assert x[-1] == pytest.approx(log_pool, abs=1e-12)


@given(coefficients, st.floats(0, 2))
def test_more_savings_are_never_worse(c, more):
    less, better = (random_equivalent(U, U[0], [np.array(c) + add], 9.0)[0] for add in (0.0, more))
    assert (better >= less - 1e-9).all()


@given(
    st.lists(st.floats(-3.0, 3.0), min_size=len(KNOTS), max_size=len(KNOTS)),
    st.lists(st.floats(-2.0, 8.0), min_size=1, max_size=9),
)
def test_each_draw_at_progress_of_its_own_reads_the_same(coefficients, progress):
    both = np.array([coefficients, [2.0 * c for c in coefficients]])
    own = np.array([progress, [v + 0.3 for v in progress]])
    expected = [log_savings(c, v) for c, v in zip(both, own, strict=True)]
    np.testing.assert_allclose(log_savings_along(both, own), expected, rtol=1e-9, atol=1e-9)


@given(st.floats(-2.0, 4.0), st.floats(0.05, 6.0))
def test_savings_for_a_shift_are_those_that_move_labels_by_it(shift, room):
    if shift > 0.99 * room:
        return
    savings = savings_for_shift(np.array([shift]), np.array([room]))
    moved = shifted_labels(np.zeros(1), savings, room)
    assert moved[0] == pytest.approx(shift, abs=1e-9)
