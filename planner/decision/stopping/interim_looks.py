"""Interim looks of a campaign that stops by a rule, and the labels it buys, on the joint draws of curves.

In each draw the campaign buys its initial set and batches, measures the value with the error of its test set, and the
rule, which sees nothing but that, stops it. What a campaign expects of its next round, and how sure it is of the
target, are conditional means over the draws given what was measured, by regression (Longstaff & Schwartz 2001, who
price a right to stop in the same way); so no draw looks ahead on its own curve.

Notation:
    D           draws
    G           settings of prices, for which the same campaigns are run at once
    n0, b       (D,) or (1,)  initial labels, batch size
    k           looks; the rule looks after the initial set and after every batch, or every few where there are many.
                At the last nothing is left to decide
    n           (D, k)  labels in hand at each look
    truth, seen (D, k)  value in hand, and as measured
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from planner.costs import price_plan
from planner.costs.terms import ONE
from planner.decision.stopping.rules import MONEY, Budget, History, Rule
from planner.plan import Draws, Plan, items_to_label, paths
from planner.plan.tables import PASSIVE
from planner.randomness import keyed_rng
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Bools, Floats, Ints
from simulations.errors import InputError

MOST_LOOKS = 300
SHARED = 0.5  # of the test set's error variance, common to all looks, as forecasts take it (planner.forecast.anchors)
PERSISTENCE = 0.75  # of the rest, from one batch to the next: neighbouring models err on the same items
"""Together looks one, two, five and ten batches apart correlate by 0.88, 0.78, 0.62 and 0.53; simulated ones by
0.77-0.95, 0.70-0.93, 0.58-0.90 and 0.43-0.86 (benchmarks/bench_looks.py)."""

DESIGN = (paths.POOL_SIZE, paths.TEST_LABELS, paths.INITIAL_LABELS, paths.BATCH_SIZE)
"""Inputs that say when a campaign looks, and at how many items."""

TEST_SETS_CACHED = 2  # settings of one plan mostly share the errors of their test sets, which are large


@dataclass(frozen=True, eq=False)
class InterimLooks:
    """One plan's campaign in all draws at once.

    Attributes:
        curves: joint draws of every plan's curve.
        values: draws of every numeric input, of which those of `DESIGN` are read.
        strategy: `random` or a strategy.
        worth: clean labels that a delivered one counts for, (D,) or (1,).
        shared: share of the test set's error that all looks have in common.
        seed: of the test set's error.
    """

    curves: TaskCurves
    values: Draws
    strategy: str
    worth: Floats
    shared: float = SHARED
    seed: int = 0
    _chances: dict[float, Floats] = field(default_factory=dict)

    @cached_property
    def cap(self) -> Floats:
        """The most labels there are to buy, (D,) or (1,)."""
        return np.maximum(items_to_label(self.values), self._first)

    @property
    def _first(self) -> Floats:
        return self.values[paths.INITIAL_LABELS]

    @property
    def items(self) -> Floats:
        """Test items, (D,) or (1,)."""
        return self.values[paths.TEST_LABELS]

    @cached_property
    def every(self) -> int:
        """Batches between two looks."""
        rounds = np.max(np.ceil((self.cap - self._first) / self.values[paths.BATCH_SIZE]))
        return max(1, int(np.ceil(rounds / (MOST_LOOKS - 1))))

    @cached_property
    def n(self) -> Floats:
        """Labels at each look, (D, k); the last is all there are."""
        step = self.every * self.values[paths.BATCH_SIZE]
        looks = int(np.max(np.ceil((self.cap - self._first) / step))) + 1
        n = self._first[:, None] + step[:, None] * np.arange(looks)
        full = np.minimum(n, self.cap[:, None])
        return np.array(np.broadcast_to(full, (self.curves.n_draws, looks)))

    @cached_property
    def truth(self) -> Floats:
        """Value in hand at each look, (D, k)."""
        x, y = self.curves.log_labels, self.curves.best
        at = self.curves.strategies.index(self.strategy)
        looked = np.log(np.maximum(self.n * np.atleast_1d(self.worth)[:, None], 1.0))
        # A draw at a time: looks are many, and each draw has its own axis.
        return np.stack([np.interp(n, *path) for n, *path in zip(looked, x[at], y[at], strict=True)])

    @cached_property
    def seen(self) -> Floats:
        """Value as measured at each look, (D, k)."""
        noise = _test_errors(self.seed, self.strategy, *self.n.shape, self.every, self.shared)
        return np.clip(self.truth + noise * self._test_sd, 0.0, 1.0)

    @cached_property
    def _test_sd(self) -> Floats:
        """Sd of the test set's error at each look, (D, k); 0 where nothing is measured."""
        items = self.items[:, None]
        return np.sqrt(self.truth * (1.0 - self.truth) / np.maximum(items, 1.0)) * (items > 0)

    @cached_property
    def next_gain(self) -> Floats:
        """What each look but the last lets expect of the next, (D, k − 1)."""
        gains, seen = np.diff(self.truth, axis=1), self.seen
        found = [conditional_mean(gains[:, k], seen[:, : k + 1]) for k in range(gains.shape[1])]
        return np.stack(found, axis=1) if found else gains

    def p_reached(self, target: float) -> Floats:
        """Give the chance, at each look but the last, that the target is reached already, (D, k − 1)."""
        if target not in self._chances:  # settings of prices share them
            there, seen = self.truth >= target, self.seen
            found = [conditional_chance(there[:, k], seen[:, k]) for k in range(there.shape[1] - 1)]
            self._chances[target] = np.stack(found, axis=1) if found else np.zeros((len(there), 0))
        return self._chances[target]

    def value_at(self, n: Floats) -> Floats:
        """Read each draw's curve at its own label count, (D,)."""
        return self.curves.value_of(self.strategy, np.maximum(n * self.worth, 1.0))


