"""The stopping rules, ten lines each.

Notation: see `planner.decision.stopping.progress`; v the last measured value, m test items.
"""

from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from planner.arrays import Bools, Floats, Ints
from planner.decision.stopping.progress import History, Seen
from planner.decision.stopping.right_answers import LEAST, enough_right
from planner.decision.stopping.rule import Rule
from planner.decision.stopping.search import first_paid
from simulations.errors import InputError


@dataclass(frozen=True)
class Budget(Rule):
    """Stops when the money is spent, or the next round would cost more than is left."""

    budget_usd: float
    name: ClassVar[str] = "budget"
    reads: ClassVar[frozenset[str]] = frozenset({"spent_usd"})
    last_only: ClassVar[bool] = True

    def _at_each(self, history: History) -> Bools:
        if not history.rising:
            return super()._at_each(history)
        return np.asarray(np.arange(history.looks) >= self.first(history)[..., None])

    def _first(self, history: History) -> Ints:
        if not history.rising:
            return super()._first(history)
        return first_paid(self.stops, history, self.budget_usd)

    def _holds(self, seen: Seen) -> Bools:
        spent, ahead = np.asarray(seen.spent_usd, float), 0.0 if seen.next_usd is None else seen.next_usd
        return (spent >= self.budget_usd) | (spent + ahead > self.budget_usd)

    def _reason(self, seen: Seen) -> str:
        return f"the budget of {self.budget_usd:,.0f} has no room for another round"


@dataclass(frozen=True)
class LabelCount(Rule):
    """Stops when so many labels are in hand."""

    labels: float
    name: ClassVar[str] = "labels"
    last_only: ClassVar[bool] = True

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(seen.labels[..., -1] >= self.labels)

    def _reason(self, seen: Seen) -> str:
        return f"{seen.labels[..., -1]:,.0f} labels are in hand, of the {self.labels:,.0f} that were to be bought"


@dataclass(frozen=True)
class TargetMeasured(Rule):
    """Stops when the measured value is at the target beyond the error of the test set.

    A higher confidence buys more labels. The bound is for one look; a campaign that looks after each round stops too
    early somewhat more often than that, which pricing the plan with the rule shows.
    """

    target: float
    confidence: float = 0.9
    name: ClassVar[str] = "target"
    reads: ClassVar[frozenset[str]] = frozenset({"test_size"})
    last_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_confidence(self.confidence)

    def _holds(self, seen: Seen) -> Bools:
        # The bound is at or above the target just where so many right answers are rare at the target.
        m = np.asarray(seen.test_size, float)
        return enough_right(np.asarray(seen.values[..., -1], float) * m, m, self.target, self.confidence)

    def _reason(self, seen: Seen) -> str:
        bound = float(lower_bound(seen.values[..., -1], np.asarray(seen.test_size, float), self.confidence))
        return f"the value is at least {bound:.4g} with {self.confidence:.0%} confidence, at or above the target"


@dataclass(frozen=True)
class TargetForecast(Rule):
    """Stops when the forecast, which pools all rounds, is so sure that the target is reached."""

    confidence: float = 0.8
    name: ClassVar[str] = "forecast"
    reads: ClassVar[frozenset[str]] = frozenset({"p_reached"})
    last_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_confidence(self.confidence)

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(seen.p_reached, float) >= self.confidence

    def _reason(self, seen: Seen) -> str:
        return f"by the forecast the target is reached already with a chance of {float(np.asarray(seen.p_reached)):.0%}"


@dataclass(frozen=True)
class Economic(Rule):
    """Stops when what the next round is expected to add is worth less than its price."""

    value_per_point_usd: float
    name: ClassVar[str] = "economic"
    reads: ClassVar[frozenset[str]] = frozenset({"next_gain", "next_usd"})
    last_only: ClassVar[bool] = True

    def _holds(self, seen: Seen) -> Bools:
        return self._worth_usd(seen) < np.asarray(seen.next_usd, float)

    def _reason(self, seen: Seen) -> str:
        worth, price = float(self._worth_usd(seen)), float(np.asarray(seen.next_usd))
        return f"the next round is expected to be worth {worth:,.0f} and costs {price:,.0f}"

    def _worth_usd(self, seen: Seen) -> Floats:
        return 100.0 * self.value_per_point_usd * np.asarray(seen.next_gain, float)


