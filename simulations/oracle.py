"""Who answers when an item is sent to be labelled.

Curves are over items whatever the oracle: `votes` asks several people about each item and gives one answer, so it is
the price of a label, not its place on the curve, that counts the votes.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from simulations.entries import shown
from simulations.errors import SimulationInputError
from simulations.trajectory import Part, Scalar

IntArray = npt.NDArray[np.int64]

ORACLES: Mapping[str, Mapping[str, Scalar]] = {
    "perfect": {},
    "flip": {"rate": 0.05},
    "votes": {"rate": 0.2, "votes": 3},
}
"""Known oracles with the defaults of their settings.

A larger `rate` gives more wrong answers, a larger number of `votes` fewer (while a vote is right more often than it
says any other class).
"""

_ALLOWED = {"rate": (0, 1), "votes": (1, 99)}
_BLOCK = 65_536


def check_oracle(oracle: Part) -> None:
    """Raise SimulationInputError when a setting is out of range."""
    for name, value in oracle.settings:
        low, high = _ALLOWED[name]
        if not low <= float(value) <= high:
            raise SimulationInputError(
                f"oracle {oracle.name}, {name}: found {shown(value)}; allowed: {low} to {high}"
                + (", a fraction" if name == "rate" else ", answers to each item")
            )


def answers_of(oracle: Part, observed: IntArray, classes: int, rng: np.random.Generator) -> IntArray:
    """Fix the answer to every item of the pool, whenever it is asked and whoever asks.

    `perfect` repeats the data set's observed labels, whatever noise is in them; `flip` replaces each with
    probability `rate` by another class, all equally likely (uniform noise, Angluin & Laird 1988); `votes` takes the
    plurality of that many independent such answers to the same item.

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
    rate = float(oracle.options["rate"])
    if oracle.name == "flip":
        return flip_uniformly(observed, rate, classes, rng)
    votes = (flip_uniformly(observed, rate, classes, rng) for _ in range(oracle.options["votes"]))
    counts = np.zeros((observed.size, classes), dtype=np.int8)
    for vote in votes:
        counts[np.arange(observed.size), vote] += 1
    return plurality(counts, rng)


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


def plurality(counts: npt.NDArray[np.integer], rng: np.random.Generator) -> IntArray:
    """Give the class with the most votes, ties broken at random, all tied classes equally likely.

    Args:
        counts: shape (n, C), whole numbers.
        rng: where the draws come from; their number depends on the shape alone.

    Returns:
        Shape (n,).
    """
    chosen = np.empty(len(counts), dtype=np.int64)
    for start in range(0, len(counts), _BLOCK):
        block = counts[start : start + _BLOCK]
        # What is added stays below one vote, so it decides nothing but ties.
        chosen[start : start + _BLOCK] = (block + rng.random(block.shape)).argmax(axis=1)
    return chosen
