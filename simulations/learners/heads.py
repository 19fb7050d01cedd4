"""Linear classifiers, one per lane, and how their scores become probabilities; plain numpy.

Notation: see `simulations.learners.learner`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints, Reals
from simulations.strategies.view import Landscape


@dataclass(frozen=True)
class LinearHeads:
    """One linear classifier per lane.

    Args:
        weights: float32 (L, C, d), 0 for a class never seen.
        intercepts: float32 (L, C), -inf for a class never seen.
        converged: see `Fitted`.
        effort: see `Fitted`.
        link: turns scores (lanes, C, m) into probabilities, in place where it can.
    """

    weights: Features
    intercepts: Features
    converged: Bools
    effort: Floats
    link: Callable[[Features], Features]

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items lane by lane; see `Fitted`."""
        scores = np.empty((len(lanes), self.weights.shape[1], features.shape[0]), np.float32)
        # One product per lane, whose shape no other lane can change: packed or alone, the bits are the same.
        for row, lane in enumerate(lanes):
            np.matmul(self.weights[lane], features.T, out=scores[row])
        scores += self.intercepts[list(lanes), :, None]
        return self.link(scores)

    def landscape(self, lane: int) -> Landscape:
        """Scores of a lane's classes at any point, in float64, and their slopes, the same everywhere."""
        W, b = self.weights[lane].astype(np.float64), self.intercepts[lane].astype(np.float64)

        def slopes(X: Reals) -> Floats:
            # Compiled loops fill weights up to whole tiles.
            return np.broadcast_to(W[:, : X.shape[1]], (X.shape[0], W.shape[0], X.shape[1]))

        return Landscape(lambda X: X @ W[:, : X.shape[1]].T + b, slopes, linear=True)

    def take(self, lanes: Sequence[int]) -> Self:
        """See `Fitted`."""
        rows = list(lanes)
        return replace(
            self,
            weights=self.weights[rows],
            intercepts=self.intercepts[rows],
            converged=self.converged[rows],
            effort=self.effort[rows],
        )


def softmax(scores: Features) -> Features:
    """Turn class-major scores (lanes, C, m) into probabilities, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def seen_classes(answers: Ints, classes: int) -> Bools:
    """Tell which classes occur in each lane: (L, n) to (L, C)."""
    lanes = answers.shape[0]
    cells = (answers + np.arange(lanes)[:, None] * classes).ravel()
    return np.bincount(cells, minlength=lanes * classes).reshape(lanes, classes) > 0
