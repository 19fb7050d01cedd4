"""What a learner is: trained on the labelled sets of many lanes at once, it gives class probabilities per lane.

Notation
    L        lanes, each one trajectory with its own pool, labelled set and weights
    n, d, C  labelled items (the same in every lane), features, classes
    m        items to be scored (the same in every lane)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from simulations.trajectory import Scalar

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labelled:
    """The labelled sets of all lanes.

    Args:
        features: shape (L, n, d), in the pool's principal axes.
        answers: shape (L, n), class numbers as the oracle gave them.
        spectrum: shape (L, d), the pool's variance along each axis.
        classes: number of classes, C.
    """

    features: FloatArray
    answers: IntArray
    spectrum: FloatArray
    classes: int


class Fitted(Protocol):
    """Trained models, one per lane."""

    @property
    def converged(self) -> BoolArray:
        """Shape (L,): whether each lane's training met its stopping rule."""

    @property
    def effort(self) -> FloatArray:
        """Shape (L,): each lane's share of the training time, in any common unit."""

    def probabilities(self, lanes: Sequence[int], features: Sequence[FloatArray]) -> FloatArray:
        """Score items: one (m, d) array per lane named, giving class-major probabilities (lanes, C, m)."""


class Learner(Protocol):
    """Trains lanes in lockstep; a lane's result must not depend on which lanes are trained beside it."""

    def fit(self, labelled: Labelled, warm: Fitted | None) -> Fitted:
        """Train every lane; `warm` is what the round before gave for the same lanes, None in the first round."""


@dataclass(frozen=True)
class LearnerEntry:
    """What the registry knows of a learner.

    Args:
        name: the registered name.
        family: kind of model.
        paper: the source to cite.
        needs: what must be installed; `nothing` beyond the base package.
        summary: one sentence.
        defaults: every setting it takes, with its default.
        make: settings as keyword arguments to the learner; imports what is heavy.
    """

    name: str
    family: str
    paper: str
    needs: str
    summary: str
    defaults: Mapping[str, Scalar]
    make: Callable[..., Learner]


@dataclass(frozen=True)
class LinearHeads:
    """One linear classifier per lane.

    Args:
        weights: shape (L, C, d + 1); the last column is the intercept; -inf there means a class never seen.
        converged: see `Fitted`.
        effort: see `Fitted`.
        link: turns scores (L, C, m) into probabilities, in place where it can.
    """

    weights: FloatArray
    converged: BoolArray
    effort: FloatArray
    link: Callable[[FloatArray], FloatArray]

    def probabilities(self, lanes: Sequence[int], features: Sequence[FloatArray]) -> FloatArray:
        """Score items lane by lane; see `Fitted`."""
        scores = np.empty((len(lanes), self.weights.shape[1], features[0].shape[0]))
        # One product per lane, whose shape no other lane can change: packed or alone, the bits are the same.
        for row, (lane, items) in enumerate(zip(lanes, features, strict=True)):
            np.matmul(self.weights[lane, :, :-1], items.T, out=scores[row])
        scores += self.weights[list(lanes), :, -1:]
        return self.link(scores)


def softmax(scores: FloatArray) -> FloatArray:
    """Turn class-major scores (L, C, m) into probabilities, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def one_hot(answers: IntArray, classes: int) -> FloatArray:
    """Write class numbers (L, n) as class-major indicators (L, C, n)."""
    indicators: FloatArray = (answers[:, None, :] == np.arange(classes)[:, None]).astype(np.float64)
    return indicators


def with_intercept(features: FloatArray) -> FloatArray:
    """Append a column of ones: (L, n, d) to (L, n, d + 1)."""
    lanes, items, width = features.shape
    extended = np.empty((lanes, items, width + 1))
    extended[:, :, :-1] = features
    extended[:, :, -1] = 1.0
    return extended
