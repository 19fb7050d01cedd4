import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Perceptron, Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC

from simulations.errors import InputError
from simulations.learners import LEARNERS, make_learner
from simulations.learners.estimators import EstimatorLearner
from simulations.learners.learner import Labelled
from simulations.learners.recipes import parse_parameters, parse_tune
from simulations.learners.tuning import TunedLearner
from simulations.trajectory import LazyStreams, Part

KINDS = [
    RandomForestClassifier(n_estimators=10),
    ExtraTreesClassifier(n_estimators=10, n_jobs=2),
    LogisticRegression(),
    HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2),
    KNeighborsClassifier(),
    SVC(),
    Perceptron(),
]


def _labelled(lanes=3, n=40, d=5, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(300, d)).astype(np.float32)
    answers = (features @ rng.normal(size=(d, classes)) + rng.gumbel(size=(300, classes))).argmax(axis=1)
    rows = np.stack([rng.permutation(300)[:n] for _ in range(lanes)])
    features.flags.writeable = False
    return Labelled(features, rows, answers[rows], np.ones(d), classes)


def _streams(lanes, seed=0):
    return LazyStreams([(seed, lane) for lane in lanes])


def _fit(estimator, labelled, streams=None):
    lanes = range(labelled.rows.shape[0])
    return EstimatorLearner("forest", estimator).fit(labelled, None, streams or _streams(lanes))


@pytest.mark.parametrize("estimator", KINDS, ids=lambda e: type(e).__name__)
def test_probabilities_rank_classes_as_the_estimator_does(estimator):
    labelled = _labelled(lanes=1)
    X, y = labelled.features[labelled.rows[0]], labelled.answers[0]
    P = _fit(estimator, labelled).probabilities([0], labelled.features)[0]
    assert P.sum(axis=0) == pytest.approx(np.ones(300), abs=1e-5)
    estimator = clone(estimator)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=int(_streams([0])[0].integers(2**31)))
    assert (P.argmax(axis=0) == estimator.fit(X, y).predict(labelled.features)).mean() > 0.99


def test_two_classes_without_probabilities_go_through_the_logistic_function():
    labelled = _labelled(lanes=1, classes=2)
    model = LinearSVC(random_state=0, dual="auto").fit(labelled.features[labelled.rows[0]], labelled.answers[0])
    scores = model.decision_function(labelled.features)
    P = _fit(LinearSVC(dual="auto"), labelled).probabilities([0], labelled.features)[0]
    assert P[1] == pytest.approx(1 / (1 + np.exp(-scores)), abs=1e-3)


def test_one_class_alone_is_said_with_certainty():
    labelled = _labelled(lanes=1)
    one = Labelled(labelled.features, labelled.rows, np.full_like(labelled.answers, 2), labelled.spectrum, 4)
    fitted = _fit(LogisticRegression(), one)
    assert fitted.converged.all() and (fitted.effort > 0).all()
    assert (fitted.probabilities([0], labelled.features)[0, 2] == 1).all()


def test_training_that_ends_early_is_flagged_and_not_told():
    labelled = _labelled(lanes=2)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fitted = _fit(MLPClassifier(max_iter=2), labelled)
        assert _fit(LogisticRegression(), labelled).converged.all()
    assert not fitted.converged.any()
    assert not [w for w in heard if issubclass(w.category, ConvergenceWarning)]


def test_other_warnings_are_passed_on_once():
    class Grumbling(DummyClassifier):
        def fit(self, X, y):
            warnings.warn("something\n  odd", UserWarning, stacklevel=2)
            return super().fit(X, y)

    with pytest.warns(UserWarning, match=r"learner forest, training on 40 labels of 4 classes: something odd") as heard:
        _fit(Grumbling(), _labelled())
    assert len(heard) == 1


def test_what_scikit_learn_refuses_is_one_sentence():
    with pytest.raises(InputError, match=r"^learner forest, training on 40 labels of 4 classes: Negative [^\n]+$"):
        _fit(MultinomialNB(), _labelled())
    few = _labelled(n=4)
    fitted = _fit(KNeighborsClassifier(n_neighbors=30), few)
    with pytest.raises(InputError, match=r"^learner forest, scoring 300 items: Expected n_neighbors [^\n]+$"):
        fitted.probabilities([0], few.features)
    with pytest.raises(InputError, match=r"it gives 6 scores an item, 4 classes need one each"):
        _fit(SVC(decision_function_shape="ovo"), _labelled()).probabilities([0], few.features)


def test_probabilities_that_are_none_are_refused():
    class Broken(DummyClassifier):
        def predict_proba(self, X):
            return np.full((len(X), 4), np.nan)

    labelled = _labelled()
    with pytest.raises(InputError, match="an item got no probabilities"):
        _fit(Broken(), labelled).probabilities([0], labelled.features)


