"""Small convolutional networks: convolutions that read an image, and a perceptron that reads what they give.

One lane after the other: on a processor, convolutions of many lanes at once take no less time than one by one.

Notation
    b          items at once
    y, x, c    height, width and channels of an image, from features (N, d) with d = y x c, the channels of a pixel side
               by side
    F          numbers the convolutions give of an image, which are the features of the perceptron
    K          kernels of one layer, (1, out, in, 3, 3), and its biases, (1, out): the first side is that of lanes
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.errors import InputError
from simulations.learners.learner import Fitted, Labelled, Streams
from simulations.learners.neural import network, training
from simulations.learners.neural.mlp import FittedMlp, member_pieces
from simulations.learners.neural.settings import Training, image_shape
from simulations.strategies.view import Landscape

_AT_ONCE = 512
"""Images convolved at once: few enough for what is between the layers to stay small."""

_DERIVED_AT_ONCE = 64
"""Images whose gradients by every kernel are held at once."""


class CnnLearner:
    """Convolutions of 3 x 3 with rectified units, each halved by maxima of 2 x 2, then a perceptron; trained by Adam.

    The shape of an image is text, as `image_shape` reads it; of each layer of convolutions the kernels, `channels`, are
    given, and of the perceptron, where dropout acts, the hidden units.
    """

    backend = "torch"

    def __init__(self, shape: str, channels: tuple[int, ...], hidden: tuple[int, ...], how: Training) -> None:
        self.shape, self.channels, self.hidden, self.how = shape, channels, hidden, how

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "FittedCnns":
        """Train every lane, from where `start` says; without more labels than before, from scratch.

        Raises:
            InputError: the features are no image of the shape, or training diverged.
        """
        image = image_shape(self.shape, labelled.features.shape[1])
        count = labelled.rows.shape[0]
        chances = network.chances_of(streams, count)
        before: Sequence[FittedCnn | None] = [None] * count if warm is None else cast(FittedCnns, warm).lanes
        return FittedCnns(
            tuple(self._fit(image, labelled.take([lane]), own, chances.take([lane])) for lane, own in enumerate(before))
        )

    def _fit(
        self, image: tuple[int, int, int], labelled: Labelled, warm: "FittedCnn | None", chances: network.LaneChances
    ) -> "FittedCnn":
        labels = labelled.rows.shape[1]
        shape = network.NetworkShape(_count_outputs(image, self.channels), self.hidden, labelled.classes)
        if warm is not None and (
            self.how.start == "scratch" or (warm.image, warm.head.shape) != (image, shape) or warm.head.labels >= labels
        ):
            warm = None
        if warm is None:
            all_weights = chances.begin(
                lambda own: [*_initial_kernels(image[2], self.channels, own[0]), *network.initial_weights(shape, own)]
            )
            kernels, weights = all_weights[: 2 * len(self.channels)], all_weights[2 * len(self.channels) :]
        else:
            kernels, weights = ([W.clone() for W in own] for own in (warm.kernels, warm.head.weights))
        learnt = warm.head.labels if warm is not None and self.how.start == "finetune" else 0
        seen = network.seen_classes(labelled.answers, labelled.classes)
        items = network.padded_features(labelled.features)
        lessons = training.Lessons(items, labelled.rows[:, learnt:], labelled.answers[:, learnt:], seen)
        reader = _Convolutions(image, kernels)
        lane = training.TrainingLanes(weights, shape, lessons, self.how, chances.order, "cnn", reader)
        trained, converged, epochs = lane.train()
        head = FittedMlp(shape, trained[len(kernels) :], seen, labels, self.how, converged, epochs)
        return FittedCnn(image, trained[: len(kernels)], head)


class _Convolutions(training.Reader):
    """Reads images by kernels that are trained with what reads them."""

    def __init__(self, image: tuple[int, int, int], kernels: network.Weights) -> None:
        self.image, self.weights = image, kernels
        self._leaves: list[Tensor] = []
        self._given: Tensor | None = None

    def read(self, items: Tensor, rows: Tensor) -> Tensor:
        """Convolve the images of one lane, remembering how for `learn`."""
        self._leaves = [W[0].detach().requires_grad_() for W in self.weights]
        with torch.enable_grad():
            self._given = convolve(items[rows[0]], self.image, self._leaves)
        return network.pad_features(self._given.detach())[None]

    def learn(self, gradient: Callable[[], Tensor]) -> Sequence[Tensor]:
        """Derive the gradients of the kernels."""
        given = self._given
        assert given is not None, "read comes first"
        # Of a number, since torch imports half of itself for the gradient of more.
        with torch.enable_grad():
            told = (given * gradient()[0, :, : given.shape[1]]).sum()
        return [g[None] for g in torch.autograd.grad(told, self._leaves)]


@dataclass(frozen=True)
class FittedCnn:
    """One trained lane: height, width and channels of an image, kernels and biases of each layer, the perceptron."""

    image: tuple[int, int, int]
    kernels: network.Weights
    head: FittedMlp

    def read(self, items: Tensor) -> Tensor:
        """Convolve images (m, D): what the perceptron reads, (m, F) with its constant and padding."""
        with network.deterministic_arithmetic():
            given = convolve(network.whole_tiles(items), self.image, [W[0] for W in self.kernels])
            return network.pad_features(given[: items.shape[0]])

    def scores(self, X: Features) -> Features:
        """Score images anywhere, (m, d): (m, C), -inf for a class without a label."""
        head = self.head.landscape(0)
        return np.concatenate([head.scores(given) for _, given in self.in_blocks(X)])

    def slopes(self, X: Features) -> Features:
        """Give the gradient of each class's score by images (m, d): (m, C, d)."""
        items = network.padded_features(X)
        result = np.empty((X.shape[0], self.head.shape.classes, X.shape[1]), np.float32)
        with network.deterministic_arithmetic(), torch.enable_grad():
            for rows in network.block_slices(X.shape[0], _AT_ONCE):
                leaf = items[rows].clone().requires_grad_()
                given = convolve(leaf, self.image, [W[0] for W in self.kernels])
                G = torch.from_numpy(self.head.slopes(0, network.pad_features(given.detach())))
                # Gradients of the perceptron are carried through the kernels class by class.
                for c in range(G.shape[1]):
                    (own,) = torch.autograd.grad((given * G[:, c]).sum(), leaf, retain_graph=True)
                    result[rows, c] = own[:, : X.shape[1]].numpy()
        return result

    def expected_squares(self, X: Features) -> Features:
        """Give the expected squared gradient of all weights for images (m, d), (m,); see `network.expected_squares`."""
        items, result = network.padded_features(X), np.empty(X.shape[0], np.float32)
        kernels, head = [W[0] for W in self.kernels], self.head

        def by_kernels(item: Tensor, cotangents: Tensor) -> Tensor:
            pull = torch.func.vjp(lambda *K: convolve(item[None], self.image, K)[0], *kernels)[1]
            return torch.stack([g.flatten(1).square().sum(1) for g in torch.func.vmap(pull)(cotangents)]).sum(0)

        for rows in network.block_slices(X.shape[0], _DERIVED_AT_ONCE):
            given = self.read(items[rows])
            features = given[:, : head.shape.features].numpy()
            P, J = torch.from_numpy(head.probabilities([0], features)[0].T), torch.from_numpy(head.slopes(0, given))
            squares = torch.func.vmap(by_kernels)(items[rows], J - P[:, None] @ J)
            result[rows] = head.expected_squares(0, given) + (P * squares).sum(dim=1).numpy()
        return result

    def in_blocks(self, features: Features) -> "Iterator[tuple[slice, Features]]":
        """Convolve images (m, d) block by block: which they are, and (images, F)."""
        items = network.padded_features(features)
        for rows in network.block_slices(features.shape[0], _AT_ONCE):
            yield rows, self.read(items[rows])[:, : self.head.shape.features].numpy()


