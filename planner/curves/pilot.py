"""Curves for the user's task from the user's own pilot, with what it lacks taken from recorded data sets.

Random comes from the pilot alone. A strategy the pilot measured is half its own free curve, half random's curve moved
by the savings factor recorded on proxies; one it did not measure is the latter alone. On published pairs the mixture
forecast the gap better than either half, and its intervals meant what they said.

Notation: D draws; M points a path.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.forecast import MIN_ANCHORS, Forecast, fit_forecast
from planner.curves.matching import POOR_MATCH, Proxy, evidence_frame, find_proxies
from planner.curves.proxies import POOR_MATCH_WIDENING, check_arguments, fit_proxy, running_best
from planner.curves.randomness import allocate, keyed_rng, keyed_seed, stratified_normal
from planner.curves.savings import apply_savings, log_savings, mismatch
from planner.curves.table import validate_curves
from planner.curves.tabulate import chance_classes
from planner.curves.task import TaskCurves, TaskDescription
from planner.errors import InputError

FloatArray = npt.NDArray[np.float64]


def curves_from_pilot(
    pilot: pd.DataFrame,
    proxies: pd.DataFrame | None,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float = 0.4,
) -> TaskCurves:
    """Forecast the user's own curves.

    Args:
        pilot: the user's measured points, a curve table; several batch sizes or learners are taken as one.
        proxies: a curve table of recorded data sets; None or empty where there is none.
        task: what the curves are for; the pilot's rows in its metric are used.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the tables.
        savings_sd: log sd of the task's savings factor around a proxy's; larger is wider.

    Raises:
        InputError: no random points in the task's metric, fewer than four label counts, or a strategy that neither
            the pilot nor the proxies know.
    """
    check_arguments(strategies, n_draws, savings_sd)
    own = _own_forecasts(_pilot_points(pilot, task), task, strategies, n_draws, seed)
    random = own["random"]
    if not random.forecastable:
        raise InputError(
            f"pilot: random has {random.anchors} different label counts; at least {MIN_ANCHORS} are needed"
        )
    warnings = [f"Pilot, {name}: {text}" for name, forecast in own.items() for text in forecast.warnings]
    free = {name: forecast for name, forecast in own.items() if forecast.forecastable}
    found, notes = _known_proxies(proxies, task, strategies, free)
    rng = keyed_rng(seed, "pilot")
    widening = POOR_MATCH_WIDENING if found and max(p.match for p in found) < POOR_MATCH else 1.0
    log_factor = stratified_normal(n_draws, rng) * savings_sd * widening
    # The same draws are free for every strategy, so that differences between strategies stay joint.
    is_free = rng.permutation(n_draws) % 2 == 0
    shift = random.test_shift_sd * stratified_normal(n_draws, rng)
    best, axes, last = (np.stack([part] * len(strategies)) for part in _free(random))
    savings = _pilot_savings(found, strategies, random, n_draws, seed)
    for s, name in enumerate(strategies[1:], start=1):
        if name in savings:
            best[s], axes[s] = apply_savings(best[0], axes[0], savings[name])
            axes[s] = mismatch(axes[s], log_factor)
        if name in free:
            rows = is_free if name in savings else np.ones(n_draws, dtype=bool)
            for whole, part in zip((best, axes, last), _free(free[name]), strict=True):
                whole[s][rows] = part[rows]
    return TaskCurves(
        tuple(strategies),
        task.metric,
        np.clip(best + shift[:, None], 0.0, 1.0),
        axes,
        last,
        _evidence(own, found),
        (*warnings, *notes),
        clean_labels=False,
    )


def _own_forecasts(
    points: dict[str, pd.DataFrame], task: TaskDescription, strategies: Sequence[str], n_draws: int, seed: int
) -> dict[str, Forecast]:
    classes = chance_classes(task.metric, task.classes)
    measured = [name for name in strategies if name in points]
    return {
        name: fit_forecast(points[name], classes=classes, n_draws=n_draws, seed=keyed_seed(seed, "pilot", name))
        for name in measured
    }


def _pilot_points(pilot: pd.DataFrame, task: TaskDescription) -> dict[str, pd.DataFrame]:
    table = validate_curves(pilot, where="pilot", metric=task.metric)
    rows = table[table["metric"] == task.metric]
    if rows.empty:
        raise InputError(
            f"pilot, column 'metric': found {', '.join(sorted(table['metric'].unique()))}; allowed: {task.metric}"
        )
    points = {str(name): part for name, part in rows.groupby("strategy", sort=True)}
    if "random" not in points:
        raise InputError(f"pilot, column 'strategy': found {', '.join(points)}; rows of random are needed beside them")
    return points


def _known_proxies(
    table: pd.DataFrame | None, task: TaskDescription, strategies: Sequence[str], free: dict[str, Forecast]
) -> tuple[list[Proxy], list[str]]:
    """Find proxies for the strategies that are recorded; the others must have a curve of their own."""
    recorded = set() if table is None or table.empty else set(table["strategy"].unique())
    if "random" not in recorded:
        recorded = set()
    for name in strategies:
        if name not in recorded and name not in free:
            known = ", ".join(sorted(recorded | set(free)))
            raise InputError(
                f"strategy: found '{name}', of which the pilot has no curve of {MIN_ANCHORS} label counts "
                f"and the recorded data sets none at all; allowed: {known}"
            )
    wanted = [name for name in strategies if name in recorded]
    alone = [name for name in strategies if name not in recorded and name != "random"]
    notes = [f"No data set is recorded with {name}: its curve rests on the pilot alone." for name in alone]
    if table is None or set(wanted) <= {"random"}:
        return [], notes
    found, about = find_proxies(table, task, wanted)
    return found, notes + about


def _free(forecast: Forecast) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give a forecast's running best (D, M), label axis (D, M) and end of measurements (D,)."""
    best = running_best(forecast)
    axis = np.broadcast_to(forecast.log_labels, best.shape)
    return best, axis, np.full(len(best), np.log(forecast.last_labels))


def _pilot_savings(
    proxies: Sequence[Proxy], strategies: Sequence[str], random: Forecast, n_draws: int, seed: int
) -> dict[str, FloatArray]:
    """Draw ln s at the points of random's paths, (D, M) a strategy, jointly over strategies."""
    if not proxies:
        return {}
    progress = random.log_labels - random.log_labels[0]
    shares = allocate([proxy.weight for proxy in proxies], n_draws)
    order = keyed_rng(seed, "order").permutation(n_draws)
    parts: dict[str, list[FloatArray]] = {name: [] for name in strategies[1:] if name in proxies[0].points}
    for proxy, share in zip(proxies, shares.tolist(), strict=True):
        if share:
            base = fit_proxy(proxy, "random", share, seed)
            for name, drawn in parts.items():
                other = fit_proxy(proxy, name, share, seed)
                curves = (running_best(base), base.log_labels, running_best(other), other.log_labels)
                drawn.append(log_savings(*curves, progress))
    return {name: np.concatenate(drawn)[order] for name, drawn in parts.items()}


def _evidence(own: dict[str, Forecast], proxies: Sequence[Proxy]) -> pd.DataFrame:
    """List the pilot first, with weight 1, then the proxies whose savings stand beside it."""
    pilot = pd.DataFrame(
        [("pilot", 1.0, f"your own measurements: {', '.join(own)}")], columns=["dataset", "weight", "why"]
    )
    if not proxies:
        return pilot
    recorded = evidence_frame(proxies)
    recorded["why"] = "label savings only: " + recorded["why"]
    return pd.concat([pilot, recorded], ignore_index=True)
