"""Bills worked by hand, and what must hold of every bill."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import LINES, compare_costs, price_plan, with_delay
from planner.costs.given_labels import sign_changes
from planner.costs.labels import items_scored, items_trained, round_up_to_batches, rounds
from planner.costs.quote_costs import price_warning
from planner.plan import Plan, parse_plan
from simulations.errors import InputError

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


def one(bill, line):
    return float(bill.lines[line][0])


def test_an_active_learning_bill_by_hand():
    n = np.array([750.0])  # rounds of 200, 200, 200 and a short one of 50
    bill = price_plan(HAND, HAND.medians(), 0, n, active=True)
    assert bill.rounds[0] == 4
    assert one(bill, "labels_usd") == pytest.approx(750 * 0.17)
    assert one(bill, "test_labels_usd") == pytest.approx(500 * 0.17)
    assert one(bill, "engineering_usd") == 20 * 60
    assert one(bill, "operation_usd") == 4 * 1.5 * 60
    trained = 100 + 300 + 500 + 700 + 750
    assert one(bill, "training_usd") == pytest.approx(trained * 10 * 0.36 * 5 / 3600 * 3)
    scored = 9_400 + 9_200 + 9_000 + 8_800
    assert one(bill, "scoring_usd") == pytest.approx(scored * 0.036 * 2 * 5 / 3600 * 3)
    assert bill.days[0] == pytest.approx(5 * 2.5 + 1_250 / 100 + 4)


def test_random_is_one_order_one_training_and_no_engineering():
    bill = price_plan(HAND, HAND.medians(), 0, np.array([2_000.0]), active=False)
    assert one(bill, "engineering_usd") == one(bill, "operation_usd") == one(bill, "scoring_usd") == 0
    assert one(bill, "training_usd") == pytest.approx(2_000 * 10 * 0.36 * 5 / 3600 * 3)
    assert bill.days[0] == pytest.approx(2.5 + 25)


def test_delay_is_paid_for_ending_later_and_never_earned():
    values = HAND.medians()
    random = price_plan(HAND, values, 0, np.array([2_000.0]), active=False)
    late = with_delay(HAND, price_plan(HAND, values, 0, np.array([750.0]), active=True), random.days, values)
    assert one(late, "delay_usd") == pytest.approx((29 - 27.5) / 7 * 70)
    early = with_delay(HAND, price_plan(HAND, values, 0, np.array([100.0]), active=True), random.days, values)
    assert one(early, "delay_usd") == 0


def test_fine_tuning_trains_each_item_once_and_warm_starts_a_share_of_it():
    values, n = HAND.medians(), np.array([500.0])
    per_item = 10 * 0.36 * 5 / 3600 * 3
    tuned = price_plan(HAND.replace({"strategy.restart": "fine-tune"}), values, 0, n, active=True)
    assert one(tuned, "training_usd") == pytest.approx(500 * per_item)
    warm = HAND.replace({"strategy.restart": "warm", "compute.warm_epochs_share": "0.25"})
    bill = price_plan(warm, warm.medians(), 0, n, active=True)
    assert one(bill, "training_usd") == pytest.approx((100 + 0.25 * (300 + 500)) * per_item)


def test_scoring_paid_by_the_call():
    plan = HAND.replace({"compute.score_usd_per_item": "0.001"})
    bill = price_plan(plan, plan.medians(), 0, np.array([300.0]), active=True)
    assert one(bill, "scoring_usd") == pytest.approx(9_400 * 10 * 0.001)


def test_the_two_weeks_of_an_engineer_are_a_hundred_thousand_labels():
    plan = parse_plan(
        """
