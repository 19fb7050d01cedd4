"""The same comparison with inputs at other values: at a target, at a budget and with a stopping rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.costs import vote_price_path
from planner.decision.case import Case
from planner.decision.labels_required import LabelsRequired
from planner.plan.paths import RANDOM_LABELS, TARGET
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
    same(case.changed({}).chosen, case.chosen)
    same(case.all_at({}), case.chosen)


paths = st.sampled_from([PRICE, HOURS, POOL, "strategy.batch_size", "strategy.initial_labels", "task.budget_usd"])


@kinds
@settings(max_examples=15, deadline=None)
@given(path=paths, times=st.lists(st.floats(0.3, 3), min_size=1, max_size=3))
def test_a_column_of_settings_is_as_many_single_settings(kind, path, times):
    case = CASES[kind]
    if path not in case.values:
        return
    x = np.rint(float(np.median(case.values[path])) * np.array(times)) + (0.5 if path == PRICE else 0)
    saving, better = case.each_at({path: x[:, None]})
    for row, value in enumerate(x):
        alone = case.at({path: np.array([value])})
        assert saving[row] == pytest.approx(np.broadcast_to(alone.saving_usd, 60))
        assert better[row] == pytest.approx(np.broadcast_to(alone.al_better, 60))


@kinds
@settings(max_examples=10, deadline=None)
@given(path=st.sampled_from([HOURS, PRICE, "strategy.batch_size"]), times=st.floats(0.4, 2.5))
def test_a_change_is_the_plan_with_that_value(kind, path, times):
    case = CASES[kind]
    value = max(1.0, round(float(np.median(case.values[path])) * times))
    plan = case.plan.replace({path: value})
    fresh = Case.of(plan, LabelsRequired(case.target, plan.draw(60, 0), case.curves, case.needs, case.worth))
    same(case.changed({path: np.array([value])}).chosen, fresh.chosen)


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
    assert (case.chosen.al_plan, case.vendors) == ("margin", (0,))
    dear = {"vendors.0.price_usd": np.array([50.0])}
    kept, anew = case.at(dear), case.changed(dear)
    assert {p.vendor for p in kept.plans.values()} == {0}
    assert {p.vendor for p in anew.chosen.plans.values()} == {1}
    # On the first draws alone entropy is as good, but the choice was made on all.
    assert case.thinned(2).chosen.al_plan == "margin"


def test_a_point_more_of_target_doubles_every_need():
    case = CASES["target"]
    there = case.at({TARGET: np.array([0.91])})
    assert there.plans["random"].bill.labels == pytest.approx(
        np.minimum(2 * case.plans["random"].bill.labels, 10_000), abs=2
    )
    changed = case.changed({TARGET: np.array([0.91])})
    assert changed.target == 0.91
    assert changed.needs["margin"] == pytest.approx(2 * case.needs["margin"])
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
    assert case.changed(twice).chosen.saving_usd == pytest.approx(doubled.chosen.saving_usd, abs=2)
    column = case.at({RANDOM_LABELS: np.stack([case.values[RANDOM_LABELS], 2 * case.values[RANDOM_LABELS]])})
    assert column.saving_usd[0] == pytest.approx(case.chosen.saving_usd)
    assert column.saving_usd[1] == pytest.approx(case.at(twice).saving_usd)


def test_a_rule_that_has_to_be_surer_buys_more_labels():
    case = CASES["rule"]
    easy, hard = (case.at({"stopping.confidence": np.array([p])}).plans["margin"] for p in (0.55, 0.99))
    assert easy.bill.labels.mean() < case.plans["margin"].bill.labels.mean() < hard.bill.labels.mean()
    assert easy.reached.mean() < hard.reached.mean()
    saving, _ = case.each_at({"stopping.confidence": np.array([[0.55], [0.99]])})
    assert saving[0].mean() > saving[1].mean()
    with_it = case.changed({"stopping.confidence": np.array([0.99])})
    assert with_it.chosen.saving_usd == pytest.approx(saving[1])


def test_prices_leave_what_the_rule_buys_as_it_is():
    case = CASES["rule"]
    before, after = case.plans["margin"], case.at(case.price_change(7.0)).plans["margin"]
    assert after.bill.labels.tolist() == before.bill.labels.tolist()
    assert after.mean_usd > before.mean_usd


def test_the_price_of_a_vote_is_that_of_both_vendors():
    case = on_curves([2_000, 3_000], [1_000, 1_450], edit=[("[engineering]", f"{TWO_VENDORS}[engineering]")])
    assert case.price_change(3.0).keys() == {vote_price_path(0)}
    assert case.at(case.price_change(3.0)).saving_usd == pytest.approx([3_000 - 1_000, 4_500 - 1_000])
