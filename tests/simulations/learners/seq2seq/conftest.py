"""A language small enough to be learnt in a second: letters in capitals, but `a` before `b` is said `X`."""

import numpy as np
import pytest

from simulations.datasets.generation import Examples, generation_data
from simulations.learners.seq2seq import Seq2SeqLearner, StepTraining
from simulations.tasks.task import Chances
from simulations.trajectory import stream

ITEMS = 240


def said(text):
    return tuple(text.upper().replace("AB", "XB"))


def texts(count, letters, seed):
    rng = np.random.default_rng(seed)
    return tuple("".join(rng.choice(list(letters), size=rng.integers(2, 6))) for _ in range(count))


@pytest.fixture(scope="session")
def spelt():
    own, like, other = texts(ITEMS, "abcd", 0), texts(300, "abcd", 1), texts(300, "cdef", 2)
    return generation_data(*(
        Examples(own, tuple(map(said, own))), tuple("ABCDEFX"),
        Examples(like, tuple(map(said, like))), Examples(other, tuple(map(said, other))), 60,
    ))  # fmt: skip


@pytest.fixture(scope="session")
def how():
    return lambda **changed: StepTraining(**{
        "passes": 12, "least_steps": 0, "learning_rate": 0.01, "dropout": 0.1, "batch_size": 16, **changed,
    })  # fmt: skip


@pytest.fixture(scope="session")
def chances():
    return lambda start=0, order=0: Chances(stream("start", start), stream("order", order))


@pytest.fixture(scope="session")
def learnt(spelt, how, chances):
    """A model of 120 items, trained from scratch."""
    return Seq2SeqLearner(24, how()).fit(spelt, np.arange(120), None, chances())
