"""What follows from another pool, test set, target or initial set, worked by hand."""

import numpy as np
import pytest

from planner.decision.case import StructuralInput, reshapes
from planner.plan import parse_plan
from planner.plan.paths import INITIAL_LABELS, POOL_SIZE, RANDOM_LABELS, TARGET, TEST_HALF_WIDTH, TEST_LABELS
from planner.plan.tables import size_test_set as labels_for

# A need from 100 (the initial set) to 10,000 (the pool without 100 test labels), 80% sure.
ASSUMED = parse_plan(
    "[task]\npool_size = 10_100\ntest_labels = 100\n[strategy]\ninitial_labels = 100\nbatch_size = 50\n"
)
NEEDS = np.array([100.0, 1_000.0, 10_000.0])
VALUES = {RANDOM_LABELS: NEEDS}


def x(value):
    return np.array([float(value)])


def test_each_draw_keeps_its_place_in_the_range_that_the_file_would_give():
    larger = StructuralInput.of(ASSUMED, VALUES, {POOL_SIZE: x(1_000_100)})
    assert larger.values[RANDOM_LABELS] == pytest.approx([100, 10_000, 1_000_000])
    assert larger.times == pytest.approx([1, 10, 100])
    assert larger.pool.tolist() == [1_000_000]
    assert larger.plan.random_labels.text == "100 to 1000000"
    first = StructuralInput.of(ASSUMED, VALUES, {INITIAL_LABELS: x(1)})
    assert first.values[RANDOM_LABELS] == pytest.approx([1, 100, 10_000])
    assert first.pool is None
    tested = StructuralInput.of(ASSUMED, VALUES, {TEST_LABELS: x(10_000 - 900)})
    assert tested.values[RANDOM_LABELS] == pytest.approx([100, 316.2278, 1_000], rel=1e-6)
    assert tested.plan.task.test_labels.median == 9_100


def test_the_same_draws_come_of_the_edited_file_itself():
    drawn, edited = (
        plan.draw(50, seed=3) for plan in (ASSUMED, ASSUMED.replace({POOL_SIZE: 777_777, INITIAL_LABELS: 20}))
    )
    shape = StructuralInput.of(ASSUMED, drawn, {POOL_SIZE: x(777_777), INITIAL_LABELS: x(20)})
    assert shape.values[RANDOM_LABELS] == pytest.approx(edited[RANDOM_LABELS])


def test_a_pool_of_each_draws_own_has_a_range_of_its_own():
    own = StructuralInput.of(ASSUMED, VALUES, {POOL_SIZE: np.array([10_100.0, 1_000_100.0, 10_100.0])})
    assert own.values[RANDOM_LABELS] == pytest.approx([100, 10_000, 10_000])


def test_nothing_follows_where_the_need_is_told_and_the_pool_stays():
    told = ASSUMED.replace({RANDOM_LABELS: "500 to 5_000"})
    for changes in ({INITIAL_LABELS: x(20)}, {POOL_SIZE: x(10_100)}):
        shape = StructuralInput.of(told, VALUES, changes)
        assert (shape.times, shape.pool) == (None, None)
        assert shape.values[RANDOM_LABELS] is NEEDS
    assert StructuralInput.of(told, VALUES, {RANDOM_LABELS: x(2_000)}).times == pytest.approx([20, 2, 0.2])
    assert not StructuralInput.of(ASSUMED, VALUES, {RANDOM_LABELS: x(2_000)}).plan.need_assumed


def test_a_need_below_one_label_is_one_as_curves_take_it():
    shape = StructuralInput.of(ASSUMED, {RANDOM_LABELS: np.array([0.01])}, {RANDOM_LABELS: x(0.5)})
    assert shape.times == pytest.approx([1])


def test_test_labels_follow_the_precision_that_the_plan_gives():
    plan = parse_plan("[task]\ntarget = 0.9\ntest_half_width = 0.02\n[evidence]\nlabel_scale_sd = 1\n")
    finer = StructuralInput.of(plan, {}, {TEST_HALF_WIDTH: x(0.01)})
    assert finer.values[TEST_LABELS].tolist() == [labels_for(0.9, 0.01)]
    assert finer.pool.tolist() == [100_000 - labels_for(0.9, 0.01)]
    easier = StructuralInput.of(plan, {}, {TARGET: x(0.8)})
    assert easier.target == 0.8
    assert easier.values[TEST_LABELS].tolist() == [labels_for(0.8, 0.02)]
    assert StructuralInput.of(plan, {}, {TEST_HALF_WIDTH: x(0.01), TEST_LABELS: x(50)}).values[
        TEST_LABELS
    ].tolist() == [50]


def test_a_rule_reads_the_edited_file_with_whatever_else_is_set():
    ruled = parse_plan('[task]\ntarget = 0.9\n[stopping]\nrules = ["target"]\n')
    there = StructuralInput.of(ruled, {RANDOM_LABELS: NEEDS}, {TARGET: x(0.8)}).plan
    assert there.replace({"stopping.confidence": 0.7}).task.target.median == 0.8


def test_what_shapes_a_plan():
    held = parse_plan("[strategy]\nbatch_size = 50\n[evidence]\nlabel_scale_sd = 1\n")
    assert not any(reshapes(held, path, ends=False, begins=False) for path in (POOL_SIZE, TEST_LABELS, INITIAL_LABELS))
    assert reshapes(held, POOL_SIZE, ends=True, begins=False) and not reshapes(
        held, INITIAL_LABELS, ends=True, begins=False
    )
    assert all(reshapes(ASSUMED, path, ends=False, begins=False) for path in (POOL_SIZE, TEST_LABELS, INITIAL_LABELS))
    assert all(reshapes(held, path, ends=False, begins=False) for path in (TARGET, RANDOM_LABELS, TEST_HALF_WIDTH))
    assert not reshapes(ASSUMED, "vendors.0.price_usd", ends=True, begins=False)
    assert reshapes(held, INITIAL_LABELS, ends=True, begins=True) and not reshapes(
        held, POOL_SIZE, ends=False, begins=True
    )
