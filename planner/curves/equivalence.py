"""Where random is as good as a strategy: how many labels it would need for what the strategy has.

Notation: D draws; M points a path.
    s       (D, M)  label savings factor if the pool had no end
    x       (D, M)  ln of the labels random would need for what a strategy has at each point
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from planner.arrays import Floats
from planner.curves.beginning import STRETCHED, before_first
from planner.curves.passage import first_passage, read_path
from planner.curves.savings.hardness import HARDNESS_AT, log_error
from planner.curves.savings.shape import log_savings_along, shifted_labels

if TYPE_CHECKING:
    from planner.curves.task import TaskCurves


def log_savings(curves: "TaskCurves", i: int, log_times: Floats | float = 0.0) -> Floats:
    """Give ln s of the i-th strategy at each point in an endless pool, (D, M), where the task needs more labels."""
    end = curves.end
    assert end is not None
    log_first = end.log_first - log_times
    coefficients = end.coefficients[i - 1]
    if end.tilt is not None:
        coefficients = coefficients + end.tilt.moved(i - 1, _log_error(curves, log_first + np.log(HARDNESS_AT)))
    return log_savings_along(coefficients, curves.log_labels[0] - log_first[:, None])


def equivalent(curves: "TaskCurves", i: int, log_pool: Floats, log_times: Floats | float = 0.0) -> Floats:
    """Give x of the i-th strategy in pools of ln size (D,), less what the task needs more than the curves, (D,)."""
    end = curves.end
    own = end is not None and end.own_first and np.any(log_times)
    savings = log_savings(curves, i, log_times) if own else curves.log_savings(i)
    moved = shifted_labels(curves.log_labels[0], savings, (log_pool - log_times)[:, None])
    x: Floats = np.maximum.accumulate(moved, axis=1)
    return x


def passages(
    curves: "TaskCurves",
    target: float | Floats,
    names: Sequence[str],
    log_pool: Floats | None = None,
    log_times: Floats | float = 0.0,
) -> dict[str, Floats]:
    """Find where smooth paths reach a target: random where its measurements say so, a strategy where it has as much.

    Args:
        curves: joint draws of all plans, whose `end` is smooth.
        target: value of the metric, one for all or (D, 1).
        names: the plans asked for.
        log_pool: (D,) ln of the pool; that of the curves when not given.
        log_times: ln of how many times the labels of the curves the task needs, (D,) or one for all.

    Returns:
        Plan name -> (D,) ln labels on the axis of the curves; inf where the target is never reached.
    """
    axis = curves.log_labels[0]
    random = first_passage(curves.best[0][:, curves.lead :], axis[:, curves.lead :], target)
    found = {}
    for name in names:
        if name == "random":
            found[name] = random
            continue
        i = curves.strategies.index(name)
        x = curves.random_equivalent(i) if log_pool is None else equivalent(curves, i, log_pool, log_times)
        found[name] = _within(curves, first_passage(x, axis, random[:, None]), random, log_pool, log_times)
    return found


def _log_error(curves: "TaskCurves", log_labels: Floats) -> Floats:
    """Give ln of random's error at ln labels (D,)."""
    # Before the first point not that of the path, which the target holds down.
    best, axis = curves.best[0][:, curves.lead :], curves.log_labels[0][:, curves.lead :]
    before = before_first(best, axis, log_labels[:, None], STRETCHED)[:, 0]
    return log_error(1.0 - np.where(log_labels < axis[:, 0], before, read_path(best, axis, log_labels)))


def _within(
    curves: "TaskCurves",
    found: Floats,
    random: Floats,
    log_pool: Floats | None,
    log_times: Floats | float,
) -> Floats:
    """Hold ln labels, (D,), to what a grid misses: up to the initial set nothing is saved, and the pool holds all."""
    end = curves.end
    assert end is not None
    pool = (end.log_pool if log_pool is None else log_pool) - log_times
    first = end.log_first - (log_times if end.own_first else 0.0)
    found = np.where(random <= pool, np.minimum(found, pool), found)
    return np.where(random <= first, random, np.maximum(found, np.minimum(random, first)))
