"""The tables of `labelplan vendors`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from planner.decision.buying import Buying
from planner.decision.quotes import VendorComparison
from planner.render import numbers as n
from planner.render.numbers import plan_name
from planner.render.quotes import words as quote_words
from planner.render.terminal import print_rows, print_warnings

CHEAPEST = "lowest mean"


def print_buying(buying: Buying) -> None:
    """Print from whom to buy, vendors beside each other, and the prices at which each would win."""
    print(f"{quote_words.headline(buying)}\n{quote_words.summary(buying)}\n")
    _print_tables(buying.comparison, buying.currency, by_rules=buying.by_rules)
    if quote_words.has_rivals(buying):
        print("The price of its vote up to which each vendor would be the cheapest, all other quotes as they are")
        _print_rows(quote_words.winning_rows(buying))
        for line in quote_words.winning_lines(buying):
            print(line)
    _print_advice(buying.comparison, buying.currency, buying.warnings)


def print_vendors(comparison: VendorComparison, currency: str = "USD") -> None:
    """Print vendors beside each other; amounts are medians with their 80% range."""
    _print_tables(comparison, currency)
    _print_advice(comparison, currency, comparison.warnings)


def _print_tables(comparison: VendorComparison, currency: str, *, by_rules: bool = False) -> None:
    offers, quotes = comparison.offers, quote_words.offer_rows(comparison, currency)
    _print_rows(
        [
            {"Vendor": offer.vendor, "Billing": offer.billing.replace("_", " ")} | row
            for offer, row in zip(offers, quotes, strict=True)
        ]
    )
    for place, volume in enumerate(offers[0].volumes):
        print(quote_words.volume_title(volume.labels))
        rows = quote_words.offer_volume_rows(comparison, place, currency)
        late = ["too late" if offer.volumes[place].late else "" for offer in offers]
        _print_rows([row | {"": note} for row, note in zip(rows, late, strict=True)])
    for place, need in enumerate(offers[0].needs):
        print(f"The whole plan with {plan_name(need.plan)}, as many labels as it needs with each vendor")
        _print_rows(_need_rows(comparison, place, currency))
    if offers[0].needs:
        never = "; never reaches: if it went on, without the plan's stopping rules" if by_rules else ""
        print(f"{CHEAPEST}: what the verdict takes; cheapest in: its share of futures{never}.")


def _print_rows(rows: Sequence[Mapping[str, str]]) -> None:
    print_rows([{name[:1].lower() + name[1:]: cell for name, cell in row.items()} for row in rows])


def _need_rows(comparison: VendorComparison, place: int, currency: str) -> list[dict[str, str]]:
    return [
        {
            "Vendor": offer.vendor,
            "Labels": n.spread(need.labels, n.labels),
            "Total": n.spread(need.total_usd, partial(n.about, currency=currency)),
            "Days": n.spread(need.days, n.day_count),
            "Never reaches": n.share(need.p_unreachable),
            "Cheapest in": quote_words.cheapest_in(need.p_cheapest),
            "": CHEAPEST if need.cheapest else "",
        }
        for offer in comparison.offers
        for need in [offer.needs[place]]
    ]


def _print_advice(comparison: VendorComparison, currency: str, warnings: Iterable[str]) -> None:
    for line in quote_words.switch_lines(comparison):
        print(line)
    for offer in comparison.offers:
        if sentence := quote_words.votes_sentence(offer, currency):
            print(sentence)
    print_warnings(warnings)
