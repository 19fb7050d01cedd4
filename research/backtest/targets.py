"""Chances and labels to reach targets, scored beside the points of each task, for ours and every peer.

Notation: D draws (1 for a point forecast); G points ahead; M label counts on the way from the last observed to the end.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from planner.backtest import scoring
from planner.backtest.curves import OURS, Curve, Task, fit_ours, make_tasks
from planner.backtest.scoring import BacktestSettings, CurveScores, Errors, where_of
from planner.forecasting import first_passage
from research.backtest.peers import Predictor, fit_peer
from simulations.arrays import Floats

CLOSES = (0.10, 0.25, 0.50)
"""Targets close these shares of the lowest error observed so far."""

WAY_POINTS = 64  # label counts on the way to a target


@dataclass(frozen=True)
class Target:
    """An error to reach by the end of what is forecast.

    Attributes:
        closes: share of the lowest observed error that it closes.
        labels: the label count of the measured curve's first passage; None where the error is not reached at the end.
    """

    closes: float
    error: float
    labels: float | None


def make_targets(task: Task, ahead: int) -> list[Target]:
    """Choose the targets of a task from what was observed, and look up what came of them.

    The last of the points ahead that are forecast, at least one, is the end. There is one target for each of `CLOSES`;
    none where no observed error is left to close.
    """
    lowest = float(task.error.min())
    if lowest <= 0:
        return []
    log_labels = np.log(np.append(task.last, task.ahead_labels[:ahead]))
    error = np.append(task.error[-1], task.ahead_error[:ahead])
    targets = []
    for closes in CLOSES:
        target = (1.0 - closes) * lowest
        passage = float(np.exp(_first_passage(error[None, :], log_labels, target)[0]))
        targets.append(Target(closes, target, passage if error[-1] <= target else None))
    return targets


def labels_forecast(errors: Errors, task: Task, end: float, target: float) -> float:
    """Give the median over draws of the first passage; never before the last observed, and the end at the latest."""
    labels = np.geomspace(task.last, end, WAY_POINTS)
    needed = _first_passage(errors(labels), np.log(labels), target)
    return float(np.exp(np.median(np.minimum(needed, np.log(end)))))


def _first_passage(errors: Floats, log_labels: Floats, target: float) -> Floats:
    best = np.maximum.accumulate(1.0 - errors, axis=1)
    # The slack keeps 1 − (1 − target), which may be a rounding error below the target, at it.
    return first_passage(best, log_labels, 1.0 - target - 1e-12)


class TargetRow(NamedTuple):
    """One target of one task; `log2_labels` is NaN where the labels to it are not compared. See `Where`."""

    group: str
    curve: str
    cut: str
    observed: int
    last_error: float
    method: str
    closes: float
    chance: float
    reached: bool
    log2_labels: float


@dataclass
class PeerScores(CurveScores):
    """The scores of one curve, with targets.

    Attributes:
        unfitted: peer to tasks in which its curve, or one of those it averages, could not be fitted.
    """

    target_rows: list[TargetRow] = field(default_factory=list)
    unfitted: Counter[str] = field(default_factory=Counter)


def score_curve(curve: Curve, settings: BacktestSettings, peers: Sequence[str]) -> PeerScores:
    """Test ours and the peers on all tasks of a curve; deterministic, whatever is tested beside it."""
    scores = PeerScores()

    def fit(name: str, labels: Floats, error: Floats) -> Predictor:
        peer = fit_peer(name, labels, error)
        scores.unfitted[name] += bool(peer.unfitted)
        return peer

    for task in make_tasks(curve, settings.cuts):
        ours = fit_ours(task, n_draws=settings.n_draws, seed=settings.seed)
        ahead = scores.count_points(ours, task.ahead_labels)
        if ahead:
            methods = scoring.forecast_methods(task, ours, {name: partial(fit, name) for name in peers})
            ends = {
                name: scoring.score_method(scores, task, ahead, name, errors, ours, settings.seed)[:, -1]
                for name, errors in methods.items()
            }
            scores.target_rows += _target_rows(task, ahead, methods, ends)
    return scores


def _target_rows(task: Task, ahead: int, methods: dict[str, Errors], ends: dict[str, Floats]) -> Iterator[TargetRow]:
    """Score all targets; labels are compared where ours says more likely reached than not and the curve did reach."""
    end = float(task.ahead_labels[ahead - 1])
    where = where_of(task)
    for target in make_targets(task, ahead):
        chances = {name: float((errors <= target.error).mean()) for name, errors in ends.items()}
        for name, errors in methods.items():
            off = np.nan
            if chances[OURS] > 0.5 and target.labels is not None:
                # A factor of two off, either way, is 1.
                off = float(abs(np.log2(labels_forecast(errors, task, end, target.error) / target.labels)))
            yield TargetRow(*where, name, target.closes, chances[name], target.labels is not None, off)
