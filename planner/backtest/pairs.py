"""Pairs of curves, random's and a strategy's with the same seeds: forecasts of the gap, and their scores.

Notation: D draws (1 for the last gap); S seeds; N observed label counts; G label counts ahead;
gap = error of random − error of the strategy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from planner.backtest import scoring
from planner.backtest.curves import (
    RESERVED_OPENML_IDS,
    Curve,
    average_seeds,
    mean_and_standard_error,
    name_hash,
    seed_table,
)
from planner.backtest.forecast_tasks import OURS, Task, fit_ours, make_tasks, noise_sd
from planner.backtest.scoring import (
    BacktestSettings,
    CurveScores,
    PointRow,
    TargetRow,
    point_rows,
    ratio_bins,
    where_of,
)
from planner.curves.replicates import BASELINE, FAMILY_KEYS
from planner.forecast.forecast import Forecast, fit_forecast
from planner.transfer.joint_posterior import SMALLEST_GAP_SD, ObservedGaps, draw_together, hardness
from planner.transfer.savings_prior import SavingsPrior, savings_prior, unknown_savings
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import Counts, Floats
from simulations.curve_table import one_metric
from simulations.errors import InputError


@dataclass(frozen=True, eq=False)
class Pair:
    """Two curves over the same label counts and seeds.

    Attributes:
        random: random's mean curve.
        strategy: the strategy's.
        gap_standard_error: (N,) of the mean gap, from differences within seeds; NaN with one seed.
    """

    random: Curve
    strategy: Curve
    gap_standard_error: Floats

    @property
    def name(self) -> str:
        """What tells the pair from all others."""
        return self.strategy.name

    @property
    def gap(self) -> Floats:
        """Error of random − error of the strategy: (N,); positive where the strategy is better."""
        return self.random.error - self.strategy.error


@dataclass(frozen=True, eq=False)
class PairTask:
    """One forecast of a gap to make, and the gaps measured ahead of the cut.

    Attributes:
        pair: where it comes from.
        random: random's curve cut.
        strategy: the strategy's curve cut at the same label count.
        gap_standard_error: (N,) of the observed gap, from differences within seeds; NaN where not known.
        ahead_gap: (G,) what was measured.
        ahead_gap_standard_error: (G,) of that; NaN where not known.
    """

    pair: Pair
    random: Task
    strategy: Task
    gap_standard_error: Floats
    ahead_gap: Floats
    ahead_gap_standard_error: Floats

    @property
    def last_gap(self) -> float:
        """The gap at the last observed label count."""
        return float(self.random.error[-1] - self.strategy.error[-1])


def pairs_from_table(table: pd.DataFrame, metric: str | None = None) -> list[Pair]:
    """Pair every strategy of a validated table with random: same data, learner, schedule and seeds.

    Data sets with a reserved OpenML id are left out.

    Raises:
        InputError: there is no value of the metric, no strategy has label counts and seeds in common with random, or
            all data sets are reserved.
    """
    rows = one_metric(table, metric)
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    pairs = [pair for _, family in rows.groupby(keys, sort=True) for pair in _pair_family(family)]
    if not pairs:
        raise InputError(f"--pairs: no strategy has seeds and label counts in common with '{BASELINE}'")
    unreserved = [pair for pair in pairs if pair.random.openml_id not in RESERVED_OPENML_IDS]
    if not unreserved:
        raise InputError("--pairs: all data sets are reserved")
    return unreserved


def make_pair_tasks(pair: Pair, cuts: Sequence[str]) -> list[PairTask]:
    """Cut both curves of a pair at the same label counts; see `planner.backtest.forecast_tasks.make_tasks`."""
    tasks = []
    for random in make_tasks(pair.random, cuts):
        before, ahead = (np.searchsorted(pair.random.labels, at) for at in (random.labels, random.ahead_labels))
        strategy = Task(
            pair.strategy, random.cut, *_points_at(pair.strategy, before), *_points_at(pair.strategy, ahead)
        )
        tasks.append(
            PairTask(
                pair, random, strategy, pair.gap_standard_error[before], pair.gap[ahead], pair.gap_standard_error[ahead]
            )
        )
    return tasks


def _points_at(curve: Curve, where: Counts) -> tuple[Floats, Floats, Floats]:
    return curve.labels[where], curve.error[where], curve.standard_error[where]


def _pair_family(rows: pd.DataFrame) -> list[Pair]:
    tables = {str(name): seed_table(part) for name, part in rows.groupby("strategy", sort=True)}
    if BASELINE not in tables:
        return []
    pairs = (_make_pair(rows, tables[BASELINE], name, table) for name, table in tables.items() if name != BASELINE)
    return [pair for pair in pairs if pair is not None]


def _make_pair(rows: pd.DataFrame, random: pd.DataFrame, name: str, strategy: pd.DataFrame) -> Pair | None:
    seeds = random.index.intersection(strategy.index)
    labels = random.columns.intersection(strategy.columns)
    both = pd.concat([random.loc[seeds, labels], strategy.loc[seeds, labels]])
    shared = both.dropna(axis="columns").columns
    if seeds.empty or shared.empty:
        return None
    gap = strategy.loc[seeds, shared].to_numpy(dtype=float) - random.loc[seeds, shared].to_numpy(dtype=float)
    curves = [
        average_seeds(rows[rows["strategy"] == which], values.loc[seeds, shared])
        for which, values in ((BASELINE, random), (name, strategy))
    ]
    return Pair(curves[0], curves[1], mean_and_standard_error(gap)[1])


def forecast_pair(task: PairTask, labels: Floats, n_draws: int, entropy: Sequence[int]) -> Floats:
    """Forecast both curves of a pair from their observed part, with savings recorded on other data sets.

    Args:
        task: of which only what was observed is read.
        labels: (G,) label counts ahead.
        n_draws: D.
        entropy: what the draws depend on.

    Returns:
        (D, G, 2) joint draws of the expected errors of random and of the strategy.
    """
    rng = np.random.default_rng(np.random.SeedSequence(list(entropy)))
    curve, name = task.random.curve, task.strategy.curve.strategy
    random = fit_forecast(task.random.points, classes=curve.classes, n_draws=n_draws, seed=[*entropy, 1])
    drawn = draw_together(
        random,
        {name: _observe_gaps(task)},
        [_predict_savings(task, random)],
        classes=curve.classes,
        pool_size=curve.pool_size,
        n_draws=n_draws,
        rngs=(rng, rng),
    )
    at = np.log(labels)
    curves = (drawn.random, drawn.strategies[0])
    return np.stack([[np.interp(at, drawn.log_labels, path) for path in errors] for errors in curves], axis=2)


def _observe_gaps(task: PairTask) -> ObservedGaps:
    """Take the pair's anchors beyond the initial set, where both are one."""
    random, strategy = task.random, task.strategy
    after = random.labels > random.labels[0]
    known = np.isfinite(task.gap_standard_error)
    spread = np.where(known, task.gap_standard_error, np.hypot(_curve_noise(random), _curve_noise(strategy)))
    variance = np.maximum(spread, SMALLEST_GAP_SD) ** 2
    return ObservedGaps(np.log(random.labels[after]), strategy.error[after], random.error[after], variance[after])


