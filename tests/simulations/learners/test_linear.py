import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge

from simulations.errors import InputError
from simulations.learners import Labelled, compiled, linear, make_learner
from simulations.learners.learner import DivergedError
from simulations.learners.linear import LinearLearner, RidgeLearner, clipped_shares
from simulations.trajectory import Part


def fit(labelled, warm=None, l2=1.0):
    return LinearLearner(l2).fit(labelled, warm)


def _labelled(lanes=3, items=31, width=5, classes=4, seed=0, scale=1.0):
    """Lanes label different items of one data set of 300."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(300, width)).astype(np.float32)
    labels = (features @ rng.normal(size=(width, classes)) + rng.gumbel(size=(300, classes))).argmax(axis=1)
    rows = np.stack([rng.choice(300, items, replace=False) for _ in range(lanes)])
    spectrum = np.full(width, scale**2)
    return Labelled((features * scale).astype(np.float32), rows, labels[rows], spectrum, classes)


def _with_answers(labelled, answers, classes=None):
    return Labelled(labelled.features, labelled.rows, answers, labelled.spectrum, classes or labelled.classes)


def _own(labelled, lane):
    return labelled.features[labelled.rows[lane]].astype(np.float64), labelled.answers[lane]


def _objective(weights, intercepts, X, y, l2):
    """The loss of one lane, spelt out."""
    Z = X @ weights.astype(np.float64).T + intercepts.astype(np.float64)
    return np.logaddexp.reduce(Z, axis=1).sum() - Z[np.arange(y.size), y].sum() + l2 / 2 * (weights**2).sum()


def _best(X, y, l2, tolerance):
    model = LogisticRegression(C=1 / l2, tol=tolerance, max_iter=20_000).fit(X, y)
    W, b = model.coef_, model.intercept_
    if W.shape[0] == 1:
        return _objective(np.vstack([-W, W]) / 2, np.r_[-b, b] / 2, X, y, 2 * l2)
    return _objective(W, b, X, y, l2)


def _gap(fitted, labelled, lane, l2, tolerance=1e-10):
    X, y = _own(labelled, lane)
    width, penalty = X.shape[1], l2 * (2 if labelled.classes == 2 else 1)
    ours = _objective(fitted.weights[lane, :, :width], fitted.intercepts[lane], X, y, penalty)
    return (ours - _best(X, y, l2, tolerance)) / y.size


@pytest.mark.parametrize(("classes", "l2"), [(2, 1.0), (5, 0.1), (13, 1.0)])
def test_the_objective_is_minimised(classes, l2):
    labelled = _labelled(lanes=3, items=200, classes=classes)
    fitted = fit(labelled, l2=l2)
    assert fitted.converged.all()
    gaps = np.array([_gap(fitted, labelled, lane, l2) for lane in range(3)])
    assert (gaps > -1e-7).all() and (gaps < 5e-6).all()


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_a_lane_gives_the_same_bits_alone_or_packed(classes):
    labelled = _labelled(lanes=9, items=37, width=11, classes=classes)
    more = _labelled(lanes=9, items=45, width=11, classes=classes, seed=1)
    learner = LinearLearner(1.0)
    packed = learner.fit(more, learner.fit(labelled, None))
    P = packed.probabilities(range(9), labelled.features)
    for lanes in ([0], [4], [8], [2, 7, 3]):
        alone = learner.fit(more.take(lanes), learner.fit(labelled.take(lanes), None))
        assert (alone.weights == packed.weights[lanes]).all()
        assert (alone.probabilities(range(len(lanes)), labelled.features) == P[lanes]).all()
        assert (packed.take(lanes).probabilities(range(len(lanes)), labelled.features) == P[lanes]).all()


def test_numbers_out_of_range_never_reach_the_compiled_loops():
    labelled = _labelled()
    for classes in (-1, 4, 10**6):
        answers = labelled.answers.copy()
        answers[1, 3] = classes
        with pytest.raises(ValueError, match=f"a class number is .*{classes}.*; allowed: 0 to 3"):
            fit(_with_answers(labelled, answers))
    rows = labelled.rows + 300
    with pytest.raises(ValueError, match=r"a row is .*; allowed: 0 to 299"):
        fit(Labelled(labelled.features, rows, labelled.answers, labelled.spectrum, 4))


def test_a_warm_start_leads_to_the_same_place_sooner():
    labelled = _labelled(items=200)
    fewer = Labelled(labelled.features, labelled.rows[:, :180], labelled.answers[:, :180], labelled.spectrum, 4)
    cold, warm = fit(labelled), fit(labelled, fit(fewer))
    assert warm.effort.sum() < cold.effort.sum()
    for lane in range(3):
        assert _gap(warm, labelled, lane, 1.0) == pytest.approx(_gap(cold, labelled, lane, 1.0), abs=5e-6)


def test_an_item_drawn_twice_counts_twice():
    labelled = _labelled(lanes=1, items=40)
    twice = np.concatenate([labelled.rows, labelled.rows[:, :15]], axis=1)
    answers = np.concatenate([labelled.answers, labelled.answers[:, :15]], axis=1)
    repeated = Labelled(labelled.features, twice, answers, labelled.spectrum, 4)
    assert _gap(fit(repeated), repeated, 0, 1.0) < 5e-6


def test_a_class_never_seen_is_never_said():
    labelled = _labelled(lanes=2, items=40, classes=3)
    answers = np.where(labelled.answers == 2, 0, labelled.answers)
    answers[1] = labelled.answers[1]
    fitted = fit(_with_answers(labelled, answers))
    P = fitted.probabilities([0, 1], labelled.features)
    assert fitted.converged.all() and np.isfinite(P).all()
    assert (P[0, 2] == 0).all() and (P[1, 2] > 0).all()
    model = LogisticRegression(tol=1e-8).fit(*_own(_with_answers(labelled, answers), 0))
    assert np.mean(P[0].argmax(axis=0) == model.predict(labelled.features)) > 0.95
    # The class turns up later: it starts from nothing.
    assert (fit(labelled, fitted).probabilities([0], labelled.features)[0, 2] > 0).all()


def test_one_class_alone_is_said_with_certainty():
    labelled = _labelled(lanes=1)
    fitted = fit(_with_answers(labelled, labelled.answers * 0 + 1))
    assert fitted.converged.all()
    assert (fitted.probabilities([0], labelled.features)[0, 1] == 1).all()


@pytest.mark.parametrize(
    ("scale", "items", "width"), [(1e-6, 12, 80), (1e-6, 200, 3), (1.0, 12, 80), (1e4, 12, 3), (1e4, 12, 80)]
)
def test_odd_shapes_and_scales_stay_finite_and_converge(scale, items, width):
    labelled = _labelled(items=items, width=width, scale=scale)
    fitted = fit(labelled)
    assert fitted.converged.all() and np.isfinite(fitted.probabilities(range(3), labelled.features)).all()


@pytest.mark.parametrize("l2", [1.0, 1e-3])
def test_separable_data_converge(l2):
    labelled = _labelled(items=40)
    answers = (labelled.features[labelled.rows][:, :, 0] > 0).astype(np.int64)
    fitted = fit(_with_answers(labelled, answers, 2), l2=l2)
    assert fitted.converged.all()
    for lane in range(3):
        said = fitted.probabilities([lane], labelled.features[labelled.rows[lane]])[0].argmax(axis=0)
        assert (said == answers[lane]).mean() > 0.95


@given(st.integers(1, 70), st.integers(1, 40), st.integers(2, 9), st.integers(0, 10_000))
def test_probabilities_are_a_softmax_of_the_weights(items, width, classes, seed):
    labelled = _labelled(lanes=2, items=items, width=width, classes=classes, seed=seed)
    fitted = LinearLearner(1.0).fit(labelled, None)
    for lane in range(2):
        Z = labelled.features @ fitted.weights[lane, :, :width].T + fitted.intercepts[lane]
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        assert (
            pytest.approx(E / E.sum(axis=1, keepdims=True), abs=2e-6)
            == fitted.probabilities([lane], labelled.features)[0].T
        )


@pytest.mark.parametrize(("classes", "scale"), [(2, 1.0), (4, 1.0), (4, 1e4), (4, 1e-6)])
def test_a_lane_that_single_precision_cannot_finish_is_fitted_again_in_double(monkeypatch, classes, scale):
    monkeypatch.setattr(compiled, "_MOST_EVALUATIONS", 2)
    labelled = _labelled(items=100, classes=classes, scale=scale)
    answers = labelled.answers.copy()
    answers[0] = np.where(answers[0] == classes - 1, 0, answers[0])  # a class that this lane never saw
    labelled = _with_answers(labelled, answers)
    fitted = fit(labelled, l2=scale**2)
    assert fitted.converged.all()
    assert max(_gap(fitted, labelled, lane, scale**2) for lane in (1, 2)) < 5e-6
    # Its scores still come from the compiled loops, whose weights are padded.
    P = fitted.probabilities([0, 1, 2], labelled.features)
    assert np.isfinite(P).all() and (P[0, classes - 1] == 0).all()


def test_a_lane_fitted_again_knows_two_of_four_classes(monkeypatch):
    monkeypatch.setattr(compiled, "_MOST_EVALUATIONS", 2)
    labelled = _labelled(lanes=1, items=100)
    two = _with_answers(labelled, np.where(labelled.answers > 1, 3, 1), classes=4)
    P = fit(two, l2=3.0).probabilities([0], labelled.features)[0]
    # Two vectors of weights with penalty 3/2 |w|² each are one, their difference, with 3/4 |w|².
    model = LogisticRegression(C=2 / 3.0, tol=1e-10).fit(*_own(two, 0))
    assert pytest.approx(model.predict_proba(labelled.features), abs=1e-4) == P[[1, 3]].T
    assert (P[[0, 2]] == 0).all()


def test_a_lane_that_runs_out_of_iterations_is_not_called_converged(monkeypatch):
    monkeypatch.setattr(compiled, "_MOST_EVALUATIONS", 2)
    monkeypatch.setattr(linear, "_MOST_ITERATIONS", 1)
    assert not fit(_labelled(items=100)).converged.any()


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan")])
def test_a_penalty_that_is_not_positive_is_told(l2):
    with pytest.raises(InputError, match=r"learner linear, l2: found .+; allowed: a positive number"):
        make_learner(Part.of("linear", {"l2": l2}))


def test_a_penalty_that_double_precision_loses_is_told():
    X = np.array([[1e8, 1e8], [-1e8, -1e8]], np.float32)  # two features that are one
    sets = Labelled(X, np.array([[0, 1]]), np.array([[0, 1]]), np.ones(2), 2)
    with pytest.raises(DivergedError, match=r"^learner ridge, l2: found 0\.5; allowed: a penalty that leaves"):
        RidgeLearner(l2=0.5).fit(sets, None)


def test_equal_to_scikit_learns_ridge_on_indicators():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)).astype(np.float32)
    rows, y = np.stack([np.arange(30), np.arange(20, 50)]), rng.integers(3, size=(2, 30))
    fitted = make_learner(Part.of("ridge", {"l2": 0.5})).fit(Labelled(X, rows, y, np.ones(5), 3), None, ())
    for lane in range(2):
        model = Ridge(alpha=0.5).fit(X[rows[lane]].astype(np.float64), np.eye(3)[y[lane]])
        assert fitted.weights[lane] == pytest.approx(model.coef_, abs=1e-6)
        assert fitted.intercepts[lane] == pytest.approx(model.intercept_, abs=1e-6)


def test_scores_become_shares():
    shares = clipped_shares(np.array([[[0.5, 1.7], [0.5, -0.3], [-0.2, 0.0]]], dtype=np.float32))
    assert shares.sum(axis=1) == pytest.approx(np.ones((1, 2)))
    assert shares[0, :, 0] == pytest.approx([0.5, 0.5, 0.0], abs=1e-5)
    assert shares[0, :, 1] == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)
