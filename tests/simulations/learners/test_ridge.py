import numpy as np
import pytest
from sklearn.linear_model import Ridge

from simulations.learners import Labelled, make_learner
from simulations.learners.ridge import clipped_shares
from simulations.trajectory import Part


def test_equal_to_scikit_learns_ridge_on_indicators():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2, 30, 5)), rng.integers(3, size=(2, 30))
    fitted = make_learner(Part.of("ridge", {"l2": 0.5})).fit(Labelled(X, y, np.ones((2, 5)), 3), None)
    for lane in range(2):
        model = Ridge(alpha=0.5).fit(X[lane], np.eye(3)[y[lane]])
        assert fitted.weights[lane, :, :-1] == pytest.approx(model.coef_)
        assert fitted.weights[lane, :, -1] == pytest.approx(model.intercept_)


def test_scores_become_shares():
    shares = clipped_shares(np.array([[[0.5, 1.7], [0.5, -0.3], [-0.2, 0.0]]]))
    assert shares.sum(axis=1) == pytest.approx(np.ones((1, 2)))
    assert shares[0, :, 0] == pytest.approx([0.5, 0.5, 0.0], abs=1e-5)
    assert shares[0, :, 1] == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)
