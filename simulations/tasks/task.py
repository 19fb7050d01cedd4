"""The contracts of tasks beyond classification: data, learners, models, and what models tell strategies.

Notation
    N        items of the data set, of which a pool and a held-out set are rows
    n, m     items asked about, held-out items
    d        features
    M        members of a model
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from simulations.arrays import Features, Ints, Reals
from simulations.errors import InputError
from simulations.metrics import METRICS
from simulations.strategies.view import SequenceScores, Values

CLASSIFICATION = "classification"

METRICS_OF: Mapping[str, tuple[str, ...]] = {
    "regression": ("r2",),
    "tagging": ("accuracy", "f1_macro", "sentence_accuracy"),
    "generation": ("exact_match", "symbol_accuracy"),
}
"""Metrics of each kind of task, fractions of which higher is better.

`r2` is the share of the variance explained, 0 where a model does no better than the mean; `accuracy` and `f1_macro` of
tagging count tokens, `sentence_accuracy` sentences without a fault; `exact_match` counts answers without a fault, and
`symbol_accuracy` is 1 less the edit distance per symbol of the true answer, 0 where that is more than 1.
"""


INITIAL_SETS_OF_TASKS = ("random", "diverse")
"""Items have no class to be drawn by."""


def metrics_of(task: str) -> tuple[str, ...]:
    """Name the metrics of a kind of task, in the order of tables."""
    return METRICS if task == CLASSIFICATION else METRICS_OF[task]


def usual_initial_set(task: str) -> str:
    """Name the initial set that is drawn where nothing is said of it: the first of those that go with the task."""
    return "one_per_class" if task == CLASSIFICATION else INITIAL_SETS_OF_TASKS[0]


@dataclass(frozen=True)
class TaskData:
    """A data set whose answers are no classes.

    Args:
        task: a key of `METRICS_OF`.
        kind: tabular, text, image, sequence or generation, as in the curve table.
        items: N inputs, of whatever type the learners of the task read; of regression the rows of `features`.
        answers: N true answers: numbers, or tuples of symbols.
        features: (N, d), finite, what strategies measure distances in.
        lengths: (N,), what an annotator has to say of an item, at least 1: tags of a sentence, symbols of an answer.
        outputs: different symbols in the answers; 1 where an answer is a number.
        test_size: items held out of every pool.
        expected_lengths: (N,), what an annotator is expected to have to say of an item, known before it is labelled;
            the lengths where None. Strategies see these, and never the lengths.

    Raises:
        InputError: there are not as many of each, or a feature is not finite.
    """

    task: str
    kind: str
    items: Sequence[Any]
    answers: Sequence[Any]
    features: Features
    lengths: Ints
    outputs: int
    test_size: int
    expected_lengths: Ints | None = None

    def __post_init__(self) -> None:
        counts = {len(self.items), len(self.answers), len(self.features), len(self.lengths)}
        if len(counts) != 1:
            raise InputError(f"data set: found {sorted(counts)} items, answers, features and lengths")
        if not np.isfinite(self.features).all():
            row = int(np.argmin(np.isfinite(self.features).all(axis=1)))
            raise InputError(f"data set, row {row + 1}: a feature is NaN or infinite; finite numbers only")


@dataclass(frozen=True)
class Chances:
    """Where a training's draws come from.

    Args:
        start: of the weights it starts from.
        order: of the order of its examples, and of what else changes from pass to pass.
    """

    start: np.random.Generator
    order: np.random.Generator


class TaskModel(Protocol):
    """A trained model."""

    @property
    def converged(self) -> bool:
        """Whether training met its stopping rule."""

    def evaluate(self, rows: Ints) -> Mapping[str, float]:
        """Score the model on held-out items (m,): every metric of the task, fractions from 0 to 1."""


@runtime_checkable
class WithValues(Protocol):
    """A trained model whose learner serves `values`."""

    def values(self, rows: Ints) -> Values:
        """Predict numbers for items (n,): one lane."""


@runtime_checkable
class WithSequences(Protocol):
    """A trained model whose learner serves `sequences`."""

    def sequences(self, rows: Ints) -> SequenceScores:
        """Tell how sure the model is of its answers to items (n,): one lane."""


@runtime_checkable
class WithSequenceGradients(Protocol):
    """A trained model whose learner serves `sequence_gradients`."""

    def expected_squares(self, rows: Ints) -> Reals:
        """Give the expected squared length of the loss's gradient by all weights for items (n,): one lane, (1, n)."""


@runtime_checkable
class WithItemEmbeddings(Protocol):
    """A trained model whose learner serves `embeddings`."""

    def embeddings(self, rows: Ints) -> Features:
        """What the model reads of items, (n, e)."""


class TaskLearner(Protocol):
    """Trains one model at a time."""

    @property
    def backend(self) -> str:
        """What computes it, such as `torch`."""

    def fit(self, data: TaskData, rows: Ints, warm: TaskModel | None, chances: Chances) -> TaskModel:
        """Train on the labelled items, `rows` (n,), oldest first, and their answers in `data`; no other may be read.

        `warm` is what the round before gave; None in the first round.

        Raises:
            InputError: a setting does not fit the data.
        """
