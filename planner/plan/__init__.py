"""What the user tells us: the plan file, its tables, and numbers with ranges."""

from planner.plan.inputs import PlanInput
from planner.plan.plan import Draws, Plan, items_to_label, load_plan, parse_plan, template
from planner.plan.quantity import Quantity
from planner.plan.quote import Quote

__all__ = ["Draws", "Plan", "PlanInput", "Quantity", "Quote", "items_to_label", "load_plan", "parse_plan", "template"]
