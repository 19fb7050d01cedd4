"""Curve tables made by hand, on which it is known what active learning saves."""

from functools import partial

import numpy as np

from tests.research.made import campaigns

COUNTS = tuple(range(20, 401, 20))
SAVES = {"much": 3.0, "some": 1.6, "none": 1.0, "worse": 0.5}


def table(saves=SAVES, *, seeds=3, counts=COUNTS, learner="linear"):
    """One data set a name: error of random 0.6 ÷ √(labels ÷ 20) + 0.02, of margin that of so many times the labels."""
    curves = {
        (name, 5, strategy): partial(value, factor=times)
        for name, factor in saves.items()
        for strategy, times in (("random", 1.0), ("margin", factor))
    }
    return campaigns(curves, counts, noise=0.004, seeds=seeds, learner=learner)


def value(labels, factor=1.0):
    """What a curve has at a label count; nothing is saved at the initial set."""
    return 0.98 - 0.6 / np.sqrt(1 + factor * (labels / 20 - 1))
