"""The three verdicts that a probability gives, 80% intervals, and the bars of a tornado."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.intervals import QUANTILES
from simulations.arrays import Bools, Floats

State = Literal["use_active_learning", "label_random", "too_close"]

USE_AL_FROM = 0.80
LABEL_RANDOM_TO = 0.20


def state_of(p_al_cheaper: float) -> State:
    """Say which of the three verdicts a probability gives."""
    if p_al_cheaper >= USE_AL_FROM:
        return "use_active_learning"
    if p_al_cheaper <= LABEL_RANDOM_TO:
        return "label_random"
    return "too_close"


@dataclass(frozen=True)
class Interval:
    """An 80% interval with its median; a bound is None where the draws say "never" (unreachable), not a number."""

    q10: float | None
    q50: float | None
    q90: float | None

    @classmethod
    def of(cls, draws: Floats, *, reached: Bools | None = None) -> "Interval":
        """Summarise draws of shape (n_draws,); those not `reached` sort above every number and show as None.

        Where reaching is less likely than not, no number is given at all: the low end alone would read as a promise.
        """
        ordered = np.sort(np.where(reached, draws, np.inf) if reached is not None else draws)
        picked = [ordered[min(int(q * len(ordered)), len(ordered) - 1)] for q in QUANTILES]
        if not np.isfinite(picked[1]):
            return cls(None, None, None)
        return cls(*(float(value) if np.isfinite(value) else None for value in picked))


@dataclass(frozen=True)
class SensitivityBar:
    """The usual (median) saving with one input at its low and at its high value, all others as they were drawn.

    Attributes:
        input: the input's path in the plan file, such as `vendors.0.price_usd`.
        label: what a person calls it, with its unit.
        low: the low value tried, in the input's own unit.
        high: the high value tried.
        saving_low_usd: usual saving at the low value.
        saving_high_usd: usual saving at the high value.
        flips: whether the verdict at either end differs from the verdict as planned.
        assumed: whether the swing is ours (the plan gives a single number) rather than the user's range.
    """

    input: str
    label: str
    low: float
    high: float
    saving_low_usd: float
    saving_high_usd: float
    flips: bool
    assumed: bool