def _curve_noise(task: Task) -> Floats:
    """Give a curve's standard error, or the binomial one of its test set where it is not known."""
    size = task.curve.test_size or 1_000
    guess: Floats = np.sqrt(np.maximum(task.error * (1.0 - task.error), 1e-4) / size)
    return np.where(np.isfinite(task.standard_error), task.standard_error, guess)


def _predict_savings(task: PairTask, random: Forecast) -> SavingsPrior:
    """Predict the savings from all recorded data sets but the pair's own."""
    curve, table = task.pair.strategy, _recorded_table()
    if table is None or curve.strategy not in set(table["strategy"]):
        return unknown_savings(curve.strategy, 0.0)
    described = TaskDescription(curve.metric, curve.classes or 2, learner=curve.learner)
    own = {curve.dataset, curve.group, curve.dataset.partition(" [")[0]}
    return savings_prior(table, curve.strategy, described, savings_sd=0.0, random_error=hardness(random), exclude=own)


@lru_cache(maxsize=1)
def _recorded_table() -> pd.DataFrame | None:
    from planner.evidence import recorded_curves
    from simulations.curve_table import validate_curves

    table = validate_curves(recorded_curves(), where="recorded curves")
    return table if not table.empty else None


JointForecaster = Callable[[PairTask, Floats, int, Sequence[int]], Floats]
"""A task, label counts (G,), the number of draws D, and entropy for them, to joint draws (D, G, 2) of the expected
errors of random and of the strategy. It may look at `task.random` and `task.strategy` before their cut only."""


