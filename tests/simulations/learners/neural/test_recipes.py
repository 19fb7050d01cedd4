import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.svm import SVC

from simulations.errors import InputError
from simulations.learners import LEARNERS, make_learner
from simulations.learners.recipes import parse_parameters, parse_tune
from simulations.learners.tuning import TunedLearner
from simulations.trajectory import Part


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
    assert isinstance(learner, TunedLearner) and learner.grid == (0.1, 1, 10)
    assert [(one.estimator.C, one.estimator.kernel) for one in learner.learners] == [
        (0.1, "poly"),
        (1, "poly"),
        (10, "poly"),
    ]
    learner = _make("forest", trees=7, tune="min_leaf: 5, 1")
    assert [(one.estimator.n_estimators, one.estimator.min_samples_leaf) for one in learner.learners] == [
        (7, 5),
        (7, 1),
    ]


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


_NAMES = st.from_regex(r"[A-Za-z]\w{0,8}", fullmatch=True).filter(lambda name: name.isascii() and name not in _KEYWORDS)
_KEYWORDS = __import__("keyword").kwlist
_VALUES = st.one_of(
    st.integers(-999, 999),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8),
    st.tuples(st.integers(0, 99), st.integers(0, 99)),
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_what_is_written_is_read(parameters):
    text = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    assert parse_parameters(text, "here") == parameters
