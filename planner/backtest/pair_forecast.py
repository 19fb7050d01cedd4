"""Our joint forecast of a pair, given what a user with a paired pilot would have: never the pair's own data set.

Notation: N observed label counts; G label counts ahead; D draws.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from planner.backtest.curve import FloatArray
from planner.backtest.pairs import PairTask
from planner.backtest.tasks import Task
from planner.curves.forecast import Forecast, fit_forecast
from planner.curves.joint import SMALLEST_GAP_SD, JointDraws, Observed
from planner.curves.savings.prior import SavingsPrior, savings_prior
from planner.curves.savings.task import unknown_savings
from planner.curves.task import TaskDescription
from planner.curves.together import draw_beside, hardness

__all__ = ["forecast_pair"]


def forecast_pair(task: PairTask, labels: FloatArray, n_draws: int, entropy: Sequence[int]) -> FloatArray:
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
    drawn = draw_beside(
        random,
        {name: _observed(task)},
        [_prior(task, random)],
        classes=curve.classes,
        pool_size=curve.pool_size,
        n_draws=n_draws,
        rngs=(rng, rng),
    )
    return np.stack([_at(drawn, errors, labels) for errors in (drawn.random, drawn.strategies[0])], axis=2)


def _observed(task: PairTask) -> Observed:
    """Take the pair's anchors beyond the initial set, where both are one."""
    random, strategy = task.random, task.strategy
    after = random.labels > random.labels[0]
    known = np.isfinite(task.gap_standard_error)
    spread = np.where(known, task.gap_standard_error, np.hypot(_own(random), _own(strategy)))
    variance = np.maximum(spread, SMALLEST_GAP_SD) ** 2
    return Observed(np.log(random.labels[after]), strategy.error[after], random.error[after], variance[after])


def _own(task: Task) -> FloatArray:
    """Give a curve's standard error, or the binomial one of its test set where it is not known."""
    size = task.curve.test_size or 1_000
    guess: FloatArray = np.sqrt(np.maximum(task.error * (1.0 - task.error), 1e-4) / size)
    return np.where(np.isfinite(task.standard_error), task.standard_error, guess)


def _prior(task: PairTask, random: Forecast) -> SavingsPrior:
    """Predict the savings from all recorded data sets but the pair's own."""
    curve, table = task.pair.strategy, _table()
    if table is None or curve.strategy not in set(table["strategy"]):
        return unknown_savings(curve.strategy, 0.0)
    described = TaskDescription(curve.metric, curve.classes or 2, learner=curve.learner)
    own = {curve.dataset, curve.group, curve.dataset.partition(" [")[0]}
    return savings_prior(table, curve.strategy, described, savings_sd=0.0, random_error=hardness(random), exclude=own)


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame | None:
    from planner.curves import validate_curves
    from planner.evidence import recorded_curves

    table = validate_curves(recorded_curves(), where="recorded curves")
    return table if not table.empty else None


def _at(drawn: JointDraws, errors: FloatArray, labels: FloatArray) -> FloatArray:
    return np.stack([np.interp(np.log(labels), drawn.log_labels, row) for row in errors])
