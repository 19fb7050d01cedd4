"""Training and pre-training: Adam on minibatches, for a number of steps fixed beforehand.

Notation: as in `network`; b examples of a minibatch.

Further examples are never items of the data set, so no answer that is bought or scored is known in advance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import Features
from simulations.datasets.generation import Answer, Examples, GenerationData
from simulations.errors import InputError
from simulations.learners.learner import DivergedError
from simulations.learners.neural.runtime import Adam, deterministic_arithmetic
from simulations.learners.neural.training import dropout_mask
from simulations.learners.seq2seq.network import AttentionShape, Network, begun, draw_weights
from simulations.learners.seq2seq.vocabulary import NOTHING, Vocabulary
from simulations.tasks.task import TaskData
from simulations.trajectory import stream

if TYPE_CHECKING:
    from torch import Tensor

NO_PRETRAINING, OVERLAPPING, DISJOINT = "none", "overlapping", "disjoint"
PRETRAININGS = (NO_PRETRAINING, OVERLAPPING, DISJOINT)
"""None; on examples from where the items are from; on examples from elsewhere (other first letters, other numbers)."""

FEWEST, _PASSES = 200, 10
"""Examples that pre-training needs, and passes over them."""

_WARM_UP, _LAST = 50, 0.05
"""The rate rises to its height in so many steps, and falls from there in a straight line to this share of it."""


@dataclass(frozen=True)
class StepTraining:
    """How a network is trained; see `settings.seq2seq` for what is allowed.

    Args:
        passes: over the examples.
        least_steps: taken however few examples there are, in as many more passes.
        learning_rate: Adam's largest step.
        dropout: share of units left out at random in each step.
        batch_size: examples in a step.
    """

    passes: int
    least_steps: int
    learning_rate: float
    dropout: float
    batch_size: int

    def passes_over(self, examples: int) -> int:
        """How often so many examples are passed over."""
        return max(self.passes, -(-self.least_steps // -(-examples // self.batch_size)))

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, the first being 1."""
        fall = 1.0 - (1.0 - _LAST) * step / steps
        return self.learning_rate * min(step / _WARM_UP, 1.0) * fall


def train(
    weights: Features,
    shape: AttentionShape,
    vocabulary: Vocabulary,
    texts: Sequence[str],
    answers: Sequence[Answer],
    how: StepTraining,
    rng: np.random.Generator,
) -> tuple[Features, float]:
    """Train a network.

    Args:
        weights: θ to begin with; it is left as it is.
        shape: of the network.
        vocabulary: of its texts and answers.
        texts: n of them.
        answers: as many.
        how: the settings.
        rng: draws the order of the examples, and what is left out in each step.

    Returns:
        θ, and the mean loss of a symbol in the last pass, in nats.

    Raises:
        DivergedError: the loss is no longer finite.
    """
    import torch

    X, Y = torch.from_numpy(vocabulary.read(texts)), torch.from_numpy(vocabulary.write(answers))
    fast = np.random.Generator(np.random.SFC64(int(rng.integers(2**63))))
    passes = how.passes_over(len(texts))
    with deterministic_arithmetic():
        training = _TrainingNetwork(
            torch.from_numpy(weights.copy()), shape, how, fast, passes * -(-len(texts) // how.batch_size)
        )
        for _ in range(passes):
            loss = training.epoch(X, Y)
            if not np.isfinite(loss):
                raise DivergedError(
                    f"learner seq2seq: training on {len(texts)} labels diverged; allowed: settings under which the "
                    "loss stays finite, such as a lower learning_rate"
                )
        return training.weights.detach().numpy(), loss


class _TrainingNetwork:
    """A network that is learning."""

    def __init__(
        self, weights: "Tensor", shape: AttentionShape, how: StepTraining, rng: np.random.Generator, steps: int
    ) -> None:
        self.weights, self.shape, self.how, self.rng = weights.requires_grad_(), shape, how, rng
        self.adam = Adam([weights.detach()], how.learning_rate, 0.0)
        self.steps = steps

    def epoch(self, X: "Tensor", Y: "Tensor") -> float:
        """See each example once, in an order of its own; gives the mean loss met."""
        import torch

        order = torch.from_numpy(self.rng.permutation(len(X)))
        losses = [self._step(X[rows], Y[rows]) for rows in torch.split(order, self.how.batch_size)]
        return float(np.mean(losses))

    def _step(self, X: "Tensor", Y: "Tensor") -> float:
        import torch
        from torch.nn.functional import cross_entropy

        X, Y = (A[:, : int(live.sum(dim=1).max())] for A, live in ((X, X > 0), (Y, Y != NOTHING)))
        network = Network(self.shape, self.weights)
        drop = self._drop if self.how.dropout else None
        symbols = network.symbols(moved(Y, self.shape.symbols))
        past = begun(symbols if drop is None else drop(symbols))
        scores = network.say(network.read(X, drop), past, drop=drop)
        loss = cross_entropy(scores.flatten(0, 1), Y.flatten(), ignore_index=NOTHING)
        (gradient,) = torch.autograd.grad(loss, [self.weights])
        self.adam.rate = self.how.rate(self.adam.t + 1, self.steps)
        self.adam.step([gradient])
        return float(loss.detach())

    def _drop(self, x: "Tensor") -> "Tensor":
        """Leave units out, whoever reads them."""
        import torch

        mask = np.empty(tuple(x.shape), np.float32)
        dropout_mask(self.how.dropout, mask, self.rng)
        return x * torch.from_numpy(mask)


def moved(Y: "Tensor", symbols: int) -> "Tensor":
    """Give what was answered before each symbol of answers (n, T): the start, and all but the last."""
    from torch.nn.functional import pad

    return pad(Y[:, :-1].clamp(min=0), (1, 0), value=symbols + 1)


def further_examples(data: TaskData, which: str) -> Examples:
    """Give what a model is pre-trained on.

    Args:
        data: the data set.
        which: `overlapping` or `disjoint`.

    Raises:
        InputError: there are fewer than `FEWEST`.
    """
    examples = Examples()
    if isinstance(data, GenerationData):
        examples = data.overlapping if which == OVERLAPPING else data.disjoint
    if len(examples.items) < FEWEST:
        left = len(examples.items)
        where = "first to last, or low to high" if which == DISJOINT else "the number of items"
        raise InputError(
            f"learner seq2seq, pretrained: found '{which}', and the data set leaves {left} such examples; "
            f"allowed: at least {FEWEST}; narrow {where} of the data set, or take 'none'"
        )
    return examples


@lru_cache(maxsize=4)
def pretrained(examples: Examples, vocabulary: Vocabulary, shape: AttentionShape, how: StepTraining) -> Features:
    """Train a network on further examples; kept, as every round of every replicate begins with it.

    The same draws serve everyone: a pre-trained model is one model, whoever takes it.

    Returns:
        θ, not to be written to.
    """
    content = "pre-training", list(examples.items)
    weights = draw_weights(shape, stream(*content, "start"))
    alike = StepTraining(_PASSES, 0, how.learning_rate, how.dropout, how.batch_size)
    order: np.random.Generator = stream(*content, "order")
    weights, _ = train(weights, shape, vocabulary, examples.items, examples.answers, alike, order)
    weights.flags.writeable = False
    return weights
