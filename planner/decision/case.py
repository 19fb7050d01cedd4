"""One plan on its joint draws: its comparison, and the same comparison with some inputs at other values.

Break-even, sensitivity, maps and the value of information all ask a case; the draws stay the same, so that differences
between two answers are differences and not noise. What follows from another value, the edited plan file would have too:
another pool ends what is saved elsewhere; where nothing tells how many labels random labelling needs, another pool,
test set or initial set is also another range of that need, in which each draw keeps its place; another precision of the
test is another number of test labels.

Notation:
    values  input path -> (n_draws,), or (1,)     needs   plan name -> (n_draws,)
    changes input path -> (1,), (n_draws,), or (G, 1) for G settings at once, whose totals are (G, n_draws)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.costs import vote_price_path
from planner.decision import comparison
from planner.decision.budget import Spent, match_random, spend_budget, value_in_hand
from planner.decision.comparison import ROUNDING, Comparison, Order, Part, Priced
from planner.decision.labels_required import LabelsRequired, labels_to_give_up
from planner.decision.load_curves import describe
from planner.decision.stopping.with_stopping_rule import RuledPlans, may_move_rule
from planner.plan import DEFAULT_TARGET, PASSIVE, Draws, Plan, Quantity, paths, size_test_set
from planner.plan.quantity import POSITIVE
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats

Changes = Mapping[str, Floats]

SHAPING = (
    paths.TARGET,
    paths.RANDOM_LABELS,
    paths.LABEL_SAVINGS,
    paths.POOL_SIZE,
    paths.TEST_LABELS,
    paths.TEST_HALF_WIDTH,
    paths.INITIAL_LABELS,
    paths.FINE_TUNE_LOSS,
)
"""Inputs with which needs, curves, the batch sizes tried or the test set may become others."""

STRUCTURAL = (
    paths.CLASSES,
    paths.LABEL_SCALE_SD,
    paths.SAVINGS_SD,
    paths.VALUE_PER_POINT_USD,
    paths.IMBALANCE,
    paths.RANDOM_VALUE,
)
"""Inputs that change which proxies match, where curves lie or how far to trust them, not a price or a quantity."""


@dataclass(frozen=True)
class ShapedPlan:
    """A plan as a setting of `SHAPING` makes it.

    Attributes:
        values: draws of every input, those that follow among them.
        target: value of the metric to reach, or at which the need is told.
        times: how many times the labels it was drawn with the task needs, (n_draws,) or (1,); None where as drawn.
        pool: items there are to label, (n_draws,) or (1,); None where as planned.
        first: labels of the initial set, (n_draws,) or (1,); None where as planned.
    """

    plan: Plan
    values: Draws
    target: float
    times: Floats | None
    pool: Floats | None
    first: Floats | None

    @classmethod
    def of(cls, plan: Plan, values: Draws, changes: Changes) -> "ShapedPlan":
        """Work out what follows from one setting of inputs of `SHAPING`."""
        changes = {**changes, **_test_labels(plan, changes)}
        edited, need = with_numbers(plan, changes), _stated_need(plan, values, changes)
        times, pool, first = None, None, None
        if need is not None and paths.RANDOM_LABELS in values:
            times = np.maximum(need, 1.0) / np.maximum(values[paths.RANDOM_LABELS], 1.0)  # as curves take them
        if paths.POOL_SIZE in changes or paths.TEST_LABELS in changes:
            left = np.maximum(np.rint(_items_left(plan, changes)), 1.0)
            pool = None if (left == describe(plan).pool_size).all() else left
        if paths.INITIAL_LABELS in changes:
            first = np.maximum(np.rint(changes[paths.INITIAL_LABELS]), 1.0)
        needs = {} if need is None else {paths.RANDOM_LABELS: need}
        target = edited.task.target.median if edited.task.target is not None else DEFAULT_TARGET
        return cls(edited, {**values, **changes, **needs}, target, times, pool, first)


def with_numbers(plan: Plan, numbers: Changes) -> Plan:
    """Give a plan with numbers of `SHAPING` in place of its own; draws stand there by their median."""
    medians = {path: float(np.median(x)) for path, x in numbers.items()}
    if plan.stopping.rules:  # which are read off the plan file, with other inputs that they are made of
        return plan.replace(medians)
    # Hundreds of times faster, as nothing is read or checked again.
    tables: dict[str, dict[str, Quantity]] = {}
    for path, value in medians.items():
        table, key = path.split(".")
        own: Quantity | None = getattr(getattr(plan, table), key)
        if own is not None or path == paths.RANDOM_LABELS:
            tables.setdefault(table, {})[key] = Quantity(value, value, POSITIVE if own is None else own.domain)
    return plan.model_copy(
        update={table: getattr(plan, table).model_copy(update=keys) for table, keys in tables.items()}
    )


def _number(plan: Plan, changes: Changes, path: str) -> Floats:
    """Give an input as it is set, or else the median in the plan."""
    if path in changes:
        return changes[path]
    table, key = path.split(".")
    quantity: Quantity = getattr(getattr(plan, table), key)
    return np.array([quantity.median])


def _items_left(plan: Plan, changes: Changes) -> Floats:
    """Give the pool without the test labels."""
    return _number(plan, changes, paths.POOL_SIZE) - _number(plan, changes, paths.TEST_LABELS)


def _test_labels(plan: Plan, changes: Changes) -> Changes:
    """Count the test labels anew where the plan gives their precision, and that or the target is another."""
    told = plan.task.test_half_width is not None and paths.TEST_LABELS not in changes
    if not told or not {paths.TARGET, paths.TEST_HALF_WIDTH} & changes.keys():
        return {}
    named = paths.TARGET in changes or plan.task.target is not None
    level = float(np.median(_number(plan, changes, paths.TARGET))) if named else DEFAULT_TARGET
    half = float(np.median(_number(plan, changes, paths.TEST_HALF_WIDTH)))
    return {paths.TEST_LABELS: np.array([float(size_test_set(level, half, plan.task.test_confidence))])}


def _stated_need(plan: Plan, values: Draws, changes: Changes) -> Floats | None:
    """Give the labels that random needs by the plan's estimate, (n_draws,) or (1,); None where that is as drawn."""
    if paths.RANDOM_LABELS in changes:
        return changes[paths.RANDOM_LABELS]
    if not plan.need_assumed or not {paths.POOL_SIZE, paths.TEST_LABELS, paths.INITIAL_LABELS} & changes.keys():
        return None
    (middle, spread), (to_middle, to_spread) = _assumed_range(plan, {}), _assumed_range(plan, changes)
    u = (np.log(values[paths.RANDOM_LABELS]) - middle) / np.where(spread > 0, spread, 1.0)
    return np.exp(to_middle + to_spread * u)


