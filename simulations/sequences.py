"""Choices that no model has a say in, made once for a replicate and shared by all batch sizes and learners."""

from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from simulations.arrays import IntArray
from simulations.datasets.pool import Pool, open_space
from simulations.strategies import STRATEGIES
from simulations.strategies.shared import PoolView, SharedRows
from simulations.strategies.view import UNLABELLED
from simulations.trajectory import LazyStreams, Trajectory, content_hash

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
        self._kept: OrderedDict[str, Sequence] = OrderedDict()

    def __call__(self, t: Trajectory, pool: Pool, initial: IntArray) -> Sequence:
        """Give at least as many picks as a trajectory's schedule has.

        Args:
            t: its strategy has declared `sequence`.
            pool: its replicate.
            initial: rows of the pool labelled before the first round.
        """
        needed = t.rounds * t.batch_size
        key = content_hash(*sequence_content(t))
        kept = self._kept.get(key)
        if kept is None or kept.rows.size < needed:
            kept = self._kept[key] = _choose(t, pool, initial, needed)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept


def sequence_content(t: Trajectory) -> tuple[object, ...]:
    """What a sequence depends on: neither the oracle nor the learner."""
    return t.dataset.as_json(), t.strategy.as_json(), t.seed, t.initial_set, t.initial_size


def _choose(t: Trajectory, pool: Pool, initial: IntArray, picks: int) -> Sequence:
    strategy = STRATEGIES[t.strategy.name]
    # In principal axes whatever the learner reads: rounding would otherwise decide ties by who came first.
    space = open_space(t.dataset, "principal") if "features" in strategy.needs else None
    source = np.empty((pool.space.features.shape[0], 0), np.float32) if space is None else space.features
    began = perf_counter()
    answers = np.full((1, pool.size), UNLABELLED)
    # Which rows are labelled is all that may count, so that the sequence holds for every oracle.
    answers[0, initial] = 0
    streams = LazyStreams([(*sequence_content(t), "sequence")])
    features = SharedRows(source, [pool.rows], lambda _: source[pool.rows])
    rows = strategy.select(PoolView(features, answers), picks, streams)[0]
    return Sequence(rows, (perf_counter() - began) / picks)
