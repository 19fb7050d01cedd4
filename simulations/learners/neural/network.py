"""Stacked multilayer perceptrons on torch: one thread, padded sides, forward and backward products, and Adam.

One batched product serves the same layer of all lanes. A lane's numbers take part in no sum with another lane's, and
all sides are whole tiles (see `TILE`), so that a lane gives the same bits alone or packed.

Notation
    L        lanes, each with weights of its own
    b        items at once, in whole tiles
    d, h, C  features, units of a hidden layer, classes
    W        weights of one layer, (L, in, out): sides are d + 1, h + 1 and C rounded up to whole tiles; the row of the
             constant unit, which follows the last feature or unit, holds the biases, what is beyond is and stays 0
    A        what goes into one layer, (L, b, in)
    t        steps taken; g gradient, m and v its running first and second moments, each of the shape of its weights
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from simulations.arrays import ArrayCache, Bools, Ints
from simulations.learners.learner import ApartStreams, Streams

TILE = 16
"""Every side of a product is a multiple of this: 64 bytes, so that each lane's numbers begin at a whole cache line.

With sides of any length MKL adds a lane's numbers up in another order when other lanes are packed beside it; with these
it does not (`benchmarks/bench_neural.py` counts both).
"""


def round_up_to_tile(size: int) -> int:
    """Round a side up to a whole number of tiles.

    Examples:
        >>> round_up_to_tile(65)
        80
    """
    return -(-size // TILE) * TILE


@contextmanager
def deterministic_arithmetic() -> Iterator[None]:
    """Compute on one thread and with denormal numbers taken as zero, as long as the block lasts.

    Sums over several threads end in other bits; and Adam's averages of units that are dead fall until each operation
    on them takes a hundred times as long.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


def pad_features(features: npt.NDArray[Any] | Tensor) -> Tensor:
    """Features (N, d) with a constant 1 behind them and zeros up to a whole tile, (N, D)."""
    items, width = features.shape
    padded = torch.zeros((items, round_up_to_tile(width + 1)), dtype=torch.float32)
    padded.numpy()[:, :width] = features
    padded[:, width] = 1.0
    return padded


padded_features = ArrayCache(pad_features)
"""`pad_features`, once for each array that cannot change."""


def whole_tiles(items: Tensor) -> Tensor:
    """Fill items (m, D) up to a whole tile of rows: a product with one row takes another path to other bits."""
    missing = round_up_to_tile(items.shape[0]) - items.shape[0]
    return torch.nn.functional.pad(items, (0, 0, 0, missing)) if missing else items


def block_slices(items: int, at_once: int) -> Iterator[slice]:
    """Cut items into pieces of `at_once`."""
    for at in range(0, items, at_once):
        yield slice(at, min(at + at_once, items))


_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Kingma & Ba 2015, algorithm 1, with the decay of Loshchilov & Hutter 2019, algorithm 2; trains in place.

    `rate` is the size of a step, `decay` the share of it by which weights shrink in each.
    """

    def __init__(self, weights: Sequence[Tensor], rate: float, decay: float) -> None:
        self.weights = list(weights)
        self.m, self.v, self._roots = ([torch.zeros_like(W) for W in weights] for _ in range(3))
        self.rate, self.decay, self.t = rate, decay, 0

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Take one step down the gradients."""
        self.t += 1
        root = (1.0 - _BETA2**self.t) ** 0.5
        size = self.rate * root / (1.0 - _BETA1**self.t)
        for W, g, m, v, room in zip(self.weights, gradients, self.m, self.v, self._roots, strict=True):
            m.lerp_(g, 1.0 - _BETA1)
            v.mul_(_BETA2).addcmul_(g, g, value=1.0 - _BETA2)
            torch.sqrt(v, out=room).add_(_EPSILON * root)
            if self.decay:
                W.mul_(1.0 - self.rate * self.decay)
            W.addcdiv_(m, room, value=-size)

    def take(self, lanes: Tensor) -> None:
        """Go on with some lanes, whose numbers lie along the first side of every tensor."""
        for held in (self.weights, self.m, self.v, self._roots):
            held[:] = [tensor[lanes] for tensor in held]


