"""Joint draws of every strategy's curve, from a plan and the log of its campaign.

What the others would do is never seen; it is the measured curve moved along the label axis by label savings, which
recorded data sets predict: err_AL(n) = err_random(n · s(n)), read backwards. Draw by draw, so that money is compared on
curves that belong together.

Notation: D draws; M points a path; S strategies, random first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from planner.campaign.log import CampaignLog
from planner.costs import QuoteCosts
from planner.decision import labels_required
from planner.decision.comparison import batch_sizes
from planner.decision.load_curves import (
    describe,
    proxy_evidence,
    with_belief,
    with_fine_tuning,
    with_label_savings,
)
from planner.forecasting import UNKNOWN_TEST_SIZE, chance_classes, fit_forecast, make_anchors
from planner.plan import Draws, Plan, paths
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.joint_posterior import hardness
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.savings_prior import draw_savings, savings_frame, task_priors
from planner.transfer.savings_shape import random_equivalent
from planner.transfer.task_curves import TaskCurves, TaskDescription
from simulations.arrays import Bools, Floats, Ints
from simulations.curve_table import read_curves
from simulations.errors import InputError

Basis = Literal["both curves", "one curve", "evidence alone"]

LEAST_SLOPE = 0.1  # a share more labels of the strategy is worth at least a tenth of that share to random
LEAST_RISE = 1e-9  # in ln(labels)
GRID = 192  # points at which a strategy's savings are inverted
FEWEST_AGREEING = 0.02  # of the draws; fewer that agree with the log cannot stand for all


def curves_from_one_strategy(
    rows: pd.DataFrame,
    proxies: ProxyEvidence,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float,
) -> TaskCurves:
    """Forecast the measured strategy from its rounds, of at least four label counts, and the others beside it.

    Other arguments are those of `curves_from_pilot`; the task's pool is where all strategies meet.

    Raises:
        InputError: the recorded data sets do not have one of the strategies.
    """
    measured = str(rows["strategy"].iloc[0])
    recorded_savings, unused = proxies.savings(strategies[1:], task.metric)
    recorded = set(recorded_savings["strategy"])
    for name in strategies[1:]:
        if name not in recorded:
            raise InputError(
                f"strategy: found '{name}', which neither the log (at four label counts) nor the recorded data sets "
                f"have; allowed: {', '.join(sorted(proxies.strategies)) or 'none'}"
            )
    classes = chance_classes(task.metric, task.classes)
    own = fit_forecast(rows, classes=classes, n_draws=n_draws, seed=keyed_seed(seed, "pilot", measured))
    begun = replace(task, initial_labels=round(own.first_labels))
    priors, notes = task_priors(
        recorded_savings, strategies[1:], begun, savings_sd=savings_sd, random_error=hardness(own)
    )
    coefficients = draw_savings(priors, n_draws, keyed_rng(seed, "savings"))[0]
    log_first = float(np.log(own.first_labels))
    log_pool = None if task.pool_size is None else float(np.log(task.pool_size))
    savings = dict(zip(strategies[1:], coefficients, strict=True))
    random = _random_equivalent(own.log_labels, log_first, savings[measured], log_pool)
    own_axis = np.broadcast_to(own.log_labels, random.shape)
    others = (
        own_axis if name == measured else _labels_needed(random, log_first, savings[name], log_pool)
        for name in strategies[1:]
    )
    shift = own.test_shift_sd * stratified_normal(n_draws, keyed_rng(seed, "pilot"))
    best = _hold_at_pool(np.maximum.accumulate(own.paths, axis=1), own.log_labels, log_pool)
    best = np.clip(best + shift[:, None], 0.0, 1.0)
    last = [own.last_labels if name == measured else own.first_labels for name in strategies]
    return TaskCurves(
        tuple(strategies),
        task.metric,
        np.broadcast_to(best, (len(strategies), *best.shape)),
        np.stack([random, *others]),
        np.repeat(np.log(last)[:, None], n_draws, axis=1),
        savings_frame(priors, own=("log", measured)),
        (*(f"Log, {measured}: {text}" for text in own.warnings), *unused, *notes),
        clean_labels=False,
    )


def _hold_at_pool(best: Floats, log_labels: Floats, log_pool: float | None) -> Floats:
    """Let paths (D, M) rise no further once the whole pool is labelled."""
    beyond = log_labels > (np.inf if log_pool is None else log_pool)
    if log_pool is None or not beyond.any():
        return best
    right = int(beyond.argmax())
    share = (log_pool - log_labels[right - 1]) / (log_labels[right] - log_labels[right - 1])
    last = (1.0 - share) * best[:, right - 1] + share * best[:, right]
    return np.where(beyond, last[:, None], best)


def _random_equivalent(log_labels: Floats, log_first: float, coefficients: Floats, log_pool: float | None) -> Floats:
    """Give ln of random's labels for the same value (D, M), above the first set from the first batch on.

    Savings that fall faster would give random, at the first set, a value that the campaign came to much later.
    """
    x = random_equivalent(log_labels, log_first, coefficients, log_pool)
    return np.asarray(np.maximum(x, log_first + LEAST_SLOPE * np.maximum(log_labels - log_first, 0.0)))


def _labels_needed(random: Floats, log_first: float, coefficients: Floats, log_pool: float | None) -> Floats:
    """Give ln of the labels a strategy needs for what random has at (D, M): the inverse of `_random_equivalent`."""
    top = float(random.max()) if log_pool is None else max(log_pool, float(random.max()))
    grid = np.linspace(min(log_first, float(random.min())), top, GRID)
    reached = _random_equivalent(grid, log_first, coefficients, log_pool)
    # A strategy that loses labels may need more of them than the grid has: it is held at the end, where all meet.
    # Where it is flat the first label count is meant, which a rise too small to matter makes the only one.
    reached = reached + LEAST_RISE * np.arange(GRID)
    needed = np.stack([np.interp(x, ahead, grid) for x, ahead in zip(random, reached, strict=True)])
    return np.asarray(np.maximum.accumulate(needed, axis=1))


@dataclass(frozen=True, eq=False)
class CampaignForecast:
    """What is believed now: joint draws of every numeric input and of every strategy's curve.

    Attributes:
        basis: whether the log tells of random and the strategy, of one of them, or of neither yet.
        worth: what a delivered label counts for on the curves.
    """

    basis: Basis
    values: Draws
    curves: TaskCurves
    worth: labels_required.LabelEquivalence
    warnings: tuple[str, ...]


def forecast_campaign(
    plan: Plan,
    log: CampaignLog,
    target: float,
    *,
    n_draws: int,
    seed: int,
    base: Path,
    simulated: pd.DataFrame | None,
) -> CampaignForecast:
    """Update the plan's curves by the log.

    With four label counts of random in it, the log is a pilot of all its strategies; with four of another strategy
    only, the others lie beside that by recorded label savings; with fewer, or values that are all the same, the plan's
    own evidence answers. What was believed before of random's labels weighs the curves as beside a pilot.

    Raises:
        InputError: the log or the plan's evidence cannot be used.
    """
    rows, notes = _with_pilot(plan, log, base)
    counts = rows.groupby("strategy")["labels"].nunique()
    refusals = {str(name): make_anchors(part).refusal for name, part in rows.groupby("strategy", sort=True)}
    able = [name for name, refusal in refusals.items() if refusal is None]
    if not able:
        drawn = labels_required.forecast_labels_required(
            plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated
        )
        return _from_evidence(plan, log, target, drawn, seed, str(refusals[log.strategy]))
    proxies, others = proxy_evidence(plan, simulated)
    notes += [] if others is None else [others]
    sd = plan.evidence.savings_sd.median
    strategies = ("random", *plan.strategy.names)
    values, batches = _in_batches(plan, log, plan.draw(n_draws, seed))
    if "random" in able:
        # The campaign's own first labels are its initial set, whatever was planned.
        task = replace(describe(plan), initial_labels=None)
        of_curve: Callable[..., TaskCurves] = curves_from_pilot
        points = rows[rows["strategy"] == "random"]
        basis: Basis = "both curves" if len(able) > 1 else "one curve"
    else:
        measured = log.strategy if log.strategy in able else str(max(able, key=lambda name: int(counts[name])))
        notes += [f"{name}: measured too, and not used beside {measured}." for name in able if name != measured]
        notes += [f"{name}: not used, as {refusal}." for name, refusal in refusals.items() if refusal is not None]
        rows = points = rows[rows["strategy"] == measured]
        of_curve, task = curves_from_one_strategy, describe(plan)
        basis = "one curve"

    def draw(n: int) -> TaskCurves:
        return of_curve(rows, proxies, task, strategies, n_draws=n, seed=seed, savings_sd=sd)

    curves = with_belief(plan, draw, points, target, n_draws=n_draws, seed=seed)
    if able == ["random"]:
        begun = {**values, paths.INITIAL_LABELS: np.maximum(values[paths.INITIAL_LABELS], log.labels)}
        curves = with_fine_tuning(plan, with_label_savings(plan, curves, values, target), begun, ())
    elif plan.evidence.label_savings is not None:
        notes += ["label_savings is left out, as the log tells of a strategy itself."]
    return CampaignForecast(
        basis, values, curves, labels_required.LabelEquivalence(clean=False), (*notes, *batches, *curves.warnings)
    )


def _with_pilot(plan: Plan, log: CampaignLog, base: Path) -> tuple[pd.DataFrame, list[str]]:
    """Put the plan's pilot beside the log, for the strategies that the log does not have."""
    if plan.evidence.pilot is None:
        return log.rows, []
    pilot = read_curves(base / plan.evidence.pilot, metric=plan.task.metric, test_size=plan.task.test_size)
    missing = pilot[(pilot["metric"] == plan.task.metric) & ~pilot["strategy"].isin(log.rows["strategy"])]
    names = sorted(set(missing["strategy"]) & {"random", *plan.strategy.names})
    if not names:
        return log.rows, ["The log takes the place of the plan's pilot."]
    beside = missing[missing["strategy"].isin(names)]
    both = pd.concat([log.rows, beside], join="inner", ignore_index=True)
    return both, [f"From the plan's pilot, beside the log: {', '.join(names)}."]


