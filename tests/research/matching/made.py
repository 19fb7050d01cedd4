"""Curve tables made by hand, in which class counts tell how hard a data set is."""

from functools import partial

from tests.research.made import campaigns

COUNTS = (20, 40, 80, 120, 200, 320)
EASY, HARD = 0.5, 0.15
POWERS = {"two-a": (2, EASY), "two-b": (2, EASY), "fifty-a": (50, HARD), "fifty-b": (50, HARD)}


def table(powers=POWERS, *, seeds=2, learner="linear", kind="tabular", saves=1.5):
    """One data set a name, (classes, power): random's error is ½ (labels ÷ 20)^−power, margin's that of more labels."""
    curves = {
        (name, classes, strategy): partial(value, power=power, factor=factor)
        for name, (classes, power) in powers.items()
        for strategy, factor in (("random", 1.0), ("margin", saves))
    }
    return campaigns(curves, COUNTS, noise=0.002, seeds=seeds, learner=learner, kind=kind)


def value(labels, power, factor=1.0):
    """What a curve has at a label count; nothing is saved at the initial set."""
    return 1.0 - 0.5 * (1 + factor * (labels / 20 - 1)) ** -power
