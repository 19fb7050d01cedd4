"""Single answers that are wrong at random: everywhere alike, by class, or where classes meet.

Notation: n items; C classes; e (n,) each item's chance of a wrong answer; h (n,) hardness, even over (0, 1).
"""

import numpy as np

from simulations.arrays import FloatArray, IntArray
from simulations.oracle.items import Items


def flip_uniformly(labels: IntArray, rate: float | FloatArray, classes: int, rng: np.random.Generator) -> IntArray:
    """Give labels of which each is, with probability `rate`, replaced by another class, all equally likely.

    Uniform noise (Angluin & Laird 1988, Learning from noisy examples).

    Args:
        labels: shape (n,).
        rate: fraction from 0 to 1, one for all or shape (n,).
        classes: number of classes.
        rng: where the draws come from; the same number of draws is made at any rate.
    """
    flipped = rng.random(labels.size) < rate
    shift = rng.integers(1, classes, size=labels.size)
    return np.where(flipped, (labels + shift) % classes, labels)


def flip_by_class(
    labels: IntArray, rate: float, spread: float, twin_share: float, classes: int, rng: np.random.Generator
) -> IntArray:
    """Give labels that are wrong more often in some classes than in others, and mostly for one class in particular.

    Class-dependent noise (Natarajan et al. 2013, Learning with noisy labels; pairs as in Patrini et al. 2017). Which
    class errs how often, and which is whose twin, is drawn: nothing is known of what a class number means. With two
    classes there is one other class, and `twin_share` changes nothing.

    Args:
        labels: shape (n,).
        rate: mean error rate over the classes.
        spread: error rates of the classes lie evenly from `rate` − `spread` to `rate` + `spread`.
        twin_share: share of a class's wrong answers that name its twin, the next in a drawn order; the rest name all
            further classes alike.
        classes: number of classes.
        rng: where the draws come from.
    """
    order = rng.permutation(classes)
    of_class = np.empty(classes)
    of_class[order] = np.linspace(rate - spread, rate + spread, classes)
    place = np.argsort(order)[labels]
    flipped = rng.random(labels.size) < of_class[labels]
    step = np.ones(labels.size, dtype=np.int64)
    if classes > 2:
        to_twin = rng.random(labels.size) < twin_share
        step = np.where(to_twin, 1, rng.integers(2, classes, size=labels.size))
    return np.where(flipped, order[(place + step) % classes], labels)


def flip_at_boundary(
    labels: IntArray, rate: float, sharpness: float, items: Items, rng: np.random.Generator
) -> IntArray:
    """Give labels that are wrong mostly where classes meet, and then name the class an item looks like.

    Noise that falls with the distance to the boundary (Menon, van Rooyen & Natarajan 2018, Learning from binary labels
    with instance-dependent noise; here by rank, so that the mean rate is exact): e = rate · (s + 1) · h^s.

    Args:
        labels: shape (n,).
        rate: mean error rate, at most 1 ÷ (`sharpness` + 1).
        sharpness: s; 0 errs everywhere alike, a larger one nearer to the boundary.
        items: hardness and likeness of the items, n of them.
        rng: where the draws come from.
    """
    chance = rate * (sharpness + 1) * items.hardness**sharpness
    return np.where(rng.random(labels.size) < chance, items.mistaken_for, labels)
