"""Strategies that ask where the model is least sure."""

import numpy as np

from simulations.strategies.view import FloatArray, IntArray, RoundView, Strategy, Streams, lowest


def _least_confidence(view: RoundView, k: int, streams: Streams) -> IntArray:
    return lowest(view.probabilities.max(axis=2), view, k)


def _margin(view: RoundView, k: int, streams: Streams) -> IntArray:
    first, second = top_two(view.probabilities)
    return lowest(first - second, view, k)


def _entropy(view: RoundView, k: int, streams: Streams) -> IntArray:
    P = view.probabilities
    # The smallest normal number stands in for zero, where p log p tends to zero.
    return lowest((P * np.log(np.maximum(P, np.finfo(np.float64).tiny))).sum(axis=2), view, k)


def top_two(probabilities: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the largest and second largest of the classes (..., C), each of shape (...), without sorting.

    Examples:
        >>> [float(v[0]) for v in top_two(np.array([[0.25, 0.5, 0.25]]))]
        [0.5, 0.25]
    """
    first = np.maximum(probabilities[..., 0], probabilities[..., 1])
    second = np.minimum(probabilities[..., 0], probabilities[..., 1])
    for c in range(2, probabilities.shape[-1]):
        # The loser against the leader may still be the second.
        np.maximum(second, np.minimum(first, probabilities[..., c]), out=second)
        np.maximum(first, probabilities[..., c], out=first)
    return first, second


LEAST_CONFIDENCE = Strategy(
    name="least_confidence",
    family="uncertainty",
    paper="Lewis & Gale 1994, A sequential algorithm for training text classifiers",
    needs="probabilities",
    summary="Asks where the likeliest class has the lowest probability.",
    choose=_least_confidence,
)
MARGIN = Strategy(
    name="margin",
    family="uncertainty",
    paper="Scheffer, Decomain & Wrobel 2001, Active hidden Markov models for information extraction",
    needs="probabilities",
    summary="Asks where the two likeliest classes are closest.",
    choose=_margin,
)
ENTROPY = Strategy(
    name="entropy",
    family="uncertainty",
    paper="Settles & Craven 2008, An analysis of active learning strategies for sequence labeling tasks",
    needs="probabilities",
    summary="Asks where the predicted class distribution has the highest entropy.",
    choose=_entropy,
)
