"""At which price of one vote active learning pays, and how sure that is.

Notation:
    price   one vote on one item, in USD, charged by the vendors of both plans compared
    P       share of draws in which active learning is the better at that price
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from planner.decision.comparison import Comparison

LOWEST_USD = 1e-5
HIGHEST_USD = 1e5
STEPS = 121  # 12 a decade
BISECTIONS = 30


def decisive(priced: Callable[[float], Comparison]) -> Callable[[float], float]:
    """Give the function price -> P, 0 where most draws are undecided.

    Draws in which neither plan reaches the target count half; a price with little else breaks nothing even.
    """

    def chance(price_usd: float) -> float:
        there = priced(price_usd)
        return there.p_al_cheaper if there.p_unreachable <= 0.5 else 0.0

    return chance


def break_even_price_usd(chance: Callable[[float], float], level: float) -> float | None:
    """Find the lowest price of a vote at which P reaches `level`; 0 if it does at any price, None if at none.

    Scanned from $0.00001 to $100,000 a vote, then bisected, so that a chance that falls again is found too.
    """
    prices = np.concatenate([[0.0], np.geomspace(LOWEST_USD, HIGHEST_USD, STEPS)])
    below = 0.0
    for price in prices:
        if chance(float(price)) >= level:
            return _bisect(chance, level, below, float(price)) if price > 0 else 0.0
        below = float(price)
    return None


def _bisect(chance: Callable[[float], float], level: float, below: float, above: float) -> float:
    for _ in range(BISECTIONS):
        middle = (below + above) / 2
        below, above = (below, middle) if chance(middle) >= level else (middle, above)
    return above


def chance_by_price(chance: Callable[[float], float], marks_usd: list[float]) -> pd.DataFrame:
    """Trace P over a log-spaced range of prices that spans the marks with at least a decade to spare.

    Returns:
        Columns `price_usd` (ascending) and `p_al_cheaper`.
    """
    inside = [price for price in marks_usd if price > 0] or [1.0]
    low, high = np.floor(np.log10(min(inside))) - 1, np.ceil(np.log10(max(inside))) + 1
    prices = np.logspace(low, high, int(high - low) * 12 + 1)
    return pd.DataFrame({"price_usd": prices, "p_al_cheaper": [chance(float(price)) for price in prices]})
