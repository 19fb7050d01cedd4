"""The call by expected cost, 80% intervals, and the bars of a tornado.

Notation:
    s   (n_draws,)  what active learning is ahead of random labelling in each future: USD saved at a target, value of
                    the metric gained at a budget
    a   E[max(0, s)], and b = E[max(0, −s)]: a − b is the mean of s, and the smaller of the two the expected loss of the
        option that is ahead on average, against knowing in each future which is (its EVPI between the two)
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from planner.intervals import QUANTILES
from simulations.arrays import Bools, Floats

State = Literal["use_active_learning", "label_random", "too_close"]

SURE = 0.80  # a chance from which on something counts as sure
USE_AL_FROM, LABEL_RANDOM_TO = 2 / 3, 1 / 3  # shares of what is at stake, where min(a, b) = |a − b|
RARELY_DECIDED = 0.5  # share of futures that neither option reaches, above which there is nothing to choose


@dataclass(frozen=True)
class Call:
    """The option that is ahead on average, unless more can still be lost by it than it is expected to save.

    Attributes:
        ahead: a, in USD, or a fraction of the metric at a budget.
        behind: b, likewise.
        p_unreachable: share of futures in which neither option reaches the target.

    Examples:
        >>> [Call(a, b).state for a, b in ((20.0, 10.0), (19.0, 10.0), (10.0, 20.0), (0.0, 0.0))]
        ['use_active_learning', 'too_close', 'label_random', 'too_close']
    """

    ahead: float
    behind: float
    p_unreachable: float = 0.0

    @property
    def expected(self) -> float:
        """Mean of s; below 0 random labelling is the better on average."""
        return self.ahead - self.behind

    @property
    def expected_loss(self) -> float:
        """What is lost on average by taking the option that is ahead on average; at least 0."""
        return min(self.ahead, self.behind)

    @property
    def share(self) -> float:
        """Share of all that is at stake which active learning would win: above a half it is ahead on average."""
        at_stake = self.ahead + self.behind
        return self.ahead / at_stake if at_stake > 0 and self.p_unreachable <= RARELY_DECIDED else 0.5

    @property
    def state(self) -> State:
        """The verdict."""
        if self.share >= USE_AL_FROM:
            return "use_active_learning"
        return "label_random" if self.share <= LABEL_RANDOM_TO else "too_close"


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
    """The expected (mean) saving, or gain at a budget, with one input at its low and at its high value.

    Attributes:
        input: the input's path in the plan file, such as `vendors.0.price_usd`.
        label: what a person calls it, with its unit.
        low: the low value tried, in the input's own unit; high likewise.
        expected_low: expected saving at the low value, in USD; at a budget the value gained, a fraction.
        flips: whether the verdict at either end differs from the verdict as planned.
        assumed: whether the swing is ours (the plan gives a single number) rather than the user's range.
    """

    input: str
    label: str
    low: float
    high: float
    expected_low: float
    expected_high: float
    flips: bool
    assumed: bool

    def to_dict(self, *, at_target: bool) -> dict[str, Any]:
        """Give the bar as the JSON contract writes it: savings at a target, gains at a budget."""
        names = ("saving_low_usd", "saving_high_usd") if at_target else ("gain_low", "gain_high")
        told = dict(zip(("expected_low", "expected_high"), names, strict=True))
        return {told.get(key, key): value for key, value in vars(self).items()}
