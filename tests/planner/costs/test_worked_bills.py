"""Bills that buyers get, one feature of a quote each, with their sums worked by hand."""

import pytest

from planner.costs import compare_costs
from simulations.errors import InputError
from tests.planner.costs.quotes import bill, plan_of, usd

VOTE = {"name": "V", "price_usd": 0.1, "votes_per_item": 1, "turnaround_days": 0, "throughput_per_day": 1e9}
NO_TEST = {"task": {"test_labels": 0}}
FREE_LOOP = {
    "engineering": {"one_off_hours": 0, "hours_per_round": 0},
    "compute": {"machine_usd_per_hour": 0},
    "calendar": {"retrain_days": 0, "cost_of_delay_usd_per_week": 0},
}


def labels_usd(n, tables=NO_TEST, **terms):
    return usd(bill(plan_of({**VOTE, **terms}, **tables), n, active=False), "labels_usd")


def test_management_contingency_and_tax_are_shares_of_the_whole_bill():
    shares = {"management_share": 0.1, "contingency_share": 0.05, "tax_rate": 0.2}
    made = bill(plan_of(VOTE, bill=shares, **NO_TEST, **FREE_LOOP), 10_000, active=False)
    # $1,000 of labels; a tenth of them; a twentieth of $1,100; a fifth of $1,155.
    lines = {name: usd(made, f"{name}_usd") for name in ("management", "contingency", "tax")}
    assert lines == pytest.approx({"management": 100, "contingency": 55, "tax": 231})
    assert usd(made) == pytest.approx(1_386)


def test_shares_count_engineering_and_machines_but_no_delay_and_no_miss():
    tables = {**FREE_LOOP, "engineering": {"one_off_hours": 20, "hours_per_round": 0, "hourly_rate_usd": 50}}
    tables["calendar"] = {"retrain_days": 1, "cost_of_delay_usd_per_week": 700}
    plan = plan_of(VOTE, bill={"contingency_share": 0.1}, **NO_TEST, **tables)
    found = compare_costs(plan, {"random": 10_000, "margin": 8_000}).bills["margin"]
    # $800 of labels and $1,000 of engineering: $180, whatever the delay comes to.
    assert usd(found, "contingency_usd") == pytest.approx(180)
    assert usd(found, "delay_usd") > 0


TIERS = [{"to_units": 1_000, "price_usd": 0.08}, {"from_units": 1_000, "price_usd": 0.02}]


def test_a_tiered_platform_fee_goes_by_items():
    # 3,000 items at a dime; 1,000 of them at 8 cents of fee and 2,000 at 2.
    assert labels_usd(3_000, platform_fee_tiers=TIERS) == pytest.approx(300 + 80 + 40)
    # With 1,000 test items among 4,000 the fee is 80 + 60 = $140, of which three quarters are the labels'.
    plan = plan_of({**VOTE, "platform_fee_tiers": TIERS}, task={"test_labels": 1_000})
    made = bill(plan, 3_000, active=False)
    assert usd(made, "labels_usd") == pytest.approx(300 + 105)
    assert usd(made, "test_labels_usd") == pytest.approx(100 + 35)


def test_units_that_are_free_each_month_come_off_by_the_months_that_the_work_takes():
    # 9,000 items at 150 a day take 60 days, two months: 500 units are free in each.
    free = {"free_units_per_month": 500, "throughput_per_day": 150}
    tables = {**NO_TEST, "calendar": {"retrain_days": 0}}
    assert labels_usd(9_000, tables, **free) == pytest.approx((9_000 - 2 * 500) * 0.1)
    # Three votes an item are three units.
    assert labels_usd(3_000, tables, votes_per_item=3, free_units_per_month=500) == pytest.approx((9_000 - 500) * 0.1)
    assert labels_usd(400, tables, free_units_per_month=500) == 0


@pytest.mark.parametrize(("n", "paid"), [(2_000, 400), (5_000, 400), (8_000, 400 + 3_000 * 0.1)])
def test_prepaid_units_are_paid_used_or_not_and_more_cost_the_price(n, paid):
    assert labels_usd(n, prepaid_units=5_000, prepaid_usd=400) == pytest.approx(paid)


def test_cached_tokens_and_batches_have_their_own_price():
    tokens = {
        "name": "Model",
        "billing": "per_token",
        "tokens_in_per_vote": 1_000,
        "tokens_out_per_vote": 100,
        "price_usd_per_million_tokens_in": 2,
        "price_usd_per_million_tokens_out": 10,
        "cached_share": 0.8,
        "price_usd_per_million_tokens_cached": 0.2,
    }
    # A million answers: 200M tokens at $2, 800M at $0.20 and 100M at $10; half of all that in batches.
    for discount, total in ((0, 400 + 160 + 1_000), (0.5, 780)):
        plan = plan_of({**tokens, "batch_discount": discount}, task={"test_labels": 0, "pool_size": 2_000_000})
        assert usd(bill(plan, 1_000_000, active=False), "labels_usd") == pytest.approx(total)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"prepaid_units": 500}, "prepaid_units: found without prepaid_usd"),
        ({"platform_fee_tiers": TIERS, "platform_fee_usd_per_item": 1}, "found both platform_fee_usd_per_item and"),
        ({"platform_fee_tiers": TIERS[1:]}, "platform_fee_tiers: tier 1 from_units: found 1000; allowed: 0"),
        ({"platform_fee_tiers": [{"price_usd": 1, "to_unit": 5}]}, "to_unit: unknown key"),
        ({"cached_share": 0.5}, "cached_share: not part of billing"),
    ],
)
def test_quotes_that_contradict_themselves_are_refused(terms, words):
    with pytest.raises(InputError) as refused:
        plan_of({**VOTE, **terms})
    assert words in str(refused.value)
