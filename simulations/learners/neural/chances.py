"""The generators that training of each lane draws from: where it starts, and in what order it goes on.

Notation: L lanes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.learners.apart import ApartStreams
from simulations.learners.learner import Streams
from simulations.learners.neural.runtime import own_chances

if TYPE_CHECKING:
    from simulations.learners.neural.stack import Weights

Generators = list[np.random.Generator]
Draw = Callable[[Generators], "Weights"]


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

    def begin(self, draw: Draw) -> "Weights":
        """Draw where training starts."""
        # Drawn from the order even if not used: what comes after is then the same wherever training starts.
        weights = draw(self.order)
        return weights if self.start is None else draw(self.start)


def chances_of(streams: Streams, lanes: int) -> LaneChances:
    """Give each lane what it draws from, seeded by its own streams."""
    if isinstance(streams, ApartStreams):
        return LaneChances(own_chances(streams.order, lanes), own_chances(streams.start, lanes))
    return LaneChances(own_chances(streams, lanes))


def of_members(streams: Streams, lanes: int, members: int) -> Streams:
    """Give streams to every member of every lane, those of a lane side by side, (L·M)."""
    if isinstance(streams, ApartStreams):
        return ApartStreams(_several(streams.start, lanes, members), _several(streams.order, lanes, members))
    return _several(streams, lanes, members)


def _several(streams: Streams, lanes: int, members: int) -> Generators:
    seeds = [int(seed) for lane in range(lanes) for seed in streams[lane].integers(2**63, size=members)]
    return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
