"""Curves for the user's task from curves that were simulated on that very task, and the seconds measured there.

Random and every strategy are drawn from one posterior of what was simulated (`planner.transfer.joint_posterior`). How
much the simulated model tells of the user's own remains: a factor on the savings common to all strategies.

Notation: J data sets (one, as a rule); S strategies, random first; D draws; M points a path.
    fit_r, choose_r     seconds of round r: training, and scoring the pool with the choice of a batch
    n_r, N              labels in round r, items to choose from
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.curves.replicates import BASELINE
from planner.forecasting import chance_classes, fit_forecast
from planner.randomness import allocate, keyed_rng, keyed_seed, stratified_normal
from planner.transfer.from_proxies import Proxy, evidence_frame, find_proxies
from planner.transfer.joint_posterior import MAX_PATHS, draw_together, observe
from planner.transfer.savings_prior import unknown_savings
from planner.transfer.savings_shape import KNOTS, mismatch_ramp
from planner.transfer.task_curves import PoolEnd, TaskCurves, TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import TIMING_COLUMNS
from simulations.errors import InputError

_SHORTEST_SECONDS = 1e-9  # a clock that shows nothing has not shown that it takes no time


def curves_from_simulation(
    table: pd.DataFrame, task: TaskDescription, strategies: Sequence[str], *, n_draws: int, seed: int, savings_sd: float
) -> TaskCurves:
    """Forecast the curves of a task that was simulated; several data sets of the table share the draws by their weight.

    The savings' sd is the log sd of the user's savings around those simulated; larger is wider.

    Raises:
        InputError: a strategy was not simulated, or no data set has them all.
    """
    proxies, warnings = find_proxies(table, task, strategies)
    shares = allocate([proxy.weight for proxy in proxies], n_draws)
    parts = [
        _draw_data_set(proxy, share, task, strategies, seed)
        for proxy, share in zip(proxies, shares.tolist(), strict=True)
        if share
    ]
    order = keyed_rng(seed, "order").permutation(n_draws)
    best, axis, last, coefficients, first = (
        np.concatenate([part[i] for part in parts], axis=1)[:, order] for i in range(5)
    )
    mismatch = savings_sd * stratified_normal(n_draws, keyed_rng(seed, "mismatch"))
    for s in range(1, len(strategies)):
        best[s] = _read_further(best[s], axis[s], mismatch)
    coefficients += mismatch[:, None] * mismatch_ramp(KNOTS)
    return TaskCurves(
        tuple(strategies),
        proxies[0].metric,
        best,
        axis,
        last,
        evidence_frame(proxies),
        tuple(warnings),
        clean_labels=True,
        end=PoolEnd(coefficients, first[0], np.full(n_draws, np.log(task.pool_size or np.inf)), smooth=False),
    )


def _draw_data_set(
    proxy: Proxy, share: int, task: TaskDescription, strategies: Sequence[str], seed: int
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Draw one data set's share.

    Gives running bests and label axes, both (S, share, M), ln of where measurements end, (S, share), ln s at the knots,
    (S − 1, share, K), and ln of the initial set's size, (1, share).
    """
    key = f"{proxy.dataset} {proxy.learner}"
    points = {name: proxy.points(name) for name in strategies}
    random = fit_forecast(
        points["random"],
        classes=chance_classes(proxy.metric, proxy.classes),
        n_draws=min(share, MAX_PATHS),
        seed=keyed_seed(seed, key, "random"),
    )
    observed = {name: observe(points["random"], points[name]) for name in strategies[1:]}
    priors = [unknown_savings(name, 0.0) for name in strategies[1:]]
    drawn = draw_together(
        random,
        observed,
        priors,
        classes=chance_classes(task.metric, task.classes),
        pool_size=task.pool_size,
        n_draws=share,
        rngs=(keyed_rng(seed, key, "savings"), keyed_rng(seed, key, "joint")),
    )
    best = np.maximum.accumulate(1.0 - np.stack([drawn.random, *drawn.strategies]), axis=2)
    last = [float(points[name]["labels"].max()) for name in strategies]
    return (
        best,
        np.broadcast_to(drawn.log_labels, best.shape),
        np.repeat(np.log(last)[:, None], share, axis=1),
        drawn.coefficients,
        np.full((1, share), np.log(random.first_labels)),
    )


def _read_further(best: Floats, axis: Floats, log_factor: Floats) -> Floats:
    """Read each path (D, M) as many labels further on as its factor (D,) says, growing from none at the initial set."""
    progress = axis - axis[:, :1]
    moved = np.maximum.accumulate(axis + log_factor[:, None] * mismatch_ramp(progress), axis=1)
    return np.stack([np.interp(*row) for row in zip(moved, axis, best, strict=True)])


@dataclass(frozen=True)
class MeasuredSeconds:
    """Seconds by item, each the 10th to the 90th percentile over the trajectories measured.

    Attributes:
        train_per_item: one training, by labelled item, all its epochs.
        score_per_item: scoring and choosing, by item that is not labelled yet, all passes and members.
    """

    train_per_item: tuple[float, float]
    score_per_item: tuple[float, float]
    learners: tuple[str, ...]
    trajectories: int


def measured_seconds(table: pd.DataFrame, strategies: tuple[str, ...]) -> MeasuredSeconds:
    """Read seconds by item off simulated curves: Σ_r fit_r ÷ Σ_r n_r, and Σ_r choose_r ÷ Σ_r (N − n_r).

    Training is measured on all curves, choosing on those of the strategies named: random labelling chooses in no time.
    A round's sums are what scales; where choosing takes longer than in proportion to the pool, this is too little.

    Raises:
        InputError: the table carries no seconds, or none of the strategies.
    """
    if not {*TIMING_COLUMNS, "trajectory"} <= set(table.columns) or not (table["fit_seconds"] > 0).any():
        raise InputError(
            'plan, [compute] seconds_from: found "simulation", but the curves carry no seconds; allowed: "plan" with '
            "train_seconds_per_item and score_seconds_per_item"
        )
    rounds = table.drop_duplicates(["trajectory", "round"])
    chosen = rounds[rounds["strategy"].isin(strategies) & (rounds["strategy"] != BASELINE)]
    # The last round trains and chooses nothing.
    chosen = chosen[chosen["round"] < chosen.groupby("trajectory")["round"].transform("max")]
    if chosen.empty:
        raise InputError(
            'plan, [compute] seconds_from: found "simulation", but none of its strategies was simulated; allowed: '
            '"plan" with score_seconds_per_item'
        )
    choosing = chosen["score_seconds"] + chosen["select_seconds"]
    return MeasuredSeconds(
        train_per_item=_range_over_trajectories(rounds["fit_seconds"], rounds["labels"], rounds["trajectory"]),
        score_per_item=_range_over_trajectories(choosing, chosen["pool_size"] - chosen["labels"], chosen["trajectory"]),
        learners=tuple(sorted(rounds["learner"].unique())),
        trajectories=int(rounds["trajectory"].nunique()),
    )


def _range_over_trajectories(seconds: pd.Series, items: pd.Series, trajectory: pd.Series) -> tuple[float, float]:
    """Divide sums over each trajectory, and give the 80% range over trajectories."""
    sums = pd.DataFrame({"seconds": seconds, "items": items}).groupby(trajectory.to_numpy()).sum()
    each = (sums["seconds"] / sums["items"].clip(lower=1)).clip(lower=_SHORTEST_SECONDS)
    low, high = (float(f"{each.quantile(q):.3g}") for q in (0.1, 0.9))
    return low, high
