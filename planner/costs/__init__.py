"""What a plan costs: labels, votes and noise, engineering, compute, calendar, and the whole bill."""

from planner.costs.bill import LINES, Bill, price_plan, with_delay
from planner.costs.deterministic import CostComparison, compare_costs
from planner.costs.noise import clean_labels_per_label, delivered_error_rate, plurality_accuracy

__all__ = [
    "LINES",
    "Bill",
    "CostComparison",
    "clean_labels_per_label",
    "compare_costs",
    "delivered_error_rate",
    "plurality_accuracy",
    "price_plan",
    "with_delay",
]
