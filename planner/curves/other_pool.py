"""Curves drawn for one pool, read in another: what a strategy saves ends where its pool does.

A strategy's path is random's, read as far on as the strategy saves labels, and no further than the pool
(`planner.curves.savings.shape`). With what it would save in an endless pool kept beside the paths, the same draws can
be read in a pool of any size; a task that needs more labels of all has a pool that is so many times smaller.

Notation: S strategies, random first; T = S − 1; D draws; M points a path; K knots.
    x       (D, M)  ln of the labels random would need for what a strategy has at each point
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from planner.curves.passage import first_passage
from planner.curves.savings.shape import KNOTS, log_savings_along, shifted_labels

if TYPE_CHECKING:
    from planner.curves.joint import JointDraws
    from planner.curves.task import TaskCurves

__all__ = ["PoolEnd", "equivalent", "in_pool", "labels_in_pool", "passages"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PoolEnd:
    """What strategies would save if the pool had no end, and the pool that the paths were drawn for.

    Attributes:
        coefficients: (T, D, K) ln s at the knots of `savings.shape`.
        log_first: (D,) ln of the labels from which on something is saved.
        log_pool: (D,) ln of the pool, on the label axis of the paths.
        smooth: whether a strategy's path is random's read at x and nothing else; with a discrepancy of its own it
            keeps that.
        own_first: whether `log_first` is the task's own initial set, which stays where the task needs more labels.
    """

    coefficients: FloatArray
    log_first: FloatArray
    log_pool: FloatArray
    smooth: bool
    own_first: bool = False

    @classmethod
    def drawn_with(cls, drawn: "JointDraws", first_labels: float, pool_size: int | None) -> "PoolEnd":
        """Give the savings with which curves were drawn together with a discrepancy."""
        D = len(drawn.picked)
        pool = np.inf if pool_size is None else float(pool_size)
        coefficients = np.stack([*drawn.coefficients]) if drawn.coefficients else np.empty((0, D, len(KNOTS)))
        return cls(coefficients, np.full(D, np.log(first_labels)), np.full(D, np.log(pool)), smooth=False)

    @classmethod
    def joined(cls, parts: "Sequence[PoolEnd]") -> "PoolEnd":
        """Put the draws of several after each other."""
        coefficients = np.concatenate([part.coefficients for part in parts], axis=1)
        first, pool = (np.concatenate([getattr(part, name) for part in parts]) for name in ("log_first", "log_pool"))
        return cls(coefficients, first, pool, all(part.smooth for part in parts), all(part.own_first for part in parts))

    def taken(self, draws: npt.NDArray[np.int64]) -> "PoolEnd":
        """Give some draws alone."""
        return replace(
            self,
            coefficients=self.coefficients[:, draws],
            log_first=self.log_first[draws],
            log_pool=self.log_pool[draws],
        )

    def stretched(self, log_times: FloatArray) -> "PoolEnd":
        """Follow a label axis that moves by so much in each draw, (D,)."""
        first = self.log_first if self.own_first else self.log_first + log_times
        return replace(self, log_first=first, log_pool=self.log_pool + log_times)


def in_pool(curves: "TaskCurves", pool: npt.ArrayLike) -> "TaskCurves":
    """Give the curves of the same task with a pool of another size; as they are where nothing says how they end.

    Args:
        curves: joint draws of all plans.
        pool: items there are to label, (D,) or one for all draws.
    """
    end = curves.end
    if end is None:
        return curves
    log_pool = _log(pool, curves.n_draws)
    best = [curves.best[0]]
    for i in range(1, len(curves.strategies)):
        moved = _read(curves, equivalent(curves, i, log_pool))
        if not end.smooth:
            moved = moved + curves.best[i] - _read(curves, equivalent(curves, i, end.log_pool))
        best.append(np.clip(np.maximum.accumulate(moved, axis=1), 0.0, 1.0))
    return replace(curves, best=np.stack(best), end=replace(end, log_pool=log_pool))


def labels_in_pool(
    curves: "TaskCurves", target: float, pool: npt.ArrayLike, names: Sequence[str], times: npt.ArrayLike = 1.0
) -> dict[str, FloatArray]:
    """Give the labels that some plans need elsewhere: `stretched`, `in_pool` and `labels_to_reach` in one, but faster.

    Args:
        curves: joint draws of all plans.
        target: value of the metric.
        pool: items there are to label, (D,) or one for all draws.
        names: the plans asked for.
        times: how many times the labels of the curves the task needs, (D,) or one for all.

    Returns:
        Plan name -> (D,) label counts of at least 1; inf where the target is never reached.
    """
    log_times = np.log(times)
    log_pool = _log(pool, curves.n_draws)
    if not curves.smooth:
        found = in_pool(curves.stretched(times), np.exp(log_pool)).labels_to_reach(target)
        return {name: found[:, curves.strategies.index(name)] for name in names}
    reach = passages(curves, target, names, log_pool, log_times)
    return {name: np.maximum(np.exp(log_labels + log_times), 1.0) for name, log_labels in reach.items()}


def passages(
    curves: "TaskCurves",
    target: float | FloatArray,
    names: Sequence[str],
    log_pool: FloatArray | None = None,
    log_times: FloatArray | float = 0.0,
) -> dict[str, FloatArray]:
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


def _within(
    curves: "TaskCurves",
    found: FloatArray,
    random: FloatArray,
    log_pool: FloatArray | None,
    log_times: FloatArray | float,
) -> FloatArray:
    """Hold ln labels, (D,), to what a grid misses: up to the initial set nothing is saved, and the pool holds all."""
    end = curves.end
    assert end is not None
    pool = (end.log_pool if log_pool is None else log_pool) - log_times
    first = end.log_first - (log_times if end.own_first else 0.0)
    found = np.where(random <= pool, np.minimum(found, pool), found)
    return np.where(random <= first, random, np.maximum(found, np.minimum(random, first)))


def equivalent(curves: "TaskCurves", i: int, log_pool: FloatArray, log_times: FloatArray | float = 0.0) -> FloatArray:
    """Give x of the i-th strategy in pools of ln size (D,), less what the task needs more than the curves, (D,)."""
    end = curves.end
    own = end is not None and end.own_first and np.any(log_times)
    savings = log_savings(curves, i, log_times) if own else curves.log_savings(i)
    moved = shifted_labels(curves.log_labels[0], savings, (log_pool - log_times)[:, None])
    x: FloatArray = np.maximum.accumulate(moved, axis=1)
    return x


def log_savings(curves: "TaskCurves", i: int, log_times: FloatArray | float = 0.0) -> FloatArray:
    """Give ln s of the i-th strategy at each point in an endless pool, (D, M), where the task needs more labels."""
    end = curves.end
    assert end is not None
    progress = curves.log_labels[0] - (end.log_first - log_times)[:, None]
    return log_savings_along(end.coefficients[i - 1], progress)


def _read(curves: "TaskCurves", x: FloatArray) -> FloatArray:
    """Read random's paths at ln labels (D, G)."""
    return np.stack([np.interp(*row) for row in zip(x, curves.log_labels[0], curves.best[0], strict=True)])


def _log(pool: npt.ArrayLike, n_draws: int) -> FloatArray:
    return np.broadcast_to(np.log(pool), n_draws)
