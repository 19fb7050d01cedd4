"""Scores one pair: forecasts of the gap by a joint forecast, by two independent ones, and by the last gap.

Notation: D draws (1 for the last gap); G label counts ahead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.backtest import scores
from planner.backtest.choose import name_hash
from planner.backtest.curve import FloatArray
from planner.backtest.forecasters import OURS, fit_ours
from planner.backtest.noise import noise_sd
from planner.backtest.pairs import Pair, PairTask, make_pair_tasks
from planner.backtest.scoring import CurveScores, PointRow, Settings, TargetRow, point_rows, ratio_bins, where_of

__all__ = ["INDEPENDENT", "LAST_GAP", "JointForecaster", "pair_methods", "score_pair"]

INDEPENDENT, LAST_GAP = "independent", "last_gap"

JointForecaster = Callable[[PairTask, FloatArray, int, Sequence[int]], FloatArray]
"""A task, label counts (G,), the number of draws D, and entropy for them, to joint draws (D, G, 2) of the expected
errors of random and of the strategy. It may look at `task.random` and `task.strategy` before their cut only."""


@dataclass(frozen=True, eq=False)
class _Forecasts:
    """Draws of the gap by method, each (D, G), and of the errors that noise is reckoned from."""

    gaps: dict[str, FloatArray]
    random: FloatArray
    strategy: FloatArray


def pair_methods(joint: JointForecaster | None) -> tuple[str, ...]:
    """Give the methods, first the one that the others are compared with."""
    return (INDEPENDENT, LAST_GAP) if joint is None else (OURS, INDEPENDENT, LAST_GAP)


def score_pair(pair: Pair, settings: Settings, joint: JointForecaster | None = None) -> CurveScores:
    """Test all methods on all tasks of a pair, on the points where single forecasts are not refused.

    A target row says with which chance the strategy ends above random, and whether it did.
    """
    tasks = refused_tasks = points = refused_points = 0
    rows: list[PointRow] = []
    ends: list[TargetRow] = []
    for task in make_pair_tasks(pair, settings.cuts):
        refused = fit_ours(task.random, n_draws=1, seed=settings.seed).refused(task.random.ahead_labels)
        kept = int((~refused).sum())
        points, refused_points = points + kept, refused_points + refused.size - kept
        if kept == 0:
            refused_tasks += 1
            continue
        tasks += 1
        found = _forecasts(task, task.random.ahead_labels[:kept], settings, joint)
        for method in pair_methods(joint):
            new, end = _score(task, method, found, settings.seed)
            rows += new
            ends.append(end)
    return CurveScores(tasks, refused_tasks, points, refused_points, rows, ends, {})


def _forecasts(task: PairTask, labels: FloatArray, settings: Settings, joint: JointForecaster | None) -> _Forecasts:
    random, strategy = (
        fit_ours(one, n_draws=settings.n_draws, seed=settings.seed)(labels) for one in (task.random, task.strategy)
    )
    gaps = {INDEPENDENT: random - strategy, LAST_GAP: np.full((1, labels.size), task.last_gap)}
    if joint is not None:
        draws = joint(task, labels, settings.n_draws, _key(task, settings.seed, "joint"))
        if draws.ndim != 3 or draws.shape[1:] != (labels.size, 2) or not np.isfinite(draws).all():
            raise RuntimeError(
                f"joint forecast, {task.pair.name}, cut {task.random.cut}: no (draws, labels, 2) numbers"
            )
        gaps[OURS] = draws[:, :, 0] - draws[:, :, 1]
    return _Forecasts(gaps, random, strategy)


def _score(task: PairTask, method: str, found: _Forecasts, seed: int) -> tuple[list[PointRow], TargetRow]:
    draws = found.gaps[method]
    measured = _with_noise(draws, _gap_noise(task, found), np.random.default_rng(_key(task, seed, "noise")))
    bins = ratio_bins(task.random.ahead_labels[: draws.shape[1]] / task.random.last)
    truth = task.ahead_gap[: bins.size]
    where = where_of(task.random, task.pair.name)
    chance = float((measured[:, -1] > 0).mean())
    end = TargetRow(*where, method, 0.0, chance, bool(truth[-1] > 0), np.nan)
    return list(point_rows(where, method, draws, measured, truth, bins)), end


def _gap_noise(task: PairTask, found: _Forecasts) -> FloatArray:
    """Give the noise of the measured gap: (G,); where seeds do not tell, both curves' own as if independent."""
    known = task.ahead_gap_standard_error[: found.random.shape[1]]
    if np.isfinite(known).all():
        return known
    both = [noise_sd(one, draws) for one, draws in ((task.random, found.random), (task.strategy, found.strategy))]
    apart = np.hypot(*(np.sqrt(np.mean(np.square(np.atleast_2d(sd)), axis=0)) for sd in both))
    return np.where(np.isfinite(known), known, apart)


def _with_noise(draws: FloatArray, sd: FloatArray, rng: np.random.Generator) -> FloatArray:
    # A gap lies in [−1, 1]: halved and shifted it is a fraction like an error.
    return 2.0 * scores.with_noise((draws + 1.0) / 2.0, sd / 2.0, rng) - 1.0


def _key(task: PairTask, seed: int, purpose: str) -> list[int]:
    return [seed, name_hash(purpose), name_hash(task.pair.name), name_hash(task.random.cut)]
