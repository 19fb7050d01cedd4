"""Closed forms for one yes-or-no decision whose net saving is normal, and for a pilot that measures it with noise.

Notation:
    m, s        mean and standard deviation of the net saving of changing plan, known so far
    tau         standard deviation of what one observation of a pilot shows about it
    n           observations in the pilot; any shape
    s_n         s * sqrt(n / (n + (tau / s)^2)), standard deviation of the mean after the pilot, seen from before it

EVSI(n) = s_n * (phi(u) - u * (1 - Phi(u))) with u = |m| / s_n, and the EVPI is its limit s_n -> s (Raiffa and
Schlaifer, Applied Statistical Decision Theory, 1961, chapter 5).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from planner.decision.pilot.value import NO_SIZE_PAYS, WITHIN, BestSize
from simulations.arrays import ArrayLike, Floats, Ints
from simulations.errors import InputError

MOST_OBSERVATIONS = 10**15
STEPS = 200
FARTHEST = 50.0  # standard deviations; beyond them the loss is below the smallest float


def unit_normal_loss(u: ArrayLike) -> Floats:
    """Give E[max(Z - u, 0)] for a standard normal Z, any shape.

    Example:
        >>> round(float(unit_normal_loss(0.25)), 4)
        0.2863
    """
    at = np.minimum(np.asarray(u, dtype=np.float64), FARTHEST)
    loss: Floats = np.maximum(np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi) - at * ndtr(-at), 0.0)
    return loss


@dataclass(frozen=True)
class NormalSaving:
    """A normal prior on a net saving, and how noisily a pilot shows it.

    Attributes:
        mean_usd: mean of the net saving; what is done without a pilot follows its sign.
        sd_usd: its standard deviation; 0 where it is known.
        noise_usd: standard deviation of one observation about the saving.
    """

    mean_usd: float
    sd_usd: float
    noise_usd: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not np.isfinite(value) or (name != "mean_usd" and value < 0):
                raise InputError(
                    f"{name}: found {value:g}; allowed: a finite number" + ", 0 or more" * (name != "mean_usd")
                )

    @property
    def evpi_usd(self) -> float:
        """The expected value of perfect information."""
        return float(self._loss_usd(np.array(self.sd_usd, dtype=np.float64)))

    def evsi_usd(self, n: ArrayLike) -> Floats:
        """Give the expected value of n observations, of the shape of n; it rises with n, from 0 towards the EVPI.

        Raises:
            InputError: a negative number of observations.
        """
        size = np.asarray(n, dtype=np.float64)
        if (size < 0).any() or np.isnan(size).any():
            raise InputError(f"n: found {size.min():g}; allowed: 0 observations or more")
        # sd * sqrt(n) / sqrt(n + (noise / sd)^2), by hypot, whose squares neither vanish nor overflow
        seen = np.sqrt(size) * self.sd_usd
        share = np.divide(seen, np.hypot(seen, self.noise_usd), out=np.zeros_like(size), where=seen > 0)
        return self._loss_usd(self.sd_usd * share)

    def best_pilot(self, price_usd: float, fixed_usd: float = 0.0, *, most: int | None = None) -> BestSize:
        """Give the pilot of the largest expected net gain, and the range of sizes within 5% of it.

        The net gain has one peak: the EVSI is first convex in n and then concave, and the cost is linear.

        Args:
            price_usd: price of one observation.
            fixed_usd: cost of any pilot, however small.
            most: the largest pilot that can be had.

        Raises:
            InputError: negative costs, or a pilot without a price and without a limit.
        """
        if not (0 <= price_usd < np.inf and 0 <= fixed_usd < np.inf):
            raise InputError(f"price_usd, fixed_usd: found {price_usd:g}, {fixed_usd:g}; allowed: finite, 0 or more")
        if price_usd == 0 and most is None:
            raise InputError("price_usd: found 0; allowed: above 0, or a largest pilot, as more is better for nothing")
        if most is not None and most < 1:
            raise InputError(f"most: found {most}; allowed: 1 observation or more, or none for no limit")
        affordable = (self.evpi_usd - fixed_usd) / price_usd if price_usd > 0 else np.inf
        largest = int(min(affordable, np.inf if most is None else most, MOST_OBSERVATIONS))
        if largest < 1:
            return NO_SIZE_PAYS

        def net_usd(n: Ints) -> Floats:
            return self.evsi_usd(n) - price_usd * n - fixed_usd

        best = _peak(net_usd, largest)
        top_usd = float(net_usd(np.array(best)))
        if top_usd <= 0:
            return NO_SIZE_PAYS

        def near(n: int) -> bool:
            return bool(net_usd(np.array(n)) >= (1 - WITHIN) * top_usd)

        return BestSize(
            size=best,
            evsi_usd=float(self.evsi_usd(best)),
            cost_usd=price_usd * best + fixed_usd,
            net_usd=top_usd,
            # One peak: what is near it lies together, between what is too small and what is too large.
            low=bisect_left(range(best), True, lo=1, key=near),
            high=bisect_right(range(largest + 1), False, lo=best + 1, key=lambda n: not near(n)) - 1,
            at_largest=best == largest,
        )

    def _loss_usd(self, s_n: Floats) -> Floats:
        # Beyond 50 standard deviations nothing is left to lose; only within them is there a quotient to take.
        mean_usd = np.full_like(s_n, abs(self.mean_usd))
        near = mean_usd < FARTHEST * s_n
        u = np.divide(mean_usd, s_n, out=np.full_like(s_n, FARTHEST), where=near)
        return np.where(near, s_n * unit_normal_loss(u), 0.0)


def _peak(net_usd: Callable[[Ints], Floats], largest: int) -> int:
    """Find the best whole number from 1 to the largest, by ever finer grids about the best of a geometric one."""
    tried = np.unique(np.geomspace(1, largest, STEPS).astype(np.int64))
    while True:
        place = int(net_usd(tried).argmax())
        below, above = tried[max(place - 1, 0)], tried[min(place + 1, len(tried) - 1)]
        if above - below <= 2:
            return int(tried[place])
        tried = np.unique(np.append(np.linspace(below, above, STEPS).astype(np.int64), tried[place]))
