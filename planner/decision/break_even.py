"""At which price of one vote active learning pays, and how the chance runs along that price.

Notation:
    price   one vote on one item, in USD, charged by the vendors of both plans compared
    P       share of draws in which active learning is the better at that price
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.decision.case import Case
from planner.decision.solve import Sample, Where

PER_DECADE = 12
STEEP, CLOSER = 0.06, 3  # where the chance moves by more from one price to the next, prices are put between, thrice


def lowest_price_usd(where: Where) -> float | None:
    """Give the lowest price at which active learning pays; 0 if it does when votes are free, None if at no price."""
    if where.state == "never":
        return None
    return 0.0 if where.from_least else where.roots[0]


def chance_by_price(case: Case, marks_usd: Sequence[float]) -> pd.DataFrame:
    """Trace P over a log-spaced range of prices that spans the marks with at least a decade to spare.

    Prices lie closer where P moves fast (a pool that is labelled whole, a budget that is just enough). Those at which
    neither plan gets there in any future are left out, where at the prices of today one does: P says nothing there.

    Args:
        case: the plan and its draws.
        marks_usd: prices that must be inside; those of 0 have no place on such a range.

    Returns:
        Columns `price_usd` (ascending) and `p_al_cheaper`.
    """
    inside = [price for price in marks_usd if price > 0] or [1.0]
    low, high = np.floor(np.log10(min(inside))) - 1, np.ceil(np.log10(max(inside))) + 1
    prices = np.logspace(low, high, int(high - low) * PER_DECADE + 1)
    sample = Sample.of(case)
    frame = _traced(sample, prices)
    for _ in range(CLOSER):
        steep = np.flatnonzero(np.abs(np.diff(frame["p_al_cheaper"])) > STEEP)
        if not steep.size:
            break
        at = frame["price_usd"].to_numpy()
        between = _traced(sample, np.sqrt(at[steep] * at[steep + 1]))
        frame = pd.concat([frame, between]).sort_values("price_usd", ignore_index=True)
    told = frame["neither"] < 1 if case.chosen.p_unreachable < 1 else np.ones(len(frame), dtype=bool)
    return frame.loc[told, ["price_usd", "p_al_cheaper"]].reset_index(drop=True)


def _traced(sample: Sample, prices: Floats) -> pd.DataFrame:
    there = sample.at(sample.case.price_change, prices)
    return pd.DataFrame({"price_usd": prices, "p_al_cheaper": there.p_al_better, "neither": there.p_unreachable})
