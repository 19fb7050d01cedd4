"""Stopping rules: small objects that say from a campaign's progress whether it stops, and why.

Pricing a plan asks a rule of every draw at every look. So rules that see only the last round are asked of all looks at
once, and the look at which the money is spent is found by false position.

Notation (a leading axis may hold draws or trajectories; one campaign has none):
    r       rounds measured so far, the initial set's among them; the last axis
    m, k    test items, and right answers among them, not always whole
    v       the last measured value, k ÷ m
    D, G    draws, settings of prices
    looks   number of looks, after each of which a rule is asked; also the answer "never" to "at which look?"
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import scipy

from planner.plan import Plan, Quantity
from simulations.arrays import Bools, Floats, Ints
from simulations.errors import InputError

if TYPE_CHECKING:
    from planner.decision.stopping.with_stopping_rule import Money

MONEY = frozenset({"spent_usd", "next_usd"})
"""What of `Progress` takes a bill."""

DESCRIPTIONS = {
    "test_size": "the number of test items",
    "agreement": "how far successive rounds' predictions agree (kappa, on the same items)",
    "spent_usd": "the money spent",
    "next_usd": "the price of the next round",
    "next_gain": "what the next round is expected to add",
    "p_reached": "a forecast's chance that the target is reached",
}

LEAST_RIGHT = 1e-9  # right answers: a share of 0 has no bound but 0
ROUNDING = 1e-12  # of a count of right answers, which a root may miss by so much
LEAST_USD = 1e-12  # a step of money, so that none is divided by 0


@dataclass(frozen=True, eq=False)
class Progress:
    """A campaign, or many side by side, after some rounds; None is what nobody knows.

    Attributes:
        labels: (..., r) labels in hand at each measured round, rising.
        values: (..., r) measured values, fractions.
        test_size: m; (...) or one for all.
        agreement: (..., r − 1) Cohen's kappa between the predictions of successive rounds on the same unlabelled items.
        spent_usd: (...) money spent so far.
        next_usd: (...) price of the next round.
        next_gain: (...) what the next round is expected to add to the value, a fraction.
        p_reached: (...) probability, by forecast, that the target is reached already.
    """

    labels: Floats
    values: Floats
    test_size: Floats | float | None = None
    agreement: Floats | None = None
    spent_usd: Floats | float | None = None
    next_usd: Floats | float | None = None
    next_gain: Floats | float | None = None
    p_reached: Floats | float | None = None


@dataclass(frozen=True, eq=False)
class History:
    """Campaigns in all draws over all of their looks, so that a rule can be asked of every look at once.

    Attributes:
        labels: (D, k) labels in hand at each look.
        values: (D, k) measured values.
        money: what is spent.
        test_size: m; (D,) or (1,).
        next_gain: (D, k) what the next look is expected to add.
        p_reached: (D, k) chance that the target is reached already.
    """

    labels: Floats
    values: Floats
    money: "Money"
    test_size: Floats | None = None
    next_gain: Floats | None = None
    p_reached: Floats | None = None

    @property
    def looks(self) -> int:
        """Number of looks."""
        return int(self.labels.shape[1])

    def each(self, *, paid: bool) -> Progress:
        """Give every look as a campaign of its own, (D, k) or (G, D, k): its last round, as if it were the only one.

        The money is `paid` where it is asked for, which takes longer than all else.
        """
        spent, ahead = self.money.each() if paid else (None, None)
        return Progress(
            labels=self.labels[..., None],
            values=self.values[..., None],
            test_size=None if self.test_size is None else self.test_size[:, None],
            spent_usd=spent,
            next_usd=ahead,
            next_gain=self.next_gain,
            p_reached=self.p_reached,
        )

    def paid(self, looks: Ints) -> Progress:
        """Give the money side alone, at looks of each draw's own, (..., G, D) or (..., 1, D)."""
        spent, ahead = self.money.at(looks)
        return Progress(self.labels, self.values, spent_usd=spent, next_usd=ahead)


