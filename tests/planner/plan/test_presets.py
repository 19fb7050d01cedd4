import re
from pathlib import Path

import pytest

from planner.costs import compare_costs
from planner.plan import Plan, parse_plan
from planner.plan.presets import Preset, preset, presets, rows
from planner.plan.quote import BILLINGS
from simulations.errors import InputError

PRESETS = presets()
NAMES = [item.name for item in PRESETS]
each = pytest.mark.parametrize("item", PRESETS, ids=NAMES)


def plan_of(name: str, **changes: object) -> Plan:
    """Give a plan with a preset as its only quote, no test items, and all labels in one month."""
    plan = parse_plan(f"[task]\ntest_labels = 0\npool_size = 2_000_000\n{preset(name).quote}")
    billed_by_time = plan.vendors[0].billing == "in_house"
    quick = {} if billed_by_time else {"throughput_per_day": 1e7, "turnaround_days": 0}
    return plan.replace({f"vendors.0.{key.replace('__', '.')}": value for key, value in (quick | changes).items()})


def lines_usd(name: str, n: int, **changes: object) -> dict[str, float]:
    bill = compare_costs(plan_of(name, **changes), {"random": n}).bills["random"]
    return {line: float(usd[0]) for line, usd in bill.lines.items()}


def labels_usd(name: str, n: int, **changes: object) -> float:
    lines = lines_usd(name, n, **changes)
    return round(lines["labels_usd"] + lines["review_usd"], 2)


def test_every_billing_has_a_preset() -> None:
    assert {item.vendor.billing for item in PRESETS} == set(BILLINGS)


@each
def test_a_preset_is_dated_and_sourced(item: Preset) -> None:
    assert {"as_of", "source", "source_kind"} <= item.given
    assert re.match(r"https://\S+", item.source)
    assert item.source_kind in ("price_list", "statistics", "trade_article")
    assert item.title and item.summary and item.needs and item.note


@each
def test_only_trade_articles_give_the_price_itself_as_a_range(item: Preset) -> None:
    prices = [getattr(item.vendor, key) for key in ("price_usd", "hourly_rate_usd") if key in item.given]
    if any(not price.fixed for price in prices):
        assert item.source_kind == "trade_article"


@each
def test_the_text_of_a_preset_is_its_quote(item: Preset) -> None:
    plan = parse_plan(item.quote)
    assert plan.vendors == (item.vendor,)


@each
def test_a_preset_stands_beside_the_quotes_of_a_plan(item: Preset) -> None:
    plan = Plan().with_quotes([item.table()], where="preset")
    assert plan.vendors[-1] == item.vendor
    item.table().clear()
    assert item.table()["name"] == item.vendor.name


@each
def test_what_no_source_states_is_marked_and_to_be_replaced(item: Preset) -> None:
    assumed = re.findall(r"^(\w+) = .*# assumption", item.quote, re.MULTILINE)
    for field in assumed:
        assert field in item.needs, f"{item.name}: {field} is assumed and not among what it needs"


@each
def test_a_closed_service_says_when_it_closed(item: Preset) -> None:
    # A preset whose note tells of an end carries that day, so that a plan that still uses it is warned.
    if "closes" in item.note or "ended" in item.note:
        assert item.vendor.valid_until is not None
        assert str(item.vendor.valid_until) in item.note


def test_rows_have_the_shape_of_every_listing() -> None:
    listed = rows()
    assert [row["name"] for row in listed] == NAMES
    assert all(set(row) == {"name", "family", "paper", "needs", "summary"} for row in listed)
    assert all(isinstance(value, str) and value for row in listed for value in row.values())


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'mechanical-turk'") as raised:
        preset("mechanicalturk")
    assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match=f"allowed: {', '.join(NAMES)}"):
        preset("?")


# Examples that the sources print, and what their own rules make of them


def test_an_image_with_two_boxes_and_three_labellers_is_six_units() -> None:
    assert lines_usd("google-boxes", 1)["labels_usd"] == pytest.approx(6 * 0.063)


def test_a_published_example_adds_both_tiers_for_every_box_and_is_wrong() -> None:
    # 100,000 images, 5 boxes, 2 labellers: a million boxes. The example prints $112,000, which is (63 + 49) a thousand.
    usd = labels_usd("google-boxes", 100_000, annotations_per_item=5, votes_per_item=2)
    assert usd == 50 * 63 + 950 * 49 == 49_700
    assert 1_000 * (63 + 49) == 112_000


def test_a_published_example_charges_all_segments_at_the_first_tier() -> None:
    # 10,000 images, 15 segments, 3 labellers, $870 and $850 a thousand; the example prints $391,500.
    usd = labels_usd(
        "google-boxes", 10_000, annotations_per_item=15, tiers__0__price_usd=0.87, tiers__1__price_usd=0.85
    )
    assert usd == 50 * 870 + 400 * 850 == 383_500
    assert 450 * 870 == 391_500


def test_monthly_tiers_start_again_each_month() -> None:
    # A million boxes over two months: twice the first 50,000 at the dear price.
    slow = {"annotations_per_item": 5, "votes_per_item": 2, "throughput_per_day": 2_000}
    assert labels_usd("google-boxes", 100_000, **slow) == 100 * 63 + 900 * 49


