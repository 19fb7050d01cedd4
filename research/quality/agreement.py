"""Agreement with scikit-learn on identical labelled sets: in accuracy, and in how well the objective is minimised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from research.quality.cases import Case, fresh_streams
from research.quality.reference import DEFAULT_TOLERANCE, EXACT, ReferenceLearner, objective
from simulations.arrays import Floats
from simulations.learners.learner import Fitted, Learner

BAND = 0.002
"""How far accuracies may be apart: one item in 500."""

NEGLIGIBLE = 2e-6
"""Gap per item that moves no accuracy: by default scikit-learn leaves 2 to 9 times as much on digits and moves none."""


@dataclass(frozen=True)
class AccuracyDifference:
    """Accuracy of a learner less that of scikit-learn.

    Args:
        mean: over all lanes of all cases.
        low: lower end of its 95% interval (Student's t over lanes).
        high: upper end.
        lanes: how many were compared.
        by_case: mean difference of each case.
    """

    mean: float
    low: float
    high: float
    lanes: int
    by_case: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """Whether the interval lies inside ±0.002."""
        return self.low > -BAND and self.high < BAND

    def __str__(self) -> str:
        return (
            f"accuracy less scikit-learn's: {self.mean:+.5f}, 95% interval {self.low:+.5f} to {self.high:+.5f} "
            f"over {self.lanes} lanes; allowed: inside ±{BAND}"
        )


def accuracy_difference(learner: Learner, cases: Sequence[Case], *, l2: float = 1.0) -> AccuracyDifference:
    """Compare held-out accuracies with scikit-learn's logistic regression.

    The reference is solved to the end: at its default tolerance scikit-learn itself is up to 0.005 away where items
    are hardly more than features.

    Args:
        learner: with the penalty `l2`.
        cases: what to train on; see `standard_cases`.
        l2: the penalty of the reference.
    """
    by_case = {}
    for case in cases:
        own, reference = (_accuracies(one, case) for one in (learner, ReferenceLearner(l2, EXACT)))
        by_case[case.name] = own - reference
    differences = np.concatenate(list(by_case.values()))
    mean, low, high = interval(differences)
    return AccuracyDifference(mean, low, high, differences.size, {k: float(v.mean()) for k, v in by_case.items()})


def interval(values: Floats) -> tuple[float, float, float]:
    """Mean of at least two values with its 95% interval by Student's t."""
    from scipy.stats import t

    half = t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


@dataclass(frozen=True)
class ObjectiveGap:
    """How far above the optimum of the penalised loss training stops, per labelled item.

    Args:
        learner: mean gap over the lanes of each case.
        scikit_learn: the same for scikit-learn at its default tolerance.
    """

    learner: Mapping[str, float]
    scikit_learn: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """Whether in no case the gap is above scikit-learn's, or where that is smaller, above the negligible 2e-6."""
        return all(gap <= max(self.scikit_learn[name], NEGLIGIBLE) for name, gap in self.learner.items())

    def __str__(self) -> str:
        gaps = (f"{name}: {gap:.1e} against {self.scikit_learn[name]:.1e}" for name, gap in self.learner.items())
        return f"objective gap per item against scikit-learn's default: {'; '.join(gaps)}"


def objective_gap(learner: Learner, cases: Sequence[Case], *, l2: float = 1.0) -> ObjectiveGap:
    """Compare what is left of the objective with what scikit-learn leaves at its default tolerance.

    Averaged over the lanes of a case, and every case must pass: an average over cases would be that of the one with
    the most features.

    Args:
        learner: linear, with the penalty `l2`; what it fits has `weights`.
        cases: what to train on.
        l2: the penalty.
    """
    own, default = {}, {}
    for case in cases:
        best = objectives(_fit(ReferenceLearner(l2, EXACT), case), case, l2)
        items = case.labelled.rows.shape[1]
        own[case.name] = float((objectives(_fit(learner, case), case, l2) - best).mean() / items)
        loose = objectives(_fit(ReferenceLearner(l2, DEFAULT_TOLERANCE), case), case, l2)
        default[case.name] = float((loose - best).mean() / items)
    return ObjectiveGap(own, default)


def objectives(fitted: Fitted, case: Case, l2: float) -> Floats:
    """Value of the objective in every lane, shape (L,), in float64."""
    labelled, heads = case.labelled, weights_of(fitted, case.labelled.features.shape[1])
    return np.array(
        [
            objective(labelled.features[rows], answers, W, l2)
            for rows, answers, W in zip(labelled.rows, labelled.answers, heads, strict=True)
        ]
    )


def weights_of(fitted: Any, width: int) -> Floats:
    """Give the weights of linear heads with the intercept as last column, (L, C, d + 1), in float64.

    Args:
        fitted: with `weights` (L, C, at least d) and `intercepts` (L, C), or with `weights` (L, C, d + 1) alone.
        width: d; what is beyond it in `weights` is padding.
    """
    weights = np.asarray(fitted.weights, dtype=np.float64)
    intercepts = getattr(fitted, "intercepts", None)
    return weights if intercepts is None else np.dstack([weights[:, :, :width], intercepts])


def _fit(learner: Learner, case: Case) -> Fitted:
    return learner.fit(case.labelled, None, fresh_streams(case.labelled.rows.shape[0], case.name))


def _accuracies(learner: Learner, case: Case) -> Floats:
    fitted = _fit(learner, case)
    predicted = [
        fitted.probabilities([lane], case.labelled.features[rows])[0].argmax(axis=0)
        for lane, rows in enumerate(case.test_rows)
    ]
    hits: Floats = (np.stack(predicted) == case.answers[case.test_rows]).mean(axis=1)
    return hits
