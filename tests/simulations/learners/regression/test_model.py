import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from simulations.datasets.regression import FriedmanKnobs, generate_friedman
from simulations.errors import InputError
from simulations.learners.regression.estimators import Constant, RegressionModel, Unit, answers_of, explained

DATA = generate_friedman(FriedmanKnobs(n=60, test_size=20))


class _Echo:
    """Knows every answer, in the unit it was trained in; its members err by one deviation."""

    def __init__(self, unit):
        self.unit = unit

    def predicted(self, X):
        rows = [int((DATA.features == x).all(axis=1).argmax()) for x in X]
        return self.unit.standardised(answers_of(DATA, rows))

    def members(self, X):
        return np.stack([self.predicted(X) - 1.0, self.predicted(X) + 1.0])


@settings(max_examples=30)
@given(st.lists(st.floats(-100, 100), min_size=3, max_size=20).filter(lambda y: np.std(y) > 0.1), st.integers(0, 99))
def test_the_score_is_that_of_scikit_learn_and_never_below_0(truth, seed):
    truth = np.array(truth)
    predicted = truth + np.random.default_rng(seed).normal(size=truth.size)
    assert explained(truth, predicted) == pytest.approx(max(0.0, r2_score(truth, predicted)))
    assert explained(truth, truth) == 1.0
    assert explained(truth, np.full(truth.size, truth.mean() + 50.0)) == 0.0


def test_predictions_and_members_come_in_the_unit_of_the_data():
    unit, rows = Unit(mean=10.0, deviation=4.0), np.arange(5, 25)
    model = RegressionModel(DATA, unit, _Echo(unit), True)
    values = model.values(rows)
    assert values.predicted.shape == (1, 20) and values.members.shape == (1, 2, 20) and values.known.shape == (1, 0)
    assert values.predicted[0] == pytest.approx(answers_of(DATA, rows))
    assert values.members[0] == pytest.approx(answers_of(DATA, rows) + np.array([[-4.0], [4.0]]))
    assert model.evaluate(rows) == {"r2": pytest.approx(1.0)}


def test_labels_that_are_all_alike_teach_their_number():
    unit = Unit.of(np.full(4, 0.1))
    assert unit == Unit(0.1, 1.0)
    model = RegressionModel(DATA, unit, Constant(), True)
    assert (model.values(np.arange(3)).predicted == 0.1).all() and model.evaluate(np.arange(30)) == {"r2": 0.0}


def test_held_out_answers_that_are_all_alike_cannot_be_explained():
    model = RegressionModel(DATA, Unit(0.0, 1.0), Constant(), True)
    with pytest.raises(InputError, match=r"^held-out answers: all 1 are .+; hold more items out$"):
        model.evaluate(np.array([3]))
