"""The linear learner is held to the quality gates; `tests/research/quality` shows that bad learners fail them."""

import pytest

from research import quality
from simulations.learners.linear import LinearLearner

pytestmark = pytest.mark.numbers


@pytest.fixture(scope="module")
def cases():
    return quality.standard_cases(4)


def test_accuracy_is_scikit_learns(cases):
    found = quality.accuracy_difference(LinearLearner(1.0), cases)
    assert found.passed, str(found)


def test_the_objective_gap_is_no_larger_than_scikit_learns(cases):
    found = quality.objective_gap(LinearLearner(1.0), cases)
    assert found.passed, str(found)


def test_hard_cases_stay_finite_and_converge():
    found = quality.hard_cases(LinearLearner)
    assert found.passed, str(found)