[task]
pool_size = 1_000_000
test_labels = 0
[strategy]
initial_labels = 1_000
batch_size = 1_000_000
[[vendors]]
price_usd = 0.04
votes_per_item = 1
turnaround_days = 0
throughput_per_day = 1e9
[engineering]
one_off_hours = 80
hours_per_round = 0
hourly_rate_usd = 50
[compute]
train_seconds_per_item = 0
score_seconds_per_item = 0
[calendar]
cost_of_delay_usd_per_week = 0
"""
    )
    result = compare_costs(plan, {"random": 300_000, "margin": 200_000})
    assert float(result.bills["margin"].lines["engineering_usd"][0]) == 4_000
    assert result.saving_usd == pytest.approx(0, abs=1e-9)
    assert result.break_even_prices_usd == pytest.approx([0.04])


@given(st.integers(100, 9_500), st.integers(1, 3_000))
def test_closed_forms_equal_the_sums_they_stand_for(n, b):
    n0, pool = 100, 9_500
    r = int(rounds(np.array([float(n)]), np.array([100.0]), np.array([float(b)]))[0])
    sizes = [n0 + i * b for i in range(r)]
    arrays = [np.array([float(x)]) for x in (n, n0, b)]
    assert items_trained(*arrays).amount[0] == sum(sizes) + n
    assert items_scored(*arrays, np.array([float(pool)])).amount[0] == sum(pool - size for size in sizes)


@given(st.integers(1, 9_500), st.integers(1, 3_000))
def test_rounding_up_gives_whole_batches_and_enough(need, b):
    n = round_up_to_batches(np.array([float(need)]), np.array([100.0]), np.array([float(b)]))[0]
    assert n >= max(need, 100)
    assert (n - 100) % b == 0
    assert n - b < max(need, 100)


labels = st.integers(100, 9_500)


@given(labels, labels, st.booleans())
def test_the_total_is_the_sum_of_its_lines_and_never_falls_with_labels(a, b, active):
    values = HAND.medians()
    few, many = (price_plan(HAND, values, 0, np.array([float(n)]), active=active) for n in sorted((a, b)))
    assert set(few.lines) == set(LINES)
    assert few.total_usd[0] == pytest.approx(sum(float(few.lines[line][0]) for line in LINES))
    # The next larger plan scores the pool again but never buys, trains or waits less.
    assert many.total_usd[0] >= few.total_usd[0] - 1e-9


@given(labels, st.floats(0.1, 10))
def test_scaling_every_price_scales_the_total(n, scale):
    values = HAND.medians()
    prices = ("price_usd", "platform_fee_usd_per_item", "hourly_rate_usd", "machine_usd_per_hour")
    scaled = {path: x * scale if path.endswith(prices) else x for path, x in values.items()}
    before, after = (price_plan(HAND, v, 0, np.array([float(n)]), active=True) for v in (values, scaled))
    assert after.total_usd[0] == pytest.approx(scale * before.total_usd[0])


def test_each_plan_takes_the_vendor_that_is_cheapest_for_it():
    plan = parse_plan(
        """
[[vendors]]
name = "no fee"
price_usd = 0.10
votes_per_item = 1
[[vendors]]
name = "cheap but slow"
price_usd = 0.05
votes_per_item = 1
turnaround_days = 60
"""
    )
    result = compare_costs(plan, {"random": 50_000, "margin": 11_000})
    assert result.vendors == {"random": "cheap but slow", "margin": "no fee"}


def test_no_break_even_where_no_price_makes_the_two_equal():
    assert compare_costs(HAND, {"random": 500, "margin": 700}).break_even_prices_usd == ()


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"margin": 50}, "from the 100 initial labels to 9,500"),
        ({"random": 0}, "from 1 to"),
        ({"random": 9_501}, "9,500"),
    ],
)
def test_a_count_that_cannot_be_bought_is_refused(labels, words):
    with pytest.raises(InputError, match="--labels") as told:
        compare_costs(HAND, labels)
    assert words in str(told.value)


def test_all_roots_are_found_cliffs_included():
    assert sign_changes(lambda x: (x - 0.5) * (x - 3)) == pytest.approx([0.5, 3])
    assert sign_changes(lambda x: -1.0 if x < 2 else 1.0) == pytest.approx([2])
    assert sign_changes(lambda x: 1.0) == ()


@pytest.mark.parametrize(("price", "warns"), [(0.0004, True), (0.001, False), (0.04, False), (100, False), (101, True)])
def test_a_price_that_looks_like_a_slip_of_units_is_asked_back(price, warns):
    assert (price_warning("V", price) is not None) == warns


def test_default_plan_prices():
    assert compare_costs(Plan(), {"random": 12_000}).saving_usd is None
