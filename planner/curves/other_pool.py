"""Curves drawn for one pool, read in another: what a strategy saves ends where its pool does.

A strategy's path is random's, read as far on as the strategy saves labels, and no further than the pool
(`planner.curves.savings.shape`). With what it would save in an endless pool kept beside the paths, the same draws can
be read in a pool of any size; a task that needs more labels of all has a pool that is so many times smaller.

Notation: S strategies, random first; T = S − 1; D draws; M points a path; K knots.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats
from planner.curves.equivalence import equivalent, passages
from planner.curves.savings.hardness import HardnessTilt
from planner.curves.savings.shape import KNOTS

if TYPE_CHECKING:
    from planner.curves.joint import JointDraws
    from planner.curves.task import TaskCurves


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
        tilt: how the coefficients move with how hard the task is, which random's path says draw by draw; None where
            they hold for the task as it is.
    """

    coefficients: Floats
    log_first: Floats
    log_pool: Floats
    smooth: bool
    own_first: bool = False
    tilt: HardnessTilt | None = None

    @classmethod
    def drawn_with(
        cls, drawn: "JointDraws", first_labels: float, pool_size: int | None, *, own_first: bool = False
    ) -> "PoolEnd":
        """Give the savings with which curves were drawn together with a discrepancy."""
        D = len(drawn.picked)
        pool = np.inf if pool_size is None else float(pool_size)
        coefficients = np.stack([*drawn.coefficients]) if drawn.coefficients else np.empty((0, D, len(KNOTS)))
        log_first, log_pool = np.full(D, np.log(first_labels)), np.full(D, np.log(pool))
        return cls(coefficients, log_first, log_pool, smooth=False, own_first=own_first)

    @classmethod
    def joined(cls, parts: "Sequence[PoolEnd]") -> "PoolEnd":
        """Put the draws of several after each other, whose coefficients hold for the task as it is."""
        assert all(part.tilt is None for part in parts)
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
            tilt=None if self.tilt is None else self.tilt.taken(draws),
        )

    def stretched(self, log_times: Floats) -> "PoolEnd":
        """Follow a label axis that moves by so much in each draw, (D,)."""
        first = self.log_first if self.own_first else self.log_first + log_times
        return replace(self, log_first=first, log_pool=self.log_pool + log_times)


def in_pool(curves: "TaskCurves", pool: npt.ArrayLike, drawn: "TaskCurves | None" = None) -> "TaskCurves":
    """Give the curves of the same task with a pool of another size; as they are where nothing says how they end.

    Args:
        curves: joint draws of all plans.
        pool: items there are to label, (D,) or one for all draws.
        drawn: the curves before their axis or their end was moved, where it was: a discrepancy that a strategy keeps
            is what it is off by there.
    """
    end, was = curves.end, curves if drawn is None else drawn
    if end is None or was.end is None:
        return curves
    log_pool = _log(pool, curves.n_draws)
    best = [curves.best[0]]
    for i in range(1, len(curves.strategies)):
        moved = _read(curves, equivalent(curves, i, log_pool))
        if not end.smooth:
            moved = moved + was.best[i] - _read(was, equivalent(was, i, was.end.log_pool))
        best.append(np.clip(np.maximum.accumulate(moved, axis=1), 0.0, 1.0))
    return replace(curves, best=np.stack(best), end=replace(end, log_pool=log_pool))


def labels_in_pool(
    curves: "TaskCurves", target: float, pool: npt.ArrayLike, names: Sequence[str], times: npt.ArrayLike = 1.0
) -> dict[str, Floats]:
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
        found = curves.stretched(times, np.exp(log_pool)).labels_to_reach(target)
        return {name: found[:, curves.strategies.index(name)] for name in names}
    reach = passages(curves, target, names, log_pool, log_times)
    return {name: np.maximum(np.exp(log_labels + log_times), 1.0) for name, log_labels in reach.items()}


def _read(curves: "TaskCurves", x: Floats) -> Floats:
    """Read random's paths at ln labels (D, G)."""
    return np.stack([np.interp(*row) for row in zip(x, curves.log_labels[0], curves.best[0], strict=True)])


def _log(pool: npt.ArrayLike, n_draws: int) -> Floats:
    return np.broadcast_to(np.log(pool), n_draws)
