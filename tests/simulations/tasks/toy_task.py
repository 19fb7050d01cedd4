"""A regression and a tagging task small enough to be followed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from simulations.arrays import Features, Ints
from simulations.datasets.dataset import DatasetEntry
from simulations.datasets.registry import DATASETS
from simulations.learners import LEARNERS
from simulations.learners.learner import LearnerEntry
from simulations.strategies.view import SequenceScores, Values
from simulations.tasks.task import Chances, TaskData, TaskModel
from simulations.trajectory import Part, Trajectory

ITEMS, HELD_OUT = 40, 10
WORDS = tuple(tuple("ab"[(i + j) % 2] for j in range(1 + i % 4)) for i in range(ITEMS))


def numbers() -> TaskData:
    """Forty numbers along a line: y = x."""
    x = np.linspace(0, 1, ITEMS, dtype=np.float32)[:, None]
    return TaskData("regression", "tabular", x, x[:, 0].tolist(), x, np.ones(ITEMS, np.int64), 1, HELD_OUT)


def words() -> TaskData:
    """Forty words of one to four letters, each its own tags."""
    lengths = np.array([len(word) for word in WORDS])
    features = np.stack([lengths, np.arange(ITEMS) % 2], axis=1).astype(np.float32)
    return TaskData("tagging", "sequence", WORDS, WORDS, features, lengths, 2, HELD_OUT)


@dataclass(frozen=True)
class Nearest:
    """Answers as the nearest labelled item does."""

    data: TaskData
    rows: Ints
    drawn: float
    converged: bool = True

    def evaluate(self, rows: Ints) -> Mapping[str, float]:
        """Score by how far the nearest labelled item is; the draw of the training is added to tell it apart."""
        if self.data.task == "regression":
            return {"r2": 1 - float(np.abs(self._nearest(rows) - self.data.features[rows, 0]).mean())}
        return {"accuracy": self.drawn, "f1_macro": self.rows.size / ITEMS, "sentence_accuracy": 0.5}

    def values(self, rows: Ints) -> Values:
        """Predict the nearest labelled answer."""
        predicted = self._nearest(rows)[None]
        return Values(predicted, predicted[:, None], np.empty((1, 0)))

    def sequences(self, rows: Ints) -> SequenceScores:
        """Be the less sure the longer a word is."""
        lengths = self.data.lengths[rows][None]
        return SequenceScores(-1.0 * lengths, 1.0 * lengths, 1.0 / lengths, lengths)

    def embeddings(self, rows: Ints) -> Features:
        """Read what the features say."""
        return self.data.features[rows]

    def _nearest(self, rows: Ints) -> np.ndarray:
        X = self.data.features
        which = np.abs(X[rows, 0][:, None] - X[self.rows, 0]).argmin(axis=1)
        return np.array([self.data.answers[row] for row in self.rows[which]])


class NearestLearner:
    """Remembers what is labelled."""

    backend = "toy"

    def __init__(self, **seeds: int) -> None:
        """Take the seeds that the loop reads, and do nothing with them."""

    def fit(self, data: TaskData, rows: Ints, warm: TaskModel | None, chances: Chances) -> Nearest:
        """Keep the rows; draw once, so that the draw can be told."""
        assert warm is None or isinstance(warm, Nearest)
        return Nearest(data, rows, float(chances.start.random()) / 2 + float(chances.order.random()) / 2)


@pytest.fixture
def toy_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register data sets `toy-numbers` and `toy-words` and the learners that go with them."""
    for name, task, load, outputs in (("toy-numbers", "regression", numbers, 1), ("toy-words", "tagging", words, 2)):
        entry = DatasetEntry(
            name=name,
            paper="none",
            summary="Toy.",
            kind="tabular",
            defaults={},
            size=lambda _, outputs=outputs: (ITEMS, HELD_OUT, outputs),
            load=load,
            task=task,
        )
        monkeypatch.setitem(DATASETS, name, entry)  # type: ignore[misc]
        serves = frozenset({"values"} if task == "regression" else {"sequences", "embeddings"})
        learner = LearnerEntry(
            f"{name}-learner",
            "toy",
            "none",
            "Toy.",
            {},
            NearestLearner,
            serves=lambda _, serves=serves: serves,
            task=task,
            further={"order_seed": 0, "start_seed": 0},
        )
        monkeypatch.setitem(LEARNERS, learner.name, learner)  # type: ignore[misc]


def campaign(dataset: str, strategy: str = "random", seed: int = 0, batch_size: int = 3, **settings: int) -> Trajectory:
    """Give a campaign of four rounds from four items."""
    learner = Part.of(f"{dataset}-learner", settings)
    perfect = Part.of("perfect")
    return Trajectory(Part.of(dataset), learner, Part.of(strategy), 4, batch_size, 4, "random", perfect, seed)
