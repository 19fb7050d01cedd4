"""Bills of every kind of quote and tiered prices: worked by hand, and against a loop over single units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import LINES, QuoteCosts, price_plan
from planner.costs.bill import with_delay
from planner.costs.labels import tier_terms
from planner.costs.quote_costs import falling_total
from planner.plan import parse_plan
from planner.plan.quote import Quote
from planner.plan.tables import size_test_set
from simulations.errors import InputError
from tests.planner.costs.quotes import bill, plan_of, quotes, usd

ONE_VOTE = {"name": "V", "price_usd": 0.1, "votes_per_item": 1, "throughput_per_day": 1_000}
NO_TEST = {"task": {"test_labels": 0}}
HOURLY = {"name": "V", "billing": "per_hour", "hourly_rate_usd": 18, "seconds_per_vote": 20, "votes_per_item": 1}


def labels_usd(n, *, active=False, tables=NO_TEST, **terms):
    return usd(bill(plan_of({**ONE_VOTE, **terms}, **tables), n, active=active), "labels_usd")


@pytest.mark.parametrize(
    ("price", "votes", "each"),
    [
        (0.10, 9, 0.12),  # a fifth
        (0.10, 10, 0.14),  # two fifths from ten on
        (0.02, 9, 0.03),  # a fifth would be 0.4 cents, and a cent is the least
        (0.02, 10, 0.03),
        (0.03, 10, 0.042),
    ],
)
def test_the_fees_of_a_crowd_platform(price, votes, each):
    fees = {"fee_rate": 0.2, "fee_rate_many": 0.4, "fee_minimum_usd": 0.01}
    assert labels_usd(1_000, price_usd=price, votes_per_item=votes, **fees) == pytest.approx(1_000 * votes * each)


def test_units_are_rounded_up_as_the_vendor_does():
    def words(size):
        return labels_usd(100, item_size=size, unit_size=50)

    assert (words(50), words(51), words(260)) == pytest.approx((10, 20, 60))
    # Three tenths hold three units of a tenth, whatever floating point says, and the smallest item holds one.
    assert labels_usd(100, item_size=0.3, unit_size=0.1) == pytest.approx(30)
    assert labels_usd(100, item_size=1e-12, unit_size=1e12) == pytest.approx(10)


def test_annotations_multiply():
    boxes = {"billing": "per_annotation", "annotations_per_item": 4.5, "votes_per_item": 2}
    assert labels_usd(1_000, **boxes) == pytest.approx(1_000 * 4.5 * 2 * 0.1)


def test_hours_with_efficiency_and_the_time_of_chosen_items():
    plan = plan_of({**HOURLY, "efficiency": 0.8}, strategy={"time_factor": 1.3}, task={"test_labels": 400})
    chosen, random = (bill(plan, 1_700, active=active) for active in (True, False))
    each = 20 / 3_600 / 0.8 * 18
    assert usd(random, "labels_usd") == pytest.approx(1_700 * each)
    assert usd(chosen, "labels_usd") == pytest.approx(1_700 * 1.3 * each)
    # Test items are drawn at random, whoever chooses the others.
    assert usd(chosen, "test_labels_usd") == usd(random, "test_labels_usd") == pytest.approx(400 * each)


def test_a_price_per_item_does_not_rise_with_the_time_of_chosen_items():
    assert labels_usd(2_000, active=True, tables=NO_TEST | {"strategy": {"time_factor": 3}}) == pytest.approx(200)


def test_tokens_read_and_written_with_retries():
    terms = {"name": "LLM", "billing": "per_token", "retry_rate": 0.05, "votes_per_item": 2}
    terms |= {"tokens_in_per_vote": 800, "price_usd_per_million_tokens_in": 3}
    terms |= {"tokens_out_per_vote": 20, "price_usd_per_million_tokens_out": 15}
    made = bill(plan_of(terms, **NO_TEST), 10_000)
    assert usd(made, "labels_usd") == pytest.approx(10_000 * 2 * 1.05 * (800 * 3 + 20 * 15) / 1e6)


SALARIED = {
    "name": "own",
    "billing": "in_house",
    "salary_usd_per_year": 36_000,
    "overhead_rate": 0.25,
    "hours_per_year": 1_800,
    "seconds_per_vote": 72,
    "votes_per_item": 1,
    "people": 2,
    "turnaround_days": 0,
}


def test_salaries_and_the_days_that_people_take():
    made = bill(plan_of(SALARIED, calendar={"retrain_days": 0}, **NO_TEST), 3_650, active=False)
    assert usd(made, "labels_usd") == pytest.approx(3_650 * 72 / 3_600 * 36_000 * 1.25 / 1_800)
    # Two people at 1,800 hours a year work 9.86 hours a calendar day; 73 hours of work.
    assert made.days[0] == pytest.approx(73 / (2 * 1_800 / 365))


def test_salaries_run_for_their_least_term_and_no_longer_than_the_work():
    def cost(n):
        return usd(bill(plan_of({**SALARIED, "minimum_months": 2}, **NO_TEST), n, active=False), "labels_usd")

    two_months = 2 * 2 * 36_000 * 1.25 / 12
    assert cost(100) == cost(10_000) == pytest.approx(two_months)
    assert cost(40_000) == pytest.approx(40_000 * 0.02 * 25)


def test_a_platform_with_seats_and_months():
    terms = {"name": "tool", "billing": "platform_only", "throughput_per_day": 100, "turnaround_days": 0}
    terms |= {"seats": 3, "seat_usd_per_month": 40, "subscription_usd_per_month": 100}
    terms |= {"set_up_usd": 500, "platform_fee_usd_per_item": 0.01}
    plan = plan_of(terms, calendar={"retrain_days": 0}, **NO_TEST)
    # 4,000 items take 40 days, which are two months.
    assert usd(bill(plan, 4_000, active=False), "labels_usd") == pytest.approx(500 + 2 * (100 + 3 * 40) + 40)
    long = plan.replace({"vendors.0.minimum_months": "12"})
    assert usd(bill(long, 4_000, active=False), "labels_usd") == pytest.approx(500 + 12 * (100 + 3 * 40) + 40)


def test_no_subscription_runs_while_the_loop_is_being_built():
    terms = {**ONE_VOTE, "subscription_usd_per_month": 100, "throughput_per_day": 100, "turnaround_days": 0}
    plan = plan_of(terms, calendar={"retrain_days": 0, "build_days": 25}, **NO_TEST)
    # 2,000 items take 20 days after the 25 of building.
    assert usd(bill(plan, 2_000), "labels_usd") == pytest.approx(200 + 100)


@pytest.mark.parametrize(("n", "cost"), [(100, 50), (500, 50), (600, 60)])
def test_a_small_order_pays_for_the_least_number_of_items(n, cost):
    assert labels_usd(n, minimum_order_items=500) == pytest.approx(cost)


def test_items_added_up_to_the_least_order_reach_the_cheaper_tier():
    terms = {"tiers": [{"to_units": 100, "price_usd": 1}, {"from_units": 100, "price_usd": 0.1}]}
    plan = plan_of({"name": "V", "votes_per_item": 1, "minimum_order_items": 1_000, **terms}, **NO_TEST)
    costs = [usd(bill(plan, n, active=False), "labels_usd") for n in (1, 100, 1_000, 1_010)]
    assert costs == pytest.approx([190, 190, 190, 191])


def test_every_order_of_a_plan_in_rounds_meets_the_least_order():
    tables = {"task": {"test_labels": 50}, "strategy": {"initial_labels": 100, "batch_size": 200}}
    # Orders of 150, 200, 200 and 30 items: at least 180 each, then at least $19 each.
    assert labels_usd(530, active=True, tables=tables, minimum_order_items=180) == pytest.approx(53 + 3 + 15)
    dear = labels_usd(530, active=True, tables=tables, minimum_order_usd=19)
    assert dear == pytest.approx(53 + (19 - 15) + (19 - 3))


def test_free_items_come_off_the_whole_project_once():
    tables = {"task": {"test_labels": 1_000}}
    made = bill(plan_of({**ONE_VOTE, "free_items": 600}, **tables), 3_000, active=False)
    assert usd(made, "labels_usd") + usd(made, "test_labels_usd") == pytest.approx((4_000 - 600) * 0.1)
    free = bill(plan_of({**ONE_VOTE, "free_items": 9_000}, **tables), 3_000, active=False)
    assert usd(free, "labels_usd") == usd(free, "test_labels_usd") == 0


def test_a_rush_costs_its_multiple_and_comes_sooner():
    calm = {**ONE_VOTE, "turnaround_days": 5}
    hurry = {**calm, "rush": True, "rush_price_multiplier": 1.5, "rush_turnaround_days": 1}
    slow, fast = (bill(plan_of(terms, **NO_TEST), 1_000, active=False) for terms in (calm, hurry))
    assert usd(fast, "labels_usd") == pytest.approx(1.5 * usd(slow, "labels_usd"))
    assert slow.days[0] - fast.days[0] == pytest.approx(4)


def test_review_and_gold_questions():
    checks = {"review_share": 0.2, "review_price_usd": 0.05, "gold_share": 0.1, "platform_fee_usd_per_item": 0.02}
    made = bill(plan_of({**ONE_VOTE, **checks}, task={"test_labels": 1_000}), 8_000, active=False)
    # Of all that is answered a tenth are gold questions: 9,000 items come with 1,000.
    assert usd(made, "review_usd") == pytest.approx(9_000 * 0.2 * 0.05 + 1_000 * (0.1 + 0.02))


@pytest.mark.parametrize(("free", "redone"), [(True, 0), (False, 9_000 * 0.5 * 0.8 * 0.1)])
def test_what_a_review_finds_is_redone_and_errs_less(free, redone):
    terms = {"review_share": 0.5, "review_detection": 0.8, "delivered_error_rate": 0.1, "rework_free": free}
    plan = plan_of({**ONE_VOTE, **terms}, task={"test_labels": 1_000})
    assert usd(bill(plan, 8_000, active=False), "review_usd") == pytest.approx(redone * 0.1)
    left = QuoteCosts.of(plan, plan.medians(), 0).error_rate[0]
    # Of 10% wrong, 4 points are found and labelled again, a tenth of them wrongly.
    assert left == pytest.approx(0.1 - 0.04 + 0.004)


@pytest.mark.parametrize(("review", "left", "redone"), [("redo", 0.0757, 243), ("correct", 0.073, 0)])
def test_a_reviewer_who_corrects_what_he_finds_leaves_less_and_has_nothing_redone(review, left, redone):
    # Of 10% wrong, 0.3 x 0.9 are found; what the vendor labels again is wrong in a tenth of the cases.
    terms = {"review_share": 0.3, "review_detection": 0.9, "delivered_error_rate": 0.1, "rework_free": False}
    plan = plan_of({**ONE_VOTE, **terms, "review": review}, task={"test_labels": 1_000})
    assert QuoteCosts.of(plan, plan.medians(), 0).error_rate[0] == pytest.approx(left)
    assert usd(bill(plan, 8_000, active=False), "review_usd") == pytest.approx(redone * 0.1)


def test_two_votes_then_a_tie_break_buy_two_and_a_third_where_they_differ():
    terms = {"vote_scheme": "two_then_tie_break", "vote_error_rate": 0.2, "vote_correlation": 0, "votes_per_item": 3}
    assert labels_usd(1_000, tables={"task": {"test_labels": 0, "classes": 2}}, **terms) == pytest.approx(232)


def test_a_range_of_votes_ends_where_dynamic_voting_does():
    terms = {"vote_scheme": "dynamic", "vote_error_rate": 0.4, "votes_per_item": "5 to 15"}
    plan = plan_of({**ONE_VOTE, **terms})
    values = plan.draw(500, seed=0)
    assert values["vendors.0.votes_per_item"].max() > 15
    assert QuoteCosts.of(plan, values, 0).votes.max() <= 15


def test_a_surer_test_takes_more_items():
    # 1.96² x 0.9 x 0.1 / 0.01² = 3,457.3
    plan = parse_plan("[task]\ntest_half_width = 0.01\ntest_confidence = 0.95\n")
    assert plan.task.test_labels.median == 3_458
    for wrong, allowed in (("95", "0.95, not 95"), ('"high"', "0.95, not 95"), ("true", "0.95, not 95")):
        with pytest.raises(InputError, match=allowed):
            parse_plan(f"[task]\ntest_half_width = 0.01\ntest_confidence = {wrong}\n")
    with pytest.raises(InputError, match="without test_half_width"):
        parse_plan("[task]\ntest_confidence = 0.95\n")


@pytest.mark.parametrize(("half_width", "items"), [(0.01, 1_479), (0.02, 370)])
def test_the_test_items_that_a_precision_takes(half_width, items):
    assert size_test_set(0.9, half_width) == items  # 1,478.1 items at 0.01: the one that is a fraction is bought whole
    h = [1.2815515655446004 * np.sqrt(0.9 * 0.1 / m) for m in (items, items - 1)]
    assert h[0] <= half_width < h[1]


@given(quotes(), st.integers(1_000, 60_000), st.booleans())
def test_lines_sum_to_the_total_and_none_is_negative(terms, n, active):
    made = bill(plan_of(terms), n, active=active)
    assert set(made.lines) == set(LINES)
    assert usd(made) == pytest.approx(sum(usd(made, line) for line in LINES))
    assert min(usd(made, line) for line in LINES) >= -1e-9
    assert made.days[0] > 0


@given(quotes(), st.integers(1_000, 60_000), st.integers(1, 9_000), st.booleans())
def test_the_total_never_falls_when_more_is_bought_unless_tiers_warn(terms, n, more, active):
    if "tiers" in terms:
        # Least sums are judged on an order's share of the bill, which falls where units of other orders get cheaper.
        terms.pop("minimum_order_usd", None)
    plan = plan_of(terms)
    few, many = (bill(plan, count, active=active) for count in (n, n + more))
    assert usd(many) >= usd(few) * (1 - 1e-12) or falling_total(plan.vendors[0]) is not None
    assert many.days[0] >= few.days[0] * (1 - 1e-12)


PRICES = ("usd", "usd_per_item", "usd_per_month", "usd_per_year", "usd_per_hour", "tokens_in", "tokens_out")


@given(quotes(), st.integers(1_000, 60_000), st.floats(0.1, 10))
def test_scaling_all_prices_scales_the_total(terms, n, scale):
    plan = plan_of(terms)
    values = plan.medians()
    scaled = {path: x * scale if path.endswith(PRICES) and "usd" in path else x for path, x in values.items()}
    assert usd(bill(plan, n, values=scaled)) == pytest.approx(scale * usd(bill(plan, n, values=values)))


@given(quotes(ranges=True), st.booleans())
def test_draws_and_leading_axes_give_the_numbers_one_by_one(terms, active):
    plan = plan_of(terms, task={"test_labels": "300 to 900"}, strategy={"initial_labels": "500 to 900"})
    values, n = plan.draw(4, seed=1), np.array([[3_000.0, 3_001, 5_000, 40_000], [1_000, 9_999, 2_345, 60_000]])
    random_days = np.full((2, 4), 3.0)
    together = with_delay(plan, price_plan(plan, values, 0, n, active=active), random_days, values)
    # As the acceptability curve does: a leading axis of prices before the plans.
    stacked = price_plan(plan, {path: x[None] for path, x in values.items()}, 0, n[:, None, :], active=active)
    plain = price_plan(plan, values, 0, n, active=active)
    found, expected = np.broadcast_to(stacked.total_usd, (2, 1, 4))[:, 0], np.broadcast_to(plain.total_usd, (2, 4))
    assert found == pytest.approx(expected)
    for i, j in np.ndindex(n.shape):
        alone = {path: x[j : j + 1] if x.size > 1 else x for path, x in values.items()}
        one = price_plan(plan, alone, 0, n[i, j : j + 1], active=active)
        one = with_delay(plan, one, random_days[i, j : j + 1], alone)
        for line in LINES:
            among = np.broadcast_to(together.lines[line], n.shape)[i, j]
            assert float(one.lines[line][0]) == pytest.approx(among, rel=1e-9, abs=1e-9), line
        assert float(one.days[0]) == pytest.approx(np.broadcast_to(together.days, n.shape)[i, j])


EXTREMES = (1e-12, 1e-6, 1, 1e6, 1e12)


@given(st.data())
def test_no_allowed_quote_gives_a_number_that_is_none(data):
    terms = data.draw(quotes(ranges=True))
    keys = sorted(key for key, value in terms.items() if isinstance(value, float | str) and key.endswith(PRICES))
    wild = [*keys, "throughput_per_day", "fee_minimum_usd", "minimum_order_usd", "rush_turnaround_days"]
    for key in data.draw(st.lists(st.sampled_from(wild), max_size=4)):
        terms[key] = data.draw(st.sampled_from([*EXTREMES, "1e-12 to 1e12"]))
    largest = [{}, {"free_items": 10**12}, {"minimum_order_items": 10**12}, {"gold_share": "0.5 to 0.999999999999"}]
    terms |= data.draw(st.sampled_from(largest))
    plan = plan_of(
        terms,
        task={"test_labels": data.draw(st.sampled_from([0, 500])), "pool_size": 10**6},
        strategy={"initial_labels": data.draw(st.sampled_from([1, 1_000]))},
    )
    values = plan.draw(300, seed=0)
    n = np.full(300, data.draw(st.sampled_from([1.0, 7, 1_000, 900_000])))
    for active in (False, True):
        made = price_plan(plan, values, 0, n, active=active)
        made = with_delay(plan, made, made.days / 2, values)
        assert np.isfinite(made.total_usd).all() and np.isfinite(made.days).all()


TIERS = [{"to_units": 50_000, "price_usd": 0.035}, {"from_units": 50_000, "price_usd": 0.025}]
AT_ONCE = {"task": {"test_labels": 0, "pool_size": 1_000_000}, "calendar": {"retrain_days": 0}}


def tiered(per_day, **terms):
    quote = {"name": "V", "votes_per_item": 1, "turnaround_days": 0, "throughput_per_day": per_day, "tiers": TIERS}
    return plan_of({**quote, **terms}, **AT_ONCE)


def hourly_tiers(edge, **terms):
    tiers = [{"to_units": edge, "price_usd": 12}, {"from_units": edge, "price_usd": 9}]
    return {"name": "V", "billing": "per_hour", "seconds_per_vote": 36, "votes_per_item": 1, "tiers": tiers, **terms}


@pytest.mark.parametrize(
    ("per_day", "reset", "cost"), [(10_000, "monthly", 5_000), (2_000, "monthly", 6_000), (2_000, "none", 5_000)]
)
def test_tiers_that_start_again_each_month_cost_more_over_three(per_day, reset, cost):
    # 180,000 units at $35 per 1,000, and $25 above 50,000: in 18 days, or in 90.
    made = bill(tiered(per_day, tier_reset=reset), 180_000, active=False)
    assert usd(made, "labels_usd") == pytest.approx(cost, abs=0.005)


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
    plan = plan_of(hourly_tiers(100), strategy={"time_factor": 1.25}, **AT_ONCE)
    # 20,000 chosen items take 250 hours.
    assert usd(bill(plan, 20_000), "labels_usd") == pytest.approx(100 * 12 + 150 * 9)


def test_the_hours_of_each_order_reach_its_own_tiers():
    by_hour = hourly_tiers(3, tier_reset="per_order")
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
    terms = hourly_tiers(100, votes_per_item=2, fee_minimum_usd=0.5)
    plan = plan_of(terms, strategy={"time_factor": 1.25}, **AT_ONCE)
    # 20,000 votes take 250 hours; chosen items take longer, and have no more votes.
    assert usd(bill(plan, 10_000), "labels_usd") == pytest.approx(100 * 12 + 150 * 9 + 20_000 * 0.5)


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
    found = tier_terms(np.array([float(units)]), vendor.tiers, [np.array([p]) for p in prices], volume=kind == "volume")
    assert sum(term.amount for term in found)[0] == pytest.approx(by_hand)
