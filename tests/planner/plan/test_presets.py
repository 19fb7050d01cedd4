import re
from pathlib import Path
from typing import Any

import pytest

from planner.costs import compare_costs
from planner.plan import Plan, parse_plan
from planner.plan.presets import Preset, preset, presets
from planner.plan.quote import BILLINGS
from simulations.errors import InputError

PRESETS = presets()
NAMES = [item.name for item in PRESETS]
each = pytest.mark.parametrize("item", PRESETS, ids=NAMES)


def plan_of(name: str, **changes: object) -> Plan:
    """Give a plan with a preset as its only quote, no test items, and all labels in one order and month."""
    task = "[task]\ntest_labels = 0\npool_size = 2_000_000\n[strategy]\ninitial_labels = 1_000_000\n"
    plan = parse_plan(f"{task}{preset(name).quote}")
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
def test_a_preset_is_dated_and_sourced_and_says_what_it_assumes(item: Preset) -> None:
    vendor, given = item.vendor, item.table().keys()
    assert {"as_of", "source", "source_kind"} <= given
    assert re.match(r"https://\S+", vendor.source)
    assert vendor.source_kind in ("price_list", "third_party", "statistics", "trade_article")
    assert item.title and item.summary and item.needs and item.note
    prices = [getattr(vendor, key) for key in ("price_usd", "hourly_rate_usd") if key in given]
    # Only trade articles give the price itself as a range.
    assert vendor.source_kind == "trade_article" or all(price.fixed for price in prices)
    for field in re.findall(r"^(\w+) = .*# assumption", item.quote, re.MULTILINE):
        assert field in item.needs, f"{item.name}: {field} is assumed and not among what it needs"
    # A preset whose note tells of an end carries that day, so that a plan that still uses it is warned.
    if "closes" in item.note or "ended" in item.note:
        assert vendor.valid_until is not None and str(vendor.valid_until) in item.note


@each
def test_the_text_of_a_preset_is_its_quote_and_stands_beside_those_of_a_plan(item: Preset) -> None:
    assert parse_plan(item.quote).vendors == (item.vendor,)
    assert Plan().with_quotes([item.table()], where="preset").vendors[-1] == item.vendor
    item.table().clear()
    assert item.table()["name"] == item.vendor.name


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'mechanical-turk'") as raised:
        preset("mechanicalturk")
    assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match=f"allowed: {', '.join(NAMES)}"):
        preset("?")


# Examples that the sources print, and what their own rules make of them
BOXES = {"annotations_per_item": 5, "votes_per_item": 2}
SEGMENTS = {"annotations_per_item": 15, "tiers__0__price_usd": 0.87, "tiers__1__price_usd": 0.85}
ONE_BY_ONE = {"price_usd_per_million_tokens_in": 4, "price_usd_per_million_tokens_out": 20}