@lru_cache(maxsize=TEST_SETS_CACHED)
def _test_errors(seed: int, name: str, draws: int, looks: int, every: int, shared: float) -> Floats:
    """Draw the test set's error at each look, in units of its sd, (D, k)."""
    rng = keyed_rng(seed, "stopping", name)
    common, own = rng.standard_normal(draws), correlate_looks(rng.standard_normal((draws, looks)), PERSISTENCE**every)
    noise = np.sqrt(shared) * common[:, None] + np.sqrt(1.0 - shared) * own
    noise.setflags(write=False)
    return np.asarray(noise)


def correlate_looks(fresh: Floats, persistence: float) -> Floats:
    """Turn standard normals (D, k) into series that keep a share of themselves from look to look, variance 1."""
    series = np.ascontiguousarray(fresh.T)  # look by look in memory
    for k in range(1, len(series)):
        series[k] = persistence * series[k - 1] + np.sqrt(1.0 - persistence**2) * series[k]
    return np.ascontiguousarray(series.T)


def conditional_mean(outcome: Floats, seen: Floats) -> Floats:
    """Give the mean of an outcome (D,) given what was measured (D, k): least squares on the last value and its rise."""
    last = seen[:, -1]
    rises = [last - seen[:, -1 - back] for back in (1, 3) if seen.shape[1] > back]
    terms = [last, *rises]
    design = np.stack([np.ones_like(last), *terms, *(term**2 for term in terms)], axis=1)
    found: Floats = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return np.maximum(found, 0.0)


def conditional_chance(event: Bools, seen: Floats) -> Floats:
    """Give the chance of an event (D,) given the last measured value (D,), which it can only rise with (isotonic)."""
    from scipy.optimize import isotonic_regression

    _, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=event.astype(float)) / counts
    return np.asarray(isotonic_regression(share, weights=counts.astype(float)).x[place])


@dataclass(frozen=True, eq=False)
class RuleOutcome:
    """What stopping by a rule comes to; arrays are (G, D) where G settings were run.

    Attributes:
        labels: (D,) labels bought.
        reached: (D,) whether the target is truly reached with them.
        stopped: (D,) whether the rule stopped the campaign; else it went on to its last label.
        batches_a_look: batches between two looks of the rule.
    """

    labels: Floats
    reached: Bools
    stopped: Bools
    batches_a_look: int

    def taken(self, at: int | Ints) -> "RuleOutcome":
        """Give the outcome in one of G settings, or where there are none in some draws alone."""
        return RuleOutcome(self.labels[at], self.reached[at], self.stopped[at], self.batches_a_look)

    @classmethod
    def concat(cls, outcomes: "Sequence[RuleOutcome]") -> "RuleOutcome":
        """Concatenate the outcomes of G settings: arrays are (G, D)."""
        labels, reached, stopped = (
            np.stack([getattr(outcome, name) for outcome in outcomes]) for name in ("labels", "reached", "stopped")
        )
        return cls(labels, reached, stopped, max(outcome.batches_a_look for outcome in outcomes))


