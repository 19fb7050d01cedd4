"""Scores of one curve: all its tasks by all methods.

A row is one method on one task, and in one bin of the extrapolation ratio.

Notation: D draws (1 for a point forecast); G points ahead; x (D, G) forecast; y (G,) measured; M label counts on the
way from the last observed to the end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from planner.forecasting import Forecast, first_passage
from research.backtest.curves import CUTS, OURS, Curve, Task, fit_ours, make_tasks, name_hash, noise_sd
from research.backtest.peers import Predictor, fit_peer
from simulations.arrays import Counts, Floats

RATIOS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Upper ends of the bins of label count ÷ last observed; the first bin starts above 1."""

CLOSES = (0.10, 0.25, 0.50)
"""Targets close these shares of the lowest error observed so far."""

Errors = Callable[[Floats], Floats]
"""Label counts (G,) to forecast errors (D, G)."""

WAY_POINTS = 64  # label counts on the way to a target


def absolute_error(x: Floats, y: Floats) -> Floats:
    """Give |median − measured|: (G,)."""
    return np.abs(np.median(x, axis=0) - y)


def crps(x: Floats, y: Floats) -> Floats:
    """Give the continuous ranked probability score of draws: (G,); of a point forecast, the absolute error.

    E|X − y| − ½ E|X − X′|, the second term from sorted draws (Gneiting & Raftery 2007, equation 21).
    """
    n = len(x)
    weights = (2.0 * np.arange(1, n + 1) - n - 1.0) / n**2
    spread: Floats = weights @ np.sort(x, axis=0)
    score: Floats = np.abs(x - y).mean(axis=0) - spread
    return score


def coverage(x: Floats, y: Floats, level: float) -> Floats:
    """Say for each point whether the central interval holds it (1 or 0): (G,); NaN for a point forecast."""
    if len(x) == 1:
        return np.full(y.size, np.nan)
    low, high = _central_interval(x, level)
    inside: Floats = ((low <= y) & (y <= high)).astype(np.float64)
    return inside


def interval_width(x: Floats, level: float) -> Floats:
    """Give the width of the central interval: (G,); NaN for a point forecast."""
    if len(x) == 1:
        return np.full(x.shape[1], np.nan)
    low, high = _central_interval(x, level)
    width: Floats = high - low
    return width


def with_noise(x: Floats, sd: Floats, rng: np.random.Generator) -> Floats:
    """Turn draws of the expected error, (D, G), into draws in [0, 1] of what is measured, which carries its own noise.

    The sd is (G,) or (D, G). A point forecast (D = 1) is given back as it is.
    """
    if len(x) == 1:
        return x
    return np.clip(x + sd * rng.standard_normal(x.shape), 0.0, 1.0)


def _central_interval(x: Floats, level: float) -> Floats:
    tail = (1.0 - level) / 2.0
    return np.quantile(x, (tail, 1.0 - tail), axis=0)


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


@dataclass(frozen=True)
class BacktestSettings:
    """How curves are tested: at which cuts, beside which peers, and with how many draws."""

    cuts: tuple[str, ...] = CUTS
    peers: tuple[str, ...] = ()
    n_draws: int = 1000
    seed: int = 0


Where = tuple[str, str, str, int, float]
"""Which task a row is about, the first columns of all rows: data set, curve (or pair), cut, points before the cut, and
error at the last of them (of a pair, random's)."""


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


