"""What plans reach for a budget, worked by hand on curves that gain a point for each doubling of labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.budget import before_delay_usd
from planner.decision.decide_plan import verdict_warnings
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from planner.decision.summary import outcomes
from tests.planner.decision.on_curves import BUDGET, on_curves, spread_on_curves

BATCH = "batch_size = 100\n"
PRICE = "[[vendors]]\nprice_usd = 1\n"


def budget(usd):
    return ("budget_usd = 3_000", f"budget_usd = {usd}")


def test_each_plan_buys_all_that_the_budget_pays_for_and_random_then_pays_for_the_same_value():
    # $3,000 are 3,000 random labels, or engineering and 2,000 labels: one doubling, a point, beyond margin's 1,000.
    case = on_curves([2_000, 2_000], [1_000, 4_000])
    assert case.target == 0.9
    case = on_curves([2_000, 2_000], [1_000, 4_000], BUDGET)
    assert case.target is None
    assert case.plans["random"].bill.labels == pytest.approx([3_000, 3_000])
    assert case.plans["margin"].bill.labels == pytest.approx([2_000, 2_000])
    assert case.in_hand["margin"] == pytest.approx([0.91, 0.89], abs=1e-4)
    assert case.in_hand["random"] == pytest.approx(0.9 + 0.01 * np.log2(1.5), abs=1e-4)
    # For 91% random needs 4,000 labels, for 89% 1,000: $1,000 more, or $2,000 less, than margin's budget.
    assert case.chosen.saving_usd == pytest.approx([1_000, -2_000], abs=10)
    assert case.chosen.al_better.tolist() == [1, 0]
    # The call goes by value: 0.91 and 0.89 beside random's 0.9058, which is 0.0042 more and 0.0158 less.
    assert (case.chosen.call.ahead, case.chosen.call.behind) == pytest.approx((0.0021, 0.0079), abs=1e-4)
    assert case.chosen.call.state == "label_random"


def test_no_choice_of_labels_reaches_more_than_all_of_them():
    case = on_curves([9_000], [1_000], BUDGET)
    assert case.in_hand["margin"] == pytest.approx(0.9 + 0.01 * np.log2(10 / 9), abs=1e-4)
    assert case.chosen.plans["random"].reached.tolist() == [True]
    # Random has that value with its whole pool, $7,000 dearer.
    assert case.chosen.saving_usd == pytest.approx([7_000], abs=2)
    smaller = case.at({"task.pool_size": np.array([[1_500.0], [10_000.0]])})
    assert smaller.saving_usd[:, 0] == pytest.approx([-1_000, 7_000], abs=2)


def test_a_pool_labelled_whole_is_the_same_model_whoever_chose_the_order():
    case = on_curves([2_000], [200], BUDGET, edit=[budget(50_000)])
    assert case.plans["margin"].bill.labels.tolist() == [10_000]
    assert case.in_hand["margin"] == pytest.approx(case.in_hand["random"])
    # Random buys the same pool, without the engineering.
    assert case.chosen.saving_usd == pytest.approx([-1_000], abs=2)


def test_active_learning_that_the_budget_does_not_pay_for_is_lost():
    case = on_curves([2_000] * 3, [200] * 3, BUDGET, edit=[budget(900)])
    assert case.in_hand["margin"].tolist() == [0, 0, 0]
    assert case.plans["random"].bill.labels.tolist() == [900] * 3
    assert (case.chosen.p_al_cheaper, case.chosen.p_unreachable) == (0, 0)
    assert np.isfinite(case.chosen.saving_usd).all()
    shown = outcomes(case)
    assert [shown[name].p_unreachable for name in ("random", "margin")] == [0, 1]
    assert shown["margin"].value.q50 is shown["margin"].labels.q50 is None


def test_nothing_is_matched_where_the_budget_does_not_pay_for_active_learning_alone():
    # The curve begins above 0 and never falls to it: the whole pool would else be bought to match nothing.
    case = spread_on_curves(300, BUDGET, edit=[("one_off_hours = 20", 'one_off_hours = "10 to 1000"')])
    begun = np.broadcast_to(case.spent.plans["margin"].reached, 300)
    assert 0.1 < begun.mean() < 0.9 and case.spent.plans["random"].reached.all()
    assert case.chosen.p_unreachable == 0
    assert (case.chosen.plans["random"].bill.labels[~begun] == 1).all()


def test_where_the_budget_pays_for_no_plan_neither_is_the_better_and_it_is_said():
    case = on_curves([2_000], [200], BUDGET, edit=[budget(0.5)])
    assert (case.chosen.p_al_cheaper, case.chosen.p_unreachable) == (0.5, 1)
    assert case.chosen.call.state == "too_close"
    assert any("does not pay for the smallest plan" in sentence for sentence in verdict_warnings(case))


def test_in_draws_without_the_money_less_is_in_hand_than_in_all_others():
    engineering = ("one_off_hours = 20", 'one_off_hours = "10 to 100"')
    case = spread_on_curves(300, BUDGET, edit=[engineering])
    bought, shown = case.plans["margin"].reached, outcomes(case)["margin"]
    assert 0.1 < 1 - bought.mean() < 0.5
    assert shown.value.q10 is shown.labels.q10 is None
    assert shown.value.q50 == pytest.approx(np.quantile(np.where(bought, case.in_hand["margin"], 0), 0.5), abs=1e-3)
    assert shown.value.q50 < np.quantile(case.in_hand["margin"][bought], 0.5)
    assert shown.labels.q90 is not None


def test_the_vendor_and_the_batch_that_reach_most_are_taken():
    dear = '[[vendors]]\nname = "Other"\nprice_usd = 1.5\nvotes_per_item = 1\ndelivered_error_rate = 0\n\n'
    case = on_curves([2_000], [1_000], BUDGET, edit=[(PRICE, f"{dear}{PRICE}")])
    assert {priced.vendor for priced in case.plans.values()} == {1}
    hours = ("hours_per_round = 0", "hours_per_round = 1")
    opened = on_curves([2_000], [1_000], BUDGET, edit=[(BATCH, ""), hours])
    found = opened.plans["margin"]
    assert found.batch_size is not None
    for size in (25, 50, 100, 200):
        named = on_curves([2_000], [1_000], BUDGET, edit=[(BATCH, f"batch_size = {size}\n"), hours])
        assert named.in_hand["margin"] <= opened.in_hand["margin"] + 1e-12
        if size == found.batch_size:
            assert named.in_hand["margin"] == pytest.approx(opened.in_hand["margin"])


def test_the_price_that_is_told_and_moved_is_that_of_the_plans_compared():
    # Which quote is the cheaper depends on how many labels are matched, and need not be the one at the budget.
    setup = '[[vendors]]\nname = "Set up"\nprice_usd = 0.5\nset_up_usd = 1_200\nvotes_per_item = 1\n'
    setup += "delivered_error_rate = 0\n\n"
    case = on_curves([2_000] * 3, [1_000] * 3, BUDGET, edit=[(PRICE, f"{setup}{PRICE}")])
    compared = case.chosen.plans["random"].vendor
    assert compared in case.vendors
    told = solve_input(case, VOTE_PRICE)
    assert told.planned == (0.5, 1.0)[compared]
    assert (
        case.at(told.changes(np.array([[told.planned * 2]]))).plans["random"].mean_usd
        > case.chosen.plans["random"].mean_usd
    )


def test_delay_counts_from_the_day_on_which_random_labelling_would_have_that_value():
    waits = [
        ("turnaround_days = 0", "turnaround_days = 1"),
        ("cost_of_delay_usd_per_week = 0", "cost_of_delay_usd_per_week = 70"),
    ]
    case = on_curves(
        [2_000],
        [1_000],
        BUDGET,
        edit=[*waits, ("turnaround_days = 1", "turnaround_days = 1\nthroughput_per_day = 100")],
    )
    random, margin = (case.chosen.plans[name].bill for name in ("random", "margin"))
    assert margin.lines["delay_usd"] == pytest.approx(10 * np.maximum(margin.days - random.days, 0))
    # At the budget random has fewer labels and ends sooner, but with less.
    assert case.plans["random"].bill.days < random.days


@given(
    st.floats(300, 40_000), st.floats(1, 3), st.sampled_from([0.1, 0.3, 0.7, 1.0]), st.sampled_from([0.0, 70.0, 333.3])
)
def test_more_money_never_reaches_less_and_none_is_overspent(usd, times, price, delay):
    edit = [(PRICE, f"[[vendors]]\nprice_usd = {price}\n"), ("retrain_days = 0", "retrain_days = 0.3"),
            ("cost_of_delay_usd_per_week = 0", f"cost_of_delay_usd_per_week = {delay}")]  # fmt: skip
    less, more = (spread_on_curves(20, BUDGET, edit=[*edit, budget(x)]) for x in (usd, usd * times))
    for name in ("random", "margin"):
        assert (more.in_hand[name] >= less.in_hand[name] - 1e-12).all()
        spent = np.broadcast_to(before_delay_usd(less.plans[name].bill), 20)
        affordable = np.broadcast_to(less.plans[name].reached, 20)
        assert (spent[affordable] <= usd).all()
        assert (spent[~affordable] > usd).all()


@given(st.integers(1, 60), st.floats(1, 900), st.sampled_from([0.1, 0.3, 0.7]))
def test_a_bill_of_just_the_budget_is_inside_it_whatever_delay_adds(batches, delay, price):
    labels = 100 * batches
    edit = [(PRICE, f"[[vendors]]\nprice_usd = {price}\n"), ("retrain_days = 0", "retrain_days = 0.3"),
            ("cost_of_delay_usd_per_week = 0", f"cost_of_delay_usd_per_week = {delay}")]  # fmt: skip
    case = on_curves([2_000], [1_000], BUDGET, edit=[*edit, budget(1_000 + labels * price)])
    assert case.plans["margin"].reached.all()
    assert case.plans["margin"].bill.labels[0] >= labels - 1