def labels_with_rule(
    curves: TaskCurves,
    plan: Plan,
    rule: Rule,
    *,
    name: str,
    values: Draws,
    target: float,
    vendor: int = 0,
    worth: Floats = ONE,
    shared: float = SHARED,
    seed: int = 0,
) -> RuleOutcome:
    """Run one plan's campaign in every draw until a rule stops it, or the whole pool is labelled.

    The vendor is the one by which rounds are priced, for rules about money; `worth` is clean labels that a delivered
    one counts for, (D,) or (1,). A smaller `shared` part of the test set's error stops more campaigns by a lucky look.

    Raises:
        InputError: the rule reads what curves cannot tell (agreement of predictions), or needs test items where the
            plan has none.
    """
    check_priceable(rule, values)
    looks = InterimLooks(curves, values, name, worth, shared, seed)
    return run_campaigns(looks, rule, target, Money(plan, values, vendor, looks)).taken(0)


@dataclass(frozen=True, eq=False)
class Money:
    """What campaigns have spent at their looks.

    Attributes:
        plan: the plan file.
        values: draws of every numeric input; those of G settings are columns (G, 1).
        vendor: index of the quote.
        looks: the campaigns.
    """

    plan: Plan
    values: Draws
    vendor: int
    looks: InterimLooks

    @property
    def rising(self) -> bool:
        """Whether more labels never cost less; with tiers they may."""
        return not self.plan.vendors[self.vendor].tiers

    def at(self, looks: Ints) -> tuple[Floats, Floats]:
        """Give the USD spent by looks (..., G, D) or (..., 1, D), and what comes before the next: (..., G, D) each."""
        spent, after = self._usd(self.looks.n[np.arange(looks.shape[-1]), np.stack([looks, looks + 1])])
        return spent, after - spent

    def each(self) -> tuple[Floats, Floats]:
        """Give both at every look but the last, (G, D, k − 1) each; prices are those of one setting."""
        usd = np.moveaxis(self._usd(self.looks.n.T[:, None]), 0, -1)
        return usd[..., :-1], np.diff(usd, axis=-1)

    def _usd(self, n: Floats) -> Floats:
        active = self.looks.strategy not in PASSIVE
        usd = price_plan(self.plan, self.values, self.vendor, n, active=active).total_usd
        return np.broadcast_to(usd, np.broadcast_shapes(usd.shape, n.shape))


def run_campaigns(looks: InterimLooks, rule: Rule, target: float, money: Money) -> RuleOutcome:
    """Run campaigns until a rule stops them: arrays (G, D), or (1, D) where no setting of prices changes the answer."""
    reads = frozenset().union(*(part.reads for part in rule.parts()))
    history = History(
        labels=looks.n[:, :-1],
        values=looks.seen[:, :-1],
        test_size=looks.items if (looks.items > 0).all() else None,
        money=money if reads & MONEY else None,
        rising=money.rising,
        next_gain=looks.next_gain if "next_gain" in reads else None,
        p_reached=looks.p_reached(target) if "p_reached" in reads else None,
    )
    first = np.atleast_2d(rule.first(history))
    bought = looks.n[np.arange(first.shape[1]), first]
    reached: dict[bytes, Bools] = {}
    for at, n in zip(first, bought, strict=True):
        # Many settings stop where others do: what is reached is read once for each way to stop.
        if at.tobytes() not in reached:
            reached[at.tobytes()] = looks.value_at(n) >= target
    there = np.stack([reached[at.tobytes()] for at in first])
    return RuleOutcome(bought, there, first < history.looks, looks.every)


def prices_at_once(rule: Rule, money: Money) -> bool:
    """Say whether a rule is asked of many settings of prices at once: where it does not have to price every look."""
    return money.rising and all(type(part) is Budget or not part.reads & MONEY for part in rule.parts())


def check_priceable(rule: Rule, values: Draws) -> None:
    """Refuse rules that read what cannot be known beforehand.

    Raises:
        InputError: see `labels_with_rule`.
    """
    for part in rule.parts():
        if "agreement" in part.reads:
            raise InputError(
                f"stopping rule '{part.name}': cannot be priced beforehand, as learning curves do not tell how far "
                "predictions agree; it can be tried on simulated campaigns"
            )
        if "test_size" in part.reads and not (values[paths.TEST_LABELS] > 0).all():
            raise InputError(f"stopping rule '{part.name}': needs test items; found test_labels = 0 in [task]")
