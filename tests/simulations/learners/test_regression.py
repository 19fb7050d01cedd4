"""Regression from a grid to its curves, through the engine."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.svm import SVR

from simulations.datasets.regression import FriedmanKnobs, generate_friedman
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS, make_learner
from simulations.learners.learner import DivergedError
from simulations.learners.regression import (
    PENALTIES,
    RegressionModel,
    RegressorLearner,
    answers_of,
    bootstrap_members,
    clipped_r2,
)
from simulations.record import Record
from simulations.tasks.task import Chances
from simulations.trajectory import Part

DATA = generate_friedman(FriedmanKnobs(n=400, test_size=200, noise_share=0.02))
ROWS, TEST = np.arange(100), np.arange(200, 400)
OWN = {
    "ridge_regression": {},
    "forest_regression": {"trees": 20},
    "gaussian_process": {},
    "regressor": {"of": "sklearn.svm.SVR", "parameters": "C=10"},
}


def _make(name, **settings):
    return make_learner(Part.of(name, {**LEARNERS[name].defaults, **settings}))


def _fit(name, rows=ROWS, data=DATA, seed=0, **settings):
    chances = Chances(np.random.default_rng([0, seed]), np.random.default_rng([1, seed]))
    return _make(name, **{**OWN[name], **settings}).fit(data, rows, None, chances)


@cache
def _fitted(name):
    return _fit(name)


def test_all_of_them_are_tried():
    assert list(OWN) == [name for name, entry in LEARNERS.items() if entry.task == "regression"]


@pytest.mark.parametrize("name", OWN)
def test_more_labels_explain_more(name):
    few, many = (_fit(name, ROWS[:n]).evaluate(TEST)["r2"] for n in (10, 100))
    assert 0 <= few < many and 0.55 < many < 1


@pytest.mark.parametrize("name", OWN)
def test_the_same_chances_give_the_same_bits_whoever_asked_first(name):
    one, other = _fit(name), _fitted(name)
    one.evaluate(TEST)
    values = one.values(TEST)
    again = other.values(TEST)
    assert (values.predicted == again.predicted).all() and (values.members == again.members).all()
    assert (one.values(TEST).members == values.members).all()


@pytest.mark.parametrize("name", OWN)
def test_members_differ_and_lie_about_the_model(name):
    values = _fitted(name).values(TEST)
    assert values.members.shape[1] >= 2 and (values.members[0].std(axis=0) > 0).all()
    mean = values.members[0].mean(axis=0)
    assert np.corrcoef(mean, values.predicted[0])[0, 1] > 0.95


@pytest.mark.parametrize("name", OWN)
def test_the_unit_of_the_answers_is_forgotten(name):
    scaled = replace(DATA, answers=tuple(1e6 * y - 3e7 for y in DATA.answers))
    own, other = _fitted(name), _fit(name, data=scaled)
    # Trees break ties between columns as rounding has it.
    assert other.evaluate(TEST)["r2"] == pytest.approx(own.evaluate(TEST)["r2"], abs=0.02)
    assert ((other.values(TEST).predicted + 3e7) / 1e6 - own.values(TEST).predicted).std() < 0.5


@pytest.mark.parametrize("name", OWN)
def test_no_answer_but_the_labelled_is_read(name):
    hidden = tuple(y if row in ROWS else float("nan") for row, y in enumerate(DATA.answers))
    blind = _fit(name, data=replace(DATA, answers=hidden))
    assert (blind.values(TEST).predicted == _fitted(name).values(TEST).predicted).all()


@pytest.mark.parametrize("name", OWN)
def test_labels_that_are_all_alike_are_enough_for_a_model(name):
    alike = replace(DATA, answers=(2.5,) * 100 + DATA.answers[100:])
    model = _fit(name, data=alike)
    values = model.values(TEST)
    assert (values.predicted == 2.5).all() and (values.members == 2.5).all() and values.members.shape == (1, 2, 200)
    assert model.evaluate(TEST) == {"r2": 0.0}
    with pytest.raises(InputError, match=r"^held-out answers: all 1 are .+; hold more items out$"):
        model.evaluate(TEST[:1])


def test_the_penalty_is_that_of_least_error_when_each_label_is_left_out():
    rows = np.arange(25)
    X, answers = DATA.features[rows].astype(float), np.array(DATA.answers[:25])
    y = (answers - answers.mean()) / answers.std()

    def left_out(alpha):
        kept = [np.delete(rows, i) for i in rows]
        return sum((Ridge(alpha=alpha).fit(X[k], y[k]).predict(X[[i]])[0] - y[i]) ** 2 for i, k in enumerate(kept))

    best = min(PENALTIES, key=left_out)
    assert PENALTIES[0] < best < PENALTIES[-1]
    own = Ridge(alpha=best).fit(X, y).predict(DATA.features[TEST])
    predicted = _fit("ridge_regression", rows).values(TEST).predicted[0]
    assert predicted == pytest.approx(answers.mean() + answers.std() * own, rel=1e-4)


def test_the_members_of_a_process_are_one_deviation_of_its_posterior_apart():
    X, y = DATA.features[ROWS], np.array(DATA.answers[:100])
    process = GaussianProcessRegressor(_make("gaussian_process").estimator.kernel).fit(X, (y - y.mean()) / y.std())
    _, deviation = process.predict(DATA.features[TEST], return_std=True)
    function = deviation**2 - process.kernel_.k2.noise_level
    found = _fitted("gaussian_process").values(TEST).members[0].var(axis=0)
    assert found == pytest.approx(y.std() ** 2 * function, rel=1e-3)


class _Broken(RegressorMixin, BaseEstimator):
    """Predicts what is none, as `says` tells."""

    def __init__(self, says="nan"):
        self.says = says

    def fit(self, X, y):
        return self

    def predict(self, X):
        return {"nan": np.full(len(X), np.nan), "pairs": np.zeros((len(X), 2))}.get(self.says, np.zeros(len(X)))


@pytest.mark.parametrize(
    ("says", "message"),
    [("nan", "a prediction is not finite"), ("pairs", r"it gives predictions of the shape \(200, 2\); one number")],
)
def test_predictions_that_are_none_are_one_sentence_and_end_a_curve_if_they_grew_out_of_hand(says, message):
    learner = RegressorLearner("broken", _Broken(says), bootstrap_members(2, lambda model, rng: _Broken(says)))
    chances = Chances(np.random.default_rng(0), np.random.default_rng(0))
    model = learner.fit(DATA, ROWS, None, chances)
    with pytest.raises(InputError, match=f"^learner broken, predicting 200 items: {message}") as caught:
        model.evaluate(TEST)
    assert isinstance(caught.value, DivergedError) == (says == "nan")


def test_too_few_labels_for_an_estimator_are_one_sentence():
    with pytest.raises(InputError, match=r"^learner regressor \(KNeighborsRegressor\), predicting 200 items: "):
        _fit("regressor", ROWS[:3], of="sklearn.neighbors.KNeighborsRegressor", parameters="").evaluate(TEST)


def test_training_that_ended_early_is_recorded():
    model = _fit("regressor", of="sklearn.neural_network.MLPRegressor", parameters="max_iter=2")
    assert not model.converged and _fit("regressor").converged


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("ridge_regression", {"members": 1}, "members: found 1; allowed: 2 to 1000"),
        ("forest_regression", {"trees": 1}, "trees: found 1; allowed: 2 to 1000"),
        ("forest_regression", {"min_leaf": 0}, "Got 0 instead"),
        ("forest_regression", {"max_features": 1.5}, "Got 1.5 instead"),
        ("gaussian_process", {"smoothness": 2.0}, "smoothness: found 2.0; allowed: 0.5, 1.5, 2.5"),
        ("gaussian_process", {"smoothness": float("nan")}, "smoothness: found nan; allowed: 0.5, 1.5, 2.5"),
        ("regressor", {"of": "sklearn.svm.SVC"}, "of: sklearn.svm.SVC is no regressor"),
        ("regressor", {"parameters": "kernal=rbf"}, "did you mean 'kernel'?"),
        ("regressor", {"parameters": "C=-1"}, r"'C' parameter of SVR must be .+ Got -1"),
        ("regressor", {"of": "sklearn.ensemble.StackingRegressor"}, "must be given other estimators"),
        ("regressor", {"members": 0}, "members: found 0; allowed: 2 to 1000"),
    ],
)
def test_bad_settings_are_one_sentence(name, settings, message):
    with pytest.raises(InputError, match=message) as caught:
        _make(name, **{**OWN[name], **settings})
    assert "\n" not in str(caught.value) and str(caught.value).startswith(f"learner {name}")


@pytest.mark.parametrize(
    ("of", "hint"), [("", ""), ("os.system", ""), ("sklearn.svm.SVRR", "did you mean 'sklearn.svm.SVR'? ")]
)
def test_a_name_that_is_none_is_told(of, hint, monkeypatch):
    # To list all of scikit-learn takes seconds, and is tested for classifiers.
    monkeypatch.setattr("sklearn.utils.all_estimators", lambda type_filter: {"regressor": [("SVR", SVR)]}[type_filter])
    with pytest.raises(InputError) as caught:
        _make("regressor", of=of)
    allowed = "allowed: a regressor of scikit-learn by its full name, such as 'sklearn.svm.SVR'"
    assert str(caught.value) == f"learner regressor, of: found '{of}'; {hint}{allowed}"


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=20).filter(lambda y: np.std(y) > 0.1), st.integers(0, 99))
def test_the_score_is_that_of_scikit_learn_and_never_below_0(truth, seed):
    truth = np.array(truth)
    predicted = truth + np.random.default_rng(seed).normal(size=truth.size)
    assert clipped_r2(truth, predicted) == pytest.approx(max(0.0, r2_score(truth, predicted)))
    assert clipped_r2(truth, truth) == 1.0
    assert clipped_r2(truth, np.full(truth.size, truth.mean() + 50.0)) == 0.0


def test_predictions_and_members_come_in_the_unit_of_the_data():
    rows = np.arange(5, 25)

    def knows(X):
        """Every answer, in the unit of deviation 4 around 10."""
        return (answers_of(DATA, [int((DATA.features == x).all(axis=1).argmax()) for x in X]) - 10.0) / 4.0

    model = RegressionModel(DATA, 10.0, 4.0, knows, lambda X: np.stack([knows(X) - 1.0, knows(X) + 1.0]), True)
    values = model.values(rows)
    assert values.predicted.shape == (1, 20) and values.members.shape == (1, 2, 20) and values.known.shape == (1, 0)
    assert values.predicted[0] == pytest.approx(answers_of(DATA, rows))
    assert values.members[0] == pytest.approx(answers_of(DATA, rows) + np.array([[-4.0], [4.0]]))
    assert model.evaluate(rows) == {"r2": pytest.approx(1.0)}


BLOCK = {
    "datasets": [{"name": "friedman", "n": 300, "test_size": 150}],
    "learners": ["ridge_regression"],
    "strategies": ["random", "igs", "committee_variance", "model_change", "coreset"],
    "batch_sizes": [5],
    "initial_size": 25,
    "rounds": 2,
    "seeds": 2,
    "initial_set": "random",
}


def _grid(**changed):
    return list(parse_grid({"grid": BLOCK | changed}).trajectories)


@pytest.fixture(scope="module")
def records():
    return run_lanes(_grid())


def test_curves_are_fractions_over_the_schedule(records):
    for record in records:
        assert record.labels == (25, 30, 35) and set(record.series) >= {"r2"}
        assert all(0 <= value <= 1 for value in record.series["r2"])
        assert (record.task, record.classes, record.pool_size, record.test_size) == ("regression", 1, 150, 150)
        assert Record.from_json(record.as_json()).series["r2"] == record.series["r2"]


def test_all_strategies_start_from_one_model_and_part_ways(records):
    curves = np.array([r.series["r2"] for r in records if r.trajectory.seed == 0])
    assert len(curves) == 5 and np.unique(curves[:, 0]).size == 1 and np.unique(curves[:, 1]).size == 5


def test_a_curve_is_the_same_alone_and_packed(records):
    for record in records[1::4]:
        (alone,) = run_lanes([record.trajectory])
        assert alone.series["r2"] == record.series["r2"]


@pytest.mark.parametrize("learner", ["forest_regression", "gaussian_process"])
def test_every_learner_runs_with_every_kind_of_strategy(learner):
    records = run_lanes(_grid(learners=[learner], rounds=1, seeds=1, initial_set="diverse"))
    assert len({r.series["r2"][1] for r in records}) == 5 and len({r.series["r2"][0] for r in records}) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"learners": ["linear"]}, "learner linear: is for classification, and friedman is regression; allowed: ridge"),
        (
            {"initial_set": "one_per_class"},
            "initial_set: found 'one_per_class', and friedman is regression, whose items have no",
        ),
        ({"oracle": {"name": "flip", "rate": 0.1}}, "oracle flip: gives classes"),
        (
            {"learners": ["linear"], "datasets": ["digits"], "strategies": ["igs"]},
            "strategy igs: needs predicted numbers; learner linear has none; allowed: a learner of regression",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_runs(changed, message):
    with pytest.raises(InputError, match=message) as caught:
        _grid(**changed)
    assert "\n" not in str(caught.value)
