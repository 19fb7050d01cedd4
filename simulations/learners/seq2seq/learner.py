"""The learner `seq2seq`: trained anew each round, from weights that are drawn or that were pre-trained.

Notation: as in `network`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np

from simulations.arrays import Features, IntArray
from simulations.learners.seq2seq.network import HEAD, AttentionShape, Network, answer, draw_part, draw_weights, states
from simulations.learners.seq2seq.training import NO_PRETRAINING, StepTraining, further_examples, pretrained, train
from simulations.learners.seq2seq.vocabulary import NOTHING, Vocabulary, answer_scores
from simulations.strategies.view import SequenceScores
from simulations.tasks.task import Chances, TaskData, TaskModel

_ROOM = 4
"""Symbols an answer may have beyond the longest labelled one."""

_LEARNT = 0.5
"""Share of what a guess among all symbols does not know, below which training has met its rule."""


@dataclass(frozen=True)
class Seq2SeqLearner:
    """A small attention model, answering symbol by symbol.

    Args:
        hidden: units of each layer.
        how: the settings of training.
        pretrained: one of `pretraining.PRETRAININGS`.
    """

    hidden: int
    how: StepTraining
    pretrained: str = NO_PRETRAINING
    backend = "torch"

    def fit(self, data: TaskData, rows: IntArray, warm: TaskModel | None, chances: Chances) -> "Seq2SeqModel":
        """Train on the labelled items, without looking at the round before.

        Raises:
            InputError: the data set has no texts, or nothing to be pre-trained on.
            DivergedError: training diverged.
        """
        vocabulary = Vocabulary.of(data)
        shape = AttentionShape(len(vocabulary.alphabet), len(vocabulary.symbols), self.hidden)
        weights = self._start(data, vocabulary, shape, chances.start)
        texts, answers = [data.items[row] for row in rows], [data.answers[row] for row in rows]
        weights, loss = train(weights, shape, vocabulary, texts, answers, self.how, chances.order)
        longest = max(map(len, answers)) + _ROOM
        return Seq2SeqModel(data, vocabulary, shape, weights, longest, loss < _LEARNT * log(shape.symbols + 1))

    def _start(
        self, data: TaskData, vocabulary: Vocabulary, shape: AttentionShape, rng: np.random.Generator
    ) -> Features:
        """Draw all weights, or those of the last layer of a network that was pre-trained."""
        if self.pretrained == NO_PRETRAINING:
            return draw_weights(shape, rng)
        weights = pretrained(further_examples(data, self.pretrained), vocabulary, shape, self.how).copy()
        for part in HEAD:
            weights[shape.place(part)] = draw_part(shape, part, rng)
        return weights


@dataclass(frozen=True)
class Seq2SeqModel:
    """A trained model; see `simulations.tasks.task.TaskModel`; it serves `sequences` and `embeddings`.

    Args:
        data: what items are rows of.
        vocabulary: its characters and symbols.
        shape: of the network.
        weights: θ.
        longest: symbols after which an answer is cut.
        converged: whether the last pass left less than half of what a guess does not know.
    """

    data: TaskData
    vocabulary: Vocabulary
    shape: AttentionShape
    weights: Features
    longest: int
    converged: bool

    def evaluate(self, rows: IntArray) -> Mapping[str, float]:
        """Score the answers to held-out items (m,)."""
        given = answer(self._network, self._texts(rows), self.longest).symbols
        return answer_scores(given, self.vocabulary.write([self.data.answers[row] for row in rows], end=False))

    def answers(self, rows: IntArray) -> list[tuple[str, ...]]:
        """Answer items (n,)."""
        given = answer(self._network, self._texts(rows), self.longest).symbols
        return [tuple(self.vocabulary.symbols[place] for place in row if place != NOTHING) for row in given]

    def sequences(self, rows: IntArray) -> SequenceScores:
        """Tell how sure the model is of its answers to items (n,); each array is (1, n)."""
        decoded = answer(self._network, self._texts(rows), self.longest)
        lengths = np.maximum((decoded.symbols != NOTHING).sum(axis=1), 1)
        return SequenceScores(
            np.minimum(decoded.log_probability, 0.0)[None], decoded.entropy[None], decoded.margin[None], lengths[None]
        )

    def embeddings(self, rows: IntArray) -> Features:
        """What the model reads of items, (n, h): the mean of its states over the characters."""
        return states(self._network, self._texts(rows))

    def _texts(self, rows: IntArray) -> IntArray:
        return self.vocabulary.read([self.data.items[row] for row in rows])

    @cached_property
    def _network(self) -> Network:
        import torch

        return Network(self.shape, torch.from_numpy(self.weights))
