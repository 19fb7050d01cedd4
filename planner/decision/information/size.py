"""The best size of a pilot, from what pilots of a few sizes were computed to be worth.

Notation:
    G           number of sizes computed
    sizes       (G,)  observations or labels, ascending
    evsi_usd    (G,)  expected value of a pilot of each size, with or without simulation noise
    cost_usd    (G,)  what it costs
    net_usd           evsi_usd - cost_usd, the expected net gain, at any size between the smallest and the largest
"""

from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats
from simulations.errors import InputError

WITHIN = 0.05
FINEST = 4_000  # sizes looked at between the smallest and the largest


@dataclass(frozen=True)
class BestSize:
    """The size with the largest expected net gain; all None where no size pays.

    Attributes:
        size: observations or labels.
        evsi_usd: what the pilot is expected to be worth.
        cost_usd: what it costs.
        net_usd: the difference; above 0.
        net_se_usd: its standard error from the simulation; None where it was computed exactly, or is not known.
        low: the smallest size whose net gain is within 5% of the best.
        high: the largest such size.
        at_largest: whether the largest size looked at is the best, so that a larger one may be better still.
    """

    size: int | None = None
    evsi_usd: float | None = None
    cost_usd: float | None = None
    net_usd: float | None = None
    net_se_usd: float | None = None
    low: int | None = None
    high: int | None = None
    at_largest: bool = False

    @property
    def pays(self) -> bool:
        """Whether any size pays."""
        return self.size is not None


NO_SIZE_PAYS = BestSize()


def best_size(
    sizes: Floats,
    evsi_usd: Floats,
    cost_usd: Floats,
    *,
    evpi_usd: float | None = None,
    evsi_se_usd: Floats | None = None,
) -> BestSize:
    """Find the size with the largest expected net gain, and the range of sizes within 5% of it.

    Between the sizes computed the value is interpolated smoothly in the logarithm of the size, never falling; a value
    that falls from one size to the next is simulation noise (a larger pilot cannot tell less), and the sizes concerned
    are pooled. Costs are interpolated linearly. Sizes outside those computed are not looked at.

    Args:
        sizes: sizes computed, shape (G,), 1 or more, ascending.
        evsi_usd: value at each, shape (G,).
        cost_usd: cost of each, shape (G,).
        evpi_usd: what the value cannot exceed.
        evsi_se_usd: standard errors of the values, shape (G,); the more certain weigh more where sizes are pooled.

    Raises:
        InputError: arrays of different lengths, not finite, or sizes below 1 or not ascending.

    Example:
        >>> best = best_size(np.array([100, 200, 400]), np.array([50.0, 90.0, 100.0]), np.array([10.0, 20.0, 40.0]))
        >>> best.low <= 200 <= best.high and best.net_usd >= 70
        True
    """
    n, worth, costs = (_checked(name, values, len(sizes)) for name, values in _named(sizes, evsi_usd, cost_usd))
    if n[0] < 1 or (np.diff(n) <= 0).any():
        raise InputError("sizes: allowed: 1 or more, each above the one before it")
    errors = None if evsi_se_usd is None else _checked("evsi_se_usd", evsi_se_usd, len(n))
    tried = _between(n)
    value = np.clip(_rising(np.log(n), worth, errors, np.log(tried)), 0.0, evpi_usd)
    cost = np.interp(tried, n, costs)
    net = value - cost
    best = int(net.argmax())
    if net[best] <= 0:
        return NO_SIZE_PAYS
    low, high = _around(net >= (1 - WITHIN) * net[best], best)
    return BestSize(
        size=int(tried[best]),
        evsi_usd=float(value[best]),
        cost_usd=float(cost[best]),
        net_usd=float(net[best]),
        net_se_usd=None if errors is None else float(np.interp(tried[best], n, errors)),
        low=int(tried[low]),
        high=int(tried[high]),
        at_largest=best == len(tried) - 1,
    )


def _named(sizes: Floats, evsi_usd: Floats, cost_usd: Floats) -> tuple[tuple[str, Floats], ...]:
    return ("sizes", sizes), ("evsi_usd", evsi_usd), ("cost_usd", cost_usd)


def _checked(name: str, values: Floats, length: int) -> Floats:
    checked = np.asarray(values, dtype=np.float64)
    if checked.shape != (length,) or length == 0 or not np.isfinite(checked).all():
        raise InputError(f"{name}: found shape {checked.shape}; allowed: a finite number for each of {length} sizes")
    return checked


def _between(n: Floats) -> Floats:
    """Give whole sizes from the smallest to the largest, every one if they are few, else evenly in the logarithm."""
    first, last = np.ceil(n[0]), np.floor(n[-1])
    if last - first < FINEST:
        return np.arange(first, max(last, first) + 1)
    return np.unique(np.concatenate([np.round(np.geomspace(first, last, FINEST)), np.round(n)]))


def _rising(x: Floats, worth: Floats, errors: Floats | None, at: Floats) -> Floats:
    """Interpolate values that never fall (isotonic regression, then monotone cubics) at other places."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import isotonic_regression

    if len(x) == 1:
        return np.full(len(at), worth[0])
    known = None if errors is None or (errors <= 0).any() else errors**-2.0
    level = np.asarray(isotonic_regression(worth, weights=known).x)
    knots, values = _pooled(x, worth, level)
    with np.errstate(over="ignore"):  # slopes next to nothing: their inverse may be inf, and the slope then is 0
        between = PchipInterpolator(knots, values)
    return np.asarray(between(np.clip(at, x[0], x[-1])), dtype=np.float64)


def _pooled(x: Floats, worth: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Put a pooled level at the middle of its sizes: a stair would make the best size stick to its edges."""
    block = np.cumsum(np.append(0, np.diff(level) > 0))
    as_computed = level == worth
    middle = np.bincount(block, x) / np.bincount(block)
    knots = np.where(as_computed, x, middle[block])
    knots[[0, -1]] = x[[0, -1]]
    knots, first = np.unique(knots, return_index=True)
    return knots, level[first]


def _around(good: np.ndarray, best: int) -> tuple[int, int]:
    """Give the ends of the unbroken run of good sizes that holds the best."""
    bad_below = np.flatnonzero(~good[:best])
    bad_above = np.flatnonzero(~good[best:])
    low = int(bad_below[-1]) + 1 if len(bad_below) else 0
    high = best + int(bad_above[0]) - 1 if len(bad_above) else len(good) - 1
    return low, high