def _from_evidence(
    plan: Plan,
    log: CampaignLog,
    target: float,
    drawn: labels_required.LabelsRequired,
    seed: int,
    refusal: str,
) -> CampaignForecast:
    """Take the plan's own evidence, with the target reached as often as the last measurement says."""
    values, batches = _in_batches(plan, log, drawn.values)
    vendor = plan.comparable_vendors[0] if log.vendor is None else plan.vendor_index(log.vendor)
    worth = drawn.worth.at_target(target)
    clean = log.labels * worth.of(log.strategy, QuoteCosts.of(plan, values, vendor))
    kept, misfit = _resample_as_measured(drawn.needs[log.strategy] <= clean, _p_reached(log, target), seed)
    curves = drawn.curves.select_draws(kept)
    # A single number stands for all draws as before.
    values = {path: column if column.size == 1 else column[kept] for path, column in values.items()}
    note = (
        f"The log does not tell yet how the curve goes on: {refusal}. All that is said here comes from the plan's "
        "evidence."
    )
    warnings = (note, *misfit, *batches, *curves.warnings, *worth.sources)
    return CampaignForecast("evidence alone", values, curves, worth.select_draws(kept), warnings)


def _p_reached(log: CampaignLog, target: float) -> float:
    """Give the chance that the target is reached by the last measurement alone (beta posterior, Jeffreys' prior)."""
    from scipy.special import betaincc

    m = log.test_size or UNKNOWN_TEST_SIZE
    right = log.value * m
    return float(betaincc(right + 0.5, m - right + 0.5, target))


