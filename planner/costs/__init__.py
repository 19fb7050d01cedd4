"""What a plan costs: labels, votes and noise, engineering, compute, calendar, and the whole bill."""

from planner.costs.bill import LINES, PEOPLE_LINES, VENDOR_LINES, Bill, price_plan, vendor_usd, with_delay, with_failure
from planner.costs.cautions import quote_warnings
from planner.costs.deterministic import CostComparison, compare_costs, worked_bills
from planner.costs.noise import clean_labels_per_label
from planner.costs.quote import Quote, vote_price_path
from planner.costs.votes import plurality_accuracy

__all__ = [
    "LINES",
    "PEOPLE_LINES",
    "VENDOR_LINES",
    "Bill",
    "CostComparison",
    "Quote",
    "clean_labels_per_label",
    "compare_costs",
    "plurality_accuracy",
    "price_plan",
    "quote_warnings",
    "vendor_usd",
    "vote_price_path",
    "with_delay",
    "with_failure",
    "worked_bills",
]