def test_seventy_words_are_two_units() -> None:
    assert labels_usd("google-text", 1_000) == 1_000 * 2 * 3 * 129 / 1_000
    assert labels_usd("google-text", 1_000, item_size=50) == 387
    assert labels_usd("google-text", 1_000, item_size=51) == 774


def test_three_rewards_of_five_cents_are_eighteen_cents_an_item() -> None:
    assert labels_usd("mechanical-turk", 1_000) == 180


def test_five_hundred_answers_at_two_dollars_fifty_pay_a_fee_of_five_hundred_dollars() -> None:
    # Requesters' complaint of July 2015, when the fee became 40% from ten assignments: $1,250 and $500 on top.
    assert labels_usd("mechanical-turk", 50, price_usd=2.50, votes_per_item=10) == 1_750
    assert labels_usd("mechanical-turk", 50, price_usd=2.50, votes_per_item=9) == 1_350


def test_a_reward_of_two_cents_pays_the_least_fee() -> None:
    assert labels_usd("mechanical-turk", 1_000, price_usd=0.02) == 3 * (20 + 10)


def test_the_crowds_list_price_is_a_cent_and_its_fee() -> None:
    assert preset("sagemaker-crowd").vendor.price_usd.median == pytest.approx(0.01 * 1.2)
    assert labels_usd("sagemaker-crowd", 1_000) == 36 + 80


def test_two_hundred_objects_cost_sixteen_dollars() -> None:
    assert labels_usd("sagemaker-own-people", 200) == 16


def test_pages_of_ten_rows_with_a_test_question_each() -> None:
    # 1,008 rows are 112 full pages: 3 x 112 x $0.10 x 1.2. The source prints $41.63 for its 112 pages.
    assert labels_usd("appen-crowd", 1_008) == 40.32
    assert labels_usd("appen-crowd", 1_000) == 40
    assert round(lines_usd("appen-crowd", 100)["labels_usd"], 2) == 10


def test_an_hour_of_answers_costs_the_reward_and_the_platforms_share() -> None:
    # 40 items, 3 votes, 30 s: one hour.
    assert labels_usd("prolific", 40, hourly_rate_usd=100) == 142.80
    assert labels_usd("prolific", 40, hourly_rate_usd=100, fee_rate=0.333) == 133.30


def test_ninety_thousand_reviews_of_thirty_seconds_are_750_hours() -> None:
    # A published example: 750 hours at $36.27.
    assert labels_usd("labelbox-hours", 90_000, hourly_rate_usd=36.27) == 27_202.50


def test_a_week_of_one_person_is_the_least_order() -> None:
    assert labels_usd("labelbox-hours", 100) == 320
    assert labels_usd("labelbox-hours", 4_800) == 320
    assert labels_usd("labelbox-hours", 9_600) == 640


def test_two_annotators_and_the_owner_pay_three_seats() -> None:
    assert labels_usd("cvat-team", 10_000) == 99


def test_a_mean_salary_over_2080_hours_is_the_hourly_wage_printed_beside_it() -> None:
    sixty_minutes = {"efficiency": 1, "overhead_rate": 0}
    assert labels_usd("in-house-radiologist", 60, **sixty_minutes) == 158.21


def test_benefits_beside_wages() -> None:
    for name in ("in-house-records", "in-house-radiologist"):
        assert preset(name).vendor.overhead_rate.median == round(13.58 / 32.07, 4)
    # 120 items of 30 s, at 80% of the time on items: 1.25 hours.
    assert labels_usd("in-house-records", 120) == round(50_250 * 1.4234 / 2_080 * 1.25, 2) == 42.98


def test_ten_thousand_long_prompts_cost_180_dollars_in_batches_and_360_one_by_one() -> None:
    assert labels_usd("llm-opus-batch", 10_000) == 180
    standard = {"price_usd_per_million_tokens_in": 4, "price_usd_per_million_tokens_out": 20}
    assert labels_usd("llm-opus-batch", 10_000, **standard) == 360


def test_tokens_retries_and_the_human_audit() -> None:
    lines = lines_usd("llm-haiku-batch", 100_000)
    # 100,000 x 1.01 x (400 x $0.05 + 10 x $0.25) / 1,000,000, and 5,000 audits at the middle of $0.02 to $0.10.
    assert round(lines["labels_usd"], 4) == 2.2725
    assert round(lines["review_usd"], 2) == 223.61
    assert round(lines_usd("llm-gpt-luna", 100_000)["labels_usd"], 3) == 4.545


@pytest.mark.parametrize(
    ("name", "n", "usd"),
    [("trade-text", 1_000, 44.72), ("trade-boxes", 1_000, 223.61), ("trade-specialist-hours", 48, 69.28)],
)
def test_ranges_of_the_trade_press_count_at_their_geometric_middle(name: str, n: int, usd: float) -> None:
    assert labels_usd(name, n) == usd


def test_the_documentation_lists_every_preset_with_its_date() -> None:
    text = (Path(__file__).parents[3] / "docs" / "method" / "quotes.md").read_text(encoding="utf-8")
    for item in PRESETS:
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{item.name}` |")]
        assert str(item.as_of) in line and item.needs in line and item.summary in line
