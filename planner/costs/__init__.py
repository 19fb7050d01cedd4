"""The bill of one option: labels, votes and label noise, engineering, compute, calendar."""

from planner.costs.bill import (
    LINES,
    PEOPLE_LINES,
    Bill,
    price_plan,
    vendor_usd,
    with_delay,
    with_failure,
    with_other_option,
    with_points_lost,
)
from planner.costs.given_labels import MEDIAN_DIGITS, CostComparison, Extras, PriceRange, bills_at_counts, compare_costs
from planner.costs.label_noise import (
    CROWD_VOTES,
    REAL_CROWDS,
    VotesOrItems,
    clean_labels_per_label,
    measured_accuracy,
    precision_factor,
    votes_or_items,
)
from planner.costs.language_model import answers_bill, item_usd, share_with_people, with_measuring, with_production
from planner.costs.quote_costs import QuoteCosts, late_warning, quote_warnings, vote_price_path
from planner.costs.terms import DAYS_PER_WEEK, ZERO, Factor, Line, money

__all__ = [
    "CROWD_VOTES",
    "DAYS_PER_WEEK",
    "LINES",
    "MEDIAN_DIGITS",
    "PEOPLE_LINES",
    "REAL_CROWDS",
    "ZERO",
    "Bill",
    "CostComparison",
    "Extras",
    "Factor",
    "Line",
    "PriceRange",
    "QuoteCosts",
    "VotesOrItems",
    "answers_bill",
    "bills_at_counts",
    "clean_labels_per_label",
    "compare_costs",
    "item_usd",
    "late_warning",
    "measured_accuracy",
    "money",
    "precision_factor",
    "price_plan",
    "quote_warnings",
    "share_with_people",
    "vendor_usd",
    "vote_price_path",
    "votes_or_items",
    "with_delay",
    "with_failure",
    "with_measuring",
    "with_other_option",
    "with_points_lost",
    "with_production",
]
