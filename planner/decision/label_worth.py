"""What a delivered label counts for, against the labels that a curve asks for.

Notation:
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one of them is worth; a floor keeps needs finite or plainly out of reach
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.costs import Quote, clean_labels_per_label
from planner.curves import NoiseEvidence, TaskCurves, measure_noise
from planner.plan import Plan

LEAST = 1e-12


@dataclass(frozen=True)
class LabelWorth:
    """How wrong labels are counted.

    Attributes:
        clean: whether the curves ask for clean labels; else a delivered label is just what they ask for.
        measured: plan name -> what was measured by simulation with wrong answers; the formula holds for the others.
    """

    clean: bool
    measured: Mapping[str, NoiseEvidence] = field(default_factory=dict)

    def of(self, name: str, quote: Quote) -> Floats:
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


BY_FORMULA = LabelWorth(clean=True)


def label_worth(plan: Plan, curves: TaskCurves, simulated: pd.DataFrame | None) -> LabelWorth:
    """Prefer the factor that was measured by simulation with a noisy oracle, plan by plan, where there is one.

    Args:
        plan: names its strategies, metric and learner.
        curves: say whether they ask for clean labels.
        simulated: the curve table of the plan's store.
    """
    if not curves.clean_labels or simulated is None or plan.task.metric not in set(simulated["metric"]):
        return LabelWorth(curves.clean_labels)
    found = {
        name: measure_noise(simulated, learner=plan.evidence.learner, strategy=name, metric=plan.task.metric)
        for name in ("random", *plan.strategy.names)
    }
    return LabelWorth(clean=True, measured={name: one for name, one in found.items() if one is not None})
