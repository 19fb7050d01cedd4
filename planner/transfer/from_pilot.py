"""Curves for the user's task from the user's own pilot, with what it lacks taken from recorded data sets.

Random comes from the pilot. A strategy's curve is random's moved by its label savings, which recorded data sets predict
and the pilot's own measurements of the strategy update, with a discrepancy that the measurements pin down
(`planner.transfer.joint_posterior`). Both curves are drawn together: what the pilot says of one it says of the other.

Notation: R paths of random; D draws; M points a path; S strategies, random first.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.forecasting import MIN_ANCHORS, Forecast, chance_classes, fit_forecast
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from planner.transfer.joint_posterior import MAX_PATHS, ObservedGaps, draw_together, hardness, observe
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.savings_prior import savings_frame, task_priors
from planner.transfer.task_curves import PoolEnd, TaskCurves, TaskDescription
from simulations.curve_table import validate_curves
from simulations.errors import InputError


def curves_from_pilot(
    pilot: pd.DataFrame,
    proxies: ProxyEvidence,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float = 0.4,
) -> TaskCurves:
    """Forecast the user's own curves.

    Args:
        pilot: the user's measured points, a curve table: one data set, one learner, one batch size a strategy.
        proxies: recorded data sets, whose savings stand in for what the pilot does not tell.
        task: what the curves are for; the pilot's rows in its metric are used.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the tables.
        savings_sd: log sd of the task's savings factor around a proxy's; larger is wider.

    Raises:
        InputError: no random points in the task's metric, fewer than four label counts, values that are all the same,
            several data sets, learners or batch sizes in one curve, more labels than the pool holds, or a strategy that
            neither the pilot nor the proxies know.
    """
    points = _pilot_points(pilot, task)
    observed, last_labels, warnings = _measure_strategies(points, task, strategies, seed)
    savings, unused = proxies.savings(strategies[1:], task.metric)
    recorded = set(savings["strategy"])
    unrecorded = [name for name in strategies[1:] if name not in recorded]
    for name in unrecorded:
        if name not in observed:
            known = ", ".join(sorted({*proxies.strategies, *observed})) or "none"
            raise InputError(
                f"strategy: found '{name}', of which the pilot has no curve of {MIN_ANCHORS} label counts that can "
                f"be forecast and the recorded data sets none at all; allowed: {known}"
            )
        warnings.append(f"No data set is recorded with {name}: its curve rests on the pilot alone.")
    random = _forecast_curve(points["random"], task, min(n_draws, MAX_PATHS) if observed else n_draws, seed, "random")
    if random.no_forecast is not None:
        raise InputError(f"pilot, random: {random.no_forecast}")
    own, first, late = _initial_labels(random, observed, task)
    begun = replace(task, initial_labels=round(first))
    priors, notes = task_priors(
        savings, strategies[1:], begun, savings_sd=savings_sd, random_error=hardness(random, first)
    )
    drawn = draw_together(
        random,
        observed,
        priors,
        classes=chance_classes(task.metric, task.classes),
        pool_size=task.pool_size,
        n_draws=n_draws,
        rngs=(keyed_rng(seed, "pilot", "savings"), keyed_rng(seed, "pilot", "joint")),
        initial_labels=first,
    )
    if drawn.tempered:
        notes.append(
            "The pilot's curves hardly fit together: few of random's possible curves agree with what the strategies "
            "measured. Check that all were measured in the same way; the answer takes the disagreement lightly."
        )
    shift = random.test_shift_sd * stratified_normal(n_draws, keyed_rng(seed, "pilot"))
    best = np.maximum.accumulate(1.0 - np.stack([drawn.random, *drawn.strategies]), axis=2) + shift[:, None]
    last = [random.last_labels, *(last_labels.get(name, random.last_labels) for name in strategies[1:])]
    measured = ", ".join(name for name in strategies if name == "random" or name in observed)
    return TaskCurves(
        tuple(strategies),
        task.metric,
        np.clip(best, 0.0, 1.0),
        np.broadcast_to(drawn.log_labels, best.shape),
        np.repeat(np.log(last)[:, None], n_draws, axis=1),
        savings_frame(priors, own=("pilot", measured)),
        (*(f"Pilot, random: {text}" for text in random.warnings), *late, *warnings, *unused, *notes),
        clean_labels=False,
        end=PoolEnd(
            drawn.coefficients,
            log_first=np.full(n_draws, np.log(first)),
            log_pool=np.full(n_draws, np.log(task.pool_size or np.inf)),
            smooth=False,
            own_first=own,
        ),
    )


def _initial_labels(
    random: Forecast, observed: dict[str, ObservedGaps], task: TaskDescription
) -> tuple[bool, float, list[str]]:
    """Say whether strategies begin with the campaign's own initial set, from which labels on, and what to warn of.

    A pilot of random is measured on nested parts, the first of them of any size. Where a strategy was measured the
    pilot began with an initial set of its own. Before random's first point no curve is known, and nothing is saved.
    """
    if observed or task.initial_labels is None:
        return False, random.first_labels, []
    if random.first_labels <= task.initial_labels:
        return True, float(task.initial_labels), []
    late = (
        f"The pilot begins with {random.first_labels:,.0f} labels, beyond the initial set of {task.initial_labels:,}: "
        "strategies are taken to save nothing before it. Measured on smaller parts of the same labels too it would "
        "tell more."
    )
    return True, random.first_labels, [late]


def _pilot_points(pilot: pd.DataFrame, task: TaskDescription) -> dict[str, pd.DataFrame]:
    """Give each strategy's points in the task's metric; refuse a pilot that is not one campaign within the pool."""
    table = validate_curves(pilot, where="pilot", metric=task.metric)
    rows = table[table["metric"] == task.metric]
    if rows.empty:
        raise InputError(
            f"pilot, column 'metric': found {', '.join(sorted(table['metric'].unique()))}; allowed: {task.metric}"
        )
    points = {str(name): part for name, part in task.describe_rows(rows).groupby("strategy", sort=True)}
    for column in ("dataset", "learner"):
        names = sorted(map(str, rows[column].unique())) if column in rows.columns else []
        if len(names) > 1:
            raise InputError(f"pilot, column '{column}': found {', '.join(names)}; allowed: one in all rows")
    for name, part in points.items():
        sizes = sorted(part["batch_size"].unique().tolist()) if "batch_size" in part.columns else []
        if len(sizes) > 1:
            listed = ", ".join(f"{size:g}" for size in sizes)
            raise InputError(f"pilot, column 'batch_size': found {listed} for {name}; allowed: one for each strategy")
    if "random" not in points:
        raise InputError(f"pilot, column 'strategy': found {', '.join(points)}; rows of random are needed beside them")
    counts, most = points["random"]["labels"].nunique(), rows["labels"].max()
    if counts < MIN_ANCHORS:
        raise InputError(f"pilot: random has {counts} different label counts; at least {MIN_ANCHORS} are needed")
    if task.pool_size is not None and most > task.pool_size:
        raise InputError(
            f"pilot, column 'labels': found {most:,.0f}; allowed: up to {task.pool_size:,}, the items that the plan's "
            "pool leaves to label"
        )
    return points


def _forecast_curve(rows: pd.DataFrame, task: TaskDescription, n_draws: int, seed: int, name: str) -> Forecast:
    classes = chance_classes(task.metric, task.classes)
    return fit_forecast(rows, classes=classes, n_draws=n_draws, seed=keyed_seed(seed, "pilot", name))


def _measure_strategies(
    points: dict[str, pd.DataFrame], task: TaskDescription, strategies: Sequence[str], seed: int
) -> tuple[dict[str, ObservedGaps], dict[str, float], list[str]]:
    """Reduce the strategies whose curves can be forecast to gaps, with their last label counts and warnings."""
    observed, last, warnings = {}, {}, []
    for name in strategies[1:]:
        if name not in points:
            continue
        own = _forecast_curve(points[name], task, 1, seed, name)
        if own.no_forecast is not None:
            warnings.append(f"Pilot, {name}: its points are not used, as {own.no_forecast}.")
            continue
        warnings += [f"Pilot, {name}: {text}" for text in own.warnings]
        gaps = observe(points["random"], points[name])
        unused = int((np.unique(points[name]["labels"]) <= points["random"]["labels"].min()).sum())
        if unused > 1:
            warnings.append(
                f"Pilot, {name}: {unused} of its label counts lie at or below random's first, where nothing can be "
                "compared, and are not used."
            )
        if gaps.error.size:
            observed[name] = gaps
            last[name] = own.last_labels
    return observed, last, warnings
