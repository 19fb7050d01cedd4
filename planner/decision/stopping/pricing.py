"""How many labels a campaign buys that stops by a rule, on the joint draws of curves: a plan priced with its own rule.

In each draw the campaign buys its initial set and batches, measures the value with the error of its test set, and the
rule, which sees nothing but that, stops it. What a campaign expects of its next round, and how sure it is of the
target, are conditional means over the draws given what was measured, by regression (Longstaff & Schwartz 2001, who
price a right to stop in the same way); so no draw looks ahead on its own curve.

Notation:
    D   draws            n0, b    initial labels, batch size, (D,) or (1,)
    k   looks; the rule looks after the initial set and after every batch, or every few where there are many
    n   (D, k)  labels in hand at each look            truth, seen   (D, k)  value in hand, and as measured
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from planner.costs import price_plan
from planner.costs.terms import ONE
from planner.curves import TaskCurves
from planner.curves.randomness import keyed_rng
from planner.decision.stopping.progress import Bools, Floats, Progress
from planner.decision.stopping.rule import Rule
from planner.errors import InputError
from planner.plan import Draws, Plan
from planner.plan.tables import PASSIVE

__all__ = ["MOST_LOOKS", "RuleOutcome", "labels_with_rule"]

MOST_LOOKS = 300
SHARED = 0.5  # of the test set's error variance, common to all looks, as forecasts take it (planner.curves.anchors)
PERSISTENCE = 0.75  # of the rest, from one batch to the next: neighbouring models err on the same items
"""Together looks one, two, five and ten batches apart correlate by 0.88, 0.78, 0.62 and 0.53; simulated ones by
0.77-0.95, 0.70-0.93, 0.58-0.90 and 0.43-0.86 (benchmarks/bench_looks.py)."""


@dataclass(frozen=True, eq=False)
class RuleOutcome:
    """What stopping by a rule comes to.

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

    def taken(self, draws: npt.NDArray[np.int64]) -> "RuleOutcome":
        """Give the outcome in some draws alone."""
        return RuleOutcome(self.labels[draws], self.reached[draws], self.stopped[draws], self.batches_a_look)

    @classmethod
    def stacked(cls, outcomes: "Sequence[RuleOutcome]") -> "RuleOutcome":
        """Put the outcomes of G settings over each other: arrays are (G, D)."""
        labels, reached, stopped = (
            np.stack([getattr(one, name) for one in outcomes]) for name in ("labels", "reached", "stopped")
        )
        return cls(labels, reached, stopped, max(one.batches_a_look for one in outcomes))


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
    """Run one plan's campaign in every draw until a rule stops it.

    Args:
        curves: joint draws of every plan's curve.
        plan: the plan file.
        rule: what stops the campaign, besides having labelled the whole pool.
        name: `random` or a strategy.
        values: draws of every numeric input; the initial set, the batch and the test labels are read from them.
        target: value of the metric to reach.
        vendor: index of the quote by which rounds are priced, for rules about money.
        worth: clean labels that a delivered one counts for, (D,) or (1,).
        shared: share of the test set's error that all looks have in common, from 0 to 1; smaller stops more campaigns
            by a lucky look.
        seed: of the test set's error.

    Raises:
        InputError: the rule reads what curves cannot tell (agreement of predictions), or needs test items where the
            plan has none.
    """
    _check_priceable(rule, values)
    campaign = _Campaign(curves, plan, values, name, vendor, worth, name not in PASSIVE)
    D, looks = curves.n_draws, campaign.n.shape[1]
    rng = keyed_rng(seed, "stopping", name)
    common, own = rng.standard_normal(D), _persistent(rng.standard_normal((D, looks)), PERSISTENCE**campaign.every)
    noise = np.sqrt(shared) * common[:, None] + np.sqrt(1.0 - shared) * own
    seen = np.clip(campaign.truth + noise * campaign.test_sd, 0.0, 1.0)
    bought, stopped = campaign.n[:, -1].copy(), np.zeros(D, dtype=bool)
    for k in range(looks - 1):
        now = rule.stops(campaign.progress(k, seen, target, rule)) & ~stopped
        bought[now], stopped = campaign.n[now, k], stopped | now
        if stopped.all():
            break
    return RuleOutcome(bought, campaign.value_at(bought) >= target, stopped, campaign.every)


