"""What the user tells us: the plan file, its tables, and numbers with ranges."""

from planner.plan.plan import Draws, Plan, PlanInput, load_plan, parse_plan, template
from planner.plan.quantity import Quantity

__all__ = ["Draws", "Plan", "PlanInput", "Quantity", "load_plan", "parse_plan", "template"]
