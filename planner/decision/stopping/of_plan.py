"""From the plan file's `[stopping]` table to a rule."""

from planner.decision.stopping.rule import All, Any, Rule
from planner.decision.stopping.rules import (
    Budget,
    Economic,
    LabelCount,
    Plateau,
    StablePredictions,
    TargetForecast,
    TargetMeasured,
)
from planner.errors import InputError
from planner.plan import Plan
from planner.plan.quantity import Quantity

__all__ = ["rule_of_plan"]


def rule_of_plan(plan: Plan) -> Rule | None:
    """Build the rule that a plan names; None where it names none, and just what is needed is bought.

    Ranges count at their median: a rule is a number on which people agree beforehand.

    Raises:
        InputError: a rule needs something of the plan's other tables that is not there.
    """
    rules = tuple(_rule(plan, name) for name in plan.stopping.rules)
    if not rules:
        return None
    return rules[0] if len(rules) == 1 else (Any(rules) if plan.stopping.when == "any" else All(rules))


def _rule(plan: Plan, name: str) -> Rule:
    stop, task = plan.stopping, plan.task
    match name:
        case "target":
            return TargetMeasured(_needed(task.target, name, "[task] target"), stop.confidence.median)
        case "forecast":
            _needed(task.target, name, "[task] target")
            return TargetForecast(stop.confidence.median)
        case "labels":
            return LabelCount(_needed(stop.labels, name, "[stopping] labels"))
        case "budget":
            return Budget(_needed(task.budget_usd, name, "[task] budget_usd"))
        case "economic":
            return Economic(_needed(task.value_per_point_usd, name, "[task] value_per_point_usd"))
        case "stable":
            return StablePredictions(stop.agreement.median, round(stop.rounds.median))
        case _:
            return Plateau(stop.gain.median, round(stop.rounds.median))


def _needed(quantity: Quantity | None, rule: str, field: str) -> float:
    if quantity is None:
        raise InputError(f"plan, [stopping] rules: found '{rule}'; allowed: together with {field}")
    return quantity.median
