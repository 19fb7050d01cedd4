"""Plans that stop by the rule of the plan file: what they buy, and whether the target is truly reached with it.

Without a rule a plan buys just what its curve needs, as if that were known; with one it buys what the rule lets it buy,
from what the campaign measures on its test items. Random labelling follows the rule only where it is bought in rounds
too (`monitor_random`); in one order nothing is measured before the end.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from planner.costs import Quote
from planner.curves import TaskCurves
from planner.decision.batches import FIELD
from planner.decision.comparison import Priced
from planner.decision.label_worth import LabelWorth
from planner.decision.stopping import RuleOutcome, labels_with_rule, rule_of_plan
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats
from planner.plan.tables import PASSIVE

MOVED_BY = (
    "task.target",
    "task.pool_size",
    "task.test_labels",
    "task.budget_usd",
    "task.value_per_point_usd",
    "strategy.initial_labels",
    "strategy.batch_size",
    "evidence.random_labels",
)
"""Inputs with which a rule lets buy another number of labels, those of `[stopping]` besides; prices move rules about
money alone."""

AGREED = ("task.budget_usd", "task.value_per_point_usd")


def moves(plan: Plan, paths: Iterable[str]) -> bool:
    """Say whether other values of some inputs may let a rule buy another number of labels."""
    about_money = {"budget", "economic"} & {*plan.stopping.rules}
    return bool(about_money) or any(path in MOVED_BY or path.startswith("stopping.") for path in paths)


def agreed(plan: Plan, changes: Mapping[str, Floats]) -> Plan:
    """Put changed inputs that the rule itself is made of into the plan file; a rule is a number agreed beforehand."""
    own = {path: x for path, x in changes.items() if path.startswith("stopping.") or path in AGREED}
    return plan.replace({path: float(np.median(x)) for path, x in own.items()}) if own else plan


def ruled_plans(plan: Plan, names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the plans that the plan file's rule stops; none where it has no rule."""
    if not plan.stopping.rules:
        return ()
    return tuple(name for name in names if name not in PASSIVE or (name == "random" and plan.strategy.monitor_random))


def by_rule(
    plan: Plan,
    values: Draws,
    curves: TaskCurves,
    target: float,
    plans: Mapping[str, Priced],
    *,
    worth: LabelWorth,
    seed: int = 0,
) -> dict[str, RuleOutcome]:
    """Run the campaign of each plan in every draw until the rule stops it.

    Args:
        plan: a plan whose `[stopping]` names a rule.
        values: draws of every numeric input, one setting.
        curves: joint draws of every plan's curve.
        target: value of the metric to reach.
        plans: the plans that stop by it; their vendors, and batch sizes where those were found.
        worth: what a vendor's label counts for.
        seed: of the test set's error.

    Raises:
        InputError: the rule reads what cannot be known beforehand.
    """
    rule = rule_of_plan(plan)
    assert rule is not None
    return {
        name: labels_with_rule(
            curves,
            plan,
            rule,
            name=name,
            values=values if one.batch_size is None else {**values, FIELD: np.array([one.batch_size])},
            target=target,
            vendor=one.vendor,
            worth=worth.of(name, Quote.of(plan, values, one.vendor)),
            seed=seed,
        )
        for name, one in plans.items()
    }
