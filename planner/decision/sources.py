"""From the plan's evidence to curves for the user's task: recorded proxies, a store's table, or a pilot."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves import (
    TaskCurves,
    TaskDescription,
    curves_from_pilot,
    curves_from_proxies,
    curves_from_simulation,
    measured_seconds,
    read_curves,
)
from planner.curves.crossing import crossing
from planner.decision.need_range import OVERDRAWN, OVERDRAWN_ASSUMED, agreement, range_weights, resampled
from planner.decision.seeds import few_seeds
from planner.evidence import recorded_curves
from planner.plan import Draws, Plan, paths
from planner.plan.quantity import Quantity
from simulations.errors import InputError

MOST = 0.5  # of the pilot's draws, that begin above a value
DISAGREE = 0.02  # of the pilot's draws, below which what was believed before contradicts it
TELLING = 0.2  # of all draws, by which an assumption makes the target likelier, from which on it is told


def task_curves(
    plan: Plan, values: Draws, target: float, *, base: Path, simulated: pd.DataFrame | None, n_draws: int, seed: int
) -> TaskCurves:
    """Forecast every plan's curve for the user's task, on joint draws.

    Args:
        plan: its `[evidence]` says where the curves come from.
        values: draws of the numeric inputs.
        target: value of the metric at which the plan says how many labels random needs, unless its `random_value` names
            another.
        base: folder against which the pilot's path is read.
        simulated: the curve table of the plan's store; None draws on the recorded curves.
        n_draws: joint draws.
        seed: seed of the draws.

    Raises:
        InputError: the pilot or the proxies named cannot be used.
    """
    task, evidence, description = plan.task, plan.evidence, describe(plan)
    told = target if evidence.random_value is None else evidence.random_value.median
    table, others = evidence_curves(plan, simulated)
    strategies = ("random", *plan.strategy.names)
    savings_sd = evidence.savings_sd.median
    if evidence.pilot is not None:
        pilot = read_curves(base / evidence.pilot, metric=task.metric, test_size=task.test_size)
        # A range takes its share of the draws, so that more are made for it to choose from.
        told_range, believed = evidence.random_labels, plan.believed_need
        times = OVERDRAWN if told_range is not None else OVERDRAWN_ASSUMED if believed is not None else 1
        curves = curves_from_pilot(
            pilot, table, description, strategies, n_draws=times * n_draws, seed=seed, savings_sd=savings_sd
        )
        if told_range is not None:
            curves = _within_range(plan, curves, told_range, told, n_draws, seed)
        elif believed is not None:
            curves = _within_assumed(plan, curves, believed, told, n_draws, seed)
        return _with_warnings(curves, few_seeds(pilot[pilot["metric"] == task.metric], curves, pilot=True), others)
    need = plan.random_labels
    scale_sd = evidence.label_scale_sd
    if scale_sd is not None and scale_sd.median == 0:
        curves = curves_from_simulation(
            table, description, strategies, n_draws=n_draws, seed=seed, savings_sd=savings_sd
        )
        return _with_warnings(curves, few_seeds(table, curves, pilot=False), others)
    curves = curves_from_proxies(
        table,
        description,
        strategies,
        n_draws=n_draws,
        seed=seed,
        label_scale_sd=scale_sd.median if scale_sd is not None else 0.0,
        savings_sd=savings_sd,
        random_labels=(told, _each_draw(values[paths.RANDOM_LABELS], n_draws)) if need is not None else None,
        target=None if task.at_budget else target,
    )
    return _with_warnings(curves, few_seeds(table, curves, pilot=False), others)


def _within_range(
    plan: Plan, curves: TaskCurves, believed: Quantity, value: float, n_draws: int, seed: int
) -> TaskCurves:
    """Weigh a pilot's curves by the range that the plan gave for the labels that random needs for a value before it."""
    if plan.evidence.random_value is not None and (curves.best[0][:, 0] > value).mean() >= MOST:
        # When it was reached the pilot has not seen, so that no draw is more likely than another.
        return _with_warnings(
            curves.taken(resampled(np.ones(curves.n_draws), n_draws, seed)),
            f"The pilot begins above random_value ({value:g}): the range of random_labels, which is for what came "
            "before, is left out.",
        )
    weights, chosen = _weighed(plan, curves, believed, value, n_draws, seed)
    share = agreement(weights)
    if share >= DISAGREE:
        return chosen
    return _with_warnings(
        chosen,
        f"The pilot and random_labels ({believed.text}) hardly agree: "
        + (
            "no future of the pilot's lies in that range, which is left out."
            if share == 0
            else "few of the pilot's futures lie in that range."
        )
        + " One of the two is likely to be wrong.",
    )


