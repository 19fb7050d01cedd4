"""How many labels a campaign buys that stops by a rule, on the joint draws of curves: a plan priced with its own rule.

In each draw the campaign buys its initial set and batches, measures the value with the error of its test set, and the
rule, which sees nothing but that, stops it. What a campaign expects of its next round, and how sure it is of the
target, are conditional means over the draws given what was measured, by regression (Longstaff & Schwartz 2001, who
price a right to stop in the same way); so no draw looks ahead on its own curve.

Notation:
    D   draws            k   looks (`planner.decision.stopping.looks`); at the last nothing is left to decide
    G   settings of prices, for which the same campaigns are run at once
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Bools, Floats, Ints
from planner.costs import price_plan
from planner.costs.terms import ONE
from planner.curves import TaskCurves
from planner.decision.stopping.looks import SHARED, Looks
from planner.decision.stopping.progress import MONEY, History
from planner.decision.stopping.rule import Rule
from planner.decision.stopping.rules import Budget
from planner.plan import Draws, Plan, paths
from planner.plan.tables import PASSIVE
from simulations.errors import InputError


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

    def taken(self, draws: npt.NDArray[np.int64]) -> "RuleOutcome":
        """Give the outcome in some draws alone."""
        return RuleOutcome(self.labels[draws], self.reached[draws], self.stopped[draws], self.batches_a_look)

    def setting(self, g: int) -> "RuleOutcome":
        """Give the outcome in one of G settings."""
        return RuleOutcome(self.labels[g], self.reached[g], self.stopped[g], self.batches_a_look)

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
    check_priceable(rule, values)
    looks = Looks(curves, values, name, worth, shared, seed)
    return run(looks, rule, target, Money(plan, values, vendor, looks)).setting(0)


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
    looks: Looks

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


def run(looks: Looks, rule: Rule, target: float, money: Money) -> RuleOutcome:
    """Run campaigns until a rule stops them.

    Args:
        looks: the campaigns.
        rule: what stops them.
        target: value of the metric to reach.
        money: what they spend, in each setting of prices.

    Returns:
        Arrays (G, D), or (1, D) where no setting of prices changes the answer.
    """
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
