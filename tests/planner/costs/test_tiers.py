"""Tiered prices: worked by hand, and against a loop over single units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs.labels import tier_terms
from planner.costs.quote_costs import falling_total
from planner.plan.quote import Quote
from tests.planner.costs.quotes import bill, plan_of, usd

TIERS = [{"to_units": 50_000, "price_usd": 0.035}, {"from_units": 50_000, "price_usd": 0.025}]
NO_TEST = {"task": {"test_labels": 0, "pool_size": 1_000_000}, "calendar": {"retrain_days": 0}}


def tiered(per_day, **terms):
    quote = {"name": "V", "votes_per_item": 1, "turnaround_days": 0, "throughput_per_day": per_day, "tiers": TIERS}
    return plan_of({**quote, **terms}, **NO_TEST)


@pytest.mark.parametrize(("per_day", "cost"), [(10_000, 5_000), (2_000, 6_000)])
def test_tiers_that_start_again_each_month_cost_more_over_three(per_day, cost):
    # 180,000 units at $35 per 1,000, and $25 above 50,000: in 18 days, or in 90.
    made = bill(tiered(per_day, tier_reset="monthly"), 180_000, active=False)
    assert usd(made, "labels_usd") == pytest.approx(cost, abs=0.005)


def test_tiers_that_never_start_again_do_not_mind_the_months():
    assert usd(bill(tiered(2_000), 180_000, active=False), "labels_usd") == pytest.approx(5_000)


def test_tiers_that_start_again_with_each_order():
    plan = tiered(10_000, tier_reset="per_order", largest_order_items=60_000)
    # Three orders of 60,000: 50,000 at the first price and 10,000 at the second in each.
    assert usd(bill(plan, 180_000, active=False), "labels_usd") == pytest.approx(3 * (1_750 + 250))
    rounds = plan.replace({"strategy.initial_labels": "60_000", "strategy.batch_size": "40_000"})
    assert usd(bill(rounds, 110_000), "labels_usd") == pytest.approx(2_000 + 1_400 + 350)


def test_tiers_count_votes_and_units_and_hours_not_items():
    assert usd(bill(tiered(10_000, votes_per_item=3, item_size=120, unit_size=50), 20_000), "labels_usd") == (
        pytest.approx(50_000 * 0.035 + 130_000 * 0.025)
    )
    by_hour = {
        "name": "V",
        "billing": "per_hour",
        "seconds_per_vote": 36,
        "votes_per_item": 1,
        "tiers": [{"to_units": 100, "price_usd": 12}, {"from_units": 100, "price_usd": 9}],
    }
    plan = plan_of(by_hour, strategy={"time_factor": 1.25}, **NO_TEST)
    # 20,000 chosen items take 250 hours.
    assert usd(bill(plan, 20_000), "labels_usd") == pytest.approx(100 * 12 + 150 * 9)


def test_the_hours_of_each_order_reach_its_own_tiers():
    by_hour = {
        "name": "V",
        "billing": "per_hour",
        "seconds_per_vote": 36,
        "votes_per_item": 1,
        "tiers": [{"to_units": 3, "price_usd": 12}, {"from_units": 3, "price_usd": 9}],
        "tier_reset": "per_order",
    }
    strategy = {"initial_labels": 100, "batch_size": 200, "time_factor": 2}
    made = bill(plan_of(by_hour, task={"test_labels": 50}, strategy=strategy), 300)
    # 100 chosen and 50 test items take 2.5 hours, 200 chosen items 4.
    cost = 2.5 * 12 + 3 * 12 + 1 * 9
    assert usd(made, "labels_usd") == pytest.approx(cost * 6 / 6.5)
    assert usd(made, "test_labels_usd") == pytest.approx(cost * 0.5 / 6.5)


def test_labels_and_test_items_share_the_tiers_by_their_work():
    terms = {"name": "V", "votes_per_item": 1, "tiers": TIERS}
    made = bill(plan_of(terms, task={"test_labels": 20_000}), 60_000, active=False)
    assert usd(made, "labels_usd") == pytest.approx((1_750 + 750) * 60 / 80)
    assert usd(made, "test_labels_usd") == pytest.approx((1_750 + 750) * 20 / 80)


def test_a_least_fee_in_tiers_is_taken_once_for_each_vote():
    terms = {"billing": "per_hour", "seconds_per_vote": 36, "votes_per_item": 2, "fee_minimum_usd": 0.5}
    tiers = [{"to_units": 100, "price_usd": 12}, {"from_units": 100, "price_usd": 9}]
    plan = plan_of({"name": "V", "tiers": tiers, **terms}, strategy={"time_factor": 1.25}, **NO_TEST)
    # 20,000 votes take 250 hours; chosen items take longer, and have no more votes.
    assert usd(bill(plan, 10_000), "labels_usd") == pytest.approx(100 * 12 + 150 * 9 + 20_000 * 0.5)


@pytest.mark.parametrize(("units", "cost"), [(50_000, 1_750), (50_001, 1_250.025), (0, 0)])
def test_volume_tiers_price_all_units_at_the_last_tier_reached(units, cost):
    vendor = Quote(name="V", tiers=TIERS, tier_kind="volume")
    prices = [np.array([0.035]), np.array([0.025])]
    assert sum(term.amount for term in tier_terms(np.array([float(units)]), vendor, prices))[0] == pytest.approx(cost)


def test_volume_tiers_whose_total_falls_are_told_with_the_edge():
    told = falling_total(Quote(name="Falling Ltd", tiers=TIERS, tier_kind="volume"))
    assert told is not None
    for words in ("Falling Ltd", "tiers", "50,000", "1,750.00", "1,250.00"):
        assert words in told
    rising = [{"to_units": 10, "price_usd": 1}, {"from_units": 10, "price_usd": 2}]
    assert falling_total(Quote(name="V", tiers=rising, tier_kind="volume")) is None
    assert falling_total(Quote(name="V", tiers=TIERS)) is None


@pytest.mark.parametrize("kind", ["graduated", "volume"])
def test_tiers_that_rise_and_start_again_are_told_as_more_months_make_them_cheaper(kind):
    rising = [{"to_units": 1_000, "price_usd": 0.01}, {"from_units": 1_000, "price_usd": 0.05}]
    plan = tiered(100, tiers=rising, tier_kind=kind, tier_reset="monthly")
    two_months, three = (usd(bill(plan, n, active=False), "labels_usd") for n in (6_000, 6_001))
    told = falling_total(plan.vendors[0])
    assert three < two_months or kind == "volume"
    assert told is not None and "units after 1,000 are dearer" in told and "each month" in told


edges = st.sets(st.integers(1, 60), min_size=1, max_size=4).map(sorted)
cents = st.integers(1, 500)


@given(edges, st.lists(cents, min_size=5, max_size=5), st.integers(0, 90), st.sampled_from(["graduated", "volume"]))
def test_tiers_cost_what_a_loop_over_units_says(edges, cents, units, kind):
    prices = [c / 100 for c in cents[: len(edges) + 1]]
    steps = zip([0, *edges], [*edges, None], prices, strict=True)
    tiers = [{"from_units": a, **({"to_units": z} if z else {}), "price_usd": p} for a, z, p in steps]
    vendor = Quote(name="V", tiers=tiers, tier_kind=kind)

    def price_of(unit):  # of the unit with this number, from 1
        return next(p for z, p in zip([*edges, np.inf], prices, strict=True) if unit <= z)

    by_hand = units * price_of(units) if kind == "volume" else sum(price_of(unit) for unit in range(1, units + 1))
    found = tier_terms(np.array([float(units)]), vendor, [np.array([p]) for p in prices])
    assert sum(term.amount for term in found)[0] == pytest.approx(by_hand)


@given(edges, st.integers(1, 59))
def test_the_total_falls_only_where_volume_tiers_warn(edges, units):
    prices = [0.9 ** (i + 1) for i in range(len(edges) + 1)]
    steps = zip([0, *edges], [*edges, None], prices, strict=True)
    tiers = [{"from_units": a, **({"to_units": z} if z else {}), "price_usd": p} for a, z, p in steps]
    for kind in ("graduated", "volume"):
        vendor = Quote(name="V", tiers=tiers, tier_kind=kind)
        totals = [
            sum(t.amount for t in tier_terms(np.array([float(u)]), vendor, [np.array([p]) for p in prices]))[0]
            for u in (units, units + 1)
        ]
        assert totals[1] >= totals[0] or falling_total(vendor) is not None
        assert kind == "volume" or totals[1] > totals[0]