@pytest.mark.parametrize(
    ("name", "n", "changes", "usd"),
    [
        # 100,000 images, 5 boxes, 2 labellers: a million boxes. The example prints $112,000, 1,000 x (63 + 49).
        ("google-boxes", 100_000, BOXES, 50 * 63 + 950 * 49),
        # 10,000 images, 15 segments, 3 labellers, $870 and $850 a thousand; the example prints $391,500, 450 x 870.
        ("google-boxes", 10_000, SEGMENTS, 50 * 870 + 400 * 850),
        # A million boxes over two months: twice the first 50,000 at the dear price, as monthly tiers start again.
        ("google-boxes", 100_000, BOXES | {"throughput_per_day": 2_000}, 100 * 63 + 900 * 49),
        # Seventy words are two units.
        ("google-text", 1_000, {}, 2 * 3 * 129),
        ("google-text", 1_000, {"item_size": 50}, 387),
        ("google-text", 1_000, {"item_size": 51}, 774),
        # Three rewards of five cents are eighteen cents an item.
        ("mechanical-turk", 1_000, {}, 180),
        # Requesters' complaint of July 2015, when the fee became 40% from ten assignments: $1,250 and $500 on top.
        ("mechanical-turk", 50, {"price_usd": 2.50, "votes_per_item": 10}, 1_750),
        ("mechanical-turk", 50, {"price_usd": 2.50, "votes_per_item": 9}, 1_350),
        # A reward of two cents pays the least fee.
        ("mechanical-turk", 1_000, {"price_usd": 0.02}, 3 * (20 + 10)),
        # The crowd's list price is a cent and its fee.
        ("sagemaker-crowd", 1_000, {}, 36 + 80),
        ("sagemaker-own-people", 200, {}, 16),
        # Pages of ten rows with a test question each. 1,008 rows are 112 full pages: 3 x 112 x $0.10 x 1.2; the source
        # prints $41.63 for its 112 pages.
        ("appen-crowd", 1_008, {}, 40.32),
        ("appen-crowd", 1_000, {}, 40),
        # 40 items, 3 votes, 30 s: one hour, and the platform's share.
        ("prolific", 40, {"hourly_rate_usd": 100}, 142.80),
        ("prolific", 40, {"hourly_rate_usd": 100, "fee_rate": 0.333}, 133.30),
        # Ninety thousand reviews of thirty seconds: a published example of 750 hours at $36.27.
        ("labelbox-hours", 90_000, {"hourly_rate_usd": 36.27}, 27_202.50),
        # A week of one person is the least order.
        ("labelbox-hours", 100, {}, 320),
        ("labelbox-hours", 4_800, {}, 320),
        ("labelbox-hours", 9_600, {}, 640),
        # Two annotators and the owner pay three seats.
        ("cvat-team", 10_000, {}, 99),
        # A mean salary over 2,080 hours is the hourly wage printed beside it.
        ("in-house-radiologist", 60, {"efficiency": 1, "overhead_rate": 0}, 158.21),
        # 120 items of 30 s, at 80% of the time on items: 1.25 hours, with benefits beside wages.
        ("in-house-records", 120, {}, round(50_250 * 1.4234 / 2_080 * 1.25, 2)),
        # Ten thousand long prompts in batches, and one by one.
        ("llm-opus-batch", 10_000, {}, 180),
        ("llm-opus-batch", 10_000, ONE_BY_ONE, 360),
        # 100,000 x 1.01 x (400 x $0.05 + 10 x $0.25) / 1,000,000, and 5,000 audits at the middle of $0.02 to $0.10.
        ("llm-haiku-batch", 100_000, {}, round(2.2725 + 223.6068, 2)),
        # Ranges of the trade press count at their geometric middle.
        ("trade-text", 1_000, {}, 44.72),
        ("trade-boxes", 1_000, {}, 223.61),
        ("trade-specialist-hours", 48, {}, 69.28),
    ],
)
def test_published_prices_by_their_own_rules(name: str, n: int, changes: dict[str, Any], usd: float) -> None:
    assert labels_usd(name, n, **changes) == usd


def test_parts_of_bills_that_sources_print() -> None:
    assert preset("sagemaker-crowd").vendor.price_usd.median == pytest.approx(0.01 * 1.2)
    for name in ("in-house-records", "in-house-radiologist"):
        assert preset(name).vendor.overhead_rate.median == round(13.58 / 32.07, 4)
    lines = lines_usd("llm-haiku-batch", 100_000)
    assert (round(lines["labels_usd"], 4), round(lines["review_usd"], 2)) == (2.2725, 223.61)
    assert round(lines_usd("llm-gpt-luna", 100_000)["labels_usd"], 3) == 4.545


def test_the_documentation_lists_every_preset_with_its_date() -> None:
    text = (Path(__file__).parents[3] / "docs" / "method" / "quotes.md").read_text(encoding="utf-8")
    for item in PRESETS:
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{item.name}` |")]
        assert str(item.vendor.as_of) in line and item.needs in line and item.summary in line


def test_prices_from_other_pages_than_the_vendors_are_marked() -> None:
    marked = {item.name for item in PRESETS if item.vendor.source_kind == "third_party"}
    assert marked == {"sagemaker-crowd", "sagemaker-own-people", "llm-haiku-batch", "llm-opus-batch", "llm-gpt-luna"}
