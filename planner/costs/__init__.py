"""The bill of one option: labels, votes and label noise, engineering, compute, calendar.

What other rooms mostly ask for is here; the terms of a bill, its parts and language models are in modules of their own.
"""

from planner.costs.bill import LINES, Bill, price_plan, vendor_usd, with_delay
from planner.costs.given_labels import MEDIAN_DIGITS, CostComparison, Extras, PriceRange, bills_at_counts, compare_costs
from planner.costs.label_noise import CROWD_VOTES, REAL_CROWDS
from planner.costs.quote_costs import QuoteCosts, quote_warnings, vote_price_path
from planner.costs.terms import DAYS_PER_WEEK

__all__ = [
    "CROWD_VOTES",
    "DAYS_PER_WEEK",
    "LINES",
    "MEDIAN_DIGITS",
    "REAL_CROWDS",
    "Bill",
    "CostComparison",
    "Extras",
    "PriceRange",
    "QuoteCosts",
    "bills_at_counts",
    "compare_costs",
    "price_plan",
    "quote_warnings",
    "vendor_usd",
    "vote_price_path",
    "with_delay",
]
