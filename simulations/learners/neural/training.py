"""How perceptrons are trained: checked settings, minibatches and Adam, each lane with its own order and dropout.

Nothing heavy is imported before something is trained.

Notation: see `simulations.learners.neural.network`; n labelled items a lane.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.errors import require_modules, unknown_name
from simulations.learners.learner import DivergedError, check_setting
from simulations.learners.neural.network import (
    Adam,
    NetworkShape,
    Weights,
    backward,
    class_bars,
    deterministic_arithmetic,
    forward,
    round_up_to_tile,
)

if TYPE_CHECKING:
    from torch import Tensor


STARTS = ("scratch", "warm", "finetune")
"""Each round anew, from the round before on all labels, or from the round before on the new labels alone."""

_SHAPES = "height x width or height x width x channels, such as '28x28' or '32x32x3'"


@dataclass(frozen=True)
class Training:
    """How a network is trained; see `check_training` for what is allowed.

    Args:
        epochs: passes over the labelled set at most; more fit the labels more closely.
        learning_rate: Adam's step; larger learns faster and less surely.
        weight_decay: shrinks weights in each step (decoupled, Loshchilov & Hutter 2019); larger trusts few labels less.
        dropout: share of hidden units left out at random in each step; larger trusts few labels less.
        batch_size: labels in a step; fewer make more steps of an epoch.
        start: one of `STARTS`.
        samples: networks drawn by dropout for strategies that ask for members, T.
    """

    epochs: int
    learning_rate: float
    weight_decay: float
    dropout: float
    batch_size: int
    start: str
    samples: int


def check_training(learner: str, *, order_seed: int = 0, start_seed: int = 0, **settings: Any) -> Training:
    """Check the settings of a learner, and that torch is installed.

    Args:
        learner: its name.
        order_seed: a number other than 0 gives the order of minibatches, and dropout, draws of their own; see
            `simulations.learners.learner.training_streams`.
        start_seed: likewise the weights that training starts from.
        settings: the fields of `Training`.

    Raises:
        InputError: a setting is out of range, or torch is missing.
    """
    require_modules(f"learner {learner}", ("torch",), "neural", "to train networks")
    t = Training(**settings)
    check_setting(learner, "epochs", t.epochs, 1 <= t.epochs <= 100_000, "1 to 100000")
    check_setting(learner, "learning_rate", t.learning_rate, 0 < t.learning_rate <= 10, "above 0 and at most 10")
    check_setting(learner, "weight_decay", t.weight_decay, 0 <= t.weight_decay <= 100, "0 to 100")
    check_setting(learner, "dropout", t.dropout, 0 <= t.dropout <= 0.95, "0 to 0.95")
    check_setting(learner, "batch_size", t.batch_size, 1 <= t.batch_size <= 100_000, "1 to 100000")
    check_setting(learner, "samples", t.samples, 2 <= t.samples <= 1000, "2 to 1000")
    for name, seed in (("order_seed", order_seed), ("start_seed", start_seed)):
        check_setting(learner, name, seed, 0 <= seed <= 10**15, "a whole number from 0 to 10^15")
    if t.start not in STARTS:
        raise unknown_name("start", t.start, STARTS, where=f"learner {learner}, start")
    return t


def layer_sizes(learner: str, setting: str, text: str) -> tuple[int, ...]:
    """Read the units of each layer, such as `128` or `128, 64`.

    Examples:
        >>> layer_sizes("mlp", "hidden", "128, 64")
        (128, 64)

    Raises:
        InputError: it is written otherwise, or a layer is too large.
    """
    parts = [part.strip() for part in text.split(",")]
    sizes = tuple(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= 6)
    good = len(sizes) == len(parts) <= 8 and all(1 <= size <= 4096 for size in sizes)
    allowed = "1 to 8 whole numbers from 1 to 4096 separated by commas, such as '128, 64'"
    check_setting(learner, setting, text, good, allowed)
    return sizes


def image_shape(shape: str, features: int) -> tuple[int, int, int]:
    """Read height, width and channels of an image, such as `28x28` or `32x32x3`; from an empty text, a square's.

    Features are columns of the data set, row by row of pixels, the channels of a pixel side by side.

    Examples:
        >>> image_shape("", 784)
        (28, 28, 1)

    Raises:
        InputError: it is written otherwise, or does not multiply to the features there are.
    """
    side = math.isqrt(features)
    if not shape:
        allowed = f"{_SHAPES}, since {features} features are no square of pixels"
        check_setting("cnn", "shape", shape, side * side == features, allowed)
        return side, side, 1
    height, width, channels = check_shape(shape)
    allowed = f"what makes the {features} features of the data set"
    check_setting("cnn", "shape", shape, height * width * channels == features, allowed)
    return height, width, channels


def check_shape(shape: str) -> tuple[int, int, int]:
    """Read height, width and channels, whatever the data set.

    Raises:
        InputError: it is written otherwise.
    """
    parts = shape.split("x")
    good = len(parts) in (2, 3) and all(p.isascii() and p.isdecimal() and 1 <= len(p) <= 4 for p in parts)
    check_setting("cnn", "shape", shape, good, _SHAPES)
    height, width, channels = (*map(int, parts), 1)[:3]
    return height, width, channels


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

    items: "Tensor"
    rows: Ints
    answers: Ints
    seen: Bools


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


class TrainingLanes:
    """Lanes that are still learning; those that are released leave, and the others go on alike without them.

    Args:
        weights: where to start; overwritten.
        shape: of the perceptrons.
        lessons: what is learnt.
        how: the settings.
        chances: a generator for each lane.
        name: of the learner, for messages.
        reader: what the perceptrons read.
    """

    def __init__(
        self,
        weights: Weights,
        shape: NetworkShape,
        lessons: Lessons,
        how: Training,
        chances: Sequence[np.random.Generator],
        name: str,
        reader: Reader,
    ) -> None:
        import torch

        self.shape, self.lessons, self.how, self.chances, self.reader = shape, lessons, how, chances, reader
        self.name, self.lanes = name, list(range(len(chances)))
        self.adam = Adam([*reader.weights, *weights], how.learning_rate, how.weight_decay)
        self.trained = [torch.empty_like(W) for W in self.adam.weights]
        self.gradients = [torch.zeros_like(W) for W in weights]
        self.epochs, self.converged = np.zeros(len(chances)), np.zeros(len(chances), np.bool_)
        self._best, self._stale = np.full(len(chances), np.inf), np.zeros(len(chances), np.int64)

    def train(self) -> tuple[Weights, Bools, Floats]:
        """Train until the loss of each lane meets the rule of `ENOUGH` and `PATIENCE`, or the epochs are over.

        Returns:
            Weights of the reader and of each layer, which lanes met the rule (L,), and epochs each was trained (L,).

        Raises:
            DivergedError: a lane diverged.
        """
        with deterministic_arithmetic():
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
                f"learner {self.name}: training on {self.lessons.rows.shape[1]} labels diverged {when}; allowed: "
                "settings under which the loss stays finite, such as a lower learning_rate"
            )

    @property
    def weights(self) -> Weights:
        """Those of the perceptrons, without the reader's."""
        return self.adam.weights[len(self.reader.weights) :]

    def _epoch(self) -> Features:
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

    def _step(self, rows: Ints, answers: Ints, bars: "Tensor") -> Features:
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

    def _batch(self, rows: Ints, answers: Ints) -> "tuple[Tensor, Tensor, Tensor]":
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

    def _release(self, done: Bools) -> None:
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
