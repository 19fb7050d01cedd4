"""Giving up a target that is out of sight, and what a miss costs; all on curves that are worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.labels_required import labels_to_give_up
from planner.plan import parse_plan, paths
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import fixed_curves, on_curves, power_laws

NEVER = np.inf
DELAY = (
    ("turnaround_days = 0", "turnaround_days = 1\nthroughput_per_day = 1e9"),
    ("cost_of_delay_usd_per_week = 0", "cost_of_delay_usd_per_week = 700"),
)


def given_up(needs, patience, text=SIMPLE, curves=None):
    plan = parse_plan(f"{text}[stopping]\ngive_up = {patience}\n")
    curves = curves or fixed_curves(("random",), np.reshape(needs, (-1, 1)))
    return labels_to_give_up(plan, plan.draw(curves.n_draws, 0), curves, 0.9, curves.strategies)


def test_a_straight_curve_is_given_up_at_the_first_look_just_where_the_pool_does_not_hold_the_target():
    # A point for each doubling: 10,000 labels have the target where it needs as many.
    assert given_up([5_000, 10_000, 11_000, NEVER], 1)["random"] == pytest.approx([NEVER, NEVER, 200, 200])


def test_patience_waits_until_so_many_times_the_last_gain_no_longer_suffices():
    # 40,000 labels needed, 2 points promised for each doubling left: not enough from 10,000² ÷ 40,000 = 2,500 on.
    # Of the looks at 200, 283, 400, ..., 2,263, 3,200 the last is the first beyond it.
    assert given_up([40_000], 2)["random"] == pytest.approx([3_200])
    assert given_up([40_000], 0)["random"] == pytest.approx([200])
    assert given_up([40_000], '"never"') == {}


def test_nothing_is_given_up_before_the_curve_was_measured_at_half_the_labels():
    curves = power_laws(np.array([1e6]), np.zeros(1), slope=0.1)  # measured from 100 labels on
    early = SIMPLE.replace("initial_labels = 100", "initial_labels = 10")
    # 20, 28.3, 40, ... 226 labels: half of the last is the first above 100.
    assert given_up(None, 1, early, curves)["random"] == pytest.approx([10 * 2**4.5])


@given(st.lists(st.floats(300, 1e5), min_size=1, max_size=5), st.floats(0.1, 0.3), st.sampled_from([1, 1.5, 3]))
def test_where_gains_shrink_whoever_reaches_the_target_in_the_pool_never_gives_up(needs, slope, patience):
    curves = power_laws(np.array(needs), np.zeros(len(needs)), slope=slope)
    reaches = curves.labels_to_reach(0.9)[:, 0] <= 10_000
    found, later = (given_up(None, p, curves=curves)["random"] for p in (patience, patience + 1))
    assert np.isinf(found[reaches]).all()
    assert (later >= found).all()
    assert (found[np.isfinite(found)] < 10_000).all()


@pytest.mark.parametrize("text", ["-1", "true", "[1, 2]", '"later"', "nan"])
def test_patience_that_is_none_is_refused(text):
    with pytest.raises(InputError, match=r"give_up.*allowed: a number from 0, or \"never\""):
        parse_plan(f"[stopping]\ngive_up = {text}")


def test_giving_up_needs_a_target():
    with pytest.raises(InputError, match="give_up: found beside a budget that is spent whole"):
        parse_plan("[task]\nbudget_usd = 100\n[stopping]\ngive_up = 2")
    assert not parse_plan("[task]\nbudget_usd = 100").input(paths.GIVE_UP).shown


def test_patience_is_an_assumption_that_a_form_can_change():
    plan = parse_plan(SIMPLE)
    assert (plan.input(paths.GIVE_UP).text, plan.input(paths.GIVE_UP).shown) == ("1", True)
    assert plan.replace({paths.GIVE_UP: "2.5"}).stopping.give_up == 2.5
    assert plan.replace({paths.GIVE_UP: "never"}).stopping.give_up == "never"


def test_whoever_misses_buys_the_other_option_after_all():
    # Both reach; margin alone misses; random alone misses; both do. A look at 200 labels gives up.
    case = on_curves([3_000, 3_000, NEVER, NEVER], [950, NEVER, 950, NEVER], gives_up=True)
    random, margin = (case.plans[name] for name in ("random", "margin"))
    assert random.bill.labels.tolist() == [3_000, 3_000, 200, 200]
    assert margin.bill.labels.tolist() == [1_000, 200, 1_000, 200]
    assert random.bill.lines["after_miss_usd"].tolist() == [0, 0, 2_000, 0]
    assert margin.bill.lines["after_miss_usd"].tolist() == [0, 3_000, 0, 0]
    assert random.bill.total_usd.tolist() == [3_000, 3_000, 2_200, 200]
    assert margin.bill.total_usd.tolist() == [2_000, 4_200, 2_000, 1_200]
    assert case.chosen.al_better.tolist() == [1, 0, 1, 0.5]


def test_the_days_of_the_other_option_are_added_and_delay_counts_on_the_sum():
    case = on_curves([3_000, NEVER], [NEVER, 950], edit=DELAY, gives_up=True)
    random, margin = (case.plans[name].bill for name in ("random", "margin"))
    # An order a day. Random's orders of 100, 100, 200, 400, 800 and 1,400 labels, or two until it gives up, and after
    # that margin's ten; margin's two, and random's six.
    assert random.days == pytest.approx([6, 2 + 10], abs=1e-4)
    assert margin.days == pytest.approx([2 + 6, 10], abs=1e-4)
    # $100 a day later than random labelling alone.
    assert random.lines["delay_usd"] == pytest.approx([0, 1_000], abs=0.01)
    assert margin.lines["delay_usd"] == pytest.approx([200, 800], abs=0.01)
    assert random.total_usd == pytest.approx([3_000, 200 + 2_000 + 1_000], abs=0.01)


def test_a_cost_of_missing_that_the_plan_names_takes_the_place_of_the_other_option():
    named = ("[task]", "[task]\nfailure_usd = 0")
    case = on_curves([3_000, NEVER], [NEVER, 950], edit=[named], gives_up=True)
    assert case.plans["random"].bill.total_usd.tolist() == [3_000, 200]
    assert case.plans["margin"].bill.total_usd.tolist() == [1_200, 2_000]


def test_under_the_economic_rule_a_miss_costs_the_points_that_are_missing():
    ruled = (
        ("test_labels = 0", "test_labels = 500\nvalue_per_point_usd = 300"),
        ("[[vendors]]", '[stopping]\nrules = ["economic"]\n[[vendors]]'),
    )
    # Random needs 3,000 labels. Margin gains a point, $300, for each doubling: rounds stop early.
    case = on_curves([3_000, NEVER], [2_000, 2_000], edit=ruled, gives_up=True)
    margin = case.plans["margin"]
    short = 0.9 - case.in_hand["margin"]
    assert not margin.reached.any()
    assert margin.bill.lines["failure_usd"] == pytest.approx(300 * 100 * short)
    assert case.plans["random"].bill.lines["failure_usd"] == pytest.approx([0, 300 * 40])  # a value of 0.5
    assert not margin.bill.lines["after_miss_usd"].any()


def test_a_plan_that_a_rule_stops_gives_up_too():
    ruled = ("[[vendors]]", '[stopping]\nrules = ["labels"]\nlabels = 700\n[[vendors]]')
    case = on_curves([2_000] * 2, [500, NEVER], edit=[ruled], gives_up=True)
    assert case.plans["margin"].bill.labels.tolist() == [700, 200]


def test_another_pool_or_initial_set_gives_up_elsewhere():
    case = on_curves([3_000, 15_000], [NEVER, 9_000], gives_up=True)
    assert case.plans["random"].reached.tolist() == [True, False]
    wide = case.at({paths.POOL_SIZE: np.array([20_000.0])})
    assert wide.plans["random"].reached.tolist() == [True, True]
    later = case.at({paths.INITIAL_LABELS: np.array([400.0])})
    assert later.plans["margin"].bill.labels.tolist()[0] == 800


@given(st.lists(st.tuples(st.floats(150, 1e5), st.floats(150, 1e5)), min_size=1, max_size=4), st.booleans())
def test_bills_still_sum_to_totals_and_savings_are_their_difference(needs, gives_up):
    case = on_curves(*zip(*needs, strict=True), edit=DELAY, gives_up=gives_up)
    random, margin = (case.plans[name].bill for name in ("random", "margin"))
    for bill in (random, margin):
        assert bill.total_usd == pytest.approx(sum(bill.lines.values()))
        assert bill.days == pytest.approx(sum(term.amount for term in bill.time.terms))
    assert case.chosen.saving_usd == pytest.approx(random.total_usd - margin.total_usd)
    # Whoever misses what the other reaches pays for both.
    missed = ~case.plans["margin"].reached & case.plans["random"].reached
    assert (margin.total_usd >= random.total_usd)[np.broadcast_to(missed, margin.total_usd.shape)].all()


IN_DAYS = (*DELAY, ("hours_per_round = 0", "hours_per_round = 1"))


def test_whoever_owns_half_of_the_pool_buys_the_rest_in_one_order():
    case = on_curves([9_000, 6_000, 9_000, NEVER], [6_000, 7_000, 4_000, NEVER], edit=IN_DAYS)
    margin = case.plans["margin"]
    # 50 orders buy 5,000. Then 1,000 x 9,000 / 6,000 random labels; 2,000, as one is worth one; none; all there are.
    assert margin.bill.labels.tolist() == [6_500, 7_000, 4_000, 10_000]
    assert margin.bill.days == pytest.approx([51, 51, 40, 51], abs=1e-4)
    assert margin.bill.rounds.tolist() == [50, 50, 39, 50]
    assert margin.bill.lines["operation_usd"].tolist() == [2_450, 2_450, 1_950, 2_450]
    assert margin.reached.tolist() == [True, True, True, False]
    never = on_curves([9_000], [6_000], edit=(*IN_DAYS, ("[[vendors]]", '[stopping]\ngive_up = "never"\n[[vendors]]')))
    assert (never.plans["margin"].bill.labels, never.plans["margin"].bill.rounds) == (6_000, 59)


@given(st.lists(st.tuples(st.floats(150, 2e4), st.floats(150, 2e4)), min_size=1, max_size=5))
def test_no_campaign_takes_more_orders_than_half_of_the_pool_and_one(needs):
    never = (*IN_DAYS, ("[[vendors]]", '[stopping]\ngive_up = "never"\n[[vendors]]'))
    now, before = (on_curves(*zip(*needs, strict=True), edit=edit).plans["margin"] for edit in (IN_DAYS, never))
    assert (now.reached == before.reached).all()
    assert (now.bill.rounds <= 50).all()
    assert (now.bill.days <= before.bill.days + 1e-4).all()
    assert (now.bill.labels >= before.bill.labels).all()
    assert (now.bill.labels <= 10_000).all()
