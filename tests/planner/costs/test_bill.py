"""Bills, days, machine time and engineering, worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import compare_costs, price_plan, with_delay
from planner.costs.bill import PREDICTIONS_PER_QUERY, delay_line, sharing_divisor
from planner.costs.given_labels import sign_changes
from planner.costs.labels import Orders, round_up_to_batches
from planner.plan import parse_plan
from simulations.errors import InputError
from tests.planner.costs.quotes import bill, plan_of, quotes, usd

EVALUATIONS = ("cross_validation", "test_set")

HAND = parse_plan(
    """
[task]
pool_size = 10_000
test_labels = 500
[strategy]
initial_labels = 100
batch_size = 200
[[vendors]]
price_usd = 0.05
votes_per_item = 3
platform_fee_usd_per_item = 0.02
turnaround_days = 2
throughput_per_day = 100
[engineering]
one_off_hours = 40
hours_per_round = 1.5
hourly_rate_usd = 60
projects_sharing = 2
[compute]
train_seconds_per_item = 0.36
epochs = 10
score_seconds_per_item = 0.036
passes = 2
members = 5
machine_usd_per_hour = 3
[calendar]
retrain_days = 0.5
build_days = 4
cost_of_delay_usd_per_week = 70
"""
)


def test_an_active_learning_bill_by_hand():
    n = np.array([750.0])  # rounds of 200, 200, 200 and a short one of 50
    bill = price_plan(HAND, HAND.medians(), 0, n, active=True)
    assert bill.rounds[0] == 4
    assert usd(bill, "labels_usd") == pytest.approx(750 * 0.17)
    assert usd(bill, "test_labels_usd") == pytest.approx(500 * 0.17)
    assert usd(bill, "engineering_usd") == 20 * 60
    assert usd(bill, "operation_usd") == 4 * 1.5 * 60
    trained = 100 + 300 + 500 + 700 + 750
    assert usd(bill, "training_usd") == pytest.approx(trained * 10 * 0.36 * 5 / 3600 * 3)
    scored = 9_400 + 9_200 + 9_000 + 8_800
    assert usd(bill, "scoring_usd") == pytest.approx(scored * 0.036 * 2 * 5 / 3600 * 3)
    assert bill.days[0] == pytest.approx(5 * 2.5 + 1_250 / 100 + 4)


def test_the_two_weeks_of_an_engineer_are_a_hundred_thousand_labels():
    plan = plan_of(
        {"name": "V", "price_usd": 0.04, "votes_per_item": 1},
        task={"pool_size": 1_000_000, "test_labels": 0},
        strategy={"initial_labels": 1_000, "batch_size": 1_000_000},
        engineering={"one_off_hours": 80, "hours_per_round": 0, "hourly_rate_usd": 50},
        compute={"train_seconds_per_item": 0, "score_seconds_per_item": 0},
        calendar={"cost_of_delay_usd_per_week": 0},
    )
    result = compare_costs(plan, {"random": 300_000, "margin": 200_000})
    assert float(result.bills["margin"].lines["engineering_usd"][0]) == 4_000
    assert result.saving_usd == pytest.approx(0, abs=1e-9)
    assert result.break_even_prices_usd == pytest.approx([0.04])


@given(st.integers(1, 9_500), st.integers(1, 3_000))
def test_rounding_up_gives_whole_batches_and_enough(need, b):
    n = round_up_to_batches(np.array([float(need)]), np.array([100.0]), np.array([float(b)]))[0]
    assert n >= max(need, 100)
    assert (n - 100) % b == 0
    assert n - b < max(need, 100)


def test_each_plan_takes_the_vendor_that_is_cheapest_for_it():
    slow = {"name": "cheap but slow", "price_usd": 0.05, "votes_per_item": 1, "turnaround_days": 60}
    plan = plan_of({"name": "no fee", "price_usd": 0.10, "votes_per_item": 1}, slow)
    assert compare_costs(plan, {"random": 12_000}).saving_usd is None
    result = compare_costs(plan, {"random": 50_000, "margin": 11_000})
    assert result.vendors == {"random": "cheap but slow", "margin": "no fee"}


def test_no_break_even_where_no_price_makes_the_two_equal():
    assert compare_costs(plan_of(PLAIN), {"random": 1_500, "margin": 1_700}).break_even_prices_usd == ()


@pytest.mark.parametrize(
    ("strategy", "count", "words"),
    [("margin", 999, "the 1,000 initial labels to 99,500"), ("random", 0, "1 to"), ("random", 99_501, "1 to 99,500")],
)
def test_a_count_that_cannot_be_bought_is_refused(strategy, count, words):
    with pytest.raises(InputError, match=f"--labels.*from {words}"):
        compare_costs(plan_of(PLAIN), {strategy: count})


def test_all_roots_are_found_cliffs_included():
    assert sign_changes(lambda x: (x - 0.5) * (x - 3)) == pytest.approx([0.5, 3])
    assert sign_changes(lambda x: -1.0 if x < 2 else 1.0) == pytest.approx([2])
    assert sign_changes(lambda x: 1.0) == sign_changes(lambda x: x) == ()


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

    assert days(750, calendar=overlapping, days_between_orders=7) == pytest.approx(4 + 8 + 3 * 7 + 2.5 + 0.5)


def test_chosen_items_take_longer_where_time_is_paid():
    hourly = {"billing": "per_hour", "hourly_rate_usd": 9, "seconds_per_vote": 9, "price_usd": None}
    terms = {key: x for key, x in {**VENDOR, **hourly}.items() if x is not None}
    made = bill(plan_of(terms, **{**TABLES, "task": {"test_labels": 0}}), 300)
    assert made.days[0] == pytest.approx(4 + 2 * 2 + 300 * 1.5 / 100 + 2 * 0.5)


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


PLAIN = {"name": "V", "price_usd": 0.1}
COMPUTE = {"train_seconds_per_item": 0.36, "epochs": 10, "score_seconds_per_item": 0.036, "passes": 2}
COMPUTE |= {"members": 5, "machine_usd_per_hour": 3}
TRAINED_USD = 0.36 * 10 * 5 / 3_600 * 3  # one item
SCORED_USD = 0.036 * 2 * 5 / 3_600 * 3


def made(n, *, active=True, compute=None, **strategy):
    strategy = {"initial_labels": 100, "batch_size": 200, **strategy}
    task = {"pool_size": 10_000, "test_labels": 500}
    return bill(plan_of(PLAIN, task=task, strategy=strategy, compute={**COMPUTE, **(compute or {})}), n, active=active)


def test_random_orders_double_what_is_owned():
    told = {evaluation: {"task": {**TABLES["task"], "random_evaluation": evaluation}} for evaluation in EVALUATIONS}
    own, bought = (
        bill(plan_of(VENDOR, **{**TABLES, **told[evaluation]}), 750, active=False, at_once=False)
        for evaluation in EVALUATIONS
    )
    # 100, 100, 200 and 350 labels; without the 500 test items or with them.
    assert own.days[0] == pytest.approx(4 * 2 + 7.5 + 4 * 0.5)
    assert bought.days[0] == pytest.approx(4 * 2 + 12.5 + 4 * 0.5)
    assert own.rounds[0] == bought.rounds[0] == 3
    assert usd(own, "test_labels_usd") == 0 < usd(bought, "test_labels_usd")
    # Five folds more, each on all 750.
    each = usd(bought, "training_usd") / (100 + 200 + 400 + 750)
    assert usd(own, "training_usd") == pytest.approx((1_450 + 5 * 750) * each)


@pytest.mark.parametrize(("n", "tested_on_itself"), [(100, False), (499, False), (500, True), (5_000, True)])
def test_random_is_cross_validated_as_soon_as_it_has_as_many_labels_as_the_test_set(n, tested_on_itself):
    bought = bill(plan_of(VENDOR, **TABLES), n, active=False, at_once=False)
    assert (usd(bought, "test_labels_usd") == 0) == tested_on_itself
    assert usd(bill(plan_of(VENDOR, **TABLES), n), "test_labels_usd") > 0


@given(st.floats(1, 1e6), st.floats(1, 1e4), st.floats(0, 1e4))
def test_doubling_orders_add_up_to_all_that_is_bought(n, first, test):
    n, first, test = (np.array([x]) for x in (n, first, test))
    orders = Orders.doubling(n, test, first)
    assert orders.total == pytest.approx(n + test)
    assert sum(orders.counts) == orders.rounds + 1
    owned = np.cumsum([float(np.ravel(size)[0]) for size, count in orders if count[0]])
    assert (np.diff(owned) <= owned[:-1] * (1 + 1e-9)).all()


def test_random_trains_once_or_in_every_round_if_it_is_monitored():
    once = made(750, active=False)
    assert usd(once, "training_usd") == pytest.approx(750 * TRAINED_USD)
    assert usd(once, "engineering_usd") == usd(once, "operation_usd") == usd(once, "scoring_usd") == 0
    monitored = made(750, active=False, monitor_random=True)
    assert usd(monitored, "training_usd") == usd(made(750), "training_usd")
    assert usd(monitored, "scoring_usd") == 0


@pytest.mark.parametrize("restart", ["scratch", "warm", "fine-tune"])
@pytest.mark.parametrize("n", [1, 60, 100])
def test_a_monitored_plan_below_the_initial_set_is_one_training(n, restart):
    compute = {"warm_epochs_share": 0.25}
    plan = made(n, active=False, monitor_random=True, restart=restart, compute=compute)
    assert plan.rounds[0] == 0
    assert usd(plan, "training_usd") == pytest.approx(n * TRAINED_USD)


def test_warm_starts_take_their_share_of_the_epochs_after_the_first():
    assert usd(made(500, restart="warm"), "training_usd") == usd(made(500), "training_usd")
    quarter = made(500, restart="warm", compute={"warm_epochs_share": 0.25})
    assert usd(quarter, "training_usd") == pytest.approx((100 + 0.25 * (300 + 500)) * TRAINED_USD)


def test_fine_tuning_takes_each_chosen_item_once_and_random_labelling_trains_anew():
    assert usd(made(750, restart="fine-tune"), "training_usd") == pytest.approx(750 * TRAINED_USD)
    for monitor in (False, True):
        tuned, anew = (made(750, active=False, monitor_random=monitor, restart=how) for how in ("fine-tune", "scratch"))
        assert usd(tuned, "training_usd") == usd(anew, "training_usd")


def test_a_part_of_the_pool_is_scored_or_each_call_is_paid():
    assert usd(made(750, compute={"pool_share_scored": 0.1}), "scoring_usd") == pytest.approx(36_400 * 0.1 * SCORED_USD)
    called = made(750, compute={"score_usd_per_item": 0.001})
    assert usd(called, "scoring_usd") == pytest.approx(36_400 * 2 * 5 * 0.001)


def test_each_item_of_a_stream_is_scored_once():
    # 650 labels beside the initial 100, each of every tenth item that passes; no more are scored with smaller batches.
    for batch_size in (200, 20):
        streamed = made(750, batch_size=batch_size, stream_share=0.1)
        assert usd(streamed, "scoring_usd") == pytest.approx(6_500 * SCORED_USD)
    assert usd(made(100, stream_share=0.1), "scoring_usd") == 0
    assert usd(made(750, active=False, stream_share=0.1), "scoring_usd") == 0


def test_the_answer_to_a_made_up_query_costs_so_many_labels():
    # 650 labels beside the initial 100, at three times 30 cents for three votes; all else costs as before.
    asked, usual = made(750, query_price_factor=3), made(750)
    assert usd(asked, "labels_usd") == pytest.approx(100 * 0.3 + 650 * 0.9) and usd(usual, "labels_usd") == 225
    assert usd(asked, "scoring_usd") == pytest.approx(650 * PREDICTIONS_PER_QUERY * SCORED_USD)
    same = ("test_labels_usd", "engineering_usd", "operation_usd", "training_usd", "review_usd")
    assert [usd(asked, line) for line in same] == [usd(usual, line) for line in same] and asked.days == usual.days
    assert usd(made(100, query_price_factor=3), "labels_usd") == 30
    assert usd(made(750, active=False, query_price_factor=3), "labels_usd") == 225
    assert usd(made(750, query_price_factor=0.5), "labels_usd") == pytest.approx(100 * 0.3 + 650 * 0.15)


def test_an_answer_costs_so_many_times_the_average_price_with_fees_and_tiers():
    tiers = [{"from_units": 0, "to_units": 500, "price_usd": 0.3}, {"from_units": 500, "price_usd": 0.1}]
    vendor = {"name": "V", "votes_per_item": 1, "tiers": tiers, "fee_rate": 0.2}
    task, strategy = {"pool_size": 10_000, "test_labels": 500}, {"initial_labels": 100, "batch_size": 200}
    usual, asked = (
        usd(bill(plan_of(vendor, task=task, strategy=strategy | more), 750), "labels_usd")
        for more in ({}, {"query_price_factor": 2})
    )
    average = 1.2 * (500 * 0.3 + 750 * 0.1) / 1_250  # of all that is delivered, test items too
    assert usual == pytest.approx(750 * average) and asked == pytest.approx((750 + 650) * average)


@given(st.integers(100, 9_500), st.integers(1, 3_000))
def test_closed_forms_are_the_sums_over_rounds(n, b):
    before = list(range(100, n, b))
    scored = [owned for owned in before if owned < 4_750]  # half of the pool; one order buys the rest
    before = before[: len(scored) + 1]
    plan = made(n, batch_size=b)
    assert plan.rounds[0] == len(before)
    assert usd(plan, "training_usd") == pytest.approx((sum(before) + n) * TRAINED_USD)
    assert usd(plan, "scoring_usd") == pytest.approx(sum(9_500 - size for size in scored) * SCORED_USD)


def cost(line, n=5_200, **engineering):
    terms = {"one_off_hours": 80, "hours_per_round": 2, "hourly_rate_usd": 50, **engineering}
    return usd(bill(plan_of(PLAIN, engineering=terms), n), line)


def test_sharing_divides_the_one_off_work_alone():
    assert cost("engineering_usd", projects_sharing=4) == pytest.approx(80 / 4 * 50)
    assert cost("engineering_usd", projects_sharing=4, hours_per_project=10) == pytest.approx((80 / 4 + 10) * 50)


def test_every_round_is_operated():
    # 4,200 labels after the first 1,000 are six batches of 700.
    assert cost("operation_usd") == pytest.approx(6 * 2 * 50)
    assert cost("operation_usd", n=5_201) == pytest.approx(7 * 2 * 50)
    assert cost("operation_usd", n=1_000) == 0


def shared(projects, rate, a_year=1.0, discounting="period_start"):
    terms = {"projects_sharing": projects, "discount_rate": rate, "projects_per_year": a_year}
    plan = plan_of(PLAIN, engineering={**terms, "discounting": discounting})
    return float(sharing_divisor(plan, plan.medians())[0])


def test_the_annuity_of_three_yearly_projects_at_ten_percent():
    assert shared(3, 0.1) == pytest.approx(1 + 1 / 1.1 + 1 / 1.21)
    assert shared(3, 0.1, discounting="period_end") == pytest.approx(1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    # Each pays 80 × 50 ÷ 2.4869 at the end of its year, and the three payments are worth 4,000 on the day of the work.
    paid = cost("engineering_usd", projects_sharing=3, discount_rate=0.1, projects_per_year=1)
    assert paid == pytest.approx(4_000 / 2.486852)
    assert paid / 1.1 + paid / 1.21 + paid / 1.331 == pytest.approx(4_000)


def test_projects_of_the_same_year_are_discounted_by_their_part_of_it():
    assert shared(4, 0.21, a_year=2) == pytest.approx(sum(1.1**-j for j in range(4)))


@given(st.integers(1, 1_000), st.sampled_from([0, 1e-12, 1e-9, 1e-3, 0.1, 0.5, 1]), st.sampled_from([0.1, 4, 1e12]))
def test_discounting_never_makes_sharing_worth_more_than_the_projects(projects, rate, a_year):
    worth = shared(projects, rate, a_year)
    assert 1 - 1e-9 <= worth <= projects * (1 + 1e-12)
    assert worth == pytest.approx(sum((1 + rate) ** (-j / a_year) for j in range(projects)), rel=1e-9)
