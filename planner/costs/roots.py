"""All the prices at which something changes sign: scan, then refine (tiers make cliffs; slopes cannot be trusted)."""

from collections.abc import Callable

import numpy as np

LOWEST_USD = 1e-6
HIGHEST_USD = 1e6
STEPS = 481  # 40 a decade


def sign_changes(f: Callable[[float], float]) -> tuple[float, ...]:
    """Find the prices in USD, from 0 to a million, at which `f` crosses zero, ascending.

    A jump across zero counts as a crossing, at the jump.
    """
    from scipy.optimize import brentq

    prices = np.concatenate([[0.0], np.geomspace(LOWEST_USD, HIGHEST_USD, STEPS)])
    values = np.array([f(float(price)) for price in prices])
    if (values == 0).mean() > 0.5:
        return ()  # equal at every price, which is no crossing
    roots = [float(price) for price, value in zip(prices, values, strict=True) if value == 0]
    crossing = np.flatnonzero(values[:-1] * values[1:] < 0)
    roots += [float(brentq(f, prices[i], prices[i + 1], xtol=1e-12, rtol=1e-12)) for i in crossing]
    return tuple(sorted(roots))
