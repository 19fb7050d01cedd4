"""Pairs of curves, random's and a strategy's with the same seeds: forecasts of the gap, and their scores.

Notation: D draws (1 for the last gap); S seeds; N observed label counts; G label counts ahead;
gap = error of random − error of the strategy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.curves.replicates import BASELINE, FAMILY_KEYS
from planner.evidence import recorded_savings
from planner.forecasting import Forecast, fit_forecast
from planner.transfer.joint_posterior import SMALLEST_GAP_SD, ObservedGaps, draw_together, hardness
from planner.transfer.savings_prior import SavingsPrior, savings_prior, unknown_savings
from planner.transfer.task_curves import TaskDescription
from research.backtest import curves, scoring
from simulations.arrays import Floats
from simulations.curve_table import base_name, one_metric
from simulations.errors import InputError


@dataclass(frozen=True, eq=False)
class Pair:
    """Two mean curves over the same label counts and seeds; a pair has the strategy's name.

    Attributes:
        gap_standard_error: (N,) of the mean gap, from differences within seeds; NaN with one seed.
    """

    random: curves.Curve
    strategy: curves.Curve
    gap_standard_error: Floats


@dataclass(frozen=True, eq=False)
class PairTask:
    """One forecast of a gap to make: both curves cut at the same label count.

    Attributes:
        gap_standard_error: (N,) of the observed gap, from differences within seeds; NaN where not known.
        ahead_gap_standard_error: (G,) of the gap ahead of the cut; NaN where not known.
    """

    random: curves.Task
    strategy: curves.Task
    gap_standard_error: Floats
    ahead_gap_standard_error: Floats


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
    unreserved = [pair for pair in pairs if pair.random.openml_id not in curves.RESERVED_OPENML_IDS]
    if not unreserved:
        raise InputError("--pairs: all data sets are reserved")
    return unreserved


def make_pair_tasks(pair: Pair, cuts: Sequence[str]) -> list[PairTask]:
    """Cut both curves of a pair at the same label counts; see `research.backtest.curves.make_tasks`."""
    tasks = []
    for random in curves.make_tasks(pair.random, cuts):
        before, ahead = (np.searchsorted(pair.random.labels, at) for at in (random.labels, random.ahead_labels))
        curve, spread = pair.strategy, pair.gap_standard_error
        points = (column[at] for at in (before, ahead) for column in (curve.labels, curve.error, curve.standard_error))
        tasks.append(PairTask(random, curves.Task(curve, random.cut, *points), spread[before], spread[ahead]))
    return tasks


def _pair_family(rows: pd.DataFrame) -> list[Pair]:
    tables = {str(name): curves.seed_table(part) for name, part in rows.groupby("strategy", sort=True)}
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
    averages = [
        curves.average_seeds(rows[rows["strategy"] == which], values.loc[seeds, shared])
        for which, values in ((BASELINE, random), (name, strategy))
    ]
    return Pair(averages[0], averages[1], curves.mean_and_standard_error(gap)[1])


def forecast_pair(task: PairTask, labels: Floats, n_draws: int, entropy: Sequence[int]) -> Floats:
    """Forecast both curves of a pair from their observed part, with savings recorded on other data sets.

    Gives (D, G, 2) joint draws of the expected errors of random and of the strategy at (G,) label counts ahead, which
    depend on the entropy.
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
    both = (drawn.random, drawn.strategies[0])
    return np.stack([[np.interp(at, drawn.log_labels, path) for path in errors] for errors in both], axis=2)


def _observe_gaps(task: PairTask) -> ObservedGaps:
    """Take the pair's anchors beyond the initial set, where both are one."""
    random, strategy = task.random, task.strategy
    after = random.labels > random.labels[0]
    known = np.isfinite(task.gap_standard_error)
    spread = np.where(known, task.gap_standard_error, np.hypot(_curve_noise(random), _curve_noise(strategy)))
    variance = np.maximum(spread, SMALLEST_GAP_SD) ** 2
    return ObservedGaps(np.log(random.labels[after]), strategy.error[after], random.error[after], variance[after])


