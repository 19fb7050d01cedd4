"""The advantage of a strategy over random on the task: label savings along the curve, and the chance to be better.

Notation: S strategies; D draws; G label counts; s = labels random needs ÷ labels the strategy needs, for one value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.forecasting import first_passage
from planner.intervals import QUANTILES
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import ArrayLike, Floats

_SAME = 1e-9  # ln labels that are the same


@dataclass(frozen=True, eq=False)
class Advantage:
    """One strategy beside random.

    Attributes:
        strategy: its name.
        curve: columns `labels`, `q10`, `q50`, `q90` (of s; None where random never has what the strategy has there),
            `p_better` (the strategy's value is above random's; ties count half); all None beyond what is forecast.
        at_target: q10, q50 and q90 of s for the target, over draws in which either reaches it: 0 where only random
            does, None where only the strategy does.
        p_fewer_labels: share of all draws in which the strategy reaches the target with fewer labels than random.
        p_neither: share of all draws in which neither reaches it.
    """

    strategy: str
    curve: pd.DataFrame
    at_target: tuple[float | None, float | None, float | None]
    p_fewer_labels: float
    p_neither: float

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values, ready for JSON."""
        return {
            "p_fewer_labels": self.p_fewer_labels,
            "p_neither": self.p_neither,
            "at_target": dict(zip(("q10", "q50", "q90"), self.at_target, strict=True)),
            "curve": self.curve.to_dict(orient="records"),
        }


def advantages(
    curves: TaskCurves, labels_grid: ArrayLike, target: float, *, most_labels: float = np.inf
) -> dict[str, Advantage]:
    """Compare every strategy with random, draw by draw; s is read at (G,) label counts.

    At the most labels that there are, all strategies are one, and beyond them no target is reached.

    Raises:
        InputError: the target is out of range.
    """
    grid = np.atleast_1d(np.asarray(labels_grid, dtype=float))

    def compare() -> dict[str, Advantage]:
        reach = curves.labels_to_reach(target)
        random, *others = np.where(reach <= most_labels, reach, np.inf).T
        compared = {}
        for s, (name, strategy) in enumerate(zip(curves.strategies[1:], others, strict=True), start=1):
            either = np.isfinite(random) | np.isfinite(strategy)
            factor = np.where(np.isinf(strategy[either]), 0.0, random[either] / strategy[either])
            fewer, neither = float((strategy < random).mean()), float((~either).mean())
            curve = _advantage_curve(curves, s, grid, most_labels)
            compared[name] = Advantage(name, curve, _quantiles(factor), fewer, neither)
        return compared

    return dict(curves.summarised(("advantages", grid.tobytes(), target, most_labels), compare))


def _advantage_curve(curves: TaskCurves, s: int, grid: Floats, most_labels: float) -> pd.DataFrame:
    rows: list[tuple[float | None, ...]] = []
    for labels in grid.tolist():
        if labels >= most_labels:
            rows.append((labels, 1.0, 1.0, 1.0, 0.5))
            continue
        if np.median(curves.log_labels[s, :, -1]) < np.log(labels) - 1e-9:
            rows.append((labels, None, None, None, None))  # most paths end before: nothing is forecast there
            continue
        quantiles = _quantiles(_labels_of_random(curves, s, labels) / labels)
        rows.append((labels, *quantiles, float(_share_better(curves, s, labels).mean())))
    return pd.DataFrame(rows, columns=["labels", "q10", "q50", "q90", "p_better"], dtype=object)


def _labels_of_random(curves: TaskCurves, s: int, labels: float) -> Floats:
    """Give the labels random needs for what the s-th strategy has with some, (D,); inf where it never has it."""
    if curves.smooth:
        return curves.labels_as(curves.strategies[s], "random", labels)
    # A hair below, so that interpolating back and forth cannot miss a path's own end.
    off = curves.best[0] - (curves.values_at(labels)[:, s] - 1e-9)[:, None]
    return np.exp(first_passage(off, curves.log_labels[0], 0.0))


def _share_better(curves: TaskCurves, s: int, labels: float) -> Floats:
    """Tell in which draws the s-th strategy is the better with so many labels, (D,): 1, 0, or 0.5."""
    values, u = curves.values_at(labels), np.log(labels)
    ahead = np.sign(values[:, s] - values[:, 0])
    if curves.smooth:
        # Before random's first point its values may be level, and who is ahead is told by labels alone.
        more = curves.equivalent_of(curves.strategies[s], u) - u
        by_labels = np.where(np.abs(more) > _SAME, np.sign(more), 0.0)
        ahead = np.where((ahead == 0) & (u < curves.log_labels[0][:, curves.lead]), by_labels, ahead)
    return (1.0 + ahead) / 2.0


def _quantiles(factor: Floats) -> tuple[float | None, float | None, float | None]:
    """Give q10, q50 and q90; None where infinite, or where there are no draws."""
    if factor.size == 0:
        return None, None, None
    quantiles = np.quantile(factor, QUANTILES, method="inverted_cdf").tolist()
    low, middle, high = (float(x) if np.isfinite(x) else None for x in quantiles)
    return low, middle, high
