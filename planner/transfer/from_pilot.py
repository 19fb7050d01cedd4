"""Curves for the user's task from the user's own pilot, with what it lacks taken from recorded data sets.

Random comes from the pilot. A strategy that the pilot measured is forecast from its own points, and its gap to random
held near the last one (`planner.transfer.measured_gap`). The curve of any other is random's moved by its label savings,
which recorded data sets predict. All are drawn together.

Notation: D draws; M points a path; K knots; S strategies, random first.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.forecast import MIN_ANCHORS, Forecast, chance_classes, fit_forecast, guessing_error
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from planner.transfer.measured_gap import draw_beside, measured_savings
from planner.transfer.savings_prior import draw_savings, savings_frame, task_priors
from planner.transfer.savings_shape import KNOTS, hardness, random_equivalent
from planner.transfer.task_curves import PoolEnd, TaskCurves, TaskDescription
from simulations.curve_table import clean_curves, validate_curves
from simulations.errors import InputError


def curves_from_pilot(
    pilot: pd.DataFrame,
    proxies: pd.DataFrame,
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
        proxies: a curve table of recorded data sets, maybe without a row.
        task: what the curves are for; the pilot's rows in its metric are used.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the tables.
        savings_sd: log sd of the savings factor, of a strategy not measured, around a proxy's; larger is wider.

    Raises:
        InputError: no random points in the task's metric, fewer than four label counts, values that are all the same,
            several data sets, learners or batch sizes in one curve, more labels than the pool holds, or a strategy that
            neither the pilot nor the proxies know.
    """
    points = _pilot_points(pilot, task)
    observed, warnings = _measure_strategies(points, task, strategies, n_draws, seed)
    table, noisy = proxies, list[str]()
    if not proxies.empty:
        table, noisy = clean_curves(validate_curves(proxies, where="recorded curves"))
        if "random" not in set(table["strategy"]):
            table = table.iloc[:0]
    predicted = [name for name in strategies[1:] if name not in observed]
    known = {*table["strategy"], *observed} - {"random"}
    for name in predicted:
        if name not in known:
            raise InputError(
                f"strategy: found '{name}', of which the pilot has no curve of {MIN_ANCHORS} label counts that can "
                f"be forecast and the recorded data sets none at all; allowed: {', '.join(sorted(known)) or 'none'}"
            )
    random = _forecast_curve(points["random"], task, n_draws, seed, "random")
    if random.no_forecast is not None:
        raise InputError(f"pilot, random: {random.no_forecast}")
    own, first, late = _initial_labels(random, observed, task)
    priors, notes = task_priors(table, predicted, task, savings_sd=savings_sd, random_error=hardness(random, first))
    savings = dict(zip(predicted, draw_savings(priors, n_draws, keyed_rng(seed, "pilot", "savings"))[0], strict=True))
    axis, log_first, log_pool = random.log_labels, float(np.log(first)), float(np.log(task.pool_size or np.inf))
    cap = guessing_error(task.metric, task.classes)
    paths = [random.paths]
    for name in strategies[1:]:
        if name in observed:
            rng = keyed_rng(seed, "pilot", name, "gap")
            errors = draw_beside(random, observed[name], pool_size=task.pool_size, cap=cap, rng=rng)
            paths.append(1.0 - errors)
        else:
            moved = random_equivalent(axis, log_first, savings[name], log_pool if task.pool_size else None)
            paths.append(np.stack([np.interp(x, axis, path) for x, path in zip(moved, random.paths, strict=True)]))
    best = np.maximum.accumulate(np.stack(paths), axis=2)
    for name in observed:
        savings[name] = measured_savings(best[0], best[strategies.index(name)], axis, log_first, log_pool)
    shift = random.test_shift_sd * stratified_normal(n_draws, keyed_rng(seed, "pilot"))
    best = np.clip(best + shift[:, None], 0.0, 1.0)
    last = [observed.get(name, random).last_labels for name in strategies]
    measured = ", ".join(name for name in strategies if name == "random" or name in observed)
    return TaskCurves(
        tuple(strategies),
        task.metric,
        best,
        np.broadcast_to(axis, best.shape),
        np.repeat(np.log(last)[:, None], n_draws, axis=1),
        savings_frame(priors, own=("pilot", measured)),
        (*(f"Pilot, random: {text}" for text in random.warnings), *late, *warnings, *noisy, *notes),
        clean_labels=False,
        end=PoolEnd(
            np.reshape([savings[name] for name in strategies[1:]], (-1, n_draws, len(KNOTS))),
            log_first=np.full(n_draws, log_first),
            log_pool=np.full(n_draws, log_pool),
            smooth=False,
            own_first=own,
        ),
    )


def _initial_labels(
    random: Forecast, observed: dict[str, Forecast], task: TaskDescription
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
    points: dict[str, pd.DataFrame], task: TaskDescription, strategies: Sequence[str], n_draws: int, seed: int
) -> tuple[dict[str, Forecast], list[str]]:
    """Forecast the strategies that were measured beyond random's first point from their own points, with warnings."""
    observed, warnings = {}, []
    for name in strategies[1:]:
        if name not in points:
            continue
        own = _forecast_curve(points[name], task, n_draws, seed, name)
        if own.no_forecast is not None:
            warnings.append(f"Pilot, {name}: its points are not used, as {own.no_forecast}.")
        elif own.last_labels <= points["random"]["labels"].min():
            warnings.append(
                f"Pilot, {name}: its points are not used, as all lie at or below random's first, where nothing can be "
                "compared."
            )
        else:
            warnings += [f"Pilot, {name}: {text}" for text in own.warnings]
            observed[name] = own
    return observed, warnings
