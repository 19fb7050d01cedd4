import numpy as np
import pytest
from sklearn.linear_model import Ridge

from simulations.learners import Labelled, make_learner
from simulations.learners.linear import clipped_shares
from simulations.trajectory import Part


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
