"""How perceptrons are trained: minibatches and Adam, each lane with its own order and dropout.

Notation: see `simulations.learners.neural.network`; n labelled items a lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.learners.learner import DivergedError
from simulations.learners.neural import network
from simulations.learners.neural.settings import Training

_LEVELS = 65_536
"""Of two random bytes, which decide on one unit."""

ENOUGH = 0.01
"""Mean training loss at which nothing is left to learn: the labelled items have their classes with 99% probability."""

TOLERANCE = 1e-4
PATIENCE = 10
"""As scikit-learn's `MLPClassifier`: training ends after so many epochs that are not better by the tolerance."""


@dataclass(frozen=True)
class Lessons:
    """What lanes are to learn.

    Args:
        items: (N, D), all items as `padded_features`.
        rows: (L, n), which of them each lane learns.
        answers: (L, n), their classes.
        seen: (L, C), classes that have a label.
    """

    items: Tensor
    rows: Ints
    answers: Ints
    seen: Bools


class Reader:
    """What a perceptron reads of items: here the features as they are; where it has weights they are trained too."""

    def __init__(self) -> None:
        self.weights: network.Weights = []

    def read(self, items: Tensor, rows: Tensor) -> Tensor:
        """Read items (N, D) at rows (lanes, b): (lanes, b, D)."""
        return items.index_select(0, rows.ravel()).view(*rows.shape, -1)

    def learn(self, gradient: Callable[[], Tensor]) -> Sequence[Tensor]:
        """Turn the gradient by what was last read into those by the reader's weights."""
        return []


class TrainingLanes:
    """Lanes that are still learning; those that are released leave, and the others go on alike without them.

    They start from the weights, which are overwritten, and draw from a generator for each lane. Messages call the
    learner by its name.
    """

    def __init__(
        self,
        weights: network.Weights,
        shape: network.NetworkShape,
        lessons: Lessons,
        how: Training,
        chances: Sequence[np.random.Generator],
        name: str,
        reader: Reader,
    ) -> None:
        self.shape, self.lessons, self.how, self.chances, self.reader = shape, lessons, how, chances, reader
        self.name, self.lanes = name, list(range(len(chances)))
        self.adam = network.Adam([*reader.weights, *weights], how.learning_rate, how.weight_decay)
        self.trained = [torch.empty_like(W) for W in self.adam.weights]
        self.gradients = [torch.zeros_like(W) for W in weights]
        self.epochs, self.converged = np.zeros(len(chances)), np.zeros(len(chances), np.bool_)
        self._best, self._stale = np.full(len(chances), np.inf), np.zeros(len(chances), np.int64)

    def train(self) -> tuple[network.Weights, Bools, Floats]:
        """Train until the loss of each lane meets the rule of `ENOUGH` and `PATIENCE`, or the epochs are over.

        Returns:
            Weights of the reader and of each layer, which lanes met the rule (L,), and epochs each was trained (L,).

        Raises:
            DivergedError: a lane diverged.
        """
        with network.deterministic_arithmetic():
            for _ in range(self.how.epochs):
                losses = self._epoch()
                done = [self._has_learnt(lane, own) for lane, own in zip(self.lanes, losses, strict=True)]
                self._release(np.array(done))
                if not self.lanes:
                    break
            self._release(np.ones(len(self.lanes), np.bool_))
            self._check_finite(all(bool(W.isfinite().all()) for W in self.trained), "in its last epoch")
        return self.trained, self.converged, self.epochs

    def _has_learnt(self, lane: int, losses: Floats) -> bool:
        """Take the losses (n,) of a lane's items in an epoch, each before the step it took part in.

        No label that is held out is ever looked at.
        """
        self.epochs[lane] += 1
        loss = float(np.mean(losses, dtype=np.float64))
        self._check_finite(bool(np.isfinite(loss)), f"in epoch {self.epochs[lane]:.0f}")
        better = loss < self._best[lane] - TOLERANCE
        self._stale[lane] = 0 if better else self._stale[lane] + 1
        self._best[lane] = min(loss, self._best[lane])
        self.converged[lane] = loss < ENOUGH or self._stale[lane] >= PATIENCE
        return bool(self.converged[lane])

    def _check_finite(self, finite: bool, when: str) -> None:
        if not finite:
            raise DivergedError(
                f"learner {self.name}: training on {self.lessons.rows.shape[1]} items diverged {when}; allowed: "
                "settings under which the loss stays finite, such as a lower learning_rate"
            )

    @property
    def weights(self) -> network.Weights:
        """Those of the perceptrons, without the reader's."""
        return self.adam.weights[len(self.reader.weights) :]

    def _epoch(self) -> Features:
        """Let every lane see each of its items once, in an order of its own; gives the losses met, (lanes, n)."""
        n = self.lessons.rows.shape[1]
        order = np.stack([self.chances[lane].permutation(n) for lane in self.lanes])
        rows, answers = (
            np.take_along_axis(array[self.lanes], order, axis=1) for array in (self.lessons.rows, self.lessons.answers)
        )
        bars = network.class_bars(self.lessons.seen[self.lanes], self.weights[-1].shape[2])
        losses = [
            self._step(rows[:, at : at + self.how.batch_size], answers[:, at : at + self.how.batch_size], bars)
            for at in range(0, n, self.how.batch_size)
        ]
        return np.concatenate(losses, axis=1)

    def _step(self, rows: Ints, answers: Ints, bars: Tensor) -> Features:
        """Take one step on a minibatch; gives the losses before it, (lanes, b)."""
        b = rows.shape[1]
        X, y, share = self._batch(rows, answers)
        masks = [self._mask(b, units) for units in self.shape.hidden]
        *A, scores = network.forward(self.weights, X, self.shape, masks)
        P = scores.add_(bars).softmax(dim=2)
        met = P.gather(2, y)[:, :b, 0].numpy()
        P.scatter_add_(2, y, torch.full_like(y, -1.0, dtype=P.dtype))
        further = network.backward(self.weights, A, P.mul_(share), self.shape, masks, self.gradients)
        self.adam.step([*self.reader.learn(further), *self.gradients])
        # A probability that has run out of digits is a large loss, and no divergence.
        losses: Features = -np.log(np.maximum(met, np.finfo(np.float32).tiny))
        return losses

    def _batch(self, rows: Ints, answers: Ints) -> tuple[Tensor, Tensor, Tensor]:
        """Items (lanes, b', D), classes (lanes, b', 1), and what each counts (b', 1): b' is b in whole tiles."""
        lanes, b = rows.shape
        width = network.round_up_to_tile(b)
        filled = np.zeros((2, lanes, width), np.int64)
        filled[0, :, :b], filled[1, :, :b] = rows, answers
        share = torch.zeros((width, 1))
        share[:b] = 1.0 / b
        X = self.reader.read(self.lessons.items, torch.from_numpy(filled[0]))
        return X, torch.from_numpy(filled[1])[:, :, None], share

    def _mask(self, b: int, units: int) -> Tensor | None:
        """What a hidden layer's units are multiplied by in one step, (lanes, b', H)."""
        if not self.how.dropout:
            return None
        mask = np.ones((len(self.lanes), network.round_up_to_tile(b), network.round_up_to_tile(units + 1)), np.float32)
        for own, lane in zip(mask, self.lanes, strict=True):
            dropout_mask(self.how.dropout, own[:b, :units], self.chances[lane])
        return torch.from_numpy(mask)

    def _release(self, done: Bools) -> None:
        """Keep the weights of lanes that are done, and go on with the others."""
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
