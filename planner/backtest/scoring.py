"""Scores one curve: all its tasks, by all methods, on the points that our forecast does not refuse.

Notation: D draws; G points ahead; a row is one method on one task, and in one bin of the extrapolation ratio.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.backtest import scores
from planner.backtest.choose import name_hash
from planner.backtest.curve import Curve, FloatArray
from planner.backtest.forecasters import OURS, Errors, Ours, fit_ours, fit_peer
from planner.backtest.noise import noise_sd
from planner.backtest.targets import labels_forecast, make_targets
from planner.backtest.tasks import CUTS, Task, make_tasks
from planner.curves.prior import ForecastPrior

__all__ = [
    "RATIOS",
    "CurveScores",
    "PointRow",
    "Settings",
    "TargetRow",
    "Where",
    "point_rows",
    "ratio_bins",
    "score_curve",
    "where_of",
]

BinArray = npt.NDArray[np.intp]

RATIOS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Upper ends of the bins of label count ÷ last observed; the first bin starts above 1."""


@dataclass(frozen=True)
class Settings:
    """How curves are tested.

    Attributes:
        cuts: see `planner.backtest.tasks.CUTS`.
        peers: names in the registry of peers.
        n_draws: sample paths of our forecast.
        seed: what they and the noise depend on, besides names.
        prior: of our forecast; the shipped one when left out.
        folds: parts of the data sets in cross-validation; None without it.
    """

    cuts: tuple[str, ...] = CUTS
    peers: tuple[str, ...] = ()
    n_draws: int = 1000
    seed: int = 0
    prior: ForecastPrior | None = None
    folds: int | None = None


class Where(NamedTuple):
    """Which task a row is about: the first columns of all rows.

    Attributes:
        group: data set.
        curve: its name; of a pair, the pair's.
        cut: see `planner.backtest.tasks.CUTS`.
        observed: points before the cut.
        last_error: error at the last of them; of a pair, random's.
    """

    group: str
    curve: str
    cut: str
    observed: int
    last_error: float


class PointRow(NamedTuple):
    """Means over the points of one task in one bin of the ratio; the first columns are those of `Where`."""

    group: str
    curve: str
    cut: str
    observed: int
    last_error: float
    ratio: int
    method: str
    points: int
    absolute_error: float
    crps: float
    coverage80: float
    coverage90: float
    width80: float
    width90: float


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


@dataclass(frozen=True)
class CurveScores:
    """All that is known of one curve after the test.

    Attributes:
        tasks: tasks with at least one point that is forecast.
        refused_tasks: tasks of which every point is refused.
        points: points ahead that are forecast.
        refused_points: points ahead that are refused.
        point_rows: scores of points.
        target_rows: scores of targets.
        unfitted: peer to tasks in which its curve, or one of those it averages, could not be fitted.
    """

    tasks: int
    refused_tasks: int
    points: int
    refused_points: int
    point_rows: list[PointRow]
    target_rows: list[TargetRow]
    unfitted: dict[str, int]


def score_curve(curve: Curve, settings: Settings) -> CurveScores:
    """Test all methods on all tasks of a curve; deterministic, whatever is tested beside it."""
    forecast = refused_tasks = points = refused_points = 0
    point_rows: list[PointRow] = []
    target_rows: list[TargetRow] = []
    unfitted = dict.fromkeys(settings.peers, 0)
    for task in make_tasks(curve, settings.cuts):
        ours = fit_ours(task, n_draws=settings.n_draws, seed=settings.seed, prior=settings.prior)
        # Refusals grow with distance, so what is forecast is a head of the points ahead.
        kept = int((~ours.refused(task.ahead_labels)).sum())
        points, refused_points = points + kept, refused_points + task.ahead_labels.size - kept
        if kept == 0:
            refused_tasks += 1
            continue
        forecast += 1
        peers = {name: fit_peer(name, task) for name in settings.peers}
        unfitted = {name: count + peers[name].unfitted for name, count in unfitted.items()}
        rows, targets = _score_task(task, kept, {OURS: ours, **peers}, settings.seed)
        point_rows += rows
        target_rows += targets
    return CurveScores(forecast, refused_tasks, points, refused_points, point_rows, target_rows, unfitted)


def ratio_bins(ratio: FloatArray) -> BinArray:
    """Number the bins of label count ÷ last observed: 0 up to 2 times, 1 above it up to 3 times, and so on."""
    return np.minimum(np.searchsorted(RATIOS, ratio * (1.0 - 1e-9), side="left"), len(RATIOS) - 1)


def _score_task(task: Task, kept: int, methods: dict[str, Errors], seed: int) -> tuple[list[PointRow], list[TargetRow]]:
    labels = task.ahead_labels[:kept]
    key = [seed, name_hash("noise"), name_hash(task.curve.name), name_hash(task.cut)]
    draws, measured = {}, {}
    for name, errors in methods.items():
        draws[name] = errors(labels)
        rng = np.random.default_rng(key)
        own = errors.noise_factor if isinstance(errors, Ours) else None
        measured[name] = scores.with_noise(draws[name], noise_sd(task, draws[name], own), rng)
    bins = ratio_bins(labels / task.last)
    where, truth = where_of(task), task.ahead_error[:kept]
    points = [row for name in methods for row in point_rows(where, name, draws[name], measured[name], truth, bins)]
    ends = {name: found[:, -1] for name, found in measured.items()}
    return points, list(_target_rows(task, kept, methods, ends))


def where_of(task: Task, name: str | None = None) -> Where:
    """Say which task a row is about, under another name than its curve's where one is given."""
    return Where(task.curve.group, name or task.curve.name, task.cut, task.labels.size, float(task.error[-1]))


def point_rows(
    where: Where,
    method: str,
    draws: FloatArray,
    measured: FloatArray,
    truth: FloatArray,
    bins: BinArray,
) -> Iterator[PointRow]:
    """Score points and average within bins of the ratio.

    Args:
        where: the task.
        method: whose forecast it is.
        draws: (D, G) of what is expected.
        measured: (D, G) of what is measured: with noise, unless D is 1.
        truth: (G,) what was measured.
        bins: (G,) of `ratio_bins`.
    """
    columns = np.stack(
        [
            scores.absolute_error(draws, truth),
            scores.crps(measured, truth),
            scores.coverage(measured, truth, 0.8),
            scores.coverage(measured, truth, 0.9),
            scores.interval_width(measured, 0.8),
            scores.interval_width(measured, 0.9),
        ]
    )
    for ratio in np.unique(bins).tolist():
        inside = bins == ratio
        yield PointRow(*where, ratio, method, int(inside.sum()), *columns[:, inside].mean(axis=1).tolist())


def _target_rows(task: Task, kept: int, methods: dict[str, Errors], ends: dict[str, FloatArray]) -> Iterator[TargetRow]:
    """Score all targets; labels are compared where ours says more likely reached than not and the curve did reach."""
    end = float(task.ahead_labels[kept - 1])
    where = where_of(task)
    for target in make_targets(task, kept):
        likely = scores.chance_of_reaching(ends[OURS], target.error) > 0.5
        for name, errors in methods.items():
            off = np.nan
            if likely and target.labels is not None:
                off = scores.log2_ratio(labels_forecast(errors, task, end, target.error), target.labels)
            chance = scores.chance_of_reaching(ends[name], target.error)
            yield TargetRow(*where, name, target.closes, chance, target.reached, off)
