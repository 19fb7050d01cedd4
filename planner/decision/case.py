"""One plan on its joint draws: what was compared, and the same comparison with some inputs at other values.

Break-even, sensitivity, maps and the value of information all ask a case; the draws stay the same, so that differences
between two answers are differences and not noise.

Notation:
    values  input path -> (n_draws,), or (1,)     needs   plan name -> (n_draws,)
    changes input path -> (1,), (n_draws,), or (G, 1) for G settings at once, whose totals are (G, n_draws)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from planner.costs import vote_price_path
from planner.curves import TaskCurves
from planner.decision.budget import Spent, matched, spend, value_in_hand
from planner.decision.comparison import Comparison, Priced, cheapest_active, compare, recompare
from planner.decision.label_worth import LabelWorth
from planner.decision.needs import Needs
from planner.decision.ruled import agreed, by_rule, moves, ruled_plans
from planner.decision.stopping import RuleOutcome
from planner.errors import InputError
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats

Changes = Mapping[str, Floats]

STRUCTURAL = ("task.classes", "evidence.label_scale_sd", "evidence.savings_sd", "task.value_per_point_usd")
"""Inputs that change which proxies match or how far to trust them, not a price or a quantity of the plan."""

ROUNDING = 1e-9
TARGET, NEED = "task.target", "evidence.random_labels"


@dataclass(frozen=True, eq=False)
class Case:
    """A plan, its draws, and how its plans compare on them.

    Attributes:
        plan: the plan file.
        values: draws of every numeric input.
        curves: joint draws of every plan's curve.
        needs: plan name -> clean labels to the target, inf where never; all inf where there is only a budget.
        worth: what a delivered label counts for.
        target: value of the metric to reach; None where every plan spends the budget instead.
        chosen: random and every strategy as planned; at a budget random stands at the value of the chosen strategy.
        spent: every plan at the budget, where there is no target.
        stopped: plan name -> what its stopping rule lets it buy, where the plan file has a rule.
    """

    plan: Plan
    values: Draws
    curves: TaskCurves
    needs: Mapping[str, Floats]
    worth: LabelWorth
    target: float | None
    chosen: Comparison
    spent: Spent | None = None
    stopped: Mapping[str, RuleOutcome] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, found: Needs) -> "Case":
        """Compare the plans of one plan file."""
        values, curves, worth = found.values, found.curves, found.worth
        if found.target is not None:
            chosen = compare(plan, values, found.labels, worth=worth)
            case = cls(plan, values, curves, found.labels, worth, found.target, chosen)
            return case._by_rule() if plan.stopping.rules else case
        if plan.stopping.rules:
            raise InputError(
                "plan, [stopping] rules: found beside a budget that is spent whole; allowed: with a target to stop at"
            )
        spent = spend(plan, values, curves, worth=worth)
        chosen = matched(plan, values, curves, spent, worth=worth)
        return cls(plan, values, curves, found.labels, worth, None, chosen, spent)

    def _by_rule(self) -> "Case":
        """Give the case with every plan buying what the rule lets it buy, by the vendors it has; AL is chosen anew."""
        names = tuple(name for name in self.plans if name != "random")
        stopped = self._rules_at({})
        again = recompare(
            self.plan, self.values, self.needs, self.chosen, worth=self.worth, names=names, stopped=stopped
        )
        return replace(self, chosen=Comparison(again.plans, cheapest_active(again.plans)), stopped=stopped)

    def _rules_at(self, changes: Changes) -> dict[str, RuleOutcome]:
        """Run the rule again with inputs at other values; each of G settings is a campaign of its own."""
        ruled = {name: self.plans[name] for name in ruled_plans(self.plan, tuple(self.plans))}
        settings = max((len(column) for column in changes.values() if np.ndim(column) > 1), default=0)
        runs = []
        for g in range(max(settings, 1)):
            one = {path: column[g] if np.ndim(column) > 1 else column for path, column in changes.items()}
            values, plan, worth = {**self.values, **one}, agreed(self.plan, one), self._worth_at(one)
            assert self.target is not None
            target = float(values[TARGET][0]) if TARGET in changes else self.target
            runs.append(by_rule(plan, values, self.curves, target, ruled, worth=worth))
        return {name: RuleOutcome.stacked([run[name] for run in runs]) if settings else runs[0][name] for name in ruled}

    @property
    def n_draws(self) -> int:
        """Number of joint draws."""
        return self.curves.n_draws

    @property
    def plans(self) -> Mapping[str, Priced]:
        """Every plan as it is shown: at the target, or at the budget."""
        return self.chosen.plans if self.spent is None else self.spent.plans

    @property
    def vendors(self) -> tuple[int, ...]:
        """Places of the quotes that random and the chosen strategy take where they are compared."""
        return tuple(sorted({self.chosen.plans[name].vendor for name in ("random", self.chosen.al_plan)}))

    @cached_property
    def in_hand(self) -> Mapping[str, Floats]:
        """Plan name -> value of the metric that its labels have bought, (n_draws,)."""
        if self.spent is not None:
            return self.spent.values
        return {name: self._in_hand(name, priced) for name, priced in self.plans.items()}

    def _in_hand(self, name: str, priced: Priced) -> Floats:
        """Give what one plan has bought; 0 where the budget does not pay for its smallest order."""
        value = value_in_hand(self.plan, self.values, self.curves, name, priced, worth=self.worth)
        if self.plan.task.budget_usd is None:
            return value
        lines = priced.bill.lines
        spent = priced.bill.total_usd - lines["delay_usd"] - lines["failure_usd"]
        return np.where(spent <= self.values["task.budget_usd"] * (1 + ROUNDING), value, 0.0)

    def at(self, changes: Changes) -> Comparison:
        """Price random and the chosen strategy again with some inputs at other values; vendors and choice stay."""
        return self._again(changes, (self.chosen.al_plan,))

    def each_at(self, changes: Changes) -> tuple[Floats, Floats]:
        """Price G settings at once, each change a column (G, 1).

        Returns:
            (G, n_draws) savings in USD, and (G, n_draws) whether active learning is the better: 1, 0, or 0.5.
        """
        there = self.at(changes)
        shape = (max(len(np.atleast_2d(column)) for column in changes.values()), self.n_draws)
        return np.broadcast_to(there.saving_usd, shape), np.broadcast_to(there.al_better, shape)

    def all_at(self, changes: Changes) -> Comparison:
        """Price every plan again; vendors, batch sizes and choice stay. At a budget only the two compared."""
        return self._again(changes, tuple(name for name in self.chosen.plans if name != "random"))

    def priced(self, price_usd: Floats | float) -> Comparison:
        """Price both plans with their vendors charging so much for one vote; a column (G, 1) gives G prices."""
        return self.at(self.price_change(price_usd))

    def price_change(self, price_usd: Floats | float) -> Changes:
        """Give the changes that set the price of one vote with the vendors of both plans."""
        return {vote_price_path(vendor): np.atleast_1d(price_usd) for vendor in self.vendors}

    def changed(self, changes: Changes) -> "Case":
        """Compare anew, vendors, batch sizes and strategy chosen again; the changes are single settings."""
        times = self._times(changes)
        curves = self.curves if times is None else self.curves.stretched(times)
        target = float(changes[TARGET][0]) if TARGET in changes and self.target is not None else self.target
        found = Needs(target, {**self.values, **changes}, curves, self._needs_at(changes), self.worth)
        return Case.of(agreed(self.plan, changes), found)

    def thinned(self, n_draws: int) -> "Case":
        """Give the case on fewer of its draws, evenly taken, for maps that price many settings."""
        if n_draws >= self.n_draws:
            return self
        at = np.linspace(0, self.n_draws - 1, n_draws).astype(np.int64)
        values = {path: draws[at] if draws.shape[-1] > 1 else draws for path, draws in self.values.items()}
        needs = {name: need[at] for name, need in self.needs.items()}
        found = Needs(self.target, values, self.curves.taken(at), needs, self.worth)
        spent = None
        if self.spent is None:
            names = [name for name in self.plans if name != "random"]
            chosen = recompare(
                self.plan, values, needs, self.chosen, worth=self.worth, names=names, stopped=self._stopped_at(at)
            )
        else:
            spent = spend(self.plan, values, found.curves, worth=self.worth, kept=self.spent.plans)
            chosen = matched(self.plan, values, found.curves, spent, worth=self.worth, kept=self.chosen)
        stopped = self._stopped_at(at)
        return Case(self.plan, values, found.curves, needs, self.worth, self.target, chosen, spent, stopped)

    def _stopped_at(self, draws: npt.NDArray[np.int64]) -> dict[str, RuleOutcome]:
        return {name: outcome.taken(draws) for name, outcome in self.stopped.items()}

    def _again(self, changes: Changes, names: Sequence[str]) -> Comparison:
        values = {**self.values, **changes}
        if self.spent is None:
            needs = self._needs_at(changes)
            stopped = self._rules_at(changes) if self.stopped and moves(self.plan, changes) else self.stopped
            return recompare(self.plan, values, needs, self.chosen, worth=self.worth, names=names, stopped=stopped)
        al_plan = self.chosen.al_plan
        kept = {"random": self.spent.plans["random"], al_plan: self.spent.plans[al_plan]}
        worth = self._worth_at(changes)
        spent = spend(self.plan, values, self.curves, worth=worth, kept=kept)
        return matched(self.plan, values, self.curves, spent, worth=worth, kept=self.chosen)

    def _times(self, changes: Changes) -> Floats | None:
        """Give how many times the labels it was drawn with the task needs; None where the estimate is not moved."""
        return changes[NEED] / self.values[NEED] if NEED in changes and NEED in self.values else None

    def _worth_at(self, changes: Changes) -> LabelWorth:
        """Let a label be worth less where the task needs more of them: the same as other curves, settings at once."""
        times = self._times(changes)
        return self.worth if times is None else replace(self.worth, times=times)

    def _needs_at(self, changes: Changes) -> Mapping[str, Floats]:
        """Give the needs with inputs moved; only the target and the user's own estimate of the need change them."""
        needs = self.needs
        if TARGET in changes and self.target is not None:
            reach = [self.curves.labels_to_reach(float(target)) for target in np.ravel(changes[TARGET])]
            stacked = np.stack(reach) if np.ndim(changes[TARGET]) > 1 else reach[0]
            needs = {name: stacked[..., i] for i, name in enumerate(self.curves.strategies)}
        times = self._times(changes)
        return needs if times is None else {name: need * times for name, need in needs.items()}
