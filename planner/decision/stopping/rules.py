"""The stopping rules: small objects that say from a campaign's progress whether it stops, and why.

Bills are almost straight lines over looks, so that false position lands beside the answer in a step or two; every third
step halves what is left, which bounds their number whatever the bill.

Notation:
    k       looks                               D, G    draws, settings of prices
    low     (G, D)  a look at which the campaign goes on, or -1
    high    (G, D)  a later one at which it stops, or k

Notation: see `planner.decision.stopping.progress`.

Notation: see `planner.decision.stopping.progress`; v the last measured value, m test items.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from planner.arrays import Bools, Floats, Ints
from planner.decision.stopping.progress import LEAST, MONEY, CampaignView, History, check_known, enough_right
from planner.plan import Plan
from planner.plan.quantity import Quantity
from simulations.errors import InputError

_SMALLEST_USD = 1e-12


def first_paid(stops: Callable[[CampaignView], Bools], history: History, limit_usd: float) -> Ints:
    """Give the first look at which a rule about the money spent stops campaigns, (G, D); k where it never does.

    Args:
        stops: the rule, which goes on saying so once it does.
        history: campaigns whose bills never fall.
        limit_usd: about where it stops; the answer does not depend on it, only the way there.
    """
    D, k = history.labels.shape
    if k == 0:
        return np.zeros((1, D), dtype=np.int64)
    ends = history.paid(np.array([0, k - 1])[:, None, None] + np.zeros((1, D), dtype=np.int64))
    over, usd = stops(ends), np.asarray(ends.spent_usd) + np.asarray(ends.next_usd)
    low = np.where(over[0], -1, np.where(over[1], 0, k - 1))
    high = np.where(over[0], 0, np.where(over[1], k - 1, k))
    under_usd, over_usd = usd[0], usd[1]
    step = 0
    while ((left := high - low) > 1).any():
        share = (limit_usd - under_usd) / np.maximum(over_usd - under_usd, _SMALLEST_USD)
        share = np.where(step % 3 == 2, 0.5, np.clip(share, 0.0, 1.0))
        guess = np.clip(low + np.floor(share * left).astype(np.int64), low + 1, high - 1)
        both = np.clip(np.stack([guess, guess + 1]), 0, k - 1)
        seen = history.paid(both)
        over, usd = stops(seen), np.asarray(seen.spent_usd) + np.asarray(seen.next_usd)
        for at, past, sum_usd in zip(both, over, usd, strict=True):
            inside = (low < at) & (at < high)
            low, under_usd = (np.where(inside & ~past, new, old) for new, old in ((at, low), (sum_usd, under_usd)))
            high, over_usd = (np.where(inside & past, new, old) for new, old in ((at, high), (sum_usd, over_usd)))
        step += 1
    return np.asarray(high)


class Rule(ABC):
    """Says from what a campaign has seen whether it stops: a pure function, with no memory of its own.

    Attributes:
        name: what the plan file calls it.
        reads: attributes of `Progress` that it cannot do without, labels and values aside.
        last_only: whether of all rounds it looks at the last alone, so that every look can be asked at once.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()
    last_only: ClassVar[bool] = False

    def stops(self, seen: CampaignView) -> Bools:
        """Say for each campaign whether it stops, (...).

        Raises:
            InputError: something that the rule reads is not known.
        """
        check_known(seen, self.reads, self.name)
        return np.asarray(self._holds(seen), dtype=bool)

    def why(self, seen: CampaignView) -> str | None:
        """Say in words why one campaign stops; None where it goes on."""
        return self._reason(seen) if bool(self.stops(seen)) else None

    def at_each(self, history: History) -> Bools:
        """Say for every look whether campaigns stop there, (..., D, k): what `stops` says after each.

        Raises:
            InputError: something that the rule reads is not known.
        """
        return self._at_each(history)

    def first(self, history: History) -> Ints:
        """Give the first look at which campaigns stop, (..., D); k where they never do.

        Raises:
            InputError: something that the rule reads is not known.
        """
        return self._first(history)

    def _at_each(self, history: History) -> Bools:
        if self.last_only:
            return self.stops(history.each(paid=bool(self.reads & MONEY)))
        found = [self.stops(history.until(look)) for look in range(history.looks)]
        return np.stack(found, axis=-1) if found else np.zeros((*history.labels.shape,), dtype=bool)

    def _first(self, history: History) -> Ints:
        holds = self.at_each(history)
        if not history.looks:
            return np.zeros(holds.shape[:-1], dtype=np.int64)
        return np.where(holds.any(axis=-1), holds.argmax(axis=-1), history.looks)

    def parts(self) -> Iterator["Rule"]:
        """Give the rules that this one is made of."""
        yield self

    def __or__(self, other: "Rule") -> "Any":
        return Any((self, other))

    def __and__(self, other: "Rule") -> "All":
        return All((self, other))

    @abstractmethod
    def _holds(self, seen: CampaignView) -> Bools: ...

    @abstractmethod
    def _reason(self, seen: CampaignView) -> str: ...


@dataclass(frozen=True)
class _Combined(Rule):
    """Several rules together, in the order in which they speak."""

    rules: tuple[Rule, ...]

    def parts(self) -> Iterator[Rule]:
        for rule in self.rules:
            yield from rule.parts()

    def _reason(self, seen: CampaignView) -> str:
        return " and ".join(text for rule in self.rules if (text := rule.why(seen)) is not None)


