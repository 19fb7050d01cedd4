"""Random streams of a training: its starting weights and its order, independent of the items selected.

A learner whose settings have `order_seed` and `start_seed` leaves both 0, and then all of it comes from the replicate's
own seed; another number gives that one draws of its own and leaves everything else as it was.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulations.learners.learner import Streams
from simulations.trajectory import LazyStreams, Part, Trajectory

SEEDS = ("order_seed", "start_seed")


class ApartStreams(list[np.random.Generator]):
    """One generator per lane for where training starts, and another for the order in which it goes on.

    To a learner that does not tell them apart it is the streams of the start.

    Args:
        start: initial weights are drawn from these.
        order: minibatches and dropout are drawn from these; as many.
    """

    def __init__(self, start: Streams, order: Streams) -> None:
        super().__init__(start)
        self.order = order


def training_streams(learner: Part, content: Sequence[object], seeds: Sequence[int], r: int) -> Streams:
    """Give the streams of a round's training, one per lane.

    Args:
        learner: with its settings.
        content: what else the lanes share and training depends on.
        seeds: of each lane's replicate.
        r: the round.
    """
    shared = (content[0], without_seeds(learner).as_json(), *content[1:])

    def drawn(setting: str) -> LazyStreams:
        number = learner.options.get(setting, 0)
        purpose = (setting.removesuffix("_seed"), number) if number else ("train",)
        return LazyStreams([(*shared, seed, *purpose, r) for seed in seeds])

    if not any(learner.options.get(setting) for setting in SEEDS):
        return drawn(SEEDS[0])
    order, start = map(drawn, SEEDS)
    return ApartStreams(start, order)


def without_seeds(learner: Part) -> Part:
    """Give a learner whose order and start come from the replicate's own seed."""
    kept = {name: value for name, value in learner.settings if name not in SEEDS}
    return Part.of(learner.name, kept, learner.version)


def selection_key(t: Trajectory) -> str:
    """Give what a trajectory's choices are drawn by: its key, were order and start those of the replicate's own seed.

    Choices at random are then the same whatever these are, and what differs between two of them is theirs alone.
    """
    chooser = None if t.chooser is None else without_seeds(t.chooser)
    return replace(t, learner=without_seeds(t.learner), chooser=chooser).key
