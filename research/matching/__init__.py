"""How recorded data sets should be weighed for a task: each data set held out and forecast from the others."""

from research.matching.run import MatchingBacktest, run_matching

__all__ = ["MatchingBacktest", "run_matching"]
