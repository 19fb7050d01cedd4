"""Labels each option needs to reach the target, per joint draw.

Notation:
    values  input path -> (n_draws,), or (1,) for a single number    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one of them is worth; a floor keeps needs finite or plainly out of reach

Giving up: n labels in hand have the value v(n), and the last doubling gained v(n) − v(n/2). The target is out of sight
where v(n) + patience·(v(n) − v(n/2))·log2(pool/n) lies below it. Gains per doubling mostly shrink, so that a target
that is out of sight at the pace of now is mostly out of reach; a curve that wakes late may be given up in vain.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts, clean_labels_per_label
from planner.decision.load_curves import task_curves
from planner.plan import DEFAULT_TARGET, Draws, Plan, items_to_label, paths
from planner.transfer.noise_factor import NoiseEvidence, measure_noise
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import ArrayLike, Floats
from simulations.errors import InputError

LEAST = 1e-12
LOOKS = 2  # at each doubling of the labels
HAIR = 1e-9  # of the metric: rounding gives nothing up


@dataclass(frozen=True)
class LabelEquivalence:
    """How wrong labels are counted.

    Attributes:
        clean: whether the curves ask for clean labels; else a delivered label is just what they ask for.
        measured: plan name -> what was measured by simulation with wrong answers; the formula holds for the others.
    """

    clean: bool
    measured: Mapping[str, NoiseEvidence] = field(default_factory=dict)

    def of(self, name: str, quote: QuoteCosts) -> Floats:
        """Give c for the labels that a plan buys from a vendor."""
        return np.maximum(self.at(name, quote.error_rate) if self.clean else np.ones(1), LEAST)

    def at(self, name: str, eta: Floats) -> Floats:
        """Give c for any error rates, as measured for that plan, or by the formula."""
        evidence = self.measured.get(name)
        return clean_labels_per_label(eta) if evidence is None else evidence.clean_labels_per_label(eta)

    @property
    def sources(self) -> tuple[str, ...]:
        """Say where measured factors are from."""
        return tuple(dict.fromkeys(evidence.source for evidence in self.measured.values()))


BY_FORMULA = LabelEquivalence(clean=True)


def label_equivalence(plan: Plan, simulated: pd.DataFrame | None, *, clean: bool) -> LabelEquivalence:
    """Prefer the factor that was measured by simulation with a noisy oracle, plan by plan, where there is one."""
    if not clean or simulated is None or plan.task.metric not in set(simulated["metric"]):
        return LabelEquivalence(clean)
    found = {
        name: measure_noise(simulated, learner=plan.evidence.learner, strategy=name, metric=plan.task.metric)
        for name in ("random", *plan.strategy.names)
    }
    return LabelEquivalence(clean=True, measured={name: noise for name, noise in found.items() if noise is not None})


@dataclass(frozen=True)
class LabelsRequired:
    """What the plans of one plan file need, and what that was read from.

    Attributes:
        target: value of the metric to reach; None where the plan names a budget alone.
        labels: plan name -> clean labels, (n_draws,), inf where the curve never reaches the target, or there is none.
        give_up: plan name -> clean labels at which it gives up, (n_draws,), inf where never; empty where none does.
    """

    target: float | None
    values: Draws
    curves: TaskCurves
    labels: Mapping[str, Floats]
    worth: LabelEquivalence
    give_up: Mapping[str, Floats] = field(default_factory=dict)


Forecaster = Callable[..., TaskCurves]
"""Called as `task_curves` is: that itself, or a memory of it, since neither prices nor vendors move curves."""


def forecast_labels_required(
    plan: Plan,
    *,
    n_draws: int,
    seed: int,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    forecast: Forecaster | None = None,
) -> LabelsRequired:
    """Draw the plan's inputs and its curves, and read off the labels that each plan needs; see `decide`."""
    if plan.evidence.store is not None and simulated is None:
        raise InputError("plan, [evidence] store: its curve table was not read; open the plan with the command line")
    values = plan.draw(n_draws, seed)
    level = plan.task.target.median if plan.task.target is not None else DEFAULT_TARGET
    curves_of = forecast or task_curves
    curves = curves_of(plan, values, level, base=base or Path(), simulated=simulated, n_draws=n_draws, seed=seed)
    target = None if plan.task.at_budget else level
    reach = np.full((n_draws, len(curves.strategies)), np.inf) if target is None else curves.labels_to_reach(target)
    return LabelsRequired(
        target,
        values,
        curves,
        {name: reach[:, i] for i, name in enumerate(curves.strategies)},
        label_equivalence(plan, simulated, clean=curves.clean_labels),
        {} if target is None else labels_to_give_up(plan, values, curves, target, curves.strategies),
    )


def labels_to_give_up(
    plan: Plan,
    values: Draws,
    curves: TaskCurves,
    target: float,
    names: Iterable[str],
    pool: ArrayLike | None = None,
    times: ArrayLike = 1.0,
) -> dict[str, Floats]:
    """Give the labels at which each plan gives up, looking at twice the initial set and at each half doubling after it.

    A look counts where the value of half its labels was measured too: before that a curve is a guess.

    Args:
        plan: tells the patience.
        values: of the inputs; initial set and pool are read.
        curves: of all plans.
        target: value of the metric.
        names: the plans asked for.
        pool: items that the curves are read for, where that is not the pool they were drawn for.
        times: how many times the labels of the curves the task needs, (n_draws,) or one for all.

    Returns:
        Plan name -> clean labels, (n_draws,); inf where it never gives up. Empty where nobody does.
    """
    patience = plan.stopping.give_up
    if isinstance(patience, str):
        return {}
    first, left = values[paths.INITIAL_LABELS], np.maximum(items_to_label(values), 1.0)
    octaves = max(float(np.log2(np.max(left / first))), 1.0)
    log_n = np.log(first)[:, None] + np.log(2.0) / LOOKS * np.arange(int(np.ceil(LOOKS * octaves)) + 1)
    log_n = np.broadcast_to(log_n, (curves.n_draws, log_n.shape[1]))
    ahead = (np.log2(left) - log_n[:, LOOKS:].T / np.log(2.0)).T
    found = {}
    for name in names:
        value = curves.values_along(name, log_n, pool, times)
        promised = value[:, LOOKS:] + patience * (value[:, LOOKS:] - value[:, :-LOOKS]) * ahead
        begins = curves.log_labels[curves.strategies.index(name)][:, curves.lead] + np.log(times)
        lost = (promised < target - HAIR) & (ahead > 0) & (log_n[:, :-LOOKS] >= begins[:, None] - HAIR)
        found[name] = np.where(lost.any(axis=1), first * 2.0 ** (1 + lost.argmax(axis=1) / LOOKS), np.inf)
    return found