class Rule(ABC):
    """Says from what a campaign has seen whether it stops: a pure function, with no memory of its own.

    Attributes:
        name: what the plan file calls it.
        reads: attributes of `Progress` that it cannot do without, labels and values aside.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()

    def stops(self, seen: Progress) -> Bools:
        """Say for each campaign whether it stops, (...).

        Raises:
            InputError: something that the rule reads is not known.
        """
        for name in sorted(self.reads):
            if getattr(seen, name) is None:  # it must not silently go on for ever
                raise InputError(f"stopping rule '{self.name}': needs {DESCRIPTIONS[name]}, which is not known here")
        return np.asarray(self._holds(seen), dtype=bool)

    def why(self, seen: Progress) -> str | None:
        """Say in words why one campaign stops; None where it goes on."""
        return self._reason(seen) if bool(self.stops(seen)) else None

    def at_each(self, history: History) -> Bools:
        """Say for every look whether campaigns stop there, (..., D, looks): what `stops` says after each.

        A rule that looks at more than the last round has a way of its own.
        """
        return self.stops(history.each(paid=bool(self.reads & MONEY)))

    def first(self, history: History) -> Ints:
        """Give the first look at which campaigns stop, (..., D); the number of looks where they never do."""
        holds = self.at_each(history)
        if not history.looks:
            return np.zeros(holds.shape[:-1], dtype=np.int64)
        return np.where(holds.any(axis=-1), holds.argmax(axis=-1), history.looks)

    def parts(self) -> Iterator["Rule"]:
        """Give the rules that this one is made of."""
        yield self

    @abstractmethod
    def _holds(self, seen: Progress) -> Bools: ...

    @abstractmethod
    def _reason(self, seen: Progress) -> str: ...


@dataclass(frozen=True)
class _Combined(Rule):
    """Several rules together, in the order in which they speak: how their answers combine, and that of no rule."""

    rules: tuple[Rule, ...]
    combine: ClassVar[np.ufunc]
    empty: ClassVar[bool]

    def parts(self) -> Iterator[Rule]:
        for rule in self.rules:
            yield from rule.parts()

    def at_each(self, history: History) -> Bools:
        none = np.full(history.labels.shape, self.empty)
        return np.asarray(reduce(self.combine, (rule.at_each(history) for rule in self.rules), none))

    def _holds(self, seen: Progress) -> Bools:
        return np.asarray(reduce(self.combine, (rule.stops(seen) for rule in self.rules), np.array(self.empty)))

    def _reason(self, seen: Progress) -> str:
        return " and ".join(text for rule in self.rules if (text := rule.why(seen)) is not None)


@dataclass(frozen=True)
class AnyRule(_Combined):
    """Stops where at least one of its rules does; no rule never stops."""

    name: ClassVar[str] = "any"
    combine: ClassVar[np.ufunc] = np.logical_or
    empty: ClassVar[bool] = False

    def first(self, history: History) -> Ints:
        """Give the first look of the rule that stops first."""
        # Each part may have a quicker way to its own first look than to ask at all of them.
        never = np.full(len(history.labels), history.looks)
        return np.asarray(reduce(np.minimum, (rule.first(history) for rule in self.rules), never))


@dataclass(frozen=True)
class AllRules(_Combined):
    """Stops where every one of its rules does."""

    name: ClassVar[str] = "all"
    combine: ClassVar[np.ufunc] = np.logical_and
    empty: ClassVar[bool] = True


@dataclass(frozen=True)
class Budget(Rule):
    """Stops when the money is spent, or the next round would cost more than is left."""

    budget_usd: float
    name: ClassVar[str] = "budget"
    reads: ClassVar[frozenset[str]] = frozenset({"spent_usd"})

    def at_each(self, history: History) -> Bools:
        """Say from which look on the money is spent, (..., D, looks)."""
        if not history.money.rising:
            return super().at_each(history)
        return np.asarray(np.arange(history.looks) >= self.first(history)[..., None])

    def first(self, history: History) -> Ints:
        """Find the look at which the money is spent."""
        if not history.money.rising:
            return super().first(history)
        return first_paid(self.stops, history, self.budget_usd)

    def _holds(self, seen: Progress) -> Bools:
        spent, ahead = np.asarray(seen.spent_usd, float), 0.0 if seen.next_usd is None else seen.next_usd
        return (spent >= self.budget_usd) | (spent + ahead > self.budget_usd)

    def _reason(self, seen: Progress) -> str:
        return f"the budget of {self.budget_usd:,.0f} has no room for another round"


@dataclass(frozen=True)
class LabelCount(Rule):
    """Stops when so many labels are in hand."""

    labels: float
    name: ClassVar[str] = "labels"

    def _holds(self, seen: Progress) -> Bools:
        return np.asarray(seen.labels[..., -1] >= self.labels)

    def _reason(self, seen: Progress) -> str:
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

    def _holds(self, seen: Progress) -> Bools:
        # The bound is at or above the target just where so many right answers are rare at the target.
        m = np.asarray(seen.test_size, float)
        return enough_right(np.asarray(seen.values[..., -1], float) * m, m, self.target, self.confidence)

    def _reason(self, seen: Progress) -> str:
        bound = float(lower_bound(seen.values[..., -1], np.asarray(seen.test_size, float), self.confidence))
        return f"the value is at least {bound:.4g} with {self.confidence:.0%} confidence, at or above the target"


@dataclass(frozen=True)
class TargetForecast(Rule):
    """Stops when the forecast, which pools all rounds, is so sure that the target is reached."""

    confidence: float = 0.8
    name: ClassVar[str] = "forecast"
    reads: ClassVar[frozenset[str]] = frozenset({"p_reached"})

    def _holds(self, seen: Progress) -> Bools:
        return np.asarray(seen.p_reached, float) >= self.confidence

    def _reason(self, seen: Progress) -> str:
        return f"by the forecast the target is reached already with a chance of {float(np.asarray(seen.p_reached)):.0%}"


@dataclass(frozen=True)
class Economic(Rule):
    """Stops when what the next round is expected to add is worth less than its price."""

    value_per_point_usd: float
    name: ClassVar[str] = "economic"
    reads: ClassVar[frozenset[str]] = frozenset({"next_gain", "next_usd"})

    def _holds(self, seen: Progress) -> Bools:
        return self._worth_usd(seen) < np.asarray(seen.next_usd, float)

    def _reason(self, seen: Progress) -> str:
        worth, price = float(self._worth_usd(seen)), float(np.asarray(seen.next_usd))
        return f"the next round is expected to be worth {worth:,.0f} and costs {price:,.0f}"

    def _worth_usd(self, seen: Progress) -> Floats:
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

    def _holds(self, seen: Progress) -> Bools:
        kappa = np.asarray(seen.agreement, float)
        if kappa.shape[-1] < self.rounds:
            return np.zeros(kappa.shape[:-1], dtype=bool)
        return np.asarray(kappa[..., -self.rounds :].mean(axis=-1) >= self.agreement)

    def _reason(self, seen: Progress) -> str:
        return f"predictions have settled: kappa of at least {self.agreement:g} on average over {self.rounds} rounds"


@dataclass(frozen=True)
class Plateau(Rule):
    """Stops when the best measured value has risen by less than `gain` over so many rounds.

    A larger gain or fewer rounds stop sooner; a gain below the test set's error mostly judges noise.
    """

    gain: float = 0.002
    rounds: int = 3
    name: ClassVar[str] = "plateau"

    def at_each(self, history: History) -> Bools:
        """Say where too little was gained, (D, looks)."""
        return self._is_flat(history.values)

    def _is_flat(self, values: Floats) -> Bools:
        """Say after which of the values (..., r) too little was gained."""
        back = self.rounds
        holds = np.zeros(values.shape, dtype=bool)
        if values.shape[-1] > back:
            best = np.maximum.accumulate(values, axis=-1)
            holds[..., back:] = best[..., back:] - best[..., :-back] < self.gain
        return holds

    def _holds(self, seen: Progress) -> Bools:
        return np.asarray(self._is_flat(seen.values)[..., -1])

    def _reason(self, seen: Progress) -> str:
        return f"the last {self.rounds} rounds together added less than {100 * self.gain:g} points"


def first_paid(stops: Callable[[Progress], Bools], history: History, limit_usd: float) -> Ints:
    """Give the first look at which a rule about the money spent stops campaigns, (G, D); `looks` where it never does.

    False position, as in `most_within`, but two neighbouring looks are priced at once, which ends it in half the steps:
    with one at a time, all that is asked of examples/track.toml takes 1.2 times as long (benchmarks/bench_decision.py).
    Bills never fall, and a rule that stops goes on to say so. On the limit, about where it stops, only the way depends.
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
        share = (limit_usd - under_usd) / np.maximum(over_usd - under_usd, LEAST_USD)
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


