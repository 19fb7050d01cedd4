"""Curves for the user's task from curves that were simulated on that very task: measurements, not analogies.

Random and every strategy are drawn from one posterior of what was simulated (`planner.curves.joint`). What is left is
how much the model simulated tells of the user's own, a factor on the savings common to all strategies.

Notation: J data sets (one, as a rule); S strategies, random first; D draws; M points a path.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves.chance import chance_classes
from planner.curves.forecast import fit_forecast
from planner.curves.matching import Proxy, evidence_frame, find_proxies
from planner.curves.observing import observe
from planner.curves.other_pool import PoolEnd
from planner.curves.savings.shape import KNOTS, mismatch_ramp
from planner.curves.savings.task import unknown_savings
from planner.curves.task import TaskCurves, TaskDescription
from planner.curves.together import MAX_PATHS, draw_together
from planner.randomness import allocate, keyed_rng, keyed_seed, stratified_normal


def curves_from_simulation(
    table: pd.DataFrame,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float,
) -> TaskCurves:
    """Forecast the curves of a task that was simulated.

    Args:
        table: a curve table of the task; several data sets share the draws by their match.
        task: what the curves are for.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the table.
        savings_sd: log sd of the user's savings around those simulated; larger is wider.

    Raises:
        InputError: a strategy was not simulated, or no data set has them all.
    """
    proxies, warnings = find_proxies(table, task, strategies)
    shares = allocate([proxy.weight for proxy in proxies], n_draws)
    parts = [_drawn(*one, task, strategies, seed) for one in zip(proxies, shares.tolist(), strict=True) if one[1]]
    order = keyed_rng(seed, "order").permutation(n_draws)
    best, axis, last = (np.concatenate([part[i] for part in parts], axis=1)[:, order] for i in range(3))
    end = PoolEnd.joined([part[3] for part in parts]).taken(order)
    mismatch = savings_sd * stratified_normal(n_draws, keyed_rng(seed, "mismatch"))
    for s in range(1, len(strategies)):
        best[s] = _read_on(best[s], axis[s], mismatch)
    further = mismatch[:, None] * mismatch_ramp(KNOTS)
    return TaskCurves(
        tuple(strategies),
        proxies[0].metric,
        best,
        axis,
        last,
        evidence_frame(proxies),
        tuple(warnings),
        clean_labels=True,
        end=replace(end, coefficients=end.coefficients + further),
    )


def _drawn(
    proxy: Proxy, share: int, task: TaskDescription, strategies: Sequence[str], seed: int
) -> tuple[Floats, Floats, Floats, PoolEnd]:
    """Draw one data set's share: running bests and label axes (S, share, M), ends of measurements (S, share)."""
    key = f"{proxy.dataset} {proxy.learner}"
    random = fit_forecast(
        proxy.points["random"],
        classes=chance_classes(proxy.metric, proxy.classes),
        n_draws=min(share, MAX_PATHS),
        seed=keyed_seed(seed, key, "random"),
    )
    observed = {name: observe(proxy.points["random"], proxy.points[name]) for name in strategies[1:]}
    priors = [unknown_savings(name, 0.0) for name in strategies[1:]]
    drawn = draw_together(random, observed, priors, task, n_draws=share, seed=seed, key=key)
    best = np.maximum.accumulate(1.0 - np.stack([drawn.random, *drawn.strategies]), axis=2)
    last = [float(proxy.points[name]["labels"].max()) for name in strategies]
    axis = np.broadcast_to(drawn.log_labels, best.shape)
    end = PoolEnd.drawn_with(drawn, random.first_labels, task.pool_size)
    return best, axis, np.repeat(np.log(last)[:, None], share, axis=1), end


def _read_on(best: Floats, axis: Floats, log_factor: Floats) -> Floats:
    """Read each path (D, M) as many labels further on as its factor (D,) says, growing from none at the initial set."""
    progress = axis - axis[:, :1]
    moved = np.maximum.accumulate(axis + log_factor[:, None] * mismatch_ramp(progress), axis=1)
    return np.stack([np.interp(*row) for row in zip(moved, axis, best, strict=True)])