Weights = list[Tensor]


@dataclass(frozen=True)
class NetworkShape:
    """The sizes of a perceptron: features, units of each hidden layer, classes."""

    features: int
    hidden: tuple[int, ...]
    classes: int

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Sides (in, out) of each layer's weights, constant units and padding left out."""
        inputs = (self.features, *self.hidden)
        return list(zip(inputs, (*self.hidden, self.classes), strict=True))

    def numbers(self, items: int) -> int:
        """Numbers a lane holds while it is trained on so many items at once, roughly."""
        widths = [round_up_to_tile(i + 1) for i, _ in self.sides]
        weights = sum(i * round_up_to_tile(o + 1) for i, (_, o) in zip(widths, self.sides, strict=True))
        # Weights, gradients, two moments and room for their root; activations, masks and gradients of those.
        return 5 * weights + 3 * round_up_to_tile(items) * (sum(widths) + round_up_to_tile(self.classes))


def initial_weights(shape: NetworkShape, chances: Sequence[np.random.Generator]) -> Weights:
    """Draw weights of variance 2 ÷ in (He et al. 2015, equation 10), 1 ÷ in for the last layer; biases are 0."""
    weights = []
    for layer, (i, o) in enumerate(shape.sides):
        last = layer == len(shape.hidden)
        W = torch.zeros((len(chances), round_up_to_tile(i + 1), round_up_to_tile(o if last else o + 1)))
        for own, rng in zip(W, chances, strict=True):
            drawn = rng.standard_normal((i, o), dtype=np.float32) * np.float32(np.sqrt((1.0 if last else 2.0) / i))
            own[:i, :o] = torch.from_numpy(drawn)
        weights.append(W)
    return weights


def forward(
    weights: Weights, X: Tensor, shape: NetworkShape, masks: Sequence[Tensor | None] | None = None
) -> list[Tensor]:
    """Compute A of each layer, and at last the scores (L, b, K), from X (L, b, D).

    The masks are what the units of each hidden layer are multiplied by, (L, b or 1, H); None, for one or all, for no
    dropout.
    """
    A = [X]
    for W, mask, units in zip(weights, masks or [None] * len(shape.hidden), shape.hidden, strict=False):
        Z = torch.bmm(A[-1], W).relu_()
        if mask is not None:
            Z *= mask
        Z[:, :, units] = 1.0
        A.append(Z)
    return [*A, torch.bmm(A[-1], weights[-1])]


def backward(
    weights: Weights,
    A: Sequence[Tensor],
    G: Tensor,
    shape: NetworkShape,
    masks: Sequence[Tensor | None],
    out: Sequence[Tensor],
) -> Callable[[], Tensor]:
    """Compute the gradients of the loss by each layer's weights into `out`, from A and masks as in `forward`.

    By hand, since it takes two products a layer, and what torch records of a step to derive them costs as much as the
    step itself. G, (L, b, K), is the gradient by the scores; it is overwritten.

    Returns:
        What computes the gradient by X, (L, b, D), of which the columns of features count.
    """
    for layer in range(len(weights) - 1, -1, -1):
        torch.bmm(A[layer].transpose(1, 2), G, out=out[layer])
        if layer:
            G = torch.bmm(G, weights[layer].transpose(1, 2))
            # What goes in is above 0 exactly where the unit was active and not left out.
            G *= A[layer].sign()
            if (mask := masks[layer - 1]) is not None:
                G *= mask
            G[:, :, shape.hidden[layer - 1] :] = 0.0
    return lambda: torch.bmm(G, weights[0].transpose(1, 2))


def layer_slopes(weights: Weights, A: Sequence[Tensor], shape: NetworkShape) -> Iterator[Tensor]:
    """Compute the gradient of every class's score by what each hidden layer gives before it rectifies, last first.

    Between its kinks a perceptron is linear: the product of its layers, each cut to the units that are active. Weights
    and A, without dropout, are those of one lane; (b, C, H) is given for each hidden layer.
    """
    G = weights[-1][0, :, : shape.classes].T.expand(A[0].shape[1], -1, -1)
    for layer in range(len(weights) - 2, -1, -1):
        G = G * A[layer + 1][0].sign()[:, None, :]
        # The constant unit is active whatever the item.
        G[:, :, shape.hidden[layer] :] = 0.0
        yield G
        G = G @ weights[layer][0].T


