"""Where paths cross a value, and how steeply."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.load_curves import crossing

AXIS = np.linspace(0.0, 6.0, 61)


def lines(*slopes, start=0.5):
    best = np.minimum(start + np.array(slopes)[:, None] * AXIS, 1.0)
    return best, np.broadcast_to(AXIS, best.shape)


def test_straight_lines_cross_where_they_should_and_slopes_are_shares_of_the_mean_one():
    found = crossing(*lines(0.06, 0.1, 0.2), 0.7)
    np.testing.assert_allclose(found.log_labels, [0.2 / 0.06, 2.0, 1.0])
    np.testing.assert_allclose(found.slope, [0.5, 0.1 / 0.12, 0.2 / 0.12])
    assert found.seen.all()


def test_a_path_that_ends_before_goes_on_at_its_last_slope():
    found = crossing(*lines(0.025, 0.05, 0.1, 0.2), 0.7)  # after 6 the first is at 0.65, 0.05 short
    np.testing.assert_allclose(found.log_labels, [8.0, 4.0, 2.0, 1.0])
    assert found.seen.tolist() == [False, True, True, True]


def test_a_path_at_rest_never_crosses_and_counts_as_a_fifth_of_the_mean_slope():
    best, axis = lines(0.1, 0.1, 0.1)
    best = best.copy()
    best[0] = 0.69
    found = crossing(best, axis, 0.7)
    assert found.slope[0] == pytest.approx(0.2) and np.isinf(found.log_labels[0]) and not found.seen[0]
    np.testing.assert_allclose(found.slope[1:], 1.5)


def test_one_steep_path_hardly_moves_the_others():
    slopes = np.linspace(0.005, 0.02, 300)
    alone = crossing(*lines(*slopes), 0.9)
    beside = crossing(*lines(*slopes, 0.1), 0.9)
    np.testing.assert_allclose(beside.log_labels[:-1], alone.log_labels)
    np.testing.assert_allclose(beside.slope[:-1], alone.slope, rtol=0.05)


def test_a_path_that_has_the_value_from_its_start_was_never_seen_to_cross():
    best, axis = lines(0.1, 0.1, 0.2)
    best = best.copy()
    best[2] += 0.3
    found = crossing(best, axis, 0.7)
    assert found.slope.tolist() == [1.0, 1.0, 1.0] and found.log_labels[2] == 0.0


def test_paths_that_never_rise_are_all_alike():
    best, axis = lines(0.0, 0.0)
    found = crossing(best, axis, 0.7)
    assert np.isinf(found.log_labels).all() and (found.slope == 1.0).all()
    found = crossing(best, axis, 0.4)
    assert (found.log_labels == 0.0).all() and (found.slope == 1.0).all()


@given(st.integers(0, 10_000), st.integers(2, 40), st.floats(0.02, 0.98))
def test_whatever_the_paths_there_is_a_place_and_a_slope(seed, points, value):
    rng = np.random.default_rng(seed)
    best = np.sort(rng.beta(0.5, 0.5, (7, points)), axis=1)
    axis = np.sort(rng.uniform(0.0, 9.0, (7, points)), axis=1)
    found = crossing(best, axis, value)
    assert not np.isnan(found.log_labels).any()
    assert (found.seen == (best[:, -1] >= value)).all()
    assert (found.slope >= 0.2 - 1e-12).all() and np.isfinite(found.slope).all()
    reached = best[:, -1] >= value
    assert (found.log_labels[reached] <= axis[reached, -1]).all()
    assert (found.log_labels[~reached] >= axis[~reached, -1]).all()
