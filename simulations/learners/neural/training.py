"""Train stacked perceptrons: minibatches and Adam, each lane with an order, dropout and ending of its own.

Notation: see `simulations.learners.neural.stack`; n labelled items a lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import BoolArray, Features, FloatArray, IntArray
from simulations.learners.learner import DivergedError
from simulations.learners.neural.runtime import Adam, deterministic_arithmetic, round_up_to_tile
from simulations.learners.neural.settings import Training
from simulations.learners.neural.stack import NetworkShape, Weights, backward, class_bars, forward

if TYPE_CHECKING:
    from torch import Tensor

_LEVELS = 65_536
"""Of two random bytes, which decide on one unit."""

ENOUGH = 0.01
"""Mean training loss at which nothing is left to learn: the labelled items have their classes with 99% probability."""

TOLERANCE = 1e-4
PATIENCE = 10
"""As scikit-learn's `MLPClassifier`: training ends after so many epochs that are not better by the tolerance."""


class LossProgress:
    """Follows the training loss of lanes, epoch by epoch; no label that is held out is ever looked at.

    Args:
        learner: what messages call it.
        lanes: how many there are.

    Attributes:
        epochs: shape (lanes,), epochs each has been trained.
        converged: shape (lanes,), whether each has met the rule; False where it was still learning in its last epoch.
    """

    def __init__(self, learner: str, lanes: int) -> None:
        self._learner = learner
        self._best = np.full(lanes, np.inf)
        self._stale = np.zeros(lanes, np.int64)
        self.epochs = np.zeros(lanes, np.int64)
        self.converged: BoolArray = np.zeros(lanes, np.bool_)

    def ended(self, lane: int, losses: FloatArray) -> bool:
        """Take the losses (n,) of a lane's items in an epoch, each before the step it took part in.

        Raises:
            DivergedError: training diverged.
        """
        self.epochs[lane] += 1
        loss = float(np.mean(losses, dtype=np.float64))
        self.check_finite(bool(np.isfinite(loss)), losses.size, int(self.epochs[lane]))
        better = loss < self._best[lane] - TOLERANCE
        self._stale[lane] = 0 if better else self._stale[lane] + 1
        self._best[lane] = min(loss, self._best[lane])
        self.converged[lane] = loss < ENOUGH or self._stale[lane] >= PATIENCE
        return bool(self.converged[lane])

    def check_finite(self, finite: bool, labels: int, epoch: int | None = None) -> None:
        """Refuse to go on when it is not.

        Raises:
            DivergedError: training diverged.
        """
        if not finite:
            when = "in its last epoch" if epoch is None else f"in epoch {epoch}"
            raise DivergedError(
                f"learner {self._learner}: training on {labels} labels diverged {when}; allowed: settings under which "
                "the loss stays finite, such as a lower learning_rate"
            )


@dataclass(frozen=True)
class Lessons:
    """What lanes are to learn.

    Args:
        items: (N, D), all items as `runtime.padded_features`.
        rows: (L, n), which of them each lane learns.
        answers: (L, n), their classes.
        seen: (L, C), classes that have a label.
    """

    items: "Tensor"
    rows: IntArray
    answers: IntArray
    seen: BoolArray


class Reader:
    """What a perceptron reads of items: here the features as they are; where it has weights they are trained too."""

    def __init__(self) -> None:
        self.weights: Weights = []

    def read(self, items: "Tensor", rows: "Tensor") -> "Tensor":
        """Read items (N, D) at rows (lanes, b): (lanes, b, D)."""
        return items.index_select(0, rows.ravel()).view(*rows.shape, -1)

    def learn(self, gradient: "Callable[[], Tensor]") -> "Sequence[Tensor]":
        """Turn the gradient by what was last read into those by the reader's weights."""
        return []


def train(
    weights: Weights,
    shape: NetworkShape,
    lessons: Lessons,
    how: Training,
    chances: Sequence[np.random.Generator],
    name: str,
    reader: Reader | None = None,
) -> tuple[Weights, LossProgress]:
    """Train lanes until each meets the rule of `LossProgress`, or its epochs are over.

    Args:
        weights: where to start; overwritten.
        shape: of the perceptrons.
        lessons: what is learnt.
        how: the settings.
        chances: a generator for each lane.
        name: of the learner, for messages.
        reader: what the perceptrons read; the features as they are when None.

    Returns:
        Weights of the reader and of each layer, and how training went.

    Raises:
        InputError: a lane diverged.
    """
    progress = LossProgress(name, len(chances))
    with deterministic_arithmetic():
        training = _TrainingLanes(weights, shape, lessons, how, chances, reader or Reader())
        for _ in range(how.epochs):
            losses = training.epoch()
            done = [progress.ended(lane, own) for lane, own in zip(training.lanes, losses, strict=True)]
            training.release(np.array(done))
            if not training.lanes:
                break
        training.release(np.ones(len(training.lanes), np.bool_))
        progress.check_finite(all(bool(W.isfinite().all()) for W in training.trained), lessons.rows.shape[1])
    return training.trained, progress