PAIR_METHODS = (OURS, "independent", "last_gap")
"""First the one that the others are compared with."""


def score_pair(pair: Pair, settings: BacktestSettings, joint: JointForecaster) -> CurveScores:
    """Test all methods on all tasks of a pair, on the points where single forecasts are not refused.

    A target row says with which chance the strategy ends above random, and whether it did.
    """
    tasks = refused_tasks = points = refused_points = 0
    rows: list[PointRow] = []
    ends: list[TargetRow] = []
    for task in make_pair_tasks(pair, settings.cuts):
        refused = fit_ours(task.random, n_draws=1, seed=settings.seed).refused(task.random.ahead_labels)
        ahead = int((~refused).sum())
        points, refused_points = points + ahead, refused_points + refused.size - ahead
        if ahead == 0:
            refused_tasks += 1
            continue
        tasks += 1
        gaps, noise = _forecast_methods(task, task.random.ahead_labels[:ahead], settings, joint)
        for method, draws in gaps.items():
            new_rows, end = _score_method(task, method, draws, noise, settings.seed)
            rows += new_rows
            ends.append(end)
    return CurveScores(tasks, refused_tasks, points, refused_points, rows, ends, {})


def _forecast_methods(
    task: PairTask, labels: Floats, settings: BacktestSettings, joint: JointForecaster
) -> tuple[dict[str, Floats], Floats]:
    """Give draws of the gap by method, each (D, G), and the noise of the measured gap, (G,)."""
    random, strategy = (
        1.0 - fit_ours(half, n_draws=settings.n_draws, seed=settings.seed).draws(labels)
        for half in (task.random, task.strategy)
    )
    draws = joint(task, labels, settings.n_draws, _entropy(task, settings.seed, "joint"))
    gaps = draws[:, :, 0] - draws[:, :, 1], random - strategy, np.full((1, labels.size), task.last_gap)
    return dict(zip(PAIR_METHODS, gaps, strict=True)), _gap_noise(task, random, strategy)


def _score_method(
    task: PairTask, method: str, draws: Floats, noise: Floats, seed: int
) -> tuple[list[PointRow], TargetRow]:
    # A gap lies in [−1, 1]: halved and shifted it is a fraction like an error.
    rng = np.random.default_rng(_entropy(task, seed, "noise"))
    measured = 2.0 * scoring.with_noise((draws + 1.0) / 2.0, noise / 2.0, rng) - 1.0
    bins = ratio_bins(task.random.ahead_labels[: draws.shape[1]] / task.random.last)
    truth = task.ahead_gap[: bins.size]
    where = where_of(task.random, task.pair.name)
    chance = float((measured[:, -1] > 0).mean())
    end = TargetRow(*where, method, 0.0, chance, bool(truth[-1] > 0), np.nan)
    return list(point_rows(where, method, draws, measured, truth, bins)), end


def _gap_noise(task: PairTask, random: Floats, strategy: Floats) -> Floats:
    """Give the noise of the measured gap: (G,); where seeds do not tell, both curves' own as if independent."""
    known = task.ahead_gap_standard_error[: random.shape[1]]
    if np.isfinite(known).all():
        return known
    both = [noise_sd(half, draws) for half, draws in ((task.random, random), (task.strategy, strategy))]
    independent = np.hypot(*(np.sqrt(np.mean(np.square(np.atleast_2d(sd)), axis=0)) for sd in both))
    return np.where(np.isfinite(known), known, independent)


def _entropy(task: PairTask, seed: int, purpose: str) -> list[int]:
    return [seed, name_hash(purpose), name_hash(task.pair.name), name_hash(task.random.cut)]