@dataclass(frozen=True)
class StablePredictions(Rule):
    """Stops when predictions no longer change: mean kappa of the last few pairs of rounds at or above a cutoff.

    Source: Bloodgood & Vijay-Shanker 2009 (kappa 0.99 over a window of three).
    """

    agreement: float = 0.99
    rounds: int = 3
    name: ClassVar[str] = "stable"
    reads: ClassVar[frozenset[str]] = frozenset({"agreement"})

    def __post_init__(self) -> None:
        _check_rounds(self.rounds)

    def _holds(self, seen: Seen) -> Bools:
        kappa = np.asarray(seen.agreement, float)
        if kappa.shape[-1] < self.rounds:
            return np.zeros(kappa.shape[:-1], dtype=bool)
        return np.asarray(kappa[..., -self.rounds :].mean(axis=-1) >= self.agreement)

    def _reason(self, seen: Seen) -> str:
        return f"predictions have settled: kappa of at least {self.agreement:g} on average over {self.rounds} rounds"


@dataclass(frozen=True)
class Plateau(Rule):
    """Stops when the best measured value has risen by less than `gain` over so many rounds.

    A larger gain or fewer rounds stop sooner; a gain below the test set's error mostly judges noise.
    """

    gain: float = 0.002
    rounds: int = 3
    name: ClassVar[str] = "plateau"

    def __post_init__(self) -> None:
        _check_rounds(self.rounds)

    def _at_each(self, history: History) -> Bools:
        values, back = history.values, self.rounds
        holds = np.zeros(values.shape, dtype=bool)
        if values.shape[-1] > back:
            best = np.maximum.accumulate(values, axis=-1)[..., :-back]
            K = values.shape[-1]
            late = reduce(np.maximum, (values[..., 1 + i : K - back + 1 + i] for i in range(back)))
            holds[..., back:] = np.maximum(late - best, 0.0) < self.gain
        return holds

    def _holds(self, seen: Seen) -> Bools:
        values = seen.values
        if values.shape[-1] <= self.rounds:
            return np.zeros(values.shape[:-1], dtype=bool)
        before = values[..., : -self.rounds].max(axis=-1)
        return np.asarray(np.maximum(values[..., -self.rounds :].max(axis=-1) - before, 0.0) < self.gain)

    def _reason(self, seen: Seen) -> str:
        return f"the last {self.rounds} rounds together added less than {100 * self.gain:g} points"


def lower_bound(value: Floats | float, test_size: Floats | float, confidence: float) -> Floats:
    """Give the one-sided Clopper-Pearson bound below a measured share: beta.ppf(1 − confidence, k, m − k + 1).

    Exact for accuracy; for other metrics, which are no shares of test items, an approximation.

    Args:
        value: (...) measured value, k ÷ m.
        test_size: (...) or one, m.
        confidence: chance that the truth is above it.

    >>> float(lower_bound(0.93, 500, 0.9).round(4))
    0.913
    """
    from scipy.special import betaincinv

    m = np.asarray(test_size, float)
    k = np.asarray(value, float) * m
    return np.where(k > 0, betaincinv(np.maximum(k, LEAST), m - k + 1.0, 1.0 - confidence), 0.0)


def _check_confidence(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise InputError(f"stopping rule: found a confidence of {confidence:g}; allowed: above 0 and below 1")


def _check_rounds(rounds: int) -> None:
    if rounds < 1:
        raise InputError(f"stopping rule: found {rounds} rounds to look back on; allowed: 1 or more")
