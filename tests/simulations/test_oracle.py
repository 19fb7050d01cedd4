import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.oracle import answers_of, flip_uniformly
from simulations.trajectory import Part


@given(st.integers(2, 9), st.integers(0, 99))
def test_rate_one_never_gives_the_true_class(classes, seed):
    labels = np.arange(50) % classes
    flipped = flip_uniformly(labels, 1.0, classes, np.random.default_rng(seed))
    assert (flipped != labels).all() and flipped.min() >= 0 and flipped.max() < classes


def test_wrong_answers_spread_over_the_other_classes():
    flipped = flip_uniformly(np.zeros(30_000, dtype=np.int64), 0.3, 4, np.random.default_rng(0))
    assert np.bincount(flipped) / 30_000 == pytest.approx([0.7, 0.1, 0.1, 0.1], abs=0.01)


def test_a_higher_rate_adds_wrong_answers_and_removes_none():
    labels = np.arange(1000) % 3
    few, many = (flip_uniformly(labels, rate, 3, np.random.default_rng(0)) != labels for rate in (0.1, 0.4))
    assert (many[few]).all() and many.sum() > few.sum()


def test_perfect_repeats_the_observed_labels():
    labels = np.arange(10) % 3
    assert (answers_of(Part.of("perfect"), labels, 3, np.random.default_rng(0)) == labels).all()