def _within_assumed(
    plan: Plan, curves: TaskCurves, assumed: Quantity, target: float, n_draws: int, seed: int
) -> TaskCurves:
    """Weigh a pilot's curves by what a plan that tells no need is taken to say of it, as it is without a pilot.

    A need below the range counts as its low end: that the initial set may do is nothing that a plan speaks against.
    """
    pool = plan.task.items_to_label
    _, chosen = _weighed(plan, curves, assumed, target, n_draws, seed, least=assumed.low)
    alone, left = (float((each.labels_to_reach(target)[:, 0] > pool).mean()) for each in (curves, chosen))
    if alone - left < TELLING:
        return chosen
    return _with_warnings(
        chosen,
        f"By the pilot alone random labelling falls short of the target with all of the pool in {alone:.0%} of "
        f"futures. As in a plan without a pilot it is taken to need {assumed.low:,.0f} to {assumed.high:,.0f} labels "
        f"(up to the pool, 80% sure), which leaves {left:.0%}. If you doubt the target more, tell a range of "
        "random_labels that reaches beyond the pool.",
    )


def _weighed(
    plan: Plan, curves: TaskCurves, believed: Quantity, value: float, n_draws: int, seed: int, *, least: float = 0.0
) -> tuple[Floats, TaskCurves]:
    """Weigh a pilot's curves by a range for the labels that random needs for a value, and draw from them.

    Returns:
        (D,) the weights, and the curves drawn.
    """
    pool = plan.task.items_to_label
    weights = range_weights(believed, crossing(curves.best[0], curves.log_labels[0], value), pool, least=least)
    return weights, curves.taken(resampled(weights, n_draws, seed))


def describe(plan: Plan) -> TaskDescription:
    """Give what a plan says of its task without a single label."""
    task, evidence = plan.task, plan.evidence
    return TaskDescription(
        metric=task.metric,
        classes=round(task.classes.median),
        kind=evidence.kind,
        learner=evidence.learner,
        imbalance=None if evidence.imbalance is None else evidence.imbalance.median,
        pool_size=max(round(task.items_to_label), 1),
        initial_labels=max(round(plan.strategy.initial_labels.median), 1),
    )


def _with_warnings(curves: TaskCurves, *sentences: str | None) -> TaskCurves:
    more = tuple(sentence for sentence in sentences if sentence is not None)
    return replace(curves, warnings=(*curves.warnings, *more)) if more else curves


def _each_draw(labels: Floats, n_draws: int) -> Floats:
    """Give one number of labels a draw, at least one; a single number stands for all."""
    return np.array(np.broadcast_to(np.maximum(labels, 1.0), n_draws))


def with_measured_seconds(plan: Plan, simulated: pd.DataFrame | None) -> tuple[Plan, str | None]:
    """Put measured seconds into a plan that asks for them, as the plan file would hold them.

    Args:
        plan: the plan.
        simulated: the curve table of the plan's store; None measures the recorded curves.

    Returns:
        The plan with its seconds, and a sentence on where they are from; as it was, and None, where it does not ask.

    Raises:
        InputError: the curves carry no seconds.
    """
    if plan.compute.seconds_from == "plan":
        return plan, None
    table, _ = evidence_curves(plan, simulated)
    if simulated is None and (table["learner"] == plan.evidence.learner).any():
        # Another model's seconds say nothing of this one's.
        table = table[table["learner"] == plan.evidence.learner]
    found = measured_seconds(table, plan.strategy.names)
    measured = {
        paths.SECONDS_FROM: "plan",
        paths.TRAIN_SECONDS_PER_ITEM: list(found.train_per_item),
        paths.SCORE_SECONDS_PER_ITEM: list(found.score_per_item),
        # A training was measured with all its epochs, a scoring with all passes and members.
        paths.EPOCHS: 1,
        paths.PASSES: 1,
        paths.MEMBERS: 1,
    }
    return plan.replace(measured), (
        f"Training and scoring take the seconds measured on {found.trajectories:,} simulated campaigns with "
        f"{', '.join(found.learners)}, scaled to this pool; another model or machine takes others."
    )


def evidence_curves(plan: Plan, simulated: pd.DataFrame | None) -> tuple[pd.DataFrame, str | None]:
    """Give the curves that may speak for a plan's task, of the data sets that it names.

    Those recorded are of the linear learner and of the plan's own. One of which nothing is recorded has the linear
    curves alone, and a sentence says so.

    Args:
        plan: its `[evidence]` names learner and data sets.
        simulated: the curve table of the plan's store, of which all learners speak; None takes the recorded curves.

    Raises:
        InputError: there are none, or a data set is not there.
    """
    evidence = plan.evidence
    if simulated is not None:
        return named_proxies(simulated, evidence.proxies), None
    table = named_proxies(recorded_curves(evidence.learner), evidence.proxies)
    held = sorted(map(str, table["learner"].unique()))
    if evidence.learner is None or evidence.learner in held:
        return table, None
    of = "" if evidence.proxies == ("auto",) else f" of {', '.join(evidence.proxies)}"
    return table, (
        f"No curve{of} is recorded with the learner '{evidence.learner}': those with {', '.join(held)} stand in for it."
    )


def named_proxies(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Give the rows of the data sets that a plan names, all of them for `auto`.

    Raises:
        InputError: a data set that is not there.
    """
    if names == ("auto",):
        return table
    known = sorted(table["dataset"].unique())
    for name in names:
        if name not in known:
            raise InputError(
                f"plan, [evidence] proxies: found '{name}', of which there is no curve; allowed: {', '.join(known)}, "
                'or "auto" for all of them'
            )
    return table[table["dataset"].isin(names)]