def slopes(weights: Weights, A: Sequence[Tensor], shape: NetworkShape) -> Tensor:
    """Compute the gradient of every class's score by each item, (b, C, D), of which the columns of features count."""
    *_, G = layer_slopes(weights, A, shape)
    return G @ weights[0][0].T


def expected_squares(weights: Weights, A: Sequence[Tensor], shape: NetworkShape, P: Tensor) -> Tensor:
    """Compute the squared length of the cross-entropy's gradient by all weights, its mean over answers drawn from P.

    The gradient by a layer's weights is the product of what goes in and the gradient by what comes out, J⊤(p − e_y)
    with J the gradients of the scores: its mean square is |in|² Σ_c p_c |J_c − Σ p J|². Weights and A are as in
    `layer_slopes`; (b,) from P (b, C).
    """
    scores = torch.eye(shape.classes).expand(P.shape[0], -1, -1)
    total = torch.zeros(P.shape[0])
    for given, J in zip(reversed(A[:-1]), chain([scores], layer_slopes(weights, A, shape)), strict=True):
        apart = (J - P[:, None] @ J).square().sum(dim=2)
        total += given[0].square().sum(dim=1) * (P * apart).sum(dim=1)
    return total


def seen_classes(answers: Ints, classes: int) -> Bools:
    """Tell which classes occur in each lane: (L, n) to (L, C)."""
    lanes = answers.shape[0]
    cells = (answers + np.arange(lanes)[:, None] * classes).ravel()
    return np.bincount(cells, minlength=lanes * classes).reshape(lanes, classes) > 0


def class_bars(seen: Bools, width: int) -> Tensor:
    """What is added to scores so that classes without a label have no probability, (L, 1, K), from seen (L, C)."""
    bars = np.full((seen.shape[0], 1, width), -np.inf, np.float32)
    bars[:, 0, : seen.shape[1]][seen] = 0.0
    return torch.from_numpy(bars)


Generators = list[np.random.Generator]


@dataclass(frozen=True)
class LaneChances:
    """What each lane draws from.

    Args:
        order: a generator per lane; minibatches and dropout come from it, and before them where training starts.
        start: where training starts, if that is drawn apart; None where it is not.
    """

    order: Generators
    start: Generators | None = None

    def take(self, lanes: Sequence[int]) -> "LaneChances":
        """Those of some lanes, in the order named."""
        start = None if self.start is None else [self.start[lane] for lane in lanes]
        return LaneChances([self.order[lane] for lane in lanes], start)

    def begin(self, draw: Callable[[Generators], Weights]) -> Weights:
        """Draw where training starts."""
        # Drawn from the order even if not used: what comes after is then the same wherever training starts.
        weights = draw(self.order)
        return weights if self.start is None else draw(self.start)


def chances_of(streams: Streams, lanes: int) -> LaneChances:
    """Give each lane what it draws from, seeded by its own streams."""
    if isinstance(streams, ApartStreams):
        return LaneChances(_fast_generators(streams.order, lanes), _fast_generators(streams, lanes))
    return LaneChances(_fast_generators(streams, lanes))


def of_members(streams: Streams, lanes: int, members: int) -> Streams:
    """Give streams to every member of every lane, those of a lane side by side, (L·M)."""
    own = _fast_generators(streams, lanes, members)
    if isinstance(streams, ApartStreams):
        return ApartStreams(own, _fast_generators(streams.order, lanes, members))
    return own


def _fast_generators(streams: Streams, lanes: int, each: int = 1) -> Generators:
    """Give each lane generators that draw fast, seeded by its own stream, which is asked for once."""
    seeds = [int(seed) for lane in range(lanes) for seed in streams[lane].integers(2**63, size=each)]
    return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
