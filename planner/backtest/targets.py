"""Targets of a task: chosen from the observed part alone, and how well a forecaster says whether and when they come.

Notation: D draws (1 for a point forecast); M label counts on the way from the last observed to the end.
"""

from dataclasses import dataclass

import numpy as np

from planner.backtest.curve import FloatArray
from planner.backtest.forecasters import Errors
from planner.backtest.tasks import Task
from planner.curves.passage import first_passage

__all__ = ["CLOSES", "WAY_POINTS", "Target", "labels_forecast", "make_targets", "way"]

CLOSES = (0.10, 0.25, 0.50)
"""Targets close these shares of the lowest error observed so far."""

WAY_POINTS = 64


@dataclass(frozen=True)
class Target:
    """An error to reach by the end of what is forecast.

    Attributes:
        closes: share of the lowest observed error that it closes.
        error: the error to reach.
        reached: whether the error measured at the end is at or below it.
        labels: the label count of the measured curve's first passage; None where it was not `reached`.
    """

    closes: float
    error: float
    reached: bool
    labels: float | None


def make_targets(task: Task, ahead: int) -> list[Target]:
    """Choose the targets of a task from what was observed, and look up what came of them.

    Args:
        task: the task.
        ahead: how many of its points ahead are forecast, at least 1; the last of them is the end.

    Returns:
        One target for each of `CLOSES`; none where no observed error is left to close.
    """
    lowest = float(task.error.min())
    if lowest <= 0:
        return []
    found = []
    for closes in CLOSES:
        target = (1.0 - closes) * lowest
        reached = bool(task.ahead_error[ahead - 1] <= target)
        found.append(Target(closes, target, reached, _passage(task, ahead, target) if reached else None))
    return found


def way(task: Task, end: float) -> FloatArray:
    """Lay label counts evenly in log from the last observed to the end: (M,)."""
    found: FloatArray = np.geomspace(task.last, end, WAY_POINTS)
    return found


def labels_forecast(errors: Errors, task: Task, end: float, target: float) -> float:
    """Give the median over draws of the first passage; never before the last observed, and the end at the latest."""
    labels = way(task, end)
    needed = _first(errors(labels), np.log(labels), target)
    return float(np.exp(np.median(np.minimum(needed, np.log(end)))))


def _passage(task: Task, ahead: int, target: float) -> float:
    labels = np.append(task.last, task.ahead_labels[:ahead])
    error = np.append(task.error[-1], task.ahead_error[:ahead])
    return float(np.exp(_first(error[None, :], np.log(labels), target)[0]))


def _first(errors: FloatArray, log_labels: FloatArray, target: float) -> FloatArray:
    best = np.maximum.accumulate(1.0 - errors, axis=1)
    # The slack keeps 1 − (1 − target), which may be a rounding error below the target, at it.
    return first_passage(best, log_labels, 1.0 - target - 1e-12)
