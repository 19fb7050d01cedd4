"""Random's path before its first measured point: a guess that goes on as the curve begins, down to guessing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.curves.before_first import error_before, with_lead

LABELS = np.array([100.0, 200.0, 400.0, 800.0])
AXIS = np.log(LABELS)[None]
POWER = 1.0 - 0.4 * (LABELS / 100.0)[None] ** -0.5


def test_a_power_law_goes_on_backwards():
    before = error_before(POWER, AXIS, np.log([[25.0, 50.0, 100.0]]), 0.1)
    np.testing.assert_allclose(before, [[0.8, 0.4 * np.sqrt(2), 0.4]])


def test_nothing_is_worse_than_guessing():
    assert error_before(POWER, AXIS, np.log([[1.0]]), 0.1) == pytest.approx(0.9)


def test_a_curve_that_begins_below_guessing_stays_there():
    poor = np.array([[0.05, 0.05, 0.2, 0.3]])
    np.testing.assert_allclose(error_before(poor, AXIS, np.log([[10.0]]), 0.1), [[0.95]])


def test_a_draw_has_its_own_label_counts():
    both = error_before(np.repeat(POWER, 2, axis=0), np.repeat(AXIS, 2, axis=0), np.log([25.0, 100.0]), 0.1)
    np.testing.assert_allclose(both, [0.8, 0.4])


def test_the_lead_ends_at_the_first_point_and_reaches_three_decades_back():
    best, axis = with_lead(POWER, AXIS, 0.1)
    L = best.shape[1] - len(LABELS)
    np.testing.assert_array_equal(best[:, L:], POWER)
    np.testing.assert_array_equal(axis[:, L:], AXIS)
    assert axis[0, L - 1] == AXIS[0, 0] and best[0, L - 1] == pytest.approx(POWER[0, 0])
    assert np.exp(AXIS[0, 0] - axis[0, 0]) > 1_000 and best[0, 0] == pytest.approx(0.1)


def test_what_is_told_of_a_value_is_not_had_before():
    best, _ = with_lead(POWER, AXIS, 0.1, below=0.55)
    L = best.shape[1] - len(LABELS)
    assert best[0, :L].max() < 0.55 <= best[0, L]
    np.testing.assert_allclose(best[0, L - 1], 0.55)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6), st.floats(0.0, 0.9), st.floats(0.01, 1.0) | st.none())
def test_paths_never_fall(values, chance, below):
    path = np.maximum.accumulate(values)[None]
    best, axis = with_lead(path, np.log(np.arange(10.0, 10.0 + len(values)))[None], chance, below)
    assert (np.diff(best) >= 0).all() and (np.diff(axis) >= 0).all()
    assert np.isfinite(best).all() and best.min() >= 0
