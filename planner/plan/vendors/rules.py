"""What a quote must and may not hold: the fields of its billing, tiers without holes, fields that agree.

Each rule raises ValueError with one sentence; the plan puts the vendor before it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.plan.quantity import Quantity
    from planner.plan.vendors.quote import Tier, Vendor

DYNAMIC_MOST_VOTES = 15

UNITS = ("per_item", "per_annotation")
TIMED = ("per_hour", "in_house")

BELONGS: Mapping[str, tuple[str, ...]] = {
    "price_usd": UNITS,
    "tiers": (*UNITS, "per_hour"),
    "tier_kind": (*UNITS, "per_hour"),
    "tier_reset": (*UNITS, "per_hour"),
    "annotations_per_item": ("per_annotation",),
    "item_size": UNITS,
    "unit_size": UNITS,
    "size_unit": UNITS,
    "seconds_per_vote": (*TIMED, "platform_only"),
    "efficiency": (*TIMED, "platform_only"),
    "hourly_rate_usd": ("per_hour", "platform_only"),
    "salary_usd_per_year": ("in_house",),
    "overhead_rate": ("in_house",),
    "hours_per_year": ("in_house",),
    "people": ("in_house",),
    "tokens_in_per_vote": ("per_token",),
    "tokens_out_per_vote": ("per_token",),
    "price_usd_per_million_tokens_in": ("per_token",),
    "price_usd_per_million_tokens_out": ("per_token",),
    "retry_rate": ("per_token",),
}
"""Fields that only some billings have; all others belong to each of them."""

NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "per_item": (("price_usd", "tiers"),),
    "per_annotation": (("price_usd", "tiers"),),
    "per_hour": (("hourly_rate_usd", "tiers"), ("seconds_per_vote",)),
    "per_token": (
        ("tokens_in_per_vote",),
        ("tokens_out_per_vote",),
        ("price_usd_per_million_tokens_in",),
        ("price_usd_per_million_tokens_out",),
    ),
    "in_house": (("salary_usd_per_year",), ("seconds_per_vote",)),
    "platform_only": (),
}
"""For each billing the fields it cannot do without; of several in brackets, exactly one."""

COUNTS_WITH: Mapping[str, str] = {
    "fee_many_votes": "fee_rate_many",
    "seat_usd_per_month": "seats",
    "review_price_usd": "review_share",
}
"""Fields that cost nothing unless another one is given, which was then forgotten."""


MOST_RATE: Mapping[str, float] = {"fee_rate": 2, "fee_rate_many": 2, "overhead_rate": 5, "retry_rate": 5}
"""Rates that may pass 1, up to where they are percent written for a fraction."""


def check_fields(raw: Mapping[str, Any]) -> None:
    """Refuse fields of another billing, and a quote without the price its billing needs.

    Raises:
        ValueError: in one sentence.
    """
    billing = raw.get("billing", "per_item")
    if billing not in NEEDS:
        return  # told as a fault of the field itself
    for key in raw:
        if billing not in BELONGS.get(key, (billing,)):
            own = [name for name, owners in BELONGS.items() if billing in owners]
            fields = f"; what it has: {', '.join(own)}" if own else ""
            raise ValueError(f'{key}: not part of billing "{billing}"{fields}')
    for choice in NEEDS[billing]:
        given = [key for key in choice if key in raw and raw[key] not in ("", [], ())]
        if len(given) > 1:
            raise ValueError(f"found both {' and '.join(given)}; allowed: one of them")
        # A price per item has a default, unless the quote names the field and leaves it empty.
        if not given and (billing != "per_item" or raw.keys() & {*choice}):
            raise ValueError(f'{" or ".join(choice)}: missing; billing "{billing}" needs it')


def check_tiers(tiers: "Sequence[Tier]") -> None:
    """Refuse tiers that are out of order, overlap, leave a hole, or do not end open.

    Raises:
        ValueError: in one sentence.
    """
    for i, tier in enumerate(tiers):
        start = f"tier {i + 1} from_units: found {tier.from_units.text}"
        if not tier.from_units.fixed or not (tier.to_units is None or tier.to_units.fixed):
            raise ValueError(f"tier {i + 1}: found a range of units; allowed: single numbers (prices may be ranges)")
        end = tiers[i - 1].to_units if i else None
        if i == 0 and tier.from_units.low != 0:
            raise ValueError(f"{start}; allowed: 0, where the first tier begins")
        if i and end is None:
            raise ValueError(f"tier {i} to_units: missing; only the last tier may leave it out")
        if i and end is not None and tier.from_units.low != end.low:
            what = "overlap" if tier.from_units.low < end.low else "leave a hole"
            raise ValueError(f"{start}; allowed: {end.text}, where tier {i} ends (the two {what})")
        if tier.to_units is not None and tier.to_units.low <= tier.from_units.low:
            raise ValueError(
                f"tier {i + 1} to_units: found {tier.to_units.text}; allowed: above its from_units, "
                f"{tier.from_units.text}"
            )
    if tiers and tiers[-1].to_units is not None:
        raise ValueError(
            f"tier {len(tiers)} to_units: found {tiers[-1].to_units.text}; allowed: nothing in the last tier, "
            "which has no end"
        )


def check_quote(quote: "Vendor") -> None:
    """Refuse fields that contradict each other.

    Raises:
        ValueError: in one sentence.
    """
    if quote.delivered_error_rate is not None and quote.vote_error_rate is not None:
        raise ValueError("found both delivered_error_rate and vote_error_rate; allowed: one of them")
    given = quote.model_fields_set
    for key in ("tier_kind", "tier_reset"):
        if key in given and not quote.tiers:
            raise ValueError(f"{key}: found without tiers; allowed: together with tiers")
    if quote.valid_from is not None and quote.valid_until is not None and quote.valid_from > quote.valid_until:
        raise ValueError(
            f"valid_until: found {quote.valid_until}; allowed: from {quote.valid_from}, when the quote begins to hold"
        )
    for key, partner in COUNTS_WITH.items():
        value, other = getattr(quote, key), getattr(quote, partner)
        if key in given and value.high > 0 and (other is None or other.high == 0):
            raise ValueError(
                f"{key}: found without {partner}; allowed: together with it, as it counts for nothing alone"
            )
    _check_own_people(quote)
    for key, most in MOST_RATE.items():
        check_rate(key, getattr(quote, key), most)
    _check_scheme(quote)
    _check_rush(quote)
    if quote.error_rate_is == "claimed" and quote.audit_items is not None:
        raise ValueError('audit_items: found with error_rate_is = "claimed"; allowed: with "measured"')


def check_rate(key: str, rate: "Quantity | None", most: float) -> None:
    """Refuse percent where a fraction is meant.

    Raises:
        ValueError: in one sentence.
    """
    if rate is not None and rate.high > most:
        raise ValueError(f"{key}: found {rate.text}; allowed: 0 to {most:g}, a fraction (0.2, not 20)")


def _check_own_people(quote: "Vendor") -> None:
    """Ask for both the time and the rate of the people who label on a platform, or for neither."""
    if quote.billing != "platform_only":
        return
    for key, partner in (("seconds_per_vote", "hourly_rate_usd"), ("hourly_rate_usd", "seconds_per_vote")):
        if getattr(quote, key) is not None and getattr(quote, partner) is None:
            raise ValueError(f"{key}: found without {partner}; allowed: together with it, to price the people's time")


def _check_scheme(quote: "Vendor") -> None:
    votes, scheme = quote.votes_per_item, quote.vote_scheme
    if scheme == "fixed":
        return
    if quote.vote_error_rate is None:
        raise ValueError(
            f'vote_scheme: found "{scheme}" without vote_error_rate; allowed: with it, as how often two votes differ '
            "follows from it"
        )
    if scheme == "two_then_tie_break" and (votes.low, votes.high) != (3, 3):
        raise ValueError(f'votes_per_item: found {votes.text}; allowed: 3, the most votes of "{scheme}"')
    if scheme == "dynamic" and not 2 <= votes.low <= votes.high <= DYNAMIC_MOST_VOTES:
        raise ValueError(
            f'votes_per_item: found {votes.text}; allowed: 2 to {DYNAMIC_MOST_VOTES}, the most votes of "{scheme}"'
        )


def _check_rush(quote: "Vendor") -> None:
    given = quote.model_fields_set
    if quote.rush and not {"rush_price_multiplier", "rush_turnaround_days"} & given:
        raise ValueError("rush: found true; allowed: together with rush_price_multiplier or rush_turnaround_days")
