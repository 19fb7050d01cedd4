"""Tiered prices: graduated, where each unit costs its own tier's price, or volume, where all cost the last one's.

Notation:
    U   (..., n_draws)  units billed together
    p   prices of the tiers in USD a unit, each (n_draws,)
    a   units after which each tier begins, rising from 0
"""

from collections.abc import Sequence

import numpy as np

from planner.arrays import Floats
from planner.costs.terms import Factor, Term, money
from planner.plan.vendors import Vendor


def tier_terms(units: Floats, terms: Vendor, prices_usd: Sequence[Floats]) -> tuple[Term, ...]:
    """Price units that are billed together.

    Args:
        units: shape (..., n_draws).
        terms: the quote with its tiers.
        prices_usd: price of a unit in each tier.

    Returns:
        Terms that add up to the price: one for each tier that is used at all.
    """
    begins = [tier.from_units.median for tier in terms.tiers]
    ends = [*begins[1:], np.inf]
    if terms.tier_kind == "volume":
        parts = [np.where((units > a) & (units <= z), units, 0.0) for a, z in zip(begins, ends, strict=True)]
    else:
        parts = [np.clip(units, a, z) - a for a, z in zip(begins, ends, strict=True)]
    return tuple(
        Term((Factor(part, f"units in tier {i + 1}"), money(price, "a unit")))
        for i, (part, price) in enumerate(zip(parts, prices_usd, strict=True))
        if i == 0 or part.any()
    )


def falling_total(terms: Vendor) -> str | None:
    """Say where tiers make more units cost less in total, at the prices' medians; None where they never do.

    Volume tiers that fall do at their edges; tiers that rise and start again do where more units take one month or
    order more, so that fewer of them reach the dearer tiers.
    """
    for before, after in zip(terms.tiers[:-1], terms.tiers[1:], strict=True):
        if after.price_usd.median > before.price_usd.median and terms.tier_reset != "none":
            again = "month" if terms.tier_reset == "monthly" else "order"
            return (
                f"{terms.name}, tiers: units after {after.from_units.median:,.0f} are dearer and tiers start again "
                f"each {again}; a plan that takes one {again} more may cost less"
            )
        if after.price_usd.median < before.price_usd.median and terms.tier_kind == "volume":
            edge = after.from_units.median
            dear, cheap = edge * before.price_usd.median, edge * after.price_usd.median
            return (
                f"{terms.name}, tiers: {edge:,.0f} units cost {dear:,.2f} and one more brings the total down to "
                f"{cheap:,.2f}; just below a volume tier, buying more is cheaper"
            )
    return None