@pytest.mark.parametrize("estimator", [Ridge(), SVC, 3])
def test_what_is_no_classifier_is_refused(estimator):
    with pytest.raises(InputError, match="is no scikit-learn classifier"):
        EstimatorLearner("mine", estimator)


def test_a_classifier_of_classes_alone_is_refused():
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Mute(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            return self

    with pytest.raises(InputError, match="Mute gives classes alone; allowed: a classifier with predict_proba"):
        EstimatorLearner("mine", Mute())


def _make(name, **settings):
    return make_learner(Part.of(name, {**LEARNERS[name].defaults, **settings}))


def test_settings_reach_the_estimator():
    model = _make("forest", trees=7, min_leaf=3).estimator
    assert isinstance(model, RandomForestClassifier)
    assert (model.n_estimators, model.min_samples_leaf, model.max_features) == (7, 3, "sqrt")
    assert _make("forest", max_features=0.5).estimator.max_features == 0.5
    model = _make("boosting", iterations=9, l2=2.0).estimator
    assert isinstance(model, HistGradientBoostingClassifier)
    assert (model.max_iter, model.l2_regularization, model.early_stopping) == (9, 2.0, False)
    model = _make("estimator", of="sklearn.svm.SVC", parameters="C=10, kernel=poly, class_weight='balanced'").estimator
    assert isinstance(model, SVC) and (model.C, model.kernel, model.class_weight) == (10, "poly", "balanced")


def test_one_setting_is_tuned_and_the_others_stay():
    learner = _make("estimator", of="sklearn.svm.SVC", parameters="kernel=poly", tune="C: 0.1, 1, 10")
    assert isinstance(learner, TunedLearner)
    assert [(one.estimator.C, one.estimator.kernel) for one in learner.learners] == [(c, "poly") for c in (0.1, 1, 10)]
    learner = _make("forest", trees=7, tune="min_leaf: 5, 1")
    leaves = [(one.estimator.n_estimators, one.estimator.min_samples_leaf) for one in learner.learners]
    assert leaves == [(7, 5), (7, 1)]


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("estimator", {}, "of: found ''; allowed: a classifier of scikit-learn by its full name"),
        ("estimator", {"of": "sklearn.svm.SCV"}, "did you mean 'sklearn.svm.SVC'?"),
        ("estimator", {"of": "RandomForest"}, "did you mean 'sklearn.ensemble.RandomForestClassifier'?"),
        ("estimator", {"of": "os.system"}, "found 'os.system'"),
        ("estimator", {"of": "sklearn.linear_model.Ridge"}, "Ridge.. is no scikit-learn classifier"),
        ("estimator", {"of": "sklearn.multiclass.OneVsRestClassifier"}, "must be given other estimators"),
        ("estimator", {"of": "sklearn.svm.SVC", "parameters": "kernal=rbf"}, "did you mean 'kernel'?"),
        ("estimator", {"of": "sklearn.svm.SVC", "parameters": "C=-1"}, r"'C' parameter of SVC must be .+ Got -1"),
        ("estimator", {"of": "sklearn.svm.SVC", "parameters": "random_state=1"}, "is set by the simulator"),
        ("estimator", {"of": "sklearn.svm.SVC", "tune": "C: 1, -1"}, "Got -1"),
        ("estimator", {"of": "sklearn.svm.SVC", "tune": "kernal: rbf, poly"}, "did you mean 'kernel'?"),
        ("forest", {"trees": 0}, "Got 0 instead"),
        ("forest", {"tune": "minleaf: 2, 1"}, "unknown setting 'minleaf'; did you mean 'min_leaf'?"),
        ("boosting", {"l2": -1.0}, "Got -1.0 instead"),
        ("linear", {"l2": 0.0}, "allowed: a positive number"),
    ],
)
def test_bad_settings_are_one_sentence(name, settings, message):
    with pytest.raises(InputError, match=message) as caught:
        _make(name, **settings)
    assert "\n" not in str(caught.value) and str(caught.value).startswith(f"learner {name}")


@pytest.mark.parametrize(
    "text",
    ["C", "C=", "C=1; D=2", "C=1) + f(D=2", "**{'C': 1}", "C=__import__('os')", "C=f'{1}'", "C=1 # no", "C='\\d'",
     "C=[x for x in (1,)]", "C=lambda: 1", "C=" + "(" * 400, "C=a.b", "C=1\nD=2", "C=1, C=2", "C=2**9999", "x" * 2000],
)  # fmt: skip
def test_only_literals_are_read(text):
    with pytest.raises(InputError, match=r"^here: found ") as caught:
        parse_parameters(text, "here")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["C", "C:", "C: 1", "C: 1, 1", "C 1, 2", "1: 2, 3", "C: 1, [", "C: 1] + [2", "C: f(1), 2"]
)
def test_a_grid_that_is_none_is_told(text):
    with pytest.raises(InputError, match=r"^here: found "):
        parse_tune(text, "here")