def _assumed_range(plan: Plan, changes: Changes) -> tuple[Floats, Floats]:
    """Give middle and half-width, in logarithms, of what `Plan.random_labels` assumes."""
    first = _number(plan, changes, paths.INITIAL_LABELS)
    low, high = np.log(np.rint(first)), np.log(np.rint(np.maximum(first, _items_left(plan, changes))))
    return (low + high) / 2, (high - low) / 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Case(LabelsRequired):
    """A plan, its draws, and how its plans compare on them.

    Attributes:
        chosen: random and every strategy as planned; at a budget random stands at the value of the chosen strategy.
        spent: every plan at the budget, where there is no target.
    """

    chosen: Comparison
    spent: Spent | None = None

    @classmethod
    def of(cls, found: LabelsRequired) -> "Case":
        """Compare the plans of one plan file."""
        if found.target is None:
            spent = spend_budget(found)
            return cls(**vars(found), chosen=match_random(found, spent), spent=spent)
        case = cls(**vars(found), chosen=comparison.compare(found))
        if not found.plan.stopping.rules:
            return case
        # Every plan buys what the rule lets it buy, by the vendor it has; the strategy is chosen anew.
        case = replace(case, stopped=case._ruled.at({}, tuple(case.plans)))
        return replace(case, chosen=case._recompare(case._others, None))

    @property
    def _others(self) -> tuple[str, ...]:
        """The plans but random labelling."""
        return tuple(name for name in self.plans if name != "random")

    @cached_property
    def _ruled(self) -> RuledPlans:
        """The plans that stop by the rule, with the campaigns that its settings share."""
        assert self.target is not None
        rounds = self.plan.strategy.monitor_random  # else random is bought in few orders, and follows no rule
        plans = {
            name: priced for name, priced in self.plans.items() if name not in PASSIVE or (name == "random" and rounds)
        }
        return RuledPlans(self, self.target, plans)

    @property
    def n_draws(self) -> int:
        """Number of joint draws."""
        return self.curves.n_draws

    @property
    def plans(self) -> Mapping[str, Priced]:
        """Every plan as it is shown: at the target, or at the budget."""
        return self.chosen.plans if self.spent is None else self.spent.plans

    @property
    def vendors(self) -> set[int]:
        """Places of the quotes that random and the chosen strategy take where they are compared."""
        return {self.chosen.plans[name].vendor for name in ("random", self.chosen.al_plan)}

    @cached_property
    def in_hand(self) -> Mapping[str, Floats]:
        """Plan name -> value of the metric that its labels have bought, (n_draws,)."""
        if self.spent is not None:
            return self.spent.values
        return {name: self._value_in_hand(name, priced) for name, priced in self.plans.items()}

    def _value_in_hand(self, name: str, priced: Priced) -> Floats:
        """Give what one plan has bought; 0 where the budget does not pay for its smallest order."""
        value, lines = value_in_hand(self, name, priced), priced.bill.lines
        if self.plan.task.budget_usd is None:
            return value
        spent = priced.bill.total_usd - lines["delay_usd"] - lines["failure_usd"] - lines["after_miss_usd"]
        return np.where(spent <= self.values[paths.BUDGET_USD] * (1 + ROUNDING), value, 0.0)

    def at(self, changes: Changes) -> Comparison:
        """Price random and the chosen strategy again with some inputs at other values; vendors and choice stay."""
        return self._reprice(changes, (self.chosen.al_plan,))

    def all_at(self, changes: Changes) -> Comparison:
        """Price every plan again; vendors, batch sizes and choice stay. At a budget only the two compared."""
        return self._reprice(changes, tuple(name for name in self.chosen.plans if name != "random"))

    @property
    def inputs_without_effect(self) -> frozenset[str]:
        """Inputs that change nothing here: the loss by fine-tuning, where no curve has lost any by it."""
        return frozenset() if self.curves.fine_tuning.names else frozenset({paths.FINE_TUNE_LOSS})

    def price_change(self, price_usd: Floats | float) -> Changes:
        """Give the changes that set the price of one vote with the vendor that random labelling takes."""
        return {vote_price_path(self.chosen.plans["random"].vendor): np.atleast_1d(price_usd)}

    def shaped_by(self, *inputs: str) -> bool:
        """Say whether other values of some inputs do more than to change bills, which takes longer to answer."""
        plan, end = self.plan, self.curves.end
        # Whether it is known how the curves end at the pool, or that they begin at the plan's initial set; both say
        # where an option gives up.
        known = dict.fromkeys((paths.POOL_SIZE, paths.TEST_LABELS), end is not None or bool(self.give_up))
        begins = (end is not None and end.own_first) or bool(self.curves.fine_tuning.names)
        known[paths.INITIAL_LABELS] = begins or bool(self.give_up)
        if any(known.get(path, path in SHAPING) for path in inputs):
            return True
        # Where a rule stops a plan, the batch it was run with stays.
        return not known.keys().isdisjoint(inputs) and (
            plan.need_assumed or (not plan.stopping.rules and comparison.batch_sizes(plan) is not None)
        )

    def thinned(self, n_draws: int) -> "Case":
        """Give the case on fewer of its draws, evenly taken, for maps that price many settings."""
        if n_draws >= self.n_draws:
            return self
        at = np.linspace(0, self.n_draws - 1, n_draws).astype(np.int64)
        thin = replace(
            self,
            values={path: draws[at] if draws.shape[-1] > 1 else draws for path, draws in self.values.items()},
            curves=self.curves.select_draws(at),
            needs={name: need[at] for name, need in self.needs.items()},
            worth=self.worth.select_draws(at),
            give_up={name: labels[at] for name, labels in self.give_up.items()},
            stopped={name: outcome.at_setting(at) for name, outcome in self.stopped.items()},
        )
        if self.spent is None:
            return replace(thin, chosen=thin._recompare(self._others, self.chosen.al_plan))
        spent = spend_budget(thin, self.spent.plans)
        return replace(thin, chosen=match_random(thin, spent, self.chosen), spent=spent)

    def at_setting(self, changes: Changes) -> "Case":
        """Give the case with one setting of some inputs, nothing priced anew: its plan, draws, curves and needs."""
        shaping = {path: x for path, x in changes.items() if self.shaped_by(path)}
        there = self._reshaped(shaping, ("random", *self._others)) if shaping else self
        others = {path: x for path, x in changes.items() if path not in shaping}
        return replace(there, values={**there.values, **others})

    def _reprice(self, changes: Changes, names: Sequence[str]) -> Comparison:
        """Price plans again; settings that differ in nothing but numbers of the bill are priced at once."""
        shaping = [path for path in changes if self.shaped_by(path)]
        if not shaping:
            return self._price(changes, names)
        G = max((len(column) for column in changes.values() if np.ndim(column) > 1), default=0)
        rows: dict[tuple[bytes, ...], list[int]] = {}
        for g in range(G or 1):
            rows.setdefault(tuple(_row(changes[path], g).tobytes() for path in shaping), []).append(g)
        compared = replace(self, curves=self.curves.select_options(("random", *names)))
        shaped = [
            (at, compared._reshaped({path: _row(changes[path], at[0]) for path in shaping}, ("random", *names)))
            for at in rows.values()
        ]
        others = {path: column for path, column in changes.items() if path not in shaping}
        if not G:
            return shaped[0][1]._price(others, names, again=True)
        found = [self._price_group(group, others, names, {*shaping}) for group in self._groups_at_once(shaped)]
        return found[0][1] if len(found) == 1 and found[0][0] == list(range(G)) else comparison.concat(found, G)

    def _groups_at_once(self, shaped: "list[Shaped]") -> "Iterable[list[Shaped]]":
        """Group settings that can be priced at once: at a target, without a rule, and with the same batches to try.

        What wrong labels cost is read off the curves of each setting.
        """
        if self.spent is not None or self.stopped or self.worth.losses is not None:
            return [[setting] for setting in shaped]
        groups: dict[tuple[float, ...], list[Shaped]] = {}
        for at, there in shaped:
            sizes = comparison.batch_sizes(there.plan)
            groups.setdefault(() if sizes is None else tuple(sizes.tolist()), []).append((at, there))
        return groups.values()

    def _price_group(self, group: "list[Shaped]", others: Changes, names: Sequence[str], shaping: set[str]) -> Part:
        """Price settings of one group, each with its own needs."""
        rows = [g for at, _ in group for g in at]
        changes = {path: _row(column, rows) for path, column in others.items()}
        there = group[0][1]
        if len(group) == 1:
            return rows, there._price(changes, names, again=True)
        each = [case for at, case in group for _ in at]
        # Where the precision of the test is given, its labels follow.
        shaped = {
            path: np.stack([case.values[path] for case in each])
            for path in {*shaping, paths.TEST_LABELS} - {paths.RANDOM_LABELS}
        }
        needs, give_up = (
            {name: np.stack([of[name] for of in found]) for name in ("random", *names) if name in found[0]}
            for found in ([case.needs for case in each], [case.give_up for case in each])
        )
        return rows, replace(there, needs=needs, give_up=give_up)._price({**changes, **shaped}, names)

    def _price(self, changes: Changes, names: Sequence[str], *, again: bool = False) -> Comparison:
        """Price plans with changes that leave needs and curves as they are; `again` runs a stopping rule anew."""
        there, al_plan = replace(self, values={**self.values, **changes}), self.chosen.al_plan
        if self.spent is not None:
            kept = {name: self.spent.plans[name] for name in ("random", al_plan)}
            return match_random(there, spend_budget(there, kept), self.chosen)
        if self.stopped and (again or may_move_rule(self.plan, changes)):
            there = replace(there, stopped=self._ruled.at(changes, ("random", *names)))
        return there._recompare(names, al_plan)

    def _recompare(self, names: Sequence[str], al_plan: str | None) -> Comparison:
        """Price random and the plans named again; vendors and batch sizes stay.

        The strategy is chosen anew where none is given. Arrays of values and needs may have a leading axis of settings,
        (G, 1) or (G, n_draws).
        """
        again: dict[str, Priced] = {}
        for name in ("random", *names):
            order = Order(self, name, again["random"].bill.days if again else None)
            again[name] = order.again(self.chosen.plans[name])
        return comparison.price_misses(self, again, al_plan, self._points_short(again) if self.stopped else None)

    def _points_short(self, plans: Mapping[str, Priced]) -> Mapping[str, Floats] | None:
        """Give how far each plan ends below the target, where the economic rule says what a point is worth."""
        if self.target is None or "economic" not in self.plan.stopping.rules:
            return None
        if "failure_usd" in self.plan.task.model_fields_set:
            return None
        return {
            name: np.where(priced.reached, 0.0, np.maximum(self.target - value_in_hand(self, name, priced), 0.0))
            for name, priced in plans.items()
        }

    def _reshaped(self, changes: Changes, names: Sequence[str]) -> "Case":
        """Give the case with one setting of inputs of `SHAPING`, nothing priced anew: the plan, its draws and needs.

        Only the needs of some plans are read, and the curves only where they are needed.
        """
        shape = ShapedPlan.of(self.plan, self.values, changes)
        target = shape.target if paths.TARGET in changes and self.target is not None else self.target
        worth = self.worth.at_target(target)
        there = replace(self, plan=shape.plan, values=shape.values, target=target, worth=worth)
        resized = shape.pool is not None or (
            self.give_up and not {paths.POOL_SIZE, paths.TEST_LABELS}.isdisjoint(changes)
        )
        restated = paths.LABEL_SAVINGS in changes or target != self.target
        loss, tuned = changes.get(paths.FINE_TUNE_LOSS), self.curves.fine_tuning
        if shape.times is None and not resized and shape.first is None and not restated and loss is None:
            return there
        curves = self.curves
        if loss is not None:
            begun = shape.values[paths.INITIAL_LABELS]
            at = ("fine-tuned", loss.tobytes(), begun.tobytes())
            curves = self.curves.summarised(at, lambda: self.curves.fine_tuned(loss, begun, tuned.names))
        if shape.first is not None:  # the same ones when asked again, with all that they remember
            first, drawn = shape.first, curves
            curves = curves.summarised(("begun", first.tobytes()), lambda: drawn.begun_at(first))
        stated = None if curves.end is None else curves.end.stated
        if stated is not None and restated:
            factor = changes.get(paths.LABEL_SAVINGS, np.exp(stated.log_factor))
            curves = curves.with_stated_savings(factor, stated.value if target is None else target, stated.names)
        pool = np.array([describe(self.plan).pool_size]) if shape.pool is None else shape.pool
        times = np.ones(1) if shape.times is None else shape.times
        if target is None or self.stopped or worth.losses is not None:  # else the needs alone are read off the curves
            aimed = curves if target is None or target == self.target else curves.aimed_at(target)
            stretched = aimed.stretch(times, pool)
            there = replace(there, curves=stretched, worth=worth.on_curves(stretched))
        if target is None:
            return there
        there = replace(there, needs=self._read_needs(curves, target, pool, times, names))
        if not self.give_up:
            return there
        read = (shape.values[path] for path in (paths.POOL_SIZE, paths.TEST_LABELS, paths.INITIAL_LABELS))
        key = ("give up", target, pool.tobytes(), times.tobytes(), tuple(names), *(draws.tobytes() for draws in read))
        give_up = curves.summarised(
            key, lambda: labels_to_give_up(shape.plan, shape.values, curves, target, names, pool, times)
        )
        return replace(there, give_up=give_up)

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


def _row(column: Floats, g: int | list[int]) -> Floats:
    """Give one setting, or some, of what may be a column of them."""
    return column[g] if np.ndim(column) > 1 else np.asarray(column)
