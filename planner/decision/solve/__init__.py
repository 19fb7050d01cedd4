"""Solving for one number of the plan: where active learning begins to pay, and where it ceases to."""

from planner.decision.solve.levers import VOTE_PRICE, Lever, lever
from planner.decision.solve.settings import Answers, Sample, answers
from planner.decision.solve.unknowns import UNKNOWNS, BreakEven, Unknown, Where, break_evens, where_it_pays

__all__ = [
    "UNKNOWNS",
    "VOTE_PRICE",
    "Answers",
    "BreakEven",
    "Lever",
    "Sample",
    "Unknown",
    "Where",
    "answers",
    "break_evens",
    "lever",
    "where_it_pays",
]
