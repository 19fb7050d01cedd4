"""Softmax regression with an L2 penalty, all lanes fitted in lockstep.

Per lane it minimises  sum_i [log sum_c exp(z_ic) - z_i,y_i] + (l2 / 2) ||W||²,  z = W x + b,  intercepts b unpenalised:
scikit-learn's `LogisticRegression` with C = 1 / l2. With two classes the penalty is doubled, since softmax spreads over
two weight vectors what binary logistic regression puts into one.

Notation
    L, C, n, D   lanes, classes, labelled items, features + 1 (the intercept)
    W            (L, C, D) weights, class-major
"""

from collections.abc import Callable
from typing import cast

import numpy as np

from simulations.learners.learner import (
    BoolArray,
    Fitted,
    FloatArray,
    IntArray,
    Labelled,
    LinearHeads,
    one_hot,
    softmax,
    with_intercept,
)
from simulations.learners.minimise import minimise

# Measured with the approximate Hessian of L-BFGS, half the decrement is a few times below the true gap: this tolerance
# leaves gaps per item of 1e-6 to 3e-6, scikit-learn's own at its default.
_NEWTON_TOLERANCE = 5e-7
_TILE_NUMBERS = 400_000


class LinearLearner:
    """L2-penalised softmax regression.

    Args:
        l2: penalty on features of mean variance 1; larger shrinks more and trusts few labels less.
    """

    def __init__(self, l2: float) -> None:
        self.l2 = l2

    def fit(self, labelled: Labelled, warm: Fitted | None) -> LinearHeads:
        """Fit every lane from where the round before ended."""
        lanes, items, width = labelled.features.shape
        # Tiles of lanes that fit the cache together; a lane's arithmetic does not depend on its tile.
        tile = max(1, _TILE_NUMBERS // (items * (width + labelled.classes)))
        parts = [self._fit_tile(labelled, warm, slice(at, at + tile)) for at in range(0, lanes, tile)]
        weights, converged, effort = (np.concatenate(column) for column in zip(*parts, strict=True))
        return LinearHeads(weights, converged, effort, softmax)

    def _fit_tile(
        self, labelled: Labelled, warm: Fitted | None, tile: slice
    ) -> tuple[FloatArray, BoolArray, FloatArray]:
        answers, classes = labelled.answers[tile], labelled.classes
        loss = _PenalisedLoss(labelled.features[tile], answers, classes, self.l2 * (2.0 if classes == 2 else 1.0))
        start = np.zeros(loss.shape)
        if warm is not None:
            before = cast(LinearHeads, warm).weights[tile]
            start = np.where(np.isfinite(before), before, 0.0)
        flat = start.reshape(start.shape[0], -1)
        best = minimise(loss, flat, loss.preconditioner(start, labelled.spectrum[tile]), _tolerance(answers.shape[1]))
        weights = best.x.reshape(start.shape)
        weights[:, :, -1] = np.where(_seen(answers, classes), weights[:, :, -1], -np.inf)
        return weights, best.converged, best.evaluations


class _PenalisedLoss:
    """The objective of all lanes of a tile."""

    def __init__(self, features: FloatArray, answers: IntArray, classes: int, l2: float) -> None:
        self.X = with_intercept(features)
        self.Y = one_hot(answers, classes)
        self.shape = (features.shape[0], classes, self.X.shape[2])
        # A class without a label has no finite optimum; it is left out, as scikit-learn does, by a score of -1e30.
        self.mask = np.where(_seen(answers, classes), 0.0, -1e30)[:, :, None]
        self.l2 = np.full(self.X.shape[2], l2)
        self.l2[-1] = 0.0

    def preconditioner(self, W: FloatArray, spectrum: FloatArray) -> FloatArray:
        """Give 1 / (n h_c (eig_j + 0.1 mean eig) + l2_j), flat (L, C·D), h_c being the mean of p (1 - p) at W."""
        P = self._scored(W)[1]
        h = np.maximum((P * (1.0 - P)).sum(axis=2), 1e-3 * P.shape[2])
        axes = np.ones((W.shape[0], W.shape[2]))
        axes[:, :-1] = spectrum + 0.1 * spectrum.mean(axis=1, keepdims=True)
        curvature: FloatArray = h[:, :, None] * axes[:, None, :] + self.l2
        return 1.0 / curvature.reshape(W.shape[0], -1)

    def evaluate(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        W = x.reshape(-1, *self.shape[1:])
        true_score, P, log_total = self._scored(W)
        shrunk = self.l2 * W
        f = (log_total - true_score).sum(axis=1) + 0.5 * (shrunk * W).reshape(W.shape[0], -1).sum(axis=1)
        P -= self.Y
        gradient = np.matmul(P, self.X)
        gradient += shrunk
        return f, gradient.reshape(x.shape)

    def keep(self, rows: IntArray) -> None:
        self.X, self.Y, self.mask = self.X[rows], self.Y[rows], self.mask[rows]

    def _scored(self, W: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Scores of the true classes (L, n), probabilities (L, C, n), log of the summed exponentials (L, n)."""
        Z = np.matmul(W, self.X.transpose(0, 2, 1))
        true_score = (Z * self.Y).sum(axis=1)
        Z += self.mask
        top = Z.max(axis=1, keepdims=True)
        Z -= top
        np.exp(Z, out=Z)
        total = Z.sum(axis=1, keepdims=True)
        Z /= total
        return true_score, Z, (np.log(total) + top)[:, 0, :]


def _tolerance(items: int) -> Callable[[FloatArray], FloatArray]:
    """Bound half the Newton decrement per item, tighter where the loss itself is small (separable data)."""
    return lambda f: items * _NEWTON_TOLERANCE * np.minimum(1.0, 100.0 * f / items)


def _seen(answers: IntArray, classes: int) -> BoolArray:
    """Which classes occur in each lane, shape (L, C)."""
    return np.asarray((answers[:, None, :] == np.arange(classes)[:, None]).any(axis=2), dtype=np.bool_)