@dataclass(frozen=True)
class FittedCnns:
    """The trained networks of all lanes; see `Fitted`."""

    lanes: tuple[FittedCnn, ...]

    @property
    def converged(self) -> Bools:
        """Shape (L,): whether each lane met the stopping rule."""
        return np.concatenate([lane.head.converged for lane in self.lanes])

    @property
    def effort(self) -> Floats:
        """Shape (L,): epochs."""
        return np.concatenate([lane.head.effort for lane in self.lanes])

    def take(self, lanes: Sequence[int]) -> "FittedCnns":
        """See `Fitted`."""
        return replace(self, lanes=tuple(self.lanes[lane] for lane in lanes))

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score images (m, d): class-major (lanes, C, m)."""
        classes = self.lanes[0].head.shape.classes
        result = np.empty((len(lanes), classes, features.shape[0]), np.float32)
        for own, lane in zip(result, lanes, strict=True):
            for rows, given in self.lanes[lane].in_blocks(features):
                own[:, rows] = self.lanes[lane].head.probabilities([0], given)[0]
        return result

    def embeddings(self, lane: int, features: Features) -> Features:
        """What the last layer of a lane reads of images (m, d), (m, h)."""
        net = self.lanes[lane]
        return np.concatenate([net.head.embeddings(0, given) for _, given in net.in_blocks(features)])

    def landscape(self, lane: int) -> Landscape:
        """A lane as a function of the place; see `WithLandscape`."""
        own = self.lanes[lane]
        return Landscape(own.scores, own.slopes, expected_squares=own.expected_squares)

    def members(
        self, lane: int, features: Features, rows: Ints, rng: np.random.Generator
    ) -> Iterator[tuple[slice, Features]]:
        """Draw perceptrons by dropout and score images with each; see `FittedMlp.members`."""
        net, items = self.lanes[lane], network.padded_features(features)
        drawn = net.head.drawn(rng)
        for piece in member_pieces(rows.size, net.head.how.samples * net.head.shape.classes):
            own = np.ascontiguousarray(rows[piece])
            parts = [
                net.head.score_by_networks(0, net.read(items[own[at]]), drawn)
                for at in network.block_slices(own.size, _AT_ONCE)
            ]
            yield piece, np.concatenate(parts, axis=1)


def convolve(items: Tensor, image: tuple[int, int, int], kernels: Sequence[Tensor]) -> Tensor:
    """Convolve images (b, D): (b, F)."""
    y, x, c = image
    # As they lie in memory, channels last, in which convolutions on a processor are fastest.
    Z = items[:, : y * x * c].reshape(-1, y, x, c).permute(0, 3, 1, 2)
    for K, bias in zip(kernels[::2], kernels[1::2], strict=True):
        Z = functional.max_pool2d(functional.conv2d(Z, K, bias, padding=1).relu(), 2)
    return Z.flatten(1)


def _initial_kernels(channels: int, layers: Sequence[int], chance: np.random.Generator) -> network.Weights:
    """Draw kernels of variance 2 ÷ (9 in) (He et al. 2015, equation 10); biases are 0."""
    kernels: network.Weights = []
    for i, o in zip((channels, *layers), layers, strict=False):
        drawn = chance.standard_normal((1, o, i, 3, 3), dtype=np.float32) * np.float32(np.sqrt(2.0 / (9 * i)))
        kernels += [torch.from_numpy(drawn), torch.zeros((1, o))]
    return kernels


def _count_outputs(image: tuple[int, int, int], channels: Sequence[int]) -> int:
    """Count the numbers that convolutions and maxima leave of an image, F; an InputError if it is too small."""
    y, x, _ = image
    for _ in channels:
        y, x = y // 2, x // 2
    if not (y and x):
        raise InputError(
            f"learner cnn, channels: found {len(channels)} layers, each of which halves an image of {image[0]} x "
            f"{image[1]} pixels; allowed: fewer layers"
        )
    return y * x * channels[-1]
