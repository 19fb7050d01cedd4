"""Ridge regression on one-hot answers, in closed form: a fast preview, with curves of its own."""

import numpy as np

from simulations.learners.learner import (
    Fitted,
    FloatArray,
    Labelled,
    LinearHeads,
    one_hot,
    with_intercept,
)


class RidgeLearner:
    """Least squares on class indicators with an L2 penalty on all but the intercept.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more. Far below 1, gains of active learning near
            as many labels as features are an artefact of interpolation.
    """

    def __init__(self, l2: float) -> None:
        self.l2 = l2

    def fit(self, labelled: Labelled, warm: Fitted | None) -> LinearHeads:
        """Solve each lane's normal equations; nothing is taken from the round before."""
        X = with_intercept(labelled.features)
        penalty = np.full(X.shape[2], self.l2)
        penalty[-1] = 0.0
        gram = np.matmul(X.transpose(0, 2, 1), X) + np.diag(penalty)
        moments = np.matmul(X.transpose(0, 2, 1), one_hot(labelled.answers, labelled.classes).transpose(0, 2, 1))
        weights = np.linalg.solve(gram, moments).transpose(0, 2, 1).copy()
        lanes = weights.shape[0]
        return LinearHeads(weights, np.ones(lanes, np.bool_), np.ones(lanes), clipped_shares)


def clipped_shares(scores: FloatArray) -> FloatArray:
    """Read least-squares scores (L, C, m) as class shares: clipped to (0, 1], then scaled to sum to one.

    The regression on an indicator estimates the class's probability but may leave [0, 1]
    (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 4.2).
    """
    shares = np.clip(scores, 1e-6, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
