"""Curves of all strategies from a campaign that measured a single one, which is not random.

What the others would do is never seen; it is the measured curve moved along the label axis by label savings, which
recorded data sets predict: err_AL(n) = err_random(n · s(n)), read backwards. Draw by draw, so that money is compared on
curves that belong together.

Notation: D draws; M points a path; K knots; S strategies, random first.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves import TaskCurves, TaskDescription, fit_forecast
from planner.curves.chance import chance_classes
from planner.curves.savings.draws import joint_draws
from planner.curves.savings.shape import random_equivalent
from planner.curves.savings.task import savings_frame, task_priors
from planner.curves.table import clean_curves, validate_curves
from planner.curves.together import hardness
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from simulations.errors import InputError

_LEAST_SLOPE = 0.1  # a share more labels of the strategy is worth at least a tenth of that share to random
_RISE = 1e-9  # in ln(labels)
_GRID = 192  # points at which a strategy's savings are inverted


def curves_from_one_strategy(
    rows: pd.DataFrame,
    measured: str,
    proxies: pd.DataFrame,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float,
) -> TaskCurves:
    """Forecast the measured strategy from its rounds, and the others beside it.

    Args:
        rows: the measured strategy's points, at least four label counts.
        measured: its name.
        proxies: a curve table of recorded data sets.
        task: what the curves are for; its pool is where all strategies meet.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the tables.
        savings_sd: log sd of the task's savings around those recorded; larger is wider.

    Raises:
        InputError: the recorded data sets do not have one of the strategies.
    """
    table, noisy = clean_curves(validate_curves(proxies, where="recorded curves", metric=task.metric))
    _check_recorded(table, strategies[1:])
    classes = chance_classes(task.metric, task.classes)
    own = fit_forecast(rows, classes=classes, n_draws=n_draws, seed=keyed_seed(seed, "pilot", measured))
    priors, notes = task_priors(table, strategies[1:], task, savings_sd=savings_sd, random_error=hardness(own))
    coefficients = joint_draws(priors, n_draws, keyed_rng(seed, "savings"))
    log_first = float(np.log(own.first_labels))
    log_pool = None if task.pool_size is None else float(np.log(task.pool_size))
    place = {name: s for s, name in enumerate(strategies[1:])}
    random = _equivalent(own.log_labels, log_first, coefficients[place[measured]], log_pool)
    own_axis = np.broadcast_to(own.log_labels, random.shape)
    others = (
        own_axis if name == measured else _needs(random, log_first, coefficients[place[name]], log_pool)
        for name in strategies[1:]
    )
    shift = own.test_shift_sd * stratified_normal(n_draws, keyed_rng(seed, "pilot"))
    best = _held(np.maximum.accumulate(own.paths, axis=1), own.log_labels, log_pool)
    best = np.clip(best + shift[:, None], 0.0, 1.0)
    last = [own.last_labels if name == measured else own.first_labels for name in strategies]
    return TaskCurves(
        tuple(strategies),
        task.metric,
        np.broadcast_to(best, (len(strategies), *best.shape)),
        np.stack([random, *others]),
        np.repeat(np.log(last)[:, None], n_draws, axis=1),
        _evidence(measured, savings_frame(priors)),
        (*(f"Log, {measured}: {text}" for text in own.warnings), *noisy, *notes),
        clean_labels=False,
    )


def _held(best: Floats, log_labels: Floats, log_pool: float | None) -> Floats:
    """Let paths (D, M) rise no further once the whole pool is labelled."""
    beyond = log_labels > (np.inf if log_pool is None else log_pool)
    if log_pool is None or not beyond.any():
        return best
    right = int(beyond.argmax())
    share = (log_pool - log_labels[right - 1]) / (log_labels[right] - log_labels[right - 1])
    last = (1.0 - share) * best[:, right - 1] + share * best[:, right]
    return np.where(beyond, last[:, None], best)


def _equivalent(log_labels: Floats, log_first: float, coefficients: Floats, log_pool: float | None) -> Floats:
    """Give ln of random's labels for the same value (D, M), above the first set from the first batch on.

    Savings that fall faster would give random, at the first set, a value that the campaign came to much later.
    """
    x = random_equivalent(log_labels, log_first, coefficients, log_pool)
    return np.asarray(np.maximum(x, log_first + _LEAST_SLOPE * np.maximum(log_labels - log_first, 0.0)))


def _needs(random: Floats, log_first: float, coefficients: Floats, log_pool: float | None) -> Floats:
    """Give ln of the labels a strategy needs for what random has at (D, M): the inverse of `_equivalent`."""
    top = float(random.max()) if log_pool is None else max(log_pool, float(random.max()))
    grid = np.linspace(min(log_first, float(random.min())), top, _GRID)
    reached = _equivalent(grid, log_first, coefficients, log_pool)
    # A strategy that loses labels may need more of them than the grid has: it is held at the end, where all meet.
    # Where it is flat the first label count is meant, which a rise too small to matter makes the only one.
    reached = reached + _RISE * np.arange(_GRID)
    found = np.stack([np.interp(x, ahead, grid) for x, ahead in zip(random, reached, strict=True)])
    return np.asarray(np.maximum.accumulate(found, axis=1))


def _check_recorded(table: pd.DataFrame, strategies: Sequence[str]) -> None:
    recorded = set(table["strategy"].unique()) - {"random"}
    for name in strategies:
        if name not in recorded:
            raise InputError(
                f"strategy: found '{name}', which neither the log (at four label counts) nor the recorded data sets "
                f"have; allowed: {', '.join(sorted(recorded)) or 'none'}"
            )


def _evidence(measured: str, savings: pd.DataFrame) -> pd.DataFrame:
    own = pd.DataFrame([("log", 1.0, f"your own measurements: {measured}")], columns=["dataset", "weight", "why"])
    return own if savings.empty else pd.concat([own, savings], ignore_index=True)
