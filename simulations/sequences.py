"""Choices that no model has a say in, made once for a replicate and shared by all batch sizes and learners."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from simulations.datasets.pool import Features, Pool
from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.view import UNLABELLED, IntArray
from simulations.trajectory import LazyStreams, Trajectory

_MOST_KEPT = 1024


@dataclass(frozen=True)
class Sequence:
    """What is labelled after the initial set, in order.

    Args:
        rows: shape (picks,), rows of the pool.
        seconds_per_pick: what choosing took, whoever asked first.
    """

    rows: IntArray
    seconds_per_pick: float


class SequenceCache:
    """The sequences of the replicates met last, each as long as the longest schedule so far."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Sequence] = OrderedDict()

    def __call__(self, t: Trajectory, pool: Pool, initial: IntArray, features: Callable[[], Features]) -> Sequence:
        """Give at least as many picks as a trajectory's schedule has.

        Args:
            t: its strategy has declared `sequence`.
            pool: its replicate.
            initial: rows of the pool labelled before the first round.
            features: gives the pool's features, if they are needed.
        """
        needed = t.rounds * t.batch_size
        key = (t.dataset, t.strategy, t.seed, t.initial_set, t.initial_size)
        kept = self._kept.get(key)
        if kept is None or kept.rows.size < needed:
            kept = self._kept[key] = _choose(t, pool, initial, features(), needed)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept


def _choose(t: Trajectory, pool: Pool, initial: IntArray, features: Features, picks: int) -> Sequence:
    began = perf_counter()
    answers = np.full((1, pool.size), UNLABELLED)
    # Which rows are labelled is all that may count, so that the sequence holds for every oracle.
    answers[0, initial] = 0
    content = t.dataset.as_json(), t.strategy.as_json(), t.seed, t.initial_set, t.initial_size
    streams = LazyStreams([(*content, "sequence")])
    rows = STRATEGIES[t.strategy.name].select(RoundView([features], answers), picks, streams)[0]
    return Sequence(rows, (perf_counter() - began) / picks)
