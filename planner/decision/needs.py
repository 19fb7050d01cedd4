"""From a plan to the labels that each of its plans needs, on joint draws.

Notation:
    values  input path -> (n_draws,), or (1,) for a single number    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves import TaskCurves
from planner.decision.label_worth import LabelWorth, label_worth
from planner.decision.sources import task_curves
from planner.plan import Draws, Plan
from planner.plan.tables import DEFAULT_TARGET
from simulations.errors import InputError


@dataclass(frozen=True)
class Needs:
    """What the plans of one plan file need, and what that was read from.

    Attributes:
        target: value of the metric to reach; None where the plan names a budget alone.
        values: joint draws of every numeric input.
        curves: joint draws of every plan's curve.
        labels: plan name -> clean labels, (n_draws,), inf where the curve never reaches the target, or there is none.
        worth: what a delivered label counts for among them.
    """

    target: float | None
    values: Draws
    curves: TaskCurves
    labels: Mapping[str, Floats]
    worth: LabelWorth


class Forecaster(Protocol):
    """What forecasts curves: `task_curves`, or a memory of it, since neither prices nor vendors move them."""

    def __call__(
        self,
        plan: Plan,
        values: Draws,
        target: float,
        *,
        base: Path,
        simulated: pd.DataFrame | None,
        n_draws: int,
        seed: int,
    ) -> TaskCurves:
        """Forecast; see `task_curves`."""
        ...


def forecast_needs(
    plan: Plan,
    *,
    n_draws: int,
    seed: int,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    forecast: Forecaster | None = None,
) -> Needs:
    """Draw the plan's inputs and its curves, and read off the labels that each plan needs.

    Args:
        plan: the plan file.
        n_draws: joint draws.
        seed: the same plan, curves and seed give the same needs.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.
        forecast: what forecasts the curves; `task_curves` when not given.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    if plan.evidence.store is not None and simulated is None:
        raise InputError("plan, [evidence] store: its curve table was not read; open the plan with the command line")
    values = plan.draw(n_draws, seed)
    told = plan.task.target.median if plan.task.target is not None else DEFAULT_TARGET
    curves_of = forecast or task_curves
    curves = curves_of(plan, values, told, base=base or Path(), simulated=simulated, n_draws=n_draws, seed=seed)
    target = None if plan.task.at_budget else told
    reach = np.full((n_draws, len(curves.strategies)), np.inf) if target is None else curves.labels_to_reach(target)
    return Needs(
        target,
        values,
        curves,
        {name: reach[:, i] for i, name in enumerate(curves.strategies)},
        label_worth(plan, curves, simulated),
    )
