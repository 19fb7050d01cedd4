"""Labels each option needs to reach the target, per joint draw.

Notation:
    values  input path -> (n_draws,), or (1,) for a single number    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one of them is worth; a floor keeps needs finite or plainly out of reach
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts, clean_labels_per_label
from planner.decision.load_curves import task_curves
from planner.plan import DEFAULT_TARGET, Draws, Plan
from planner.transfer.noise_factor import NoiseEvidence, measure_noise
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats
from simulations.errors import InputError

LEAST = 1e-12


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
    """

    target: float | None
    values: Draws
    curves: TaskCurves
    labels: Mapping[str, Floats]
    worth: LabelEquivalence


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
    )
