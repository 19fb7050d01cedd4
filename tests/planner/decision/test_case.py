"""The same comparison with inputs at other values, and what follows from another pool, test set or target."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.costs import vote_price_path
from planner.decision.case import SHAPING, Case, ShapedPlan
from planner.decision.labels_required import LabelsRequired
from planner.plan import parse_plan
from planner.plan.paths import (
    FINE_TUNE_LOSS,
    INITIAL_LABELS,
    LABEL_SAVINGS,
    POOL_SIZE,
    RANDOM_LABELS,
    TARGET,
    TEST_HALF_WIDTH,
    TEST_LABELS,
)
from planner.plan.tables import size_test_set
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import BUDGET, RULED, on_curves, spread_on_curves

KINDS = {"target": SIMPLE, "budget": BUDGET, "rule": RULED}
RANGED = (("[[vendors]]\nprice_usd = 1", '[[vendors]]\nprice_usd = "0.5 to 2"'),)
NEEDED = (("label_scale_sd = 0.5", 'random_labels = "2_000 to 4_000"'),)
CASES = {kind: spread_on_curves(60, text, edit=RANGED) for kind, text in KINDS.items()}
PRICE, HOURS, POOL = "vendors.0.price_usd", "engineering.one_off_hours", "task.pool_size"
kinds = pytest.mark.parametrize("kind", list(KINDS))


def same(a, b):
    assert a.al_plan == b.al_plan
    assert a.saving_usd == pytest.approx(b.saving_usd)
    assert np.broadcast_to(a.al_better, 60) == pytest.approx(np.broadcast_to(b.al_better, 60))
    assert a.p_unreachable == pytest.approx(b.p_unreachable)


@kinds
def test_nothing_changed_is_the_comparison_itself(kind):
    case = CASES[kind]
    same(case.at({}), case.chosen)
    same(case.all_at({}), case.chosen)


paths = st.sampled_from([PRICE, HOURS, POOL, "strategy.batch_size", "strategy.initial_labels", "task.budget_usd"])


@kinds
@settings(max_examples=15)
@given(path=paths, times=st.lists(st.floats(0.3, 3), min_size=1, max_size=3))
def test_a_column_of_settings_is_as_many_single_settings(kind, path, times):
    case = CASES[kind]
    if path not in case.values:
        return
    x = np.rint(float(np.median(case.values[path])) * np.array(times)) + (0.5 if path == PRICE else 0)
    column = case.at({path: x[:, None]})
    saving, better = (np.broadcast_to(draws, (len(x), 60)) for draws in (column.saving_usd, column.al_better))
    for row, value in enumerate(x):
        alone = case.at({path: np.array([value])})
        assert saving[row] == pytest.approx(np.broadcast_to(alone.saving_usd, 60))
        assert better[row] == pytest.approx(np.broadcast_to(alone.al_better, 60))


@kinds
@settings(max_examples=10)
@given(path=st.sampled_from([HOURS, PRICE, "strategy.batch_size"]), times=st.floats(0.4, 2.5))
def test_a_change_is_the_plan_with_that_value(kind, path, times):
    case = CASES[kind]
    value = max(1.0, round(float(np.median(case.values[path])) * times))
    plan = case.plan.replace({path: value})
    fresh = Case.of(LabelsRequired(plan, case.target, plan.draw(60, 0), case.curves, case.needs, case.worth))
    same(case.at({path: np.array([value])}), fresh.chosen)


@kinds
def test_fewer_draws_keep_vendors_and_choice_and_are_some_of_the_draws(kind):
    case = CASES[kind]
    thin, again = case.thinned(20), case.thinned(20)
    taken = np.linspace(0, 59, 20).astype(int)
    assert thin.n_draws == 20
    assert thin.chosen.al_plan == case.chosen.al_plan
    assert [p.vendor for p in thin.chosen.plans.values()] == [p.vendor for p in case.chosen.plans.values()]
    assert thin.chosen.saving_usd == pytest.approx(case.chosen.saving_usd[taken])
    assert thin.chosen.saving_usd.tolist() == again.chosen.saving_usd.tolist()
    for name, value in thin.in_hand.items():
        assert value == pytest.approx(case.in_hand[name][taken])
    assert case.thinned(60) is case


TWO_VENDORS = """
[[vendors]]
name = "Careful"
price_usd = "1.1 to 1.2"
votes_per_item = 1
delivered_error_rate = 0
turnaround_days = 0
"""


@pytest.mark.parametrize("text", [SIMPLE, BUDGET])
def test_vendor_and_strategy_stay_chosen_where_another_would_now_be_better(text):
    random = np.linspace(2_000, 4_000, 50)
    case = on_curves(
        random, random / 2, text, edit=[("[engineering]", f"{TWO_VENDORS}[engineering]")], entropy=random / 1.99
    )
    assert (case.chosen.al_plan, case.vendors) == ("margin", {0})
    dear = {"vendors.0.price_usd": np.array([50.0])}
    kept = case.at(dear)
    assert {p.vendor for p in kept.plans.values()} == {0}
    # On the first draws alone entropy is as good, but the choice was made on all.
    assert case.thinned(2).chosen.al_plan == "margin"


def test_a_point_more_of_target_doubles_every_need():
    case = CASES["target"]
    there = case.at({TARGET: np.array([0.91])})
    need = 100 * np.ceil(2 * case.needs["random"] / 100 - 1e-9)  # whole batches
    assert there.plans["random"].bill.labels == pytest.approx(np.minimum(need, 10_000))
    column = case.at({TARGET: np.array([[0.9], [0.91]])})
    assert column.saving_usd[0] == pytest.approx(case.chosen.saving_usd)
    assert column.saving_usd[1] == pytest.approx(there.saving_usd)


@kinds
def test_twice_the_estimate_is_a_task_that_needs_twice_the_labels(kind):
    solved = SIMPLE.replace("[task]", '[task]\nbudget_usd = 3_000\nsolve_for = "value_at_budget"')
    text = solved if kind == "budget" else KINDS[kind]
    random = np.linspace(1_013.7, 3_007.3, 40)
    case = on_curves(random, random / 2, text, edit=NEEDED)
    doubled = on_curves(2 * random, random, text, edit=NEEDED)
    twice = {RANDOM_LABELS: 2 * case.values[RANDOM_LABELS]}
    # Curves end below one label, which the estimate moves too: what is bought is the same all the same.
    assert case.at(twice).saving_usd == pytest.approx(doubled.chosen.saving_usd, abs=2)
    column = case.at({RANDOM_LABELS: np.stack([case.values[RANDOM_LABELS], 2 * case.values[RANDOM_LABELS]])})
    assert column.saving_usd[0] == pytest.approx(case.chosen.saving_usd)
    assert column.saving_usd[1] == pytest.approx(case.at(twice).saving_usd)


def test_the_price_that_is_moved_is_that_of_randoms_vendor():
    steady = TWO_VENDORS.replace('"1.1 to 1.2"', "1.2")
    edit = [
        ("turnaround_days = 0", "turnaround_days = 0\nminimum_order_items = 150"),
        ("[engineering]", f"{steady}[engineering]"),
    ]
    case = on_curves([2_000, 3_000], [1_000, 1_600], edit=edit)
    assert {name: priced.vendor for name, priced in case.chosen.plans.items()} == {"random": 0, "margin": 1}
    assert case.price_change(3.0).keys() == {vote_price_path(0)}
    # Active learning's small orders are of the vendor without a least order, whose price stays.
    before, after = case.chosen.plans, case.at(case.price_change(3.0)).plans
    assert after["margin"].bill.total_usd == pytest.approx([1_000 + 1_200, 1_000 + 1_920])
    assert after["margin"].bill.total_usd == pytest.approx(before["margin"].bill.total_usd)
    assert after["random"].bill.total_usd == pytest.approx(3 * before["random"].bill.total_usd)


# A need from 100 (the initial set) to 10,000 (the pool without 100 test labels), 80% sure.
ASSUMED = parse_plan(
    "[task]\npool_size = 10_100\ntest_labels = 100\n[strategy]\ninitial_labels = 100\nbatch_size = 50\n"
)
NEEDS = np.array([100.0, 1_000.0, 10_000.0])
VALUES = {RANDOM_LABELS: NEEDS}


def x(value):
    return np.array([float(value)])


def test_each_draw_keeps_its_place_in_the_range_that_the_file_would_give():
    larger = ShapedPlan.of(ASSUMED, VALUES, {POOL_SIZE: x(1_000_100)})
    assert larger.values[RANDOM_LABELS] == pytest.approx([100, 10_000, 1_000_000])
    assert larger.times == pytest.approx([1, 10, 100])
    assert larger.pool.tolist() == [1_000_000]
    assert larger.plan.random_labels.text == "100 to 1000000"
    first = ShapedPlan.of(ASSUMED, VALUES, {INITIAL_LABELS: x(1)})
    assert first.values[RANDOM_LABELS] == pytest.approx([1, 100, 10_000])
    assert first.pool is None
    tested = ShapedPlan.of(ASSUMED, VALUES, {TEST_LABELS: x(10_000 - 900)})
    assert tested.values[RANDOM_LABELS] == pytest.approx([100, 316.2278, 1_000], rel=1e-6)
    assert tested.plan.task.test_labels.median == 9_100


def test_a_pool_of_each_draws_own_has_a_range_of_its_own():
    own = ShapedPlan.of(ASSUMED, VALUES, {POOL_SIZE: np.array([10_100.0, 1_000_100.0, 10_100.0])})
    assert own.values[RANDOM_LABELS] == pytest.approx([100, 10_000, 10_000])


def test_nothing_follows_where_the_need_is_told_and_the_pool_stays():
    told = ASSUMED.replace({RANDOM_LABELS: "500 to 5_000"})
    for changes in ({INITIAL_LABELS: x(20)}, {POOL_SIZE: x(10_100)}):
        shape = ShapedPlan.of(told, VALUES, changes)
        assert (shape.times, shape.pool) == (None, None)
        assert shape.values[RANDOM_LABELS] is NEEDS
    assert ShapedPlan.of(told, VALUES, {RANDOM_LABELS: x(2_000)}).times == pytest.approx([20, 2, 0.2])
    assert not ShapedPlan.of(ASSUMED, VALUES, {RANDOM_LABELS: x(2_000)}).plan.need_assumed


def test_a_need_below_one_label_is_one_as_curves_take_it():
    shape = ShapedPlan.of(ASSUMED, {RANDOM_LABELS: np.array([0.01])}, {RANDOM_LABELS: x(0.5)})
    assert shape.times == pytest.approx([1])


def test_test_labels_follow_the_precision_that_the_plan_gives():
    plan = parse_plan("[task]\ntarget = 0.9\ntest_half_width = 0.02\n[evidence]\nlabel_scale_sd = 1\n")
    finer = ShapedPlan.of(plan, {}, {TEST_HALF_WIDTH: x(0.01)})
    assert finer.values[TEST_LABELS].tolist() == [size_test_set(0.9, 0.01)]
    assert finer.pool.tolist() == [100_000 - size_test_set(0.9, 0.01)]
    easier = ShapedPlan.of(plan, {}, {TARGET: x(0.8)})
    assert easier.target == 0.8
    assert easier.values[TEST_LABELS].tolist() == [size_test_set(0.8, 0.02)]
    assert ShapedPlan.of(plan, {}, {TEST_HALF_WIDTH: x(0.01), TEST_LABELS: x(50)}).values[TEST_LABELS].tolist() == [50]


def test_what_shapes_a_plan():
    def shaping(text, **end):
        case = on_curves([2_000], [1_000], text)
        case = replace(case, curves=replace(case.curves, end=SimpleNamespace(**end) if end else None))
        return {path for path in (*SHAPING, PRICE) if case.shaped_by(path)}

    always = {TARGET, RANDOM_LABELS, LABEL_SAVINGS, FINE_TUNE_LOSS, TEST_HALF_WIDTH}
    assert shaping(SIMPLE) == always
    assert shaping(SIMPLE, own_first=False) == {*always, POOL_SIZE, TEST_LABELS}
    assert shaping(SIMPLE, own_first=True) == {*SHAPING}
    assert shaping(SIMPLE.replace("[evidence]\nlabel_scale_sd = 0.5\n", "")) == {*SHAPING}  # the need is assumed
    open_batch = SIMPLE.replace("batch_size = 100\n", "")
    assert shaping(open_batch) == {*SHAPING}
    assert shaping(RULED.replace("batch_size = 100\n", "")) == always


def test_a_rule_reads_the_edited_file_with_whatever_else_is_set():
    ruled = parse_plan('[task]\ntarget = 0.9\n[stopping]\nrules = ["target"]\n')
    there = ShapedPlan.of(ruled, {RANDOM_LABELS: NEEDS}, {TARGET: x(0.8)}).plan
    assert there.replace({"stopping.confidence": 0.7}).task.target.median == 0.8
