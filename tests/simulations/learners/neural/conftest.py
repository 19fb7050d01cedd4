import numpy as np
import pytest

from simulations.learners.learner import Labelled
from simulations.learners.neural.settings import Training
from simulations.trajectory import LazyStreams

HOW = {"epochs": 30, "learning_rate": 0.01, "weight_decay": 0.01, "dropout": 0.25, "batch_size": 8}
HOW |= {"start": "scratch", "samples": 6}


@pytest.fixture
def how():
    """Settings of a short training, any replaced."""
    return lambda **changed: Training(**{**HOW, **changed})


@pytest.fixture
def task():
    """Lanes with labelled sets of their own on clusters that are easy to tell apart."""

    def build(lanes=4, n=30, d=7, classes=3, seed=0, items=200):
        rng = np.random.default_rng(seed)
        truth = rng.integers(classes, size=items)
        features = (rng.normal(0, 2, (classes, d))[truth] + rng.normal(size=(items, d))).astype(np.float32)
        features.flags.writeable = False
        rows = np.stack([rng.permutation(items)[:n] for _ in range(lanes)])
        return Labelled(features, rows, truth[rows], np.ones(d), classes), truth

    return build


@pytest.fixture
def streams():
    return lambda lanes, seed=0: LazyStreams([(seed, int(lane)) for lane in lanes])