class _TrainingLanes:
    """Lanes that are still learning; those that are released leave, and the others go on alike without them."""

    def __init__(
        self,
        weights: Weights,
        shape: NetworkShape,
        lessons: Lessons,
        how: Training,
        chances: Sequence[np.random.Generator],
        reader: Reader,
    ) -> None:
        import torch

        self.shape, self.lessons, self.how, self.chances, self.reader = shape, lessons, how, chances, reader
        self.lanes = list(range(len(chances)))
        self.adam = Adam([*reader.weights, *weights], how.learning_rate, how.weight_decay)
        self.trained = [torch.empty_like(W) for W in self.adam.weights]
        self.gradients = [torch.zeros_like(W) for W in weights]

    @property
    def weights(self) -> Weights:
        """Those of the perceptrons, without the reader's."""
        return self.adam.weights[len(self.reader.weights) :]

    def epoch(self) -> Features:
        """Let every lane see each of its items once, in an order of its own; gives the losses met, (lanes, n)."""
        n = self.lessons.rows.shape[1]
        order = np.stack([self.chances[lane].permutation(n) for lane in self.lanes])
        rows, answers = (
            np.take_along_axis(array[self.lanes], order, axis=1) for array in (self.lessons.rows, self.lessons.answers)
        )
        bars = class_bars(self.lessons.seen[self.lanes], self.weights[-1].shape[2])
        losses = [
            self._step(rows[:, at : at + self.how.batch_size], answers[:, at : at + self.how.batch_size], bars)
            for at in range(0, n, self.how.batch_size)
        ]
        return np.concatenate(losses, axis=1)

    def _step(self, rows: IntArray, answers: IntArray, bars: "Tensor") -> Features:
        """Take one step on a minibatch; gives the losses before it, (lanes, b)."""
        import torch

        b = rows.shape[1]
        X, y, share = self._batch(rows, answers)
        masks = [self._mask(b, units) for units in self.shape.hidden]
        *A, scores = forward(self.weights, X, self.shape, masks)
        P = scores.add_(bars).softmax(dim=2)
        met = P.gather(2, y)[:, :b, 0].numpy()
        P.scatter_add_(2, y, torch.full_like(y, -1.0, dtype=P.dtype))
        further = backward(self.weights, A, P.mul_(share), self.shape, masks, self.gradients)
        self.adam.step([*self.reader.learn(further), *self.gradients])
        # A probability that has run out of digits is a large loss, and no divergence.
        losses: Features = -np.log(np.maximum(met, np.finfo(np.float32).tiny))
        return losses

    def _batch(self, rows: IntArray, answers: IntArray) -> "tuple[Tensor, Tensor, Tensor]":
        """Items (lanes, b', D), classes (lanes, b', 1), and what each counts (b', 1): b' is b in whole tiles."""
        import torch

        lanes, b = rows.shape
        width = round_up_to_tile(b)
        filled = np.zeros((2, lanes, width), np.int64)
        filled[0, :, :b], filled[1, :, :b] = rows, answers
        share = torch.zeros((width, 1))
        share[:b] = 1.0 / b
        X = self.reader.read(self.lessons.items, torch.from_numpy(filled[0]))
        return X, torch.from_numpy(filled[1])[:, :, None], share

    def _mask(self, b: int, units: int) -> "Tensor | None":
        """What a hidden layer's units are multiplied by in one step, (lanes, b', H)."""
        import torch

        if not self.how.dropout:
            return None
        mask = np.ones((len(self.lanes), round_up_to_tile(b), round_up_to_tile(units + 1)), np.float32)
        for own, lane in zip(mask, self.lanes, strict=True):
            dropout_mask(self.how.dropout, own[:b, :units], self.chances[lane])
        return torch.from_numpy(mask)

    def release(self, done: BoolArray) -> None:
        """Keep the weights of lanes that are done, and go on with the others."""
        import torch

        if not done.any():
            return
        gone, stay = np.flatnonzero(done), np.flatnonzero(~done)
        leaving = [self.lanes[place] for place in gone]
        for kept, W in zip(self.trained, self.adam.weights, strict=True):
            kept[leaving] = W[gone]
        self.adam.take(torch.from_numpy(stay))
        self.gradients = [torch.zeros_like(W) for W in self.weights]
        self.lanes = [self.lanes[place] for place in stay]


def dropout_mask(dropout: float, out: Features, rng: np.random.Generator) -> None:
    """Draw what units are multiplied by: 0 with probability `dropout`, else 1 ÷ (1 − dropout), into an array.

    Probabilities are whole numbers of 65,536ths, which takes two random bytes a unit.
    """
    bar = round(dropout * _LEVELS)
    drawn = rng.bit_generator.random_raw(-(-out.size // 4)).view(np.uint16)[: out.size].reshape(out.shape)
    np.multiply(drawn >= bar, np.float32(_LEVELS / (_LEVELS - bar)), out=out)