def enough_right(right: Floats, items: Floats, target: float, confidence: float) -> Bools:
    """Say where the one-sided bound below k right answers of m items is at or above a target.

    That is so from one right answer more on than the binomial quantile of the confidence at the target; less than one
    is never enough.
    """
    sizes, place = np.unique(items, return_inverse=True)
    enough = scipy.special.bdtrik(confidence, sizes, target) + 1.0
    return np.asarray(right >= (enough * (1.0 - ROUNDING))[place].reshape(items.shape))


def lower_bound(value: Floats | float, test_size: Floats | float, confidence: float) -> Floats:
    """Give the one-sided Clopper-Pearson bound below a measured share: beta.ppf(1 − confidence, k, m − k + 1).

    Exact for accuracy; for other metrics, which are no shares of test items, an approximation. The truth is above it
    with the confidence asked for.

    >>> float(lower_bound(0.93, 500, 0.9).round(4))
    0.913
    """
    m = np.asarray(test_size, float)
    k = np.asarray(value, float) * m
    return np.where(k > 0, scipy.special.betaincinv(np.maximum(k, LEAST_RIGHT), m - k + 1.0, 1.0 - confidence), 0.0)


def rule_of_plan(plan: Plan, numbers: Mapping[str, float] | None = None) -> Rule | None:
    """Build the rule that a plan names; None where it names none, and just what is needed is bought.

    Ranges count at their median: a rule is a number on which people agree beforehand. Some `numbers`, inputs by path,
    may take other values than the plan's.

    Raises:
        InputError: a rule needs something of the plan's other tables that is not there.
    """
    rules = tuple(_build_rule(plan, name, numbers or {}) for name in plan.stopping.rules)
    if not rules:
        return None
    return rules[0] if len(rules) == 1 else (AnyRule(rules) if plan.stopping.when == "any" else AllRules(rules))


def _build_rule(plan: Plan, name: str, numbers: Mapping[str, float]) -> Rule:
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
