"""Who answers when an item is sent to be labelled."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from simulations.trajectory import Part, Scalar

IntArray = npt.NDArray[np.int64]

ORACLES: Mapping[str, Mapping[str, Scalar]] = {"perfect": {}, "flip": {"rate": 0.05}}
"""Known oracles with the defaults of their settings; a larger `rate` gives more wrong answers."""


def answers_of(oracle: Part, observed: IntArray, classes: int, rng: np.random.Generator) -> IntArray:
    """Fix the answer to every item of the pool, whenever it is asked and whoever asks.

    `perfect` repeats the data set's observed labels, whatever noise is in them; `flip` replaces each with
    probability `rate` by another class, all equally likely (uniform noise, Angluin & Laird 1988).

    Args:
        oracle: name and settings.
        observed: shape (n,), labels as the data set has them.
        classes: number of classes.
        rng: keyed by data set and seed, so that all strategies meet the same wrong answers.

    Returns:
        Shape (n,).
    """
    if oracle.name == "perfect":
        return observed
    return flip_uniformly(observed, float(oracle.options["rate"]), classes, rng)


def flip_uniformly(labels: IntArray, rate: float, classes: int, rng: np.random.Generator) -> IntArray:
    """Give labels of which each is, with probability `rate`, replaced by another class, all equally likely.

    Args:
        labels: shape (n,).
        rate: fraction from 0 to 1.
        classes: number of classes.
        rng: where the draws come from; the same number of draws is made at any rate.
    """
    flipped = rng.random(labels.size) < rate
    shift = rng.integers(1, classes, size=labels.size)
    return np.where(flipped, (labels + shift) % classes, labels)
