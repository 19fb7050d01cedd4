"""One plan on its joint draws: its comparison, and the same comparison with some inputs at other values.

Break-even, sensitivity, maps and the value of information all ask a case; the draws stay the same, so that differences
between two answers are differences and not noise. What follows from another value, the edited plan file would have too
(`planner.decision.structural_inputs`).

Notation:
    values  input path -> (n_draws,), or (1,)     needs   plan name -> (n_draws,)
    changes input path -> (1,), (n_draws,), or (G, 1) for G settings at once, whose totals are (G, n_draws)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from planner.costs import vote_price_path
from planner.decision.budget import Spent, match_random, spend_budget, value_in_hand
from planner.decision.comparison import (
    Comparison,
    Part,
    Priced,
    batch_sizes,
    cheapest_active,
    compare,
    concat,
    recompare,
)
from planner.decision.labels_required import LabelEquivalence, LabelsRequired
from planner.decision.load_curves import describe
from planner.decision.stopping.interim_looks import RuleOutcome
from planner.decision.stopping.with_stopping_rule import RuledPlans, may_move_rule, plans_with_rule, with_agreed_numbers
from planner.decision.structural_inputs import SHAPING, Changes, StructuralInput, reshapes
from planner.plan import Draws, Plan, paths
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats
from simulations.errors import InputError

STRUCTURAL = (
    paths.CLASSES,
    paths.LABEL_SCALE_SD,
    paths.SAVINGS_SD,
    paths.VALUE_PER_POINT_USD,
    paths.IMBALANCE,
    paths.RANDOM_VALUE,
)
"""Inputs that change which proxies match, where curves lie or how far to trust them, not a price or a quantity."""

ROUNDING = 1e-9


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
    worth: LabelEquivalence
    target: float | None
    chosen: Comparison
    spent: Spent | None = None
    stopped: Mapping[str, RuleOutcome] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, found: LabelsRequired) -> "Case":
        """Compare the plans of one plan file."""
        values, curves, worth = found.values, found.curves, found.worth
        if found.target is not None:
            chosen = compare(plan, values, found.labels, worth=worth)
            case = cls(plan, values, curves, found.labels, worth, found.target, chosen)
            return case._with_stopping_rule() if plan.stopping.rules else case
        if plan.stopping.rules:
            raise InputError(
                "plan, [stopping] rules: found beside a budget that is spent whole; allowed: with a target to stop at"
            )
        spent = spend_budget(plan, values, curves, worth=worth)
        chosen = match_random(plan, values, curves, spent, worth=worth)
        return cls(plan, values, curves, found.labels, worth, None, chosen, spent)

    def _with_stopping_rule(self) -> "Case":
        """Give the case with every plan buying what the rule lets it buy, by the vendors it has; AL is chosen anew."""
        names = tuple(name for name in self.plans if name != "random")
        stopped = self._ruled.at({}, tuple(self.plans))
        again = recompare(
            self.plan, self.values, self.needs, self.chosen, worth=self.worth, names=names, stopped=stopped
        )
        return replace(self, chosen=Comparison(again.plans, cheapest_active(again.plans)), stopped=stopped)

    @cached_property
    def _ruled(self) -> RuledPlans:
        """The plans that stop by the rule, with the campaigns that its settings share."""
        assert self.target is not None
        plans = {name: self.plans[name] for name in plans_with_rule(self.plan, tuple(self.plans))}
        return RuledPlans(self.plan, self.values, self.curves, self.target, plans, self.worth)

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
        return {name: self._value_in_hand(name, priced) for name, priced in self.plans.items()}

    def _value_in_hand(self, name: str, priced: Priced) -> Floats:
        """Give what one plan has bought; 0 where the budget does not pay for its smallest order."""
        value = value_in_hand(self.plan, self.values, self.curves, name, priced, worth=self.worth)
        if self.plan.task.budget_usd is None:
            return value
        lines = priced.bill.lines
        spent = priced.bill.total_usd - lines["delay_usd"] - lines["failure_usd"]
        return np.where(spent <= self.values[paths.BUDGET_USD] * (1 + ROUNDING), value, 0.0)

    def at(self, changes: Changes) -> Comparison:
        """Price random and the chosen strategy again with some inputs at other values; vendors and choice stay."""
        return self._reprice(changes, (self.chosen.al_plan,))

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
        return self._reprice(changes, tuple(name for name in self.chosen.plans if name != "random"))

    def price_change(self, price_usd: Floats | float) -> Changes:
        """Give the changes that set the price of one vote with the vendors of both plans."""
        return {vote_price_path(vendor): np.atleast_1d(price_usd) for vendor in self.vendors}

    def changed(self, changes: Changes) -> "Case":
        """Compare anew, vendors, batch sizes and strategy chosen again; the changes are single settings."""
        shaping = {path: x for path, x in changes.items() if path in SHAPING}
        there = replace(self, plan=with_agreed_numbers(self.plan, changes))._reshaped(
            shaping, tuple(self.needs), whole=True
        )
        found = LabelsRequired(there.target, {**there.values, **changes}, there.curves, there.needs, self.worth)
        return Case.of(there.plan, found)

    def shaped_by(self, *inputs: str) -> bool:
        """Say whether other values of some inputs do more than to change bills, which takes longer to answer."""
        end = self.curves.end
        begins = end is not None and end.own_first
        return any(reshapes(self.plan, path, ends=end is not None, begins=begins) for path in inputs)

    def thinned(self, n_draws: int) -> "Case":
        """Give the case on fewer of its draws, evenly taken, for maps that price many settings."""
        if n_draws >= self.n_draws:
            return self
        at = np.linspace(0, self.n_draws - 1, n_draws).astype(np.int64)
        values = {path: draws[at] if draws.shape[-1] > 1 else draws for path, draws in self.values.items()}
        needs = {name: need[at] for name, need in self.needs.items()}
        curves = self.curves.taken(at)
        spent, stopped = None, {name: outcome.taken(at) for name, outcome in self.stopped.items()}
        if self.spent is None:
            names = [name for name in self.plans if name != "random"]
            chosen = recompare(self.plan, values, needs, self.chosen, worth=self.worth, names=names, stopped=stopped)
        else:
            spent = spend_budget(self.plan, values, curves, worth=self.worth, kept=self.spent.plans)
            chosen = match_random(self.plan, values, curves, spent, worth=self.worth, kept=self.chosen)
        return Case(self.plan, values, curves, needs, self.worth, self.target, chosen, spent, stopped)

    def _reprice(self, changes: Changes, names: Sequence[str]) -> Comparison:
        """Price plans again; settings that differ in nothing but numbers of the bill are priced at once."""
        shaping = [path for path in changes if self.shaped_by(path)]
        if not shaping:
            return self._price(changes, names)
        G = max((len(column) for column in changes.values() if np.ndim(column) > 1), default=0)
        rows: dict[tuple[bytes, ...], list[int]] = {}
        for g in range(G or 1):
            rows.setdefault(tuple(_row(changes[path], g).tobytes() for path in shaping), []).append(g)
        shaped = [
            (at, self._reshaped({path: _row(changes[path], at[0]) for path in shaping}, ("random", *names)))
            for at in rows.values()
        ]
        others = {path: column for path, column in changes.items() if path not in shaping}
        if not G:
            return shaped[0][1]._price(others, names, again=True)
        found = [self._price_group(group, others, names, {*shaping}) for group in self._groups_at_once(shaped)]
        return found[0][1] if len(found) == 1 and found[0][0] == list(range(G)) else concat(found, G)

    def _groups_at_once(self, shaped: "list[Shaped]") -> "Iterable[list[Shaped]]":
        """Group settings that can be priced at once: at a target, without a rule, and with the same batches to try."""
        if self.spent is not None or self.stopped:
            return [[setting] for setting in shaped]
        groups: dict[tuple[float, ...], list[Shaped]] = {}
        for at, there in shaped:
            sizes = batch_sizes(there.plan)
            groups.setdefault(() if sizes is None else tuple(sizes.tolist()), []).append((at, there))
        return groups.values()

    def _price_group(self, group: "list[Shaped]", others: Changes, names: Sequence[str], shaping: set[str]) -> Part:
        """Price settings of one group, each with its own needs."""
        rows = [g for at, _ in group for g in at]
        changes = {path: _rows(column, rows) for path, column in others.items()}
        there = group[0][1]
        if len(group) == 1:
            return rows, there._price(changes, names, again=True)
        each = [case for at, case in group for _ in at]
        # Where the precision of the test is given, its labels follow.
        shaped = {
            path: np.stack([case.values[path] for case in each])
            for path in {*shaping, paths.TEST_LABELS} - {paths.RANDOM_LABELS}
        }
        needs = {name: np.stack([case.needs[name] for case in each]) for name in ("random", *names)}
        return rows, replace(there, needs=needs)._price({**changes, **shaped}, names)

    def _price(self, changes: Changes, names: Sequence[str], *, again: bool = False) -> Comparison:
        """Price plans with changes that leave needs and curves as they are; `again` runs a stopping rule anew."""
        values = {**self.values, **changes}
        if self.spent is None:
            moved = self.stopped and (again or may_move_rule(self.plan, changes))
            stopped = self._ruled.at(changes, ("random", *names)) if moved else self.stopped
            return recompare(self.plan, values, self.needs, self.chosen, worth=self.worth, names=names, stopped=stopped)
        al_plan = self.chosen.al_plan
        kept = {"random": self.spent.plans["random"], al_plan: self.spent.plans[al_plan]}
        spent = spend_budget(self.plan, values, self.curves, worth=self.worth, kept=kept)
        return match_random(self.plan, values, self.curves, spent, worth=self.worth, kept=self.chosen)

    def _reshaped(self, changes: Changes, names: Sequence[str], *, whole: bool = False) -> "Case":
        """Give the case with one setting of inputs of `SHAPING`, nothing priced anew: the plan, its draws and needs.

        Only the needs of some plans are read, and the curves only where the `whole` is wanted or they are needed.
        """
        shape = StructuralInput.of(self.plan, self.values, changes)
        target = shape.target if paths.TARGET in changes and self.target is not None else self.target
        there = replace(self, plan=shape.plan, values=shape.values, target=target)
        if shape.times is None and shape.pool is None and shape.first is None and target == self.target:
            return there
        curves = self.curves
        if shape.first is not None:  # the same ones when asked again, with all that they remember
            first = shape.first
            curves = self.curves.summarised(("begun", first.tobytes()), lambda: self.curves.begun_at(first))
        pool = np.array([describe(self.plan).pool_size]) if shape.pool is None else shape.pool
        times = np.ones(1) if shape.times is None else shape.times
        if whole or target is None or self.stopped:  # else nothing is read off the curves but the needs
            aimed = curves if target is None or target == self.target else curves.aimed_at(target)
            there = replace(there, curves=aimed.stretched(times, pool))
        return there if target is None else replace(there, needs=self._read_needs(curves, target, pool, times, names))

    def _read_needs(
        self, curves: TaskCurves, target: float, pool: Floats, times: Floats, names: Sequence[str]
    ) -> Mapping[str, Floats]:
        if curves.end is not None:
            # No price moves them, and the tornado asks for the same ones again at every price.
            key = ("needs", target, pool.tobytes(), times.tobytes(), tuple(names))
            return curves.summarised(key, lambda: curves.labels_in_pool(target, pool, names, times))
        if target == self.target:
            return {name: self.needs[name] * times for name in names}
        reach = curves.labels_to_reach(target)
        return {name: reach[:, curves.strategies.index(name)] * times for name in names}


Shaped = tuple[list[int], Case]
"""Places of settings, and the case as they shape it."""


def _row(column: Floats, g: int) -> Floats:
    """Give one setting of what may be a column of them."""
    return column[g] if np.ndim(column) > 1 else np.asarray(column)


def _rows(column: Floats, rows: Sequence[int]) -> Floats:
    """Give some settings of what may be a column of them."""
    return column[rows] if np.ndim(column) > 1 else np.asarray(column)