@dataclass(frozen=True, eq=False)
class _Campaign:
    """One plan's campaign in all draws at once."""

    curves: TaskCurves
    plan: Plan
    values: Draws
    strategy: str
    vendor: int
    worth: Floats
    active: bool

    @cached_property
    def cap(self) -> Floats:
        """The most labels there are to buy, (D,) or (1,)."""
        return np.maximum(self.values["task.pool_size"] - self.values["task.test_labels"], self.first)

    @property
    def first(self) -> Floats:
        return self.values["strategy.initial_labels"]

    @cached_property
    def every(self) -> int:
        """Batches between two looks."""
        rounds = np.max(np.ceil((self.cap - self.first) / self.values["strategy.batch_size"]))
        return max(1, int(np.ceil(rounds / (MOST_LOOKS - 1))))

    @cached_property
    def n(self) -> Floats:
        """Labels at each look, (D, k); the last is all there are."""
        step = self.every * self.values["strategy.batch_size"]
        looks = int(np.max(np.ceil((self.cap - self.first) / step))) + 1
        n = self.first[:, None] + step[:, None] * np.arange(looks)
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

    def value_at(self, n: Floats) -> Floats:
        """Read each draw's curve at its own label count, (D,)."""
        return self.curves.value_of(self.strategy, np.maximum(n * self.worth, 1.0))

    @cached_property
    def test_sd(self) -> Floats:
        """Sd of the test set's error at each look, (D, k); 0 where nothing is measured."""
        items = self.values["task.test_labels"][:, None]
        return np.sqrt(self.truth * (1.0 - self.truth) / np.maximum(items, 1.0)) * (items > 0)

    @cached_property
    def usd(self) -> Floats:
        """Money spent by each look, (k, D): all looks are priced at once."""
        bill = price_plan(self.plan, self.values, self.vendor, self.n.T, active=self.active)
        return np.broadcast_to(bill.total_usd, self.n.T.shape)

    def progress(self, k: int, seen: Floats, target: float, rule: Rule) -> Progress:
        """Give what each campaign has seen up to a look; only what the rule reads is worked out."""
        reads = frozenset().union(*(part.reads for part in rule.parts()))
        money = bool(reads & {"spent_usd", "next_usd"})
        spent = self.usd[k] if money else None
        gain = self.truth[:, k + 1] - self.truth[:, k]
        return Progress(
            labels=self.n[:, : k + 1],
            values=seen[:, : k + 1],
            test_size=self.values["task.test_labels"] if (self.values["task.test_labels"] > 0).all() else None,
            spent_usd=spent,
            next_usd=self.usd[k + 1] - spent if spent is not None else None,
            next_gain=expected(gain, seen[:, : k + 1]) if "next_gain" in reads else None,
            p_reached=chance(self.truth[:, k] >= target, seen[:, k]) if "p_reached" in reads else None,
        )


def _persistent(fresh: Floats, persistence: float) -> Floats:
    """Turn standard normals (D, k) into series that keep a share of themselves from look to look, variance 1."""
    series = fresh.copy()
    for k in range(1, fresh.shape[1]):
        series[:, k] = persistence * series[:, k - 1] + np.sqrt(1.0 - persistence**2) * fresh[:, k]
    return series


def expected(outcome: Floats, seen: Floats) -> Floats:
    """Give the mean of an outcome (D,) given what was measured (D, k): least squares on the last value and its rise."""
    last = seen[:, -1]
    rises = [last - seen[:, -1 - back] for back in (1, 3) if seen.shape[1] > back]
    terms = [last, *rises]
    design = np.stack([np.ones_like(last), *terms, *(term**2 for term in terms)], axis=1)
    found: Floats = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return np.maximum(found, 0.0)


def chance(event: Bools, seen: Floats) -> Floats:
    """Give the chance of an event (D,) given the last measured value (D,), which it can only rise with (isotonic)."""
    from scipy.optimize import isotonic_regression

    _, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=event.astype(float)) / counts
    return np.asarray(isotonic_regression(share, weights=counts.astype(float)).x[place])


def _check_priceable(rule: Rule, values: Draws) -> None:
    for part in rule.parts():
        if "agreement" in part.reads:
            raise InputError(
                f"stopping rule '{part.name}': cannot be priced beforehand, as learning curves do not tell how far "
                "predictions agree; it can be tried on simulated campaigns"
            )
        if "test_size" in part.reads and not (values["task.test_labels"] > 0).all():
            raise InputError(f"stopping rule '{part.name}': needs test items; found test_labels = 0 in [task]")
