"""Several answers to each item, and the one that has most of them.

Notation: n items; m votes of an item; C classes; ρ correlation of the errors in two votes of one item.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from simulations.arrays import FloatArray, IntArray
from simulations.oracle.items import Items

_BLOCK = 65_536


def error_rates_of_items(
    rate: float, correlation: float, items: int, rng: np.random.Generator, known: Items | None = None
) -> FloatArray:
    """Draw how often a vote on each item is wrong, so that errors on one item go together.

    Rates are Beta(a, b) with mean `rate` and a + b = 1/ρ − 1, so that the number of wrong votes of an item is
    beta-binomial (Williams 1975, Biometrics 31:949) and any two of its votes err with correlation ρ.

    Args:
        rate: mean over items, strictly between 0 and 1 unless `correlation` is 0.
        correlation: ρ, from 0 (items are alike, votes independent) to below 1 (all votes on an item are the same).
        items: n.
        rng: where the draws come from.
        known: harder items err more, in this order; None lets chance say which items err.

    Returns:
        Shape (n,), fractions.
    """
    place = rng.random(items) if known is None else known.hardness
    if correlation == 0:
        return np.full(items, rate)
    from scipy.stats import beta

    size = 1 / correlation - 1
    rates: FloatArray = beta.ppf(place, rate * size, (1 - rate) * size)
    return rates


def counted(votes: Iterable[IntArray], items: int, classes: int) -> npt.NDArray[np.int8]:
    """Count each item's votes, one array (n,) a vote, for each class: shape (n, C)."""
    counts = np.zeros((items, classes), dtype=np.int8)
    for vote in votes:
        counts[np.arange(items), vote] += 1
    return counts


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
