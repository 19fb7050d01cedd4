"""Changes of an answer: where they are put there by hand, the scan finds them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.solve.scan import changes

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
