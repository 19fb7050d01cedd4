from dataclasses import dataclass, replace

import numpy as np
import pytest

from research.quality import accuracy_difference, curve_area, hard_cases, objective_gap
from research.quality.agreement import interval
from research.quality.cases import case
from research.quality.reference import DEFAULT_TOLERANCE, EXACT, ReferenceFit, ReferenceLearner

LOOSE = 1e-2
CASES = ("digits", 20), ("digits", 150), ("two classes", 150), ("imbalanced", 150)


@pytest.fixture(scope="module")
def cases():
    return [case(task, size, lanes=3) for task, size in CASES]


@dataclass
class _Spoilt:
    """A good solution with something done to it."""

    spoil: object
    l2: float = 1.0

    def fit(self, labelled, warm, streams):
        fitted = ReferenceLearner(self.l2, 1e-5).fit(labelled, None, streams)
        return self.spoil(fitted)


def _noisy(fitted):
    rng = np.random.default_rng(fitted.weights.shape[0])
    return replace(fitted, weights=fitted.weights + rng.normal(scale=0.2, size=fitted.weights.shape))


@dataclass
class _Untrained:
    """Weights that are one value everywhere, said to be converged or not."""

    value: float
    converged: bool

    def fit(self, labelled, warm, streams):
        lanes = len(labelled.rows)
        W = np.full((lanes, labelled.classes, labelled.features.shape[1] + 1), self.value)
        for lane, answers in enumerate(labelled.answers):
            W[lane, np.setdiff1d(np.arange(labelled.classes), answers), -1] = -np.inf
        return ReferenceFit(W, np.full(lanes, self.converged), np.ones(lanes))


def test_accuracy_gate_passes_scikit_learn_at_any_good_tolerance(cases):
    exact = accuracy_difference(ReferenceLearner(1.0, EXACT), cases)
    assert exact.passed and (exact.mean, exact.low, exact.high, exact.lanes) == (0, 0, 0, 12)
    assert list(exact.by_case) == [f"{task}, {size} labels" for task, size in CASES]
    close = accuracy_difference(ReferenceLearner(1.0, 1e-6), cases)
    assert close.passed and "95% interval" in str(close)


@pytest.mark.slow
@pytest.mark.parametrize("bad", [_Spoilt(_noisy), _Untrained(0.0, True), ReferenceLearner(30.0, EXACT)])
def test_accuracy_gate_fails_a_bad_learner(cases, bad):
    found = accuracy_difference(bad, cases)
    assert not found.passed and found.low < -0.002


def test_gap_gate_passes_the_default_and_what_is_better(cases):
    default = objective_gap(ReferenceLearner(1.0, DEFAULT_TOLERANCE), cases)
    assert default.passed and default.learner == default.scikit_learn
    assert objective_gap(ReferenceLearner(1.0, EXACT), cases).passed


@pytest.mark.slow
@pytest.mark.parametrize(
    "bad", [ReferenceLearner(1.0, LOOSE), ReferenceLearner(1.0, 1e-3), ReferenceLearner(1.1, EXACT), _Spoilt(_noisy)]
)
def test_gap_gate_fails_what_stops_early_or_minimises_something_else(cases, bad):
    assert not objective_gap(bad, cases).passed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "converged", "finite", "flagged"), [(np.nan, True, 0, 0), (0.0, True, 1, 0), (0.0, False, 1, 3)]
)
def test_hard_cases_fail_what_is_not_finite_not_honest_or_always_flagged(value, converged, finite, flagged):
    found = hard_cases(lambda l2: _Untrained(value, converged))
    assert not found.passed
    assert {(outcome.finite, outcome.flagged) for outcome in found.outcomes.values()} == {(finite, flagged)}
    assert found.outcomes["two classes"].gap > 0.1 or not converged


def test_accuracy_gate_fails_a_loose_tolerance(cases):
    assert not accuracy_difference(ReferenceLearner(1.0, LOOSE), cases).passed


def test_interval_by_hand():
    """Three values 1, 2, 3: mean 2, standard error 1/√3, t(2) at 97.5% = 4.3027."""
    assert interval(np.array([1.0, 2.0, 3.0])) == pytest.approx(
        (2, 2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), rel=1e-5
    )


@pytest.mark.slow
def test_area_gate_passes_the_reference():
    found = curve_area(ReferenceLearner(1.0, 1e-5), seeds=5, rounds=5)
    assert found.passed and set(found.differences) == {"random", "margin"}
