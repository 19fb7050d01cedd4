"""Warn about quotes: an odd unit, tiers that fall, an unaudited claim, a date that has passed."""

from collections.abc import Iterator
from datetime import date

import numpy as np
from scipy.special import betaincinv  # scipy.stats takes a second to load

from planner.costs.quote_costs import QuoteCosts
from planner.plan import Draws, Plan, Quote, paths

ODD_PRICE_BELOW_USD = 0.001
ODD_PRICE_ABOVE_USD = 100.0
STALE_DAYS = 365


def quote_warnings(plan: Plan, today: date | None = None) -> tuple[str, ...]:
    """Give the sentences about a plan's quotes, each naming its vendor.

    Args:
        plan: the plan.
        today: the day on which quotes have to hold; the current one when not given.
    """
    day = today or date.today()
    values = plan.medians()
    warnings: list[str | None] = [*_missing_error_rates(plan)]
    for i, vendor in enumerate(plan.vendors):
        vote_usd = float(np.ravel(QuoteCosts.of(plan, values, i).vote_usd)[0])
        # A machine's answer may cost next to nothing.
        if vendor.billing != "per_token" or vote_usd > ODD_PRICE_ABOVE_USD:
            warnings.append(price_warning(vendor.name, vote_usd, plan.task.currency))
        warnings += [falling_total(vendor), *_people_warnings(plan, vendor)]
        warnings += [*_error_warnings(vendor), *_date_warnings(vendor, day)]
    return tuple(f"{sentence}." for sentence in warnings if sentence)


def late_warning(plan: Plan, vendor: int, values: Draws, n: float, days: float) -> str | None:
    """Say that a vendor cannot deliver before the plan's deadline; None where it can, or there is none."""
    deadline = plan.calendar.deadline_days
    if deadline is None or days <= deadline.median:
        return None
    pace = float(np.median(QuoteCosts.of(plan, values, vendor).throughput_per_day))
    return (
        f"{plan.vendors[vendor].name}, throughput_per_day: {n:,.0f} labels take about {days:,.0f} days at {pace:,.4g} "
        f"items a day, with turnarounds and trainings; allowed by deadline_days: {deadline.median:,.4g}."
    )


def price_warning(vendor: str, vote_usd: float, currency: str = "USD") -> str | None:
    """Ask back about a price per vote that looks like a slip of units (cents for dollars)."""
    sign = "$" if currency == "USD" else f"{currency} "
    if 0 < vote_usd < ODD_PRICE_BELOW_USD or vote_usd > ODD_PRICE_ABOVE_USD:
        return (
            f"{vendor}: a price of {sign}{vote_usd:,.6g} a vote is unusual ({sign}{vote_usd * 1000:,.6g} per 1,000 "
            "votes); check the unit (dollars, not cents)"
        )
    return None


def falling_total(quote: Quote) -> str | None:
    """Say where tiers make more units cost less in total, at the prices' medians; None where they never do.

    Volume tiers that fall do at their edges; tiers that rise and start again do where more units take one month or
    order more, so that fewer of them reach the dearer tiers.
    """
    for before, after in zip(quote.tiers[:-1], quote.tiers[1:], strict=True):
        if after.price_usd.median > before.price_usd.median and quote.tier_reset != "none":
            again = "month" if quote.tier_reset == "monthly" else "order"
            return (
                f"{quote.name}, tiers: units after {after.from_units.median:,.0f} are dearer and tiers start again "
                f"each {again}; a plan that takes one {again} more may cost less"
            )
        if after.price_usd.median < before.price_usd.median and quote.tier_kind == "volume":
            edge = after.from_units.median
            dear, cheap = edge * before.price_usd.median, edge * after.price_usd.median
            return (
                f"{quote.name}, tiers: {edge:,.0f} units cost {dear:,.2f} and one more brings the total down to "
                f"{cheap:,.2f}; just below a volume tier, buying more is cheaper"
            )
    return None


def _people_warnings(plan: Plan, vendor: Quote) -> Iterator[str]:
    """Say where the people who label are in no line of the bill."""
    if vendor.counts_people:
        return
    beside = len(plan.comparable_vendors) < len(plan.vendors)
    yield (
        f"{vendor.name}: a platform alone, whose people's time is in no line"
        + (", so that it is shown but never chosen as the cheapest" if beside else "")
        + "; give seconds_per_vote and hourly_rate_usd"
    )


def _missing_error_rates(plan: Plan) -> Iterator[str]:
    """Say of all quotes that give no error rate, once, what stands in for it."""
    names: dict[str, list[str]] = {}
    for i, vendor in enumerate(plan.vendors):
        rate = plan.input(paths.vendor(i, "delivered_error_rate"))
        if rate.default and rate.quantity is not None and vendor.billing != "per_item":
            names.setdefault(rate.text, []).append(vendor.name)
    for text, silent in names.items():
        given = "not given" if len(silent) == 1 else f"given by none of these {len(silent)}"
        who, whose = ("it", "the vendor's") if len(silent) == 1 else ("each", "the vendors'")
        yield (
            f"{'; '.join(silent)}, delivered_error_rate: {given}, so that labelplan's own {text} stands in for {who}; "
            f"give {whose}, or vote_error_rate"
        )


def _error_warnings(vendor: Quote) -> Iterator[str]:
    """Doubt an error rate that is only claimed, or one that a small audit cannot tell so well."""
    key = "delivered_error_rate" if vendor.vote_error_rate is None else "vote_error_rate"
    rate = getattr(vendor, key)
    if vendor.error_rate_is == "claimed":
        advice = "give a range" if rate.fixed else "do not count on less than that range"
        yield (
            f"{vendor.name}, {key}: {rate.text} is the vendor's claim; until an audit of a few hundred items has "
            f"measured it, {advice}"
        )
    if vendor.error_rate_is == "measured" and vendor.audit_items is None:
        yield f"{vendor.name}, {key}: measured, but audit_items does not say on how many; give them"
    if vendor.audit_items is not None and rate.fixed:
        m = vendor.audit_items.median
        # Jeffreys' interval of a binomial share.
        a, b = rate.median * m + 0.5, (1 - rate.median) * m + 0.5
        low, high = (float(betaincinv(a, b, q)) for q in (0.1, 0.9))
        yield (
            f'{vendor.name}, {key}: {rate.median:.3g} measured on {m:,.0f} items could be "{low:.2g} to {high:.2g}"; '
            "give that range, so that the answer knows it"
        )


def _date_warnings(vendor: Quote, day: date) -> Iterator[str]:
    if vendor.valid_until is not None and day > vendor.valid_until:
        yield f"{vendor.name}, valid_until: the quote held until {vendor.valid_until}; ask for a new one"
    if vendor.valid_from is not None and day < vendor.valid_from:
        yield f"{vendor.name}, valid_from: the quote holds only from {vendor.valid_from} on"
    if vendor.as_of is not None and (day - vendor.as_of).days > STALE_DAYS:
        yield f"{vendor.name}, as_of: the price is of {vendor.as_of}, more than a year ago; check it"
    if vendor.source_kind == "trade_article":
        yield f"{vendor.name}: its prices are a range from a trade article, not a quote; replace them by your own"