@dataclass(frozen=True)
class Any(_Combined):
    """Stops where at least one of its rules does; no rule never stops."""

    name: ClassVar[str] = "any"

    def _at_each(self, history: History) -> Bools:
        never = np.zeros(history.labels.shape, dtype=bool)
        return np.asarray(reduce(np.logical_or, (rule.at_each(history) for rule in self.rules), never))

    def _first(self, history: History) -> Ints:
        # Each part may have a quicker way to its own first look than to ask at all of them.
        never = np.full(len(history.labels), history.looks)
        return np.asarray(reduce(np.minimum, (rule.first(history) for rule in self.rules), never))

    def _holds(self, seen: CampaignView) -> Bools:
        return np.asarray(reduce(np.logical_or, (rule.stops(seen) for rule in self.rules), np.array(False)))


@dataclass(frozen=True)
class All(_Combined):
    """Stops where every one of its rules does."""

    name: ClassVar[str] = "all"

    def _at_each(self, history: History) -> Bools:
        always = np.ones(history.labels.shape, dtype=bool)
        return np.asarray(reduce(np.logical_and, (rule.at_each(history) for rule in self.rules), always))

    def _holds(self, seen: CampaignView) -> Bools:
        return np.asarray(reduce(np.logical_and, (rule.stops(seen) for rule in self.rules), np.array(True)))


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

    def _holds(self, seen: CampaignView) -> Bools:
        spent, ahead = np.asarray(seen.spent_usd, float), 0.0 if seen.next_usd is None else seen.next_usd
        return (spent >= self.budget_usd) | (spent + ahead > self.budget_usd)

    def _reason(self, seen: CampaignView) -> str:
        return f"the budget of {self.budget_usd:,.0f} has no room for another round"


@dataclass(frozen=True)
class LabelCount(Rule):
    """Stops when so many labels are in hand."""

    labels: float
    name: ClassVar[str] = "labels"
    last_only: ClassVar[bool] = True

    def _holds(self, seen: CampaignView) -> Bools:
        return np.asarray(seen.labels[..., -1] >= self.labels)

    def _reason(self, seen: CampaignView) -> str:
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

    def _holds(self, seen: CampaignView) -> Bools:
        # The bound is at or above the target just where so many right answers are rare at the target.
        m = np.asarray(seen.test_size, float)
        return enough_right(np.asarray(seen.values[..., -1], float) * m, m, self.target, self.confidence)

    def _reason(self, seen: CampaignView) -> str:
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

    def _holds(self, seen: CampaignView) -> Bools:
        return np.asarray(seen.p_reached, float) >= self.confidence

    def _reason(self, seen: CampaignView) -> str:
        return f"by the forecast the target is reached already with a chance of {float(np.asarray(seen.p_reached)):.0%}"


@dataclass(frozen=True)
class Economic(Rule):
    """Stops when what the next round is expected to add is worth less than its price."""

    value_per_point_usd: float
    name: ClassVar[str] = "economic"
    reads: ClassVar[frozenset[str]] = frozenset({"next_gain", "next_usd"})
    last_only: ClassVar[bool] = True

    def _holds(self, seen: CampaignView) -> Bools:
        return self._worth_usd(seen) < np.asarray(seen.next_usd, float)

    def _reason(self, seen: CampaignView) -> str:
        worth, price = float(self._worth_usd(seen)), float(np.asarray(seen.next_usd))
        return f"the next round is expected to be worth {worth:,.0f} and costs {price:,.0f}"

    def _worth_usd(self, seen: CampaignView) -> Floats:
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

    def _holds(self, seen: CampaignView) -> Bools:
        kappa = np.asarray(seen.agreement, float)
        if kappa.shape[-1] < self.rounds:
            return np.zeros(kappa.shape[:-1], dtype=bool)
        return np.asarray(kappa[..., -self.rounds :].mean(axis=-1) >= self.agreement)

    def _reason(self, seen: CampaignView) -> str:
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

    def _holds(self, seen: CampaignView) -> Bools:
        values = seen.values
        if values.shape[-1] <= self.rounds:
            return np.zeros(values.shape[:-1], dtype=bool)
        before = values[..., : -self.rounds].max(axis=-1)
        return np.asarray(np.maximum(values[..., -self.rounds :].max(axis=-1) - before, 0.0) < self.gain)

    def _reason(self, seen: CampaignView) -> str:
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


def rule_of_plan(plan: Plan, numbers: Mapping[str, float] | None = None) -> Rule | None:
    """Build the rule that a plan names; None where it names none, and just what is needed is bought.

    Ranges count at their median: a rule is a number on which people agree beforehand.

    Args:
        plan: the plan file.
        numbers: inputs of it, by path, that are to have another value.

    Raises:
        InputError: a rule needs something of the plan's other tables that is not there.
    """
    rules = tuple(_rule(plan, name, numbers or {}) for name in plan.stopping.rules)
    if not rules:
        return None
    return rules[0] if len(rules) == 1 else (Any(rules) if plan.stopping.when == "any" else All(rules))


def _rule(plan: Plan, name: str, numbers: Mapping[str, float]) -> Rule:
    def number(table: str, key: str) -> float:
        quantity: Quantity | None = getattr(getattr(plan, table), key)
        if quantity is None:
            raise InputError(f"plan, [stopping] rules: found '{name}'; allowed: together with [{table}] {key}")
        return numbers.get(f"{table}.{key}", quantity.median)

    match name:
        case "target":
            return TargetMeasured(number("task", "target"), number("stopping", "confidence"))
        case "forecast":
            number("task", "target")
            return TargetForecast(number("stopping", "confidence"))
        case "labels":
            return LabelCount(number("stopping", "labels"))
        case "budget":
            return Budget(number("task", "budget_usd"))
        case "economic":
            return Economic(number("task", "value_per_point_usd"))
        case "stable":
            return StablePredictions(number("stopping", "agreement"), round(number("stopping", "rounds")))
        case _:
            return Plateau(number("stopping", "gain"), round(number("stopping", "rounds")))
