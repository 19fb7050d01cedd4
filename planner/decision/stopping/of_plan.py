"""From the plan file's `[stopping]` table to a rule."""

from collections.abc import Mapping

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
from planner.plan import Plan
from planner.plan.quantity import Quantity
from simulations.errors import InputError


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
