"""Ridge regression on one-hot answers, in closed form: a fast preview, with curves of its own."""

import numpy as np

from simulations.arrays import Features, FloatArray
from simulations.learners.heads import LinearHeads
from simulations.learners.learner import Fitted, Labelled, Streams


class RidgeLearner:
    """Least squares on class indicators with an L2 penalty on all but the intercept.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more. Far below 1, gains of active learning near
            as many labels as features are an artefact of interpolation.
    """

    def __init__(self, l2: float) -> None:
        self.l2 = l2

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams = ()) -> LinearHeads:
        """Solve each lane's normal equations in double precision; nothing is taken from the round before."""
        solved = np.stack([self._solve(labelled, lane) for lane in range(labelled.rows.shape[0])])
        lanes = solved.shape[0]
        weights, intercepts = solved[:, :, :-1].astype(np.float32), solved[:, :, -1].astype(np.float32)
        return LinearHeads(weights, intercepts, np.ones(lanes, np.bool_), np.ones(lanes), clipped_shares)

    def _solve(self, labelled: Labelled, lane: int) -> FloatArray:
        items = labelled.features[labelled.rows[lane]]
        X = np.column_stack([items, np.ones(items.shape[0])])
        penalty = np.full(X.shape[1], self.l2)
        penalty[-1] = 0.0
        indicators = np.asarray(labelled.answers[lane][:, None] == np.arange(labelled.classes), dtype=np.float64)
        solution: FloatArray = np.linalg.solve(X.T @ X + np.diag(penalty), X.T @ indicators)
        return solution.T


def clipped_shares(scores: Features) -> Features:
    """Read least-squares scores (lanes, C, m) as class shares: clipped to (0, 1], then scaled to sum to one.

    The regression on an indicator estimates the class's probability but may leave [0, 1]
    (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 4.2).
    """
    np.clip(scores, 1e-6, 1.0, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores
