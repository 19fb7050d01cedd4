"""What the user tells us: the plan file, its tables, and numbers with ranges."""

from planner.plan.inputs import PlanInput
from planner.plan.plan import Draws, Plan, items_to_label, load_plan, parse_plan, template
from planner.plan.quantity import Quantity
from planner.plan.quote import DYNAMIC_MOST_VOTES, Quote, Tier
from planner.plan.tables import DEFAULT_TARGET, PASSIVE, size_test_set

__all__ = [
    "DEFAULT_TARGET",
    "DYNAMIC_MOST_VOTES",
    "PASSIVE",
    "Draws",
    "Plan",
    "PlanInput",
    "Quantity",
    "Quote",
    "Tier",
    "items_to_label",
    "load_plan",
    "parse_plan",
    "size_test_set",
    "template",
]
