"""From a plan and the log of its campaign to joint draws of every strategy's curve, as they stand now.

Notation: D draws; S strategies, random first.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.costs import Quote
from planner.curves import TaskCurves, curves_from_pilot, read_curves
from planner.curves.anchors import UNKNOWN_TEST_SIZE
from planner.curves.forecast import MIN_ANCHORS
from planner.decision.batches import batch_sizes
from planner.decision.campaign.log import CampaignLog
from planner.decision.campaign.one_sided import curves_from_one_strategy
from planner.decision.label_worth import LabelWorth, label_worth
from planner.decision.needs import forecast_needs
from planner.decision.sources import describe, evidence_curves
from planner.plan import Draws, Plan, paths
from planner.randomness import keyed_rng

Basis = Literal["both curves", "one curve", "evidence alone"]

_FEWEST = 0.02  # of the draws, below which those that agree with the log are too few to stand for all


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is believed now.

    Attributes:
        basis: whether the log tells of random and the strategy, of one of them, or of neither yet.
        values: joint draws of every numeric input.
        curves: joint draws of every strategy's curve.
        worth: what a delivered label counts for on them.
        warnings: sentences a reader must see.
    """

    basis: Basis
    values: Draws
    curves: TaskCurves
    worth: LabelWorth
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
) -> Outlook:
    """Update the plan's curves by the log.

    With four label counts of random in it, the log is a pilot of all its strategies; with four of another strategy
    only, the others lie beside that by recorded label savings; with fewer, the plan's own evidence answers.

    Args:
        plan: the plan file.
        log: measured rounds.
        target: value of the metric to reach.
        n_draws: joint draws.
        seed: the same plan, log and seed give the same outlook.
        base: folder against which the plan's paths are read.
        simulated: the curve table of the plan's store, when it names one.

    Raises:
        InputError: the log or the plan's evidence cannot be used.
    """
    rows, notes = _with_pilot(plan, log, base)
    counts = rows.groupby("strategy")["labels"].nunique()
    able = [name for name in counts.index if counts[name] >= MIN_ANCHORS]
    if not able:
        return _from_evidence(plan, log, target, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    table, others = evidence_curves(plan, simulated)
    notes += [] if others is None else [others]
    sd = plan.evidence.savings_sd.median
    strategies = ("random", *plan.strategy.names)
    values, batches = _in_batches(plan, log, plan.draw(n_draws, seed))
    if "random" in able:
        # The campaign's own first labels are its initial set, whatever was planned.
        task = replace(describe(plan), initial_labels=None)
        curves = curves_from_pilot(rows, table, task, strategies, n_draws=n_draws, seed=seed, savings_sd=sd)
        basis: Basis = "both curves" if len(able) > 1 else "one curve"
    else:
        measured = log.strategy if log.strategy in able else str(max(able, key=lambda name: int(counts[name])))
        notes += [f"{name}: measured too, and not used beside {measured}." for name in able if name != measured]
        curves = curves_from_one_strategy(
            rows[rows["strategy"] == measured],
            measured,
            table,
            describe(plan),
            strategies,
            n_draws=n_draws,
            seed=seed,
            savings_sd=sd,
        )
        basis = "one curve"
    return Outlook(basis, values, curves, LabelWorth(clean=False), (*notes, *batches, *curves.warnings))


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
    *,
    n_draws: int,
    seed: int,
    base: Path,
    simulated: pd.DataFrame | None,
) -> Outlook:
    """Take the plan's own evidence, with the target reached as often as the last measurement says."""
    found = forecast_needs(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    worth = label_worth(plan, found.curves, simulated)
    notes = [
        f"The log has fewer than {MIN_ANCHORS} label counts of any strategy, so it does not tell yet how the curve "
        "goes on: all that is said here comes from the plan's evidence."
    ]
    curves = found.curves
    values, batches = _in_batches(plan, log, found.values)
    vendor = plan.comparable_vendors[0] if log.vendor is None else plan.vendor_index(log.vendor)
    clean = log.labels * worth.of(log.strategy, Quote.of(plan, values, vendor))
    kept, misfit = _as_measured(found.labels[log.strategy] <= clean, _p_there(log, target), seed)
    values, curves = _only(values, kept), curves.taken(kept)
    return Outlook(
        "evidence alone", values, curves, worth, (*notes, *misfit, *batches, *curves.warnings, *worth.sources)
    )


def _p_there(log: CampaignLog, target: float) -> float:
    """Give the chance that the target is reached by the last measurement alone (beta posterior, Jeffreys' prior)."""
    from scipy.special import betaincc

    m = log.test_size or UNKNOWN_TEST_SIZE
    right = log.value * m
    return float(betaincc(right + 0.5, m - right + 0.5, target))


def _as_measured(there: npt.NDArray[np.bool_], p_there: float, seed: int) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Choose draws so that as many have reached the target as the last measurement says, and say where that fails."""
    D = there.size
    n_there = round(p_there * D)
    misfit = (there.mean() < _FEWEST < p_there) or ((~there).mean() < _FEWEST < 1.0 - p_there)
    if misfit:
        often = "rarely" if there.mean() < _FEWEST else "nearly always"
        return np.arange(D), [
            f"By the plan's evidence the labels in hand are {often} enough, and that is not what was measured: the "
            "evidence does not fit this task."
        ]
    parts = [np.resize(np.flatnonzero(group), n) for group, n in ((there, n_there), (~there, D - n_there)) if n]
    return keyed_rng(seed, "as measured").permutation(np.concatenate(parts)), []


def _only(values: Draws, draws: npt.NDArray[np.int64]) -> Draws:
    """Keep some draws of the inputs; a single number stands for all as before."""
    return {path: column if column.size == 1 else column[draws] for path, column in values.items()}


def _in_batches(plan: Plan, log: CampaignLog, values: Draws) -> tuple[Draws, list[str]]:
    """Go on in the batches of the log where the plan names none."""
    steps = np.diff(np.unique(log.of(log.strategy)["labels"].to_numpy(dtype=float)))
    if batch_sizes(plan) is None or not steps.size:
        return values, []
    batch = float(np.median(steps))
    note = f"The plan names no batch size: rounds go on in batches of {batch:,.0f}, as in the log."
    return {**values, paths.BATCH_SIZE: np.array([batch])}, [note]
