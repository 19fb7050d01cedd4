"""The tables of `labelplan vendors`."""

from collections.abc import Iterable
from functools import partial

from planner.decision.buying import Buying
from planner.decision.quotes import NeedOffer, VendorComparison, VendorOffer, VolumeOffer
from planner.render import numbers as n
from planner.render.numbers import plan_name
from planner.render.quotes import words as quote_words
from planner.render.terminal import print_table, print_warnings

CHEAPEST = "lowest mean"


def print_buying(buying: Buying) -> None:
    """Print from whom to buy, vendors beside each other, and the prices at which each would win."""
    print(f"{quote_words.headline(buying)}\n{quote_words.summary(buying)}\n")
    _print_tables(buying.comparison, buying.currency, by_rules=buying.by_rules)
    if quote_words.has_rivals(buying):
        rows = quote_words.winning_rows(buying)
        print("The price of its vote up to which each vendor would be the cheapest, all other quotes as they are")
        print_table([name[:1].lower() + name[1:] for name in rows[0]], [list(row.values()) for row in rows])
        for line in quote_words.winning_lines(buying):
            print(line)
    _print_advice(buying.comparison, buying.currency, buying.warnings)


def print_vendors(comparison: VendorComparison, currency: str = "USD") -> None:
    """Print vendors beside each other; amounts are medians with their 80% range."""
    _print_tables(comparison, currency)
    _print_advice(comparison, currency, comparison.warnings)


def _print_tables(comparison: VendorComparison, currency: str, *, by_rules: bool = False) -> None:
    print_table(*_quotes(comparison.offers, currency))
    for i, volume in enumerate(comparison.offers[0].volumes):
        print(f"{volume.labels:,} labels at random, in one order; fees, review and set-up counted, test labels not")
        print_table(*_volume([offer.volumes[i] for offer in comparison.offers], comparison.offers, currency))
    for i, need in enumerate(comparison.offers[0].needs):
        print(f"The whole plan with {plan_name(need.plan)}, as many labels as it needs with each vendor")
        print_table(*_need([offer.needs[i] for offer in comparison.offers], comparison.offers, currency))
    if comparison.offers[0].needs:
        never = "; never reaches: if it went on, without the plan's stopping rules" if by_rules else ""
        print(f"{CHEAPEST}: what the verdict takes; cheapest in: its share of futures{never}.")


def _print_advice(comparison: VendorComparison, currency: str, warnings: Iterable[str]) -> None:
    for line in quote_words.switch_lines(comparison):
        print(line)
    for offer in comparison.offers:
        if sentence := quote_words.votes_sentence(offer, currency):
            print(sentence)
    print_warnings(warnings)


def _quotes(offers: Iterable[VendorOffer], currency: str) -> tuple[list[str], list[list[str]]]:
    columns = ["vendor", "billing", "price of a vote", "votes an item", "wrong labels", "clean labels per label"]
    rows = [
        [
            offer.vendor,
            offer.billing.replace("_", " "),
            n.spread(offer.vote_usd, partial(n.price, currency=currency)),
            n.spread(offer.votes, n.input_value),
            n.spread(offer.error_rate, n.percent),
            n.spread(offer.clean_labels, n.input_value),
        ]
        for offer in offers
    ]
    return columns, rows


def _volume(
    volumes: list[VolumeOffer], offers: Iterable[VendorOffer], currency: str
) -> tuple[list[str], list[list[str]]]:
    columns = ["vendor", "bill", "an item", "a useful item", "an effective label", "days", "cheapest in", ""]
    price, rows = partial(n.price, currency=currency), []
    for volume, offer in zip(volumes, offers, strict=True):
        effective = volume.effective_label_usd
        rows.append(
            [
                offer.vendor,
                n.spread(volume.total_usd, partial(n.about, currency=currency)),
                n.spread(volume.item_usd, price),
                n.spread(volume.useful_item_usd, price),
                "worth nothing" if effective is None else n.spread(effective, price),
                n.spread(volume.days, n.day_count),
                _chance(volume.p_cheapest),
                "too late" if volume.late else "",
            ]
        )
    return columns, rows


def _need(needs: list[NeedOffer], offers: Iterable[VendorOffer], currency: str) -> tuple[list[str], list[list[str]]]:
    columns = ["vendor", "labels", "total", "days", "never reaches", "cheapest in", ""]
    rows = [
        [
            offer.vendor,
            n.spread(need.labels, n.labels),
            n.spread(need.total_usd, partial(n.about, currency=currency)),
            n.spread(need.days, n.day_count),
            n.share(need.p_unreachable),
            _chance(need.p_cheapest),
            CHEAPEST if need.cheapest else "",
        ]
        for need, offer in zip(needs, offers, strict=True)
    ]
    return columns, rows


def _chance(p_cheapest: float | None) -> str:
    return "not compared" if p_cheapest is None else n.share(p_cheapest)
