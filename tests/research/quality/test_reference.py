import numpy as np
import pytest
from scipy.optimize import minimize

from research.quality.reference import ReferenceLearner, objective, solve
from simulations.learners.learner import Labelled


def _labelled(lanes=2, n=50, d=4, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(200, d)).astype(np.float32)
    answers = (features @ rng.normal(size=(d, classes)) + rng.gumbel(size=(200, classes))).argmax(axis=1)
    rows = np.stack([rng.permutation(200)[:n] for _ in range(lanes)])
    return Labelled(features, rows, answers[rows], np.ones(d), classes)


def _lane(labelled, lane=0):
    return labelled.features[labelled.rows[lane]], labelled.answers[lane]


def test_objective_by_hand():
    """One item at x = 1, two classes, W = (1, 0), b = (0, 0): log(1 + e) - 1, and 2 l2 / 2 · 1 for two classes."""
    X, y = np.ones((1, 1)), np.array([0])
    assert objective(X, y, np.array([[1.0, 0.0], [0.0, 0.0]]), 0.5) == pytest.approx(np.log(1 + np.e) - 1 + 0.5)
    three = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, -np.inf]])
    assert objective(X, y, three, 0.5) == pytest.approx(np.log(1 + np.e) - 1 + 0.25)


@pytest.mark.parametrize(("classes", "seen", "l2"), [(2, 2, 0.1), (3, 3, 3.0), (4, 2, 3.0), (5, 3, 0.1)])
def test_nothing_is_lower_than_the_exact_solution(classes, seen, l2):
    X, y = _lane(_labelled(classes=seen))
    W, converged = solve(X, y, classes, l2)
    assert converged and (W[seen:, -1] == -np.inf).all() and (W[seen:, :-1] == 0).all()

    def free(w):
        full = np.zeros((classes, 5))
        full[seen:, -1] = -np.inf
        full[:seen] = w.reshape(seen, 5)
        return objective(X, y, full, l2)

    best = minimize(free, np.zeros(seen * 5), method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9, "maxfun": 10**5})
    assert objective(X, y, W, l2) <= best.fun + 1e-7
    assert objective(X, y, W, l2) == pytest.approx(best.fun, abs=1e-4)


def test_probabilities_are_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    for classes in (2, 3):
        labelled = _labelled(classes=classes)
        X, y = _lane(labelled, 1)
        model = LogisticRegression(C=0.5).fit(X.astype(np.float64), y)
        fitted = ReferenceLearner(2.0).fit(labelled, None, ())
        P = fitted.probabilities([1], labelled.features)
        assert P.dtype == np.float32 and P.shape == (1, classes, 200)
        assert pytest.approx(model.predict_proba(labelled.features.astype(np.float64)).T, abs=1e-6) == P[0]
        assert (fitted.take([1]).probabilities([0], labelled.features) == P).all()
