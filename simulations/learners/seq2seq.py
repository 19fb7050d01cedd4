"""The learner `seq2seq`: a small attention model, trained anew each round from drawn or pre-trained weights.

Training is Adam on minibatches for a number of steps fixed beforehand. Further examples, for pre-training, are never
items of the data set, so no answer that is bought or scored is known in advance.

Notation: as in `simulations.learners.attention`; b examples of a minibatch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import log
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from simulations.arrays import Features, Ints
from simulations.datasets.generation import Answer, Examples, GenerationData
from simulations.errors import InputError
from simulations.learners import attention
from simulations.learners.learner import DivergedError
from simulations.learners.neural.network import Adam, deterministic_arithmetic
from simulations.learners.neural.settings import StepTraining
from simulations.learners.neural.training import dropout_mask
from simulations.strategies.view import SequenceScores
from simulations.tasks.task import Chances, TaskData, TaskModel
from simulations.trajectory import stream

FEWEST, _PASSES = 200, 10
"""Examples that pre-training needs, and passes over them."""


def train(
    weights: Features,
    shape: attention.AttentionShape,
    vocabulary: attention.Vocabulary,
    texts: Sequence[str],
    answers: Sequence[Answer],
    how: StepTraining,
    rng: np.random.Generator,
) -> tuple[Features, float]:
    """Train a network on n texts and as many answers.

    It begins with weights θ, which are left as they are. The generator draws the order of the examples, and what is
    left out in each step.

    Returns:
        θ, and the mean loss of a symbol in the last pass, in nats.

    Raises:
        DivergedError: the loss is no longer finite.
    """
    X, Y = torch.from_numpy(vocabulary.read(texts)), torch.from_numpy(vocabulary.write(answers))
    rng = np.random.Generator(np.random.SFC64(int(rng.integers(2**63))))
    theta = torch.from_numpy(weights.copy()).requires_grad_()
    adam = Adam([theta.detach()], how.learning_rate, 0.0)
    passes = how.passes_over(len(texts))
    steps = passes * -(-len(texts) // how.batch_size)
    with deterministic_arithmetic():
        for _ in range(passes):
            losses = []
            for rows in torch.split(torch.from_numpy(rng.permutation(len(X))), how.batch_size):
                loss = _minibatch_loss(attention.Network(shape, theta), X[rows], Y[rows], how.dropout, rng)
                (gradient,) = torch.autograd.grad(loss, [theta])
                adam.rate = how.rate(adam.t + 1, steps)
                adam.step([gradient])
                losses.append(float(loss.detach()))
            if not np.isfinite(np.mean(losses)):
                raise DivergedError(
                    f"learner seq2seq: training on {len(texts)} labels diverged; allowed: settings under which the "
                    "loss stays finite, such as a lower learning_rate"
                )
        return theta.detach().numpy(), float(np.mean(losses))


def _minibatch_loss(
    network: attention.Network, X: Tensor, Y: Tensor, dropout: float, rng: np.random.Generator
) -> Tensor:
    """Mean loss of a symbol of some examples, units left out at random, whoever reads them."""

    def drop(x: Tensor) -> Tensor:
        if not dropout:
            return x
        mask = np.empty(tuple(x.shape), np.float32)
        dropout_mask(dropout, mask, rng)
        return x * torch.from_numpy(mask)

    X, Y = (A[:, : int(live.sum(dim=1).max())] for A, live in ((X, X > 0), (Y, Y != attention.NOTHING)))
    # What was answered before each symbol: the start, and all but the last.
    Z = functional.pad(Y[:, :-1].clamp(min=0), (1, 0), value=network.shape.symbols + 1)
    past = attention.begun(drop(network.symbols(Z)))
    scores = network.say(network.read(X, drop), past, drop=drop)
    return functional.cross_entropy(scores.flatten(0, 1), Y.flatten(), ignore_index=attention.NOTHING)


def further_examples(data: GenerationData, which: str) -> Examples:
    """Give what a model is pre-trained on, `overlapping` or `disjoint`; an InputError if that is below `FEWEST`."""
    examples = data.overlapping if which == "overlapping" else data.disjoint
    if len(examples.items) < FEWEST:
        where = "first to last, or low to high" if which == "disjoint" else "the number of items"
        raise InputError(
            f"learner seq2seq, pretrained: found '{which}', and the data set leaves {len(examples.items)} such "
            f"examples; allowed: at least {FEWEST}; narrow {where} of the data set, or take 'none'"
        )
    return examples


@lru_cache(maxsize=4)
def pretrained(
    examples: Examples, vocabulary: attention.Vocabulary, shape: attention.AttentionShape, how: StepTraining
) -> Features:
    """Train a network on further examples, and give θ, not to be written to, with which every replicate begins.

    The same draws serve everyone: a pre-trained model is one model, whoever takes it.
    """
    content = "pre-training", list(examples.items)
    weights = attention.draw_weights(shape, stream(*content, "start"))
    alike = replace(how, passes=_PASSES, least_steps=0)
    weights, _ = train(weights, shape, vocabulary, examples.items, examples.answers, alike, stream(*content, "order"))
    weights.flags.writeable = False
    return weights


_ROOM = 4
"""Symbols an answer may have beyond the longest labelled one."""

_LEARNT = 0.5
"""Share of what a guess among all symbols does not know, below which training has met its rule."""


@dataclass(frozen=True)
class Seq2SeqLearner:
    """A small attention model with so many hidden units a layer, answering symbol by symbol."""

    hidden: int
    how: StepTraining
    pretrained: str = "none"
    backend = "torch"

    def fit(self, data: TaskData, rows: Ints, warm: TaskModel | None, chances: Chances) -> "Seq2SeqModel":
        """Train on the labelled items, without looking at the round before.

        It begins with weights that are all drawn, or with a network that was pre-trained, its last layer drawn.

        Raises:
            InputError: the data set has nothing to be pre-trained on.
            DivergedError: training diverged.
        """
        data = cast(GenerationData, data)
        vocabulary = attention.Vocabulary(data.alphabet, data.symbols)
        shape = attention.AttentionShape(len(vocabulary.alphabet), len(vocabulary.symbols), self.hidden)
        if self.pretrained == "none":
            weights = attention.draw_weights(shape, chances.start)
        else:
            weights = pretrained(further_examples(data, self.pretrained), vocabulary, shape, self.how).copy()
            for part in attention.HEAD:
                weights[shape.place(part)] = attention.draw_part(shape, part, chances.start)
        texts, answers = [data.items[row] for row in rows], [data.answers[row] for row in rows]
        weights, loss = train(weights, shape, vocabulary, texts, answers, self.how, chances.order)
        longest = max(map(len, answers)) + _ROOM
        return Seq2SeqModel(data, vocabulary, shape, weights, longest, loss < _LEARNT * log(shape.symbols + 1))


@dataclass(frozen=True)
class Seq2SeqModel:
    """A trained model; see `simulations.tasks.task.TaskModel`; it serves `sequences` and `embeddings`.

    An answer is cut after the `longest` number of symbols. It `converged` if the last pass left less than half of what
    a guess does not know.
    """

    data: TaskData
    vocabulary: attention.Vocabulary
    shape: attention.AttentionShape
    weights: Features
    longest: int
    converged: bool

    def evaluate(self, rows: Ints) -> Mapping[str, float]:
        """Score the answers to held-out items (m,)."""
        given, _ = self.answer(rows)
        return attention.answer_scores(
            given, self.vocabulary.write([self.data.answers[row] for row in rows], end=False)
        )

    def sequences(self, rows: Ints) -> SequenceScores:
        """Tell how sure the model is of its answers to items (n,); each array is (1, n)."""
        symbols, (log_probability, entropy, margin) = self.answer(rows)
        lengths = np.maximum((symbols != attention.NOTHING).sum(axis=1), 1)
        return SequenceScores(np.minimum(log_probability, 0.0)[None], entropy[None], margin[None], lengths[None])

    def embeddings(self, rows: Ints) -> Features:
        """What the model reads of items, (n, h): the mean of its states over the characters."""
        return attention.states(self._network, self._texts(rows))

    def answer(self, rows: Ints) -> tuple[Ints, Features]:
        """Answer items (n,); see `attention.answer`."""
        return attention.answer(self._network, self._texts(rows), self.longest)

    def _texts(self, rows: Ints) -> Ints:
        return self.vocabulary.read([self.data.items[row] for row in rows])

    @cached_property
    def _network(self) -> attention.Network:
        return attention.Network(self.shape, torch.from_numpy(self.weights))
