"""Verdicts on recorded data sets that are held out, beside what would have been right."""

from research.verdicts.run import VerdictBacktest, run_verdicts

__all__ = ["VerdictBacktest", "run_verdicts"]