def _curve_noise(task: curves.Task) -> Floats:
    """Give a curve's standard error, or the binomial one of its test set where it is not known."""
    size = task.curve.test_size or 1_000
    guess: Floats = np.sqrt(np.maximum(task.error * (1.0 - task.error), 1e-4) / size)
    return np.where(np.isfinite(task.standard_error), task.standard_error, guess)


def _predict_savings(task: PairTask, random: Forecast) -> SavingsPrior:
    """Predict the savings from all recorded data sets but the pair's own."""
    curve, savings = task.strategy.curve, recorded_savings()
    savings = savings[~savings["dataset"].isin({curve.dataset, curve.group, base_name(curve.dataset)})]
    if curve.strategy not in set(savings["strategy"]):
        return unknown_savings(curve.strategy, 0.0)
    described = TaskDescription(
        curve.metric, curve.classes or 2, learner=curve.learner, initial_labels=round(random.first_labels)
    )
    return savings_prior(savings, curve.strategy, described, savings_sd=0.0, random_error=hardness(random))


PAIR_METHODS = (curves.OURS, "independent", "last_gap")
"""First the one that the others are compared with."""


def score_pair(pair: Pair, settings: scoring.BacktestSettings) -> scoring.CurveScores:
    """Test all methods on all tasks of a pair, on the points where single forecasts are not refused.

    A target row says with which chance the strategy ends above random, and whether it did.
    """
    scores = scoring.CurveScores()
    for task in make_pair_tasks(pair, settings.cuts):
        halves = [curves.fit_ours(half, n_draws=1, seed=settings.seed) for half in (task.random, task.strategy)]
        forecast = next((half for half in halves if not half.forecastable), halves[0])
        ahead = scores.count_points(forecast, task.random.ahead_labels)
        if not ahead:
            continue
        labels, where = task.random.ahead_labels[:ahead], scoring.where_of(task.random, pair.strategy.name)
        truth = (task.random.ahead_error - task.strategy.ahead_error)[:ahead]
        bins = scoring.ratio_bins(labels / task.random.last)
        gaps, noise = _forecast_methods(task, labels, settings)
        for method, draws in gaps.items():
            # A gap lies in [−1, 1]: halved and shifted it is a fraction like an error.
            rng = np.random.default_rng(_entropy(task, settings.seed, "noise"))
            measured = 2.0 * scoring.with_noise((draws + 1.0) / 2.0, noise / 2.0, rng) - 1.0
            scores.point_rows += scoring.point_rows(where, method, draws, measured, truth, bins)
            chance = float((measured[:, -1] > 0).mean())
            scores.target_rows.append(scoring.TargetRow(*where, method, 0.0, chance, bool(truth[-1] > 0), np.nan))
    return scores


def _forecast_methods(
    task: PairTask, labels: Floats, settings: scoring.BacktestSettings
) -> tuple[dict[str, Floats], Floats]:
    """Give draws of the gap by method, each (D, G), and the noise of the measured gap, (G,)."""
    random, strategy = (
        1.0 - curves.fit_ours(half, n_draws=settings.n_draws, seed=settings.seed).draws(labels)
        for half in (task.random, task.strategy)
    )
    draws = forecast_pair(task, labels, settings.n_draws, _entropy(task, settings.seed, "joint"))
    last = np.full((1, labels.size), task.random.error[-1] - task.strategy.error[-1])
    gaps = draws[:, :, 0] - draws[:, :, 1], random - strategy, last
    return dict(zip(PAIR_METHODS, gaps, strict=True)), gap_noise(task, random, strategy)


def gap_noise(task: PairTask, random: Floats, strategy: Floats) -> Floats:
    """Give the noise of the measured gap: (G,); where seeds do not tell, both curves' own as if independent."""
    known = task.ahead_gap_standard_error[: random.shape[1]]
    if np.isfinite(known).all():
        return known
    both = [curves.noise_sd(half, draws) for half, draws in ((task.random, random), (task.strategy, strategy))]
    independent = np.hypot(*(np.sqrt(np.mean(np.square(np.atleast_2d(sd)), axis=0)) for sd in both))
    return np.where(np.isfinite(known), known, independent)


def _entropy(task: PairTask, seed: int, purpose: str) -> list[int]:
    return [
        seed,
        curves.name_hash(purpose),
        curves.name_hash(task.strategy.curve.name),
        curves.name_hash(task.random.cut),
    ]
