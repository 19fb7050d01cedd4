"""Changes of an answer: where they are put there by hand, the scan finds them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.scan import changes, near_misses

GRID = np.geomspace(1e-3, 1e3, 73)


def test_each_question_has_its_own_changes():
    never, always, once, twice = changes(lambda x: np.stack([x < 0, x > 0, x > 3, (x > 0.5) & (x <= 20)]), GRID)
    assert (never.begins, never.at) == (False, ())
    assert (always.begins, always.at) == (True, ())
    assert once.at == pytest.approx([3])
    assert twice.at == pytest.approx([0.5, 20])


def test_a_change_is_told_on_the_side_where_the_answer_is_yes():
    (rising,) = changes(lambda x: np.stack([x > 3]), GRID)
    (falling,) = changes(lambda x: np.stack([x < 3]), GRID)
    assert rising.at[0] > 3
    assert falling.at[0] < 3


def test_whole_numbers_are_found_exactly():
    x = np.unique(np.rint(np.geomspace(1, 1e6, 40)))
    (found,) = changes(lambda x: np.stack([(x >= 7_123) & (x <= 98_765)]), x, whole=True)
    assert found.at == (7_123, 98_765)


def test_a_first_step_from_zero_is_narrowed_as_well():
    (found,) = changes(lambda x: np.stack([x > 1e-7]), np.concatenate([[0.0], GRID]))
    assert found.at == pytest.approx([1e-7], rel=0.01)


def test_settings_may_be_mirrored():
    (found,) = changes(lambda x: np.stack([-x < 3]), -GRID[::-1])
    assert found.at == pytest.approx([-3])


@given(st.lists(st.floats(-2.9, 2.9), min_size=1, max_size=4, unique=True))
def test_all_roots_that_lie_in_different_steps_are_found(exponents):
    roots = np.sort(10.0 ** np.array(exponents))
    steps = np.searchsorted(GRID, roots, side="right")
    (found,) = changes(lambda x: np.stack([np.searchsorted(roots, x) % 2 == 1]), GRID)
    if len(set(steps.tolist())) == len(roots):
        assert found.at == pytest.approx(roots.tolist(), rel=1e-5)
    assert len(found.at) % 2 == len(roots) % 2


def test_an_answer_that_changes_and_changes_back_within_a_step_is_looked_for():
    """A parabola in ln x that is above 0 only between 0.95 and 1.15, within one step of the scan."""
    x = np.geomspace(0.01, 100, 13)

    def over(some):
        return np.stack([0.2 - np.abs(np.log(some) - np.log(1.045)) / 0.5])

    (unseen,) = changes(lambda some: over(some) >= 0, x[x != 1])
    assert unseen.at == ()
    scan = x[x != 1]
    every = np.sort(np.concatenate([scan, near_misses(over(scan), scan)]))
    (seen,) = changes(lambda some: over(some) >= 0, every)
    assert seen.at == pytest.approx([1.045 * np.exp(-0.1), 1.045 * np.exp(0.1)], rel=1e-3)


def test_an_answer_that_is_far_from_changing_is_not_looked_at_twice():
    x = np.geomspace(1, 100, 9)
    flat = np.full((1, 9), -0.4)
    dip = np.array([[-0.4, -0.4, -0.4, -0.39, -0.38, -0.39, -0.4, -0.4, -0.4]])
    assert near_misses(flat, x).size == 0
    assert near_misses(dip, x).size == 0
    near = np.where(dip == -0.38, -0.01, -0.4)
    besides = near_misses(near, x)
    assert besides.size == 8 and x[3] < besides.min() and besides.max() < x[5]
    assert not set(near_misses(near, np.arange(9.0), whole=True)) & set(range(9))
