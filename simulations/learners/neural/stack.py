"""Multilayer perceptrons of one shape, stacked: one batched product serves the same layer of all lanes.

A lane's numbers take part in no sum with another lane's, and all sides are whole tiles (see `runtime.TILE`), so that a
lane gives the same bits alone or packed.

Notation
    L        lanes, each with weights of its own
    b        items at once, in whole tiles
    d, h, C  features, units of a hidden layer, classes
    W        weights of one layer, (L, in, out): sides are d + 1, h + 1 and C rounded up to whole tiles; the row of the
             constant unit, which follows the last feature or unit, holds the biases, what is beyond is and stays 0
    A        what goes into one layer, (L, b, in)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import BoolArray
from simulations.learners.learner import Streams
from simulations.learners.neural.runtime import own_chances, round_up_to_tile
from simulations.learners.seeding import ApartStreams

if TYPE_CHECKING:
    from torch import Tensor

Weights = list["Tensor"]


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

    def empty(self, lanes: int) -> Weights:
        """Weights of so many lanes, all 0."""
        import torch

        last = len(self.hidden)
        return [
            torch.zeros((lanes, round_up_to_tile(i + 1), round_up_to_tile(o if layer == last else o + 1)))
            for layer, (i, o) in enumerate(self.sides)
        ]


def initial_weights(shape: NetworkShape, chances: Sequence[np.random.Generator]) -> Weights:
    """Draw weights of variance 2 ÷ in (He et al. 2015, equation 10), 1 ÷ in for the last layer; biases are 0."""
    import torch

    weights = shape.empty(len(chances))
    for layer, (i, o) in enumerate(shape.sides):
        scale = np.sqrt((1.0 if layer == len(shape.hidden) else 2.0) / i)
        for lane, rng in enumerate(chances):
            drawn = rng.standard_normal((i, o), dtype=np.float32) * np.float32(scale)
            weights[layer][lane, :i, :o] = torch.from_numpy(drawn)
    return weights


def forward(weights: Weights, X: "Tensor", shape: NetworkShape, masks: "Sequence[Tensor | None]") -> "list[Tensor]":
    """Compute what goes into each layer, and at last the scores.

    Args:
        weights: of each layer.
        X: (L, b, D).
        shape: of the perceptron.
        masks: for each hidden layer what its units are multiplied by, (L, b or 1, H); None for no dropout.

    Returns:
        A of each layer, then scores (L, b, K).
    """
    import torch

    A = [X]
    for W, mask, units in zip(weights, masks, shape.hidden, strict=False):
        Z = torch.bmm(A[-1], W).relu_()
        if mask is not None:
            Z *= mask
        Z[:, :, units] = 1.0
        A.append(Z)
    return [*A, torch.bmm(A[-1], weights[-1])]


def backward(
    weights: Weights,
    A: "Sequence[Tensor]",
    G: "Tensor",
    shape: NetworkShape,
    masks: "Sequence[Tensor | None]",
    out: "Sequence[Tensor]",
) -> "Callable[[], Tensor]":
    """Compute the gradients of the loss by each layer's weights.

    By hand, since it takes two products a layer, and what torch records of a step to derive them costs as much as the
    step itself.

    Args:
        weights: of each layer.
        A: what went into each layer.
        G: gradient by the scores, (L, b, K); overwritten.
        shape: of the perceptron.
        masks: as in `forward`.
        out: where the gradients go, of the shape of the weights.

    Returns:
        What computes the gradient by X, (L, b, D), of which the columns of features count.
    """
    import torch

    for layer in range(len(weights) - 1, -1, -1):
        torch.bmm(A[layer].transpose(1, 2), G, out=out[layer])
        if layer:
            G = torch.bmm(G, weights[layer].transpose(1, 2))
            mask = masks[layer - 1]
            # What goes in is above 0 exactly where the unit was active and not left out.
            G *= A[layer].sign()
            if mask is not None:
                G *= mask
            G[:, :, shape.hidden[layer - 1] :] = 0.0
    return lambda: torch.bmm(G, weights[0].transpose(1, 2))


def slopes(weights: Weights, A: "Sequence[Tensor]", shape: NetworkShape) -> "Tensor":
    """Compute the gradient of every class's score by each item, without dropout.

    Between its kinks a perceptron is linear: the product of its layers, each cut to the units that are active.

    Args:
        weights: of each layer, of one lane.
        A: what went into each layer, (1, b, in).
        shape: of the perceptron.

    Returns:
        Shape (b, C, D), of which the columns of features count.
    """
    G = weights[-1][0, :, : shape.classes].T.expand(A[0].shape[1], -1, -1)
    for layer in range(len(weights) - 2, -1, -1):
        G = G * A[layer + 1][0].sign()[:, None, :]
        # The constant unit is active whatever the item.
        G[:, :, shape.hidden[layer] :] = 0.0
        G = G @ weights[layer][0].T
    return G


def class_bars(seen: BoolArray, width: int) -> "Tensor":
    """What is added to scores so that classes without a label have no probability, (L, 1, K), from seen (L, C)."""
    import torch

    bars = np.full((seen.shape[0], 1, width), -np.inf, np.float32)
    bars[:, 0, : seen.shape[1]][seen] = 0.0
    return torch.from_numpy(bars)


Generators = list[np.random.Generator]
Draw = Callable[[Generators], Weights]


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

    def begin(self, draw: Draw) -> Weights:
        """Draw where training starts."""
        # Drawn from the order even if not used: what comes after is then the same wherever training starts.
        weights = draw(self.order)
        return weights if self.start is None else draw(self.start)


def chances_of(streams: Streams, lanes: int) -> LaneChances:
    """Give each lane what it draws from, seeded by its own streams."""
    if isinstance(streams, ApartStreams):
        return LaneChances(own_chances(streams.order, lanes), own_chances(streams, lanes))
    return LaneChances(own_chances(streams, lanes))


def of_members(streams: Streams, lanes: int, members: int) -> Streams:
    """Give streams to every member of every lane, those of a lane side by side, (L·M)."""
    if isinstance(streams, ApartStreams):
        return ApartStreams(_several(streams, lanes, members), _several(streams.order, lanes, members))
    return _several(streams, lanes, members)


def _several(streams: Streams, lanes: int, members: int) -> Generators:
    seeds = [int(seed) for lane in range(lanes) for seed in streams[lane].integers(2**63, size=members)]
    return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