def _resample_as_measured(there: Bools, p_there: float, seed: int) -> tuple[Ints, list[str]]:
    """Choose draws so that as many have reached the target as the last measurement says, and say where that fails."""
    D = there.size
    n_there = round(p_there * D)
    misfit = (there.mean() < FEWEST_AGREEING < p_there) or ((~there).mean() < FEWEST_AGREEING < 1.0 - p_there)
    if misfit:
        often = "rarely" if there.mean() < FEWEST_AGREEING else "nearly always"
        return np.arange(D), [
            f"By the plan's evidence the labels in hand are {often} enough, and that is not what was measured: the "
            "evidence does not fit this task."
        ]
    parts = [np.resize(np.flatnonzero(group), n) for group, n in ((there, n_there), (~there, D - n_there)) if n]
    return keyed_rng(seed, "as measured").permutation(np.concatenate(parts)), []


def _in_batches(plan: Plan, log: CampaignLog, values: Draws) -> tuple[Draws, list[str]]:
    """Go on in the batches of the log where the plan names none."""
    steps = np.diff(np.unique(log.of(log.strategy)["labels"].to_numpy(dtype=float)))
    if batch_sizes(plan) is None or not steps.size:
        return values, []
    batch = float(np.median(steps))
    note = f"The plan names no batch size: rounds go on in batches of {batch:,.0f}, as in the log."
    return {**values, paths.BATCH_SIZE: np.array([batch])}, [note]
