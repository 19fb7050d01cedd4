"""The torch runtime of all networks: one thread, no denormal numbers, features converted once, and Adam.

Notation: t steps taken; g gradient, m and v its running first and second moments, each of the shape of its weights W.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulations.array_cache import ArrayCache

if TYPE_CHECKING:
    from torch import Tensor

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
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


def _pad_features(features: npt.NDArray[Any]) -> "Tensor":
    """Features with a constant 1 behind them and zeros up to a whole tile, (N, D)."""
    import torch

    items, width = features.shape
    padded = torch.zeros((items, round_up_to_tile(width + 1)), dtype=torch.float32)
    padded.numpy()[:, :width] = features
    padded[:, width] = 1.0
    return padded


padded_features = ArrayCache(_pad_features)
"""Features (N, d) as a tensor (N, D), once for each array that cannot change."""


def whole_tiles(items: "Tensor") -> "Tensor":
    """Fill items (m, D) up to a whole tile of rows: a product with one row takes another path to other bits."""
    from torch.nn.functional import pad

    missing = round_up_to_tile(items.shape[0]) - items.shape[0]
    return pad(items, (0, 0, 0, missing)) if missing else items


def block_slices(items: int, at_once: int) -> Iterator[slice]:
    """Cut items into pieces of `at_once`."""
    for at in range(0, items, at_once):
        yield slice(at, min(at + at_once, items))


def own_chances(streams: Sequence[np.random.Generator], lanes: int) -> list[np.random.Generator]:
    """Give each lane a generator that draws fast, seeded by its own stream, which is asked for once."""
    seeds = [int(streams[lane].integers(2**63)) for lane in range(lanes)]
    return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]


_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Kingma & Ba 2015, algorithm 1, with the decay of Loshchilov & Hutter 2019, algorithm 2.

    Args:
        weights: what is trained, in place.
        rate: size of a step.
        decay: share of the rate by which weights shrink in each step.
    """

    def __init__(self, weights: "Sequence[Tensor]", rate: float, decay: float) -> None:
        import torch

        self.weights = list(weights)
        self.m, self.v, self._roots = ([torch.zeros_like(W) for W in weights] for _ in range(3))
        self.rate, self.decay, self.t = rate, decay, 0

    def step(self, gradients: "Sequence[Tensor]") -> None:
        """Take one step down the gradients."""
        import torch

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

    def take(self, lanes: "Tensor") -> None:
        """Go on with some lanes, whose numbers lie along the first side of every tensor."""
        for held in (self.weights, self.m, self.v, self._roots):
            held[:] = [tensor[lanes] for tensor in held]
