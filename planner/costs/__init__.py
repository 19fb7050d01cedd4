"""The bill of one option: labels, votes and label noise, engineering, compute, calendar."""

from planner.costs.bill import LINES, PEOPLE_LINES, Bill, price_plan, vendor_usd, with_delay, with_failure
from planner.costs.given_labels import CostComparison, bills_at_counts, compare_costs
from planner.costs.label_noise import clean_labels_per_label
from planner.costs.quote_costs import QuoteCosts, quote_warnings, vote_price_path

__all__ = [
    "LINES",
    "PEOPLE_LINES",
    "Bill",
    "CostComparison",
    "QuoteCosts",
    "bills_at_counts",
    "clean_labels_per_label",
    "compare_costs",
    "price_plan",
    "quote_warnings",
    "vendor_usd",
    "vote_price_path",
    "with_delay",
    "with_failure",
]
