"""The linear learner is held to the quality gates; `tests/research/quality` shows that bad learners fail them."""

from importlib.util import find_spec

import pytest

from research import quality
from simulations.jit import BACKEND_VARIABLE
from simulations.learners.linear import BACKENDS, LinearLearner

pytestmark = pytest.mark.numbers


# The others are used only where they are asked for, or for a lane that is fitted again; test_linear tries them too.
@pytest.fixture(params=["numba", *(pytest.param(name, marks=pytest.mark.slow) for name in BACKENDS[1:])], autouse=True)
def back_end(request, monkeypatch):
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setenv(BACKEND_VARIABLE, request.param)
    return request.param


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
