"""Quotes of every billing kind for hypothesis, and the plan around them."""

import numpy as np
import tomlkit
from hypothesis import strategies as st

from planner.costs import price_plan
from planner.plan import parse_plan
from planner.plan.quote import COUNTS_WITH

BILLINGS = ("per_item", "per_annotation", "per_hour", "per_token", "in_house", "platform_only")


@st.composite
def numbers(draw, low, high, ranges=False):
    """A positive number of at most four digits, or a range around it; evenly spread over orders of magnitude."""
    value = float(f"{np.exp(draw(st.floats(np.log(low), np.log(high)))):.4g}")
    if not ranges or draw(st.booleans()):
        return value
    return f"{value:.12f} to {value * draw(st.sampled_from([1.1, 2.0, 4.0])):.12f}"


def maybe(strategy):
    return st.none() | strategy


@st.composite
def tiers(draw):
    """Two to four tiers, of which most often the later are the cheaper."""
    edges = sorted(draw(st.sets(st.integers(1, 40_000), min_size=1, max_size=3)))
    prices = draw(st.lists(numbers(0.005, 2), min_size=len(edges) + 1, max_size=len(edges) + 1))
    if draw(st.integers(0, 3)):
        prices.sort(reverse=True)
    starts, ends = [0, *edges], [*edges, None]
    steps = zip(starts, ends, prices, strict=True)
    return [{"from_units": a, **({"to_units": z} if z else {}), "price_usd": price} for a, z, price in steps]


@st.composite
def quotes(draw, ranges=False):
    """One `[[vendors]]` table: a price of its billing, and any of the fees, minimums, checks and times.

    Args:
        draw: hypothesis's.
        ranges: whether numbers may be ranges.
    """

    def number(low, high):
        return draw(numbers(low, high, ranges))

    billing = draw(st.sampled_from(BILLINGS))
    quote = {"name": "V", "billing": billing, **_price(draw, number, billing)}
    scheme = draw(st.sampled_from(["fixed", "fixed", "two_then_tie_break", "dynamic"]))
    quote["vote_scheme"] = scheme
    quote["votes_per_item"] = {"fixed": draw(st.integers(1, 12)), "two_then_tie_break": 3, "dynamic": 5}[scheme]
    if scheme != "fixed" or draw(st.booleans()):
        quote["vote_error_rate"] = draw(st.sampled_from([0.05, 0.2, 0.4]))
    optional = {
        "fee_rate": number(0.01, 0.2),
        "fee_rate_many": number(0.2, 0.5),
        "fee_minimum_usd": number(0.001, 0.1),
        "platform_fee_usd_per_item": number(0.001, 1),
        "set_up_usd": number(1, 5_000),
        "subscription_usd_per_month": number(1, 500),
        "seats": draw(st.integers(1, 9)),
        "seat_usd_per_month": number(1, 90),
        "minimum_months": draw(st.integers(1, 6)),
        "minimum_order_usd": number(1, 5_000),
        "minimum_order_items": draw(st.integers(1, 20_000)),
        "free_items": draw(st.integers(1, 9_000)),
        "free_units_per_month": draw(st.integers(1, 5_000)),
        "prepaid_units": draw(st.integers(1, 9_000)),
        "prepaid_usd": number(1, 5_000),
        "review_share": draw(st.sampled_from([0.1, 1])),
        "review_price_usd": number(0.001, 0.2),
        "gold_share": draw(st.sampled_from([0.03, 0.5])),
        "rework_free": False,
        "turnaround_days": number(0.1, 30),
        "throughput_per_day": number(50, 50_000),
        "largest_order_items": draw(st.integers(100, 9_000)),
        "days_between_orders": number(0.1, 30),
    }
    given = draw(st.sets(st.sampled_from(sorted(optional)), max_size=8))
    # What counts only beside another field comes with it.
    given |= {COUNTS_WITH[key] for key in given & COUNTS_WITH.keys()}
    quote |= {key: optional[key] for key in sorted(given)}
    if draw(st.booleans()):
        quote |= {"rush": True, "rush_price_multiplier": 1.5, "rush_turnaround_days": 0.5}
    return quote


def _price(draw, number, billing):
    timed = {"seconds_per_vote": number(0.5, 900)}
    if billing == "per_token":
        counts, prices = "tokens_{}_per_vote", "price_usd_per_million_tokens_{}"
        tokens = {key.format(way): number(0.5, 5_000) for key in (counts, prices) for way in ("in", "out")}
        return {**tokens, "retry_rate": number(0.01, 0.5)}
    if billing == "in_house":
        return {**timed, "salary_usd_per_year": number(9_000, 90_000), "overhead_rate": 0.25, "people": 2}
    if billing == "platform_only":
        return {}
    units = {"item_size": number(10, 900), "unit_size": 50, "size_unit": "words"} if billing != "per_hour" else {}
    extra = {**units, **({"annotations_per_item": number(1, 9)} if billing == "per_annotation" else {})}
    extra |= {**timed, "efficiency": 0.8} if billing == "per_hour" else {}
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["graduated", "graduated", "volume"]))
        reset = draw(st.sampled_from(["none", "monthly", "per_order"]))
        return {"tiers": draw(tiers()), "tier_kind": kind, "tier_reset": reset, **extra}
    return {"hourly_rate_usd" if billing == "per_hour" else "price_usd": number(0.005, 20), **extra}


BASE = {
    "task": {"pool_size": 100_000, "test_labels": 500, "classes": 4},
    "strategy": {"initial_labels": 1_000, "batch_size": 700, "time_factor": 1.3},
}


def plan_of(*vendors, **tables):
    """The plan with these quotes; other tables are added to the usual ones."""
    merged = {name: {**BASE.get(name, {}), **tables.get(name, {})} for name in {**BASE, **tables}}
    given = {name: {key: x for key, x in table.items() if x is not None} for name, table in merged.items()}
    return parse_plan(tomlkit.dumps({**given, "vendors": list(vendors)}))


def bill(plan, n, *, active=True, values=None, at_once=True):
    """Its bill at n labels, from the first vendor; random labels in one order, unless they are monitored."""
    n, at_once = np.atleast_1d(np.asarray(n, dtype=float)), at_once and not plan.strategy.monitor_random
    return price_plan(plan, values or plan.medians(), 0, n, active=active, at_once=at_once)


def usd(bill, line="total_usd"):
    amount = bill.total_usd if line == "total_usd" else bill.lines[line]
    return float(np.broadcast_to(amount, bill.labels.shape)[0])