@dataclass
class CurveScores:
    """The scores of one curve.

    Attributes:
        tasks: tasks with at least one point that is forecast; of `refused_tasks` every point is refused.
        not_training: the refused tasks whose observed values are all the same.
        points: points ahead that are forecast.
        refused_points: points ahead that are refused.
        unfitted: peer to tasks in which its curve, or one of those it averages, could not be fitted.
    """

    tasks: int = 0
    refused_tasks: int = 0
    not_training: int = 0
    points: int = 0
    refused_points: int = 0
    point_rows: list[PointRow] = field(default_factory=list)
    target_rows: list[TargetRow] = field(default_factory=list)
    unfitted: dict[str, int] = field(default_factory=dict)

    def count_points(self, forecast: Forecast, labels: Floats) -> int:
        """Count the points ahead of a task, (G,), and give how many are forecast: a head, as refusals grow ahead."""
        refused = forecast.refused(labels)
        ahead = int((~refused).sum())
        # A task has enough label counts, so that a curve without a forecast is constant.
        self.not_training += not forecast.forecastable
        self.points += ahead
        self.refused_points += refused.size - ahead
        self.tasks += ahead > 0
        self.refused_tasks += ahead == 0
        return ahead


def score_curve(curve: Curve, settings: BacktestSettings) -> CurveScores:
    """Test all methods on all tasks of a curve; deterministic, whatever is tested beside it."""
    scores = CurveScores(unfitted=dict.fromkeys(settings.peers, 0))
    for task in make_tasks(curve, settings.cuts):
        ours = fit_ours(task, n_draws=settings.n_draws, seed=settings.seed)
        ahead = scores.count_points(ours, task.ahead_labels)
        if ahead:
            peers = {name: fit_peer(name, task.labels, task.error) for name in settings.peers}
            for name, peer in peers.items():
                scores.unfitted[name] += bool(peer.unfitted)
            _score_task(scores, task, ahead, ours, peers, settings.seed)
    return scores


def ratio_bins(ratio: Floats) -> Counts:
    """Number the bins of label count ÷ last observed: 0 up to 2 times, 1 above it up to 3 times, and so on."""
    return np.minimum(np.searchsorted(RATIOS, ratio * (1.0 - 1e-9), side="left"), len(RATIOS) - 1)


def _score_task(
    scores: CurveScores, task: Task, ahead: int, ours: Forecast, peers: Mapping[str, Predictor], seed: int
) -> None:
    methods: dict[str, Errors] = {OURS: lambda labels: 1.0 - ours.draws(labels)}
    methods |= {name: partial(_one_draw, peer) for name, peer in peers.items()}
    labels, truth, where = task.ahead_labels[:ahead], task.ahead_error[:ahead], where_of(task)
    key, bins = [seed, *map(name_hash, ("noise", task.curve.name, task.cut))], ratio_bins(labels / task.last)
    ends = {}
    for name, errors in methods.items():
        draws = errors(labels)
        sd = noise_sd(task, draws, ours.noise_factor if name == OURS else None)
        measured = with_noise(draws, sd, np.random.default_rng(key))
        scores.point_rows += point_rows(where, name, draws, measured, truth, bins)
        ends[name] = measured[:, -1]
    scores.target_rows += _target_rows(task, ahead, methods, ends)


def _one_draw(peer: Predictor, labels: Floats) -> Floats:
    return peer(labels)[None, :]


def where_of(task: Task, name: str | None = None) -> Where:
    """Give the first columns of a task's rows, under another name than its curve's where one is given."""
    return task.curve.group, name or task.curve.name, task.cut, task.labels.size, float(task.error[-1])


def point_rows(
    where: Where, method: str, draws: Floats, measured: Floats, truth: Floats, bins: Counts
) -> Iterator[PointRow]:
    """Score points and average within bins of the ratio.

    Draws are of what is expected, (D, G), and of what is measured, with noise unless D is 1; truth and bins are (G,).
    """
    columns = np.stack(
        [
            absolute_error(draws, truth),
            crps(measured, truth),
            coverage(measured, truth, 0.8),
            coverage(measured, truth, 0.9),
            interval_width(measured, 0.8),
            interval_width(measured, 0.9),
        ]
    )
    for ratio in np.unique(bins).tolist():
        inside = bins == ratio
        yield PointRow(*where, ratio, method, int(inside.sum()), *columns[:, inside].mean(axis=1).tolist())


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
