"""How torch computes here: on one thread, without denormal numbers, and with features it has been given once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulations.per_array import PerArray

if TYPE_CHECKING:
    from torch import Tensor

TILE = 16
"""Every side of a product is a multiple of this: 64 bytes, so that each lane's numbers begin at a whole cache line.

With sides of any length MKL adds a lane's numbers up in another order when other lanes are packed beside it; with these
it does not (`benchmarks/bench_neural.py` counts both).
"""


def tiled(size: int) -> int:
    """Round a side up to a whole number of tiles.

    Examples:
        >>> tiled(65)
        80
    """
    return -(-size // TILE) * TILE


@contextmanager
def steady() -> Iterator[None]:
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


def _padded(features: npt.NDArray[Any]) -> "Tensor":
    """Features with a constant 1 behind them and zeros up to a whole tile, (N, D)."""
    import torch

    items, width = features.shape
    padded = torch.zeros((items, tiled(width + 1)), dtype=torch.float32)
    padded.numpy()[:, :width] = features
    padded[:, width] = 1.0
    return padded


padded_features = PerArray(_padded)
"""Features (N, d) as a tensor (N, D), once for each array that cannot change."""


def whole_tiles(items: "Tensor") -> "Tensor":
    """Fill items (m, D) up to a whole tile of rows: a product with one row takes another path to other bits."""
    from torch.nn.functional import pad

    missing = tiled(items.shape[0]) - items.shape[0]
    return pad(items, (0, 0, 0, missing)) if missing else items


def blocks(items: int, at_once: int) -> Iterator[slice]:
    """Cut items into pieces of `at_once`."""
    for at in range(0, items, at_once):
        yield slice(at, min(at + at_once, items))


def own_chances(streams: Sequence[np.random.Generator], lanes: int) -> list[np.random.Generator]:
    """Give each lane a generator that draws fast, seeded by its own stream, which is asked for once."""
    seeds = [int(streams[lane].integers(2**63)) for lane in range(lanes)]
    return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
