"""How long plans take and what being late costs: by hand, and sooner or later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.costs.bill import delay_line, with_delay
from tests.planner.costs.quotes import bill, plan_of, quotes

VENDOR = {"name": "V", "price_usd": 0.1, "votes_per_item": 1, "turnaround_days": 2, "throughput_per_day": 100}
TABLES = {
    "task": {"test_labels": 500},
    "strategy": {"initial_labels": 100, "batch_size": 200, "time_factor": 1.5},
    "calendar": {"retrain_days": 0.5, "build_days": 4},
}


def days(n, *, active=True, tables=TABLES, calendar=None, **terms):
    merged = {**tables, "calendar": {**tables["calendar"], **(calendar or {})}}
    return float(bill(plan_of({**VENDOR, **terms}, **merged), n, active=active).days[0])


def test_r_rounds_are_r_plus_one_orders_and_trainings():
    # 600, 200, 200, 200 and 50 items: five turnarounds, five trainings, 1,250 items, four days to build.
    assert days(750) == pytest.approx(4 + 5 * 2 + 12.5 + 5 * 0.5)
    assert days(750, active=False) == pytest.approx(2 + 12.5 + 0.5)
    assert days(100) == pytest.approx(4 + 2 + 6 + 0.5)


def test_a_monitored_random_plan_has_the_same_rounds_without_the_building():
    monitored = {**TABLES, "strategy": {**TABLES["strategy"], "monitor_random": True}}
    assert days(750, active=False, tables=monitored) == pytest.approx(5 * 2 + 12.5 + 5 * 0.5)
    assert days(60, active=False, tables=monitored) == pytest.approx(2 + 5.6 + 0.5)


def test_small_rounds_can_cost_more_days_than_the_labels_they_save():
    assert days(750) > days(1_500, active=False)


def test_an_order_above_the_largest_has_a_turnaround_for_each_part():
    # 600 items are three parts of at most 250; the batches of 200 are one each.
    assert days(750, largest_order_items=250) == pytest.approx(days(750) + 2 * 2)
    assert days(2_000, active=False, largest_order_items=250) == pytest.approx(10 * 2 + 25 + 0.5)


def test_orders_wait_for_one_another_but_nothing_waits_after_the_last():
    # Orders take 8.5, 4.5, 4.5, 4.5 and 3 days with their training; the next begins after seven.
    assert days(750, days_between_orders=7) == pytest.approx(days(750) + 3 * 2.5)
    assert days(750, active=False, days_between_orders=70) == days(750, active=False)


def test_rounds_that_overlap_take_the_longer_of_labelling_and_training():
    overlapping = {"rounds": "asynchronous"}
    # Orders take 8, 4, 4, 4 and 2.5 days with their turnarounds, and each but the last hides a training.
    assert days(750, calendar=overlapping) == pytest.approx(4 + 5 * 2 + 12.5 + 0.5)
    # A training of five days outlasts the batches but not the first order.
    slow = {**overlapping, "retrain_days": 5}
    assert days(750, calendar=slow) == pytest.approx(4 + 8 + 3 * 5 + 2.5 + 5)


def test_rounds_that_overlap_keep_the_days_between_orders():
    overlapping = {"rounds": "asynchronous"}
    assert days(750, calendar=overlapping, days_between_orders=7) == pytest.approx(4 + 8 + 3 * 7 + 2.5 + 0.5)


def test_chosen_items_take_longer_where_time_is_paid():
    hourly = {"billing": "per_hour", "hourly_rate_usd": 9, "seconds_per_vote": 9, "price_usd": None}
    terms = {key: x for key, x in {**VENDOR, **hourly}.items() if x is not None}
    made = bill(plan_of(terms, **{**TABLES, "task": {"test_labels": 0}}), 300)
    assert made.days[0] == pytest.approx(4 + 2 * 2 + 300 * 1.5 / 100 + 2 * 0.5)


@settings(max_examples=150, deadline=None)
@given(quotes(), st.integers(1_000, 60_000), st.floats(0, 30))
def test_overlapping_rounds_are_never_slower(terms, n, retrain):
    calendar = {"retrain_days": round(retrain, 3), "build_days": 3}
    one, two = (
        bill(plan_of(terms, calendar={**calendar, "rounds": rounds}), n) for rounds in ("asynchronous", "synchronous")
    )
    assert one.days[0] <= two.days[0] * (1 + 1e-12)


def delay(weeks, **calendar):
    plan = plan_of(VENDOR, calendar=calendar)
    return float(delay_line(plan, plan.medians(), np.array([10 + 7.0 * weeks]), np.array([10.0])).amount[0])


def test_each_week_later_costs_and_earlier_is_a_gain_only_where_the_plan_says_so():
    assert delay(1.5, cost_of_delay_usd_per_week=700) == pytest.approx(1_050)
    assert delay(-1.5, cost_of_delay_usd_per_week=700) == 0
    assert delay(-1.5, cost_of_delay_usd_per_week=700, earlier_is_a_gain=True) == pytest.approx(-1_050)


DECAY = {"delay": "decay", "value_usd": 10_000, "value_lost_per_week": 0.1}


def test_value_decays_from_week_to_week():
    assert delay(2, **DECAY) == pytest.approx(10_000 * (1 - 0.9**2))
    assert delay(-2, **DECAY) == 0
    assert delay(0.5, **DECAY) == pytest.approx(10_000 * (1 - 0.9**0.5))


@given(st.floats(0, 500), st.sampled_from([0.0, 0.1, 0.999, 1.0]))
def test_a_gain_is_the_cost_of_the_same_weeks_and_never_above_the_value(weeks, lost):
    terms = {**DECAY, "value_lost_per_week": lost, "earlier_is_a_gain": True}
    assert delay(-weeks, **terms) == pytest.approx(-delay(weeks, **terms))
    assert abs(delay(-weeks, **terms)) <= 10_000


def test_a_deadline_is_missed_by_whoever_ends_after_it():
    terms = {"deadline_days": 12, "deadline_cost_usd": 900, "cost_of_delay_usd_per_week": 0}
    assert delay(0, **terms) == 0
    assert delay(1, **terms) == 900
    plan = plan_of(VENDOR, task={"test_labels": 0}, calendar=terms)
    late = bill(plan, 5_000, active=False)
    assert with_delay(plan, late, late.days, plan.medians()).lines["delay_usd"][0] == 900
