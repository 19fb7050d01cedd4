"""The view of a round that strategies get: the pools of some lanes, and the predictions of the models that choose.

Notation
    l        lanes shown together, by their number in the run
    N, n     items of the data set, items in a pool
    d, C     features, classes
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter

import numpy as np
import numpy.typing as npt

from simulations.arrays import Features, IntArray
from simulations.datasets.pool import Pool, open_space
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.shared import PoolView, SharedRows
from simulations.strategies.view import UNLABELLED
from simulations.trainer import Trainer
from simulations.trajectory import LazyStreams, Trajectory, content_hash, stream

_MOST_KEPT = 1024


@dataclass(frozen=True)
class FixedOrder:
    """The items labelled after the initial set, rows of the pool in order, and the seconds that choosing one took."""

    rows: IntArray
    seconds_per_pick: float


class SequenceCache:
    """A cache of the sequences of the replicates met last, each as long as the longest schedule so far."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, FixedOrder] = OrderedDict()

    def __call__(self, t: Trajectory, pool: Pool, initial: IntArray) -> FixedOrder:
        """Give at least as many picks as the schedule of a trajectory has, whose strategy has declared `sequence`."""
        needed = t.rounds * t.batch_size
        key = content_hash(*sequence_content(t))
        order = self._orders.get(key)
        if order is None or order.rows.size < needed:
            order = self._orders[key] = _choose_sequence(t, pool, initial, needed)
        self._orders.move_to_end(key)
        while len(self._orders) > _MOST_KEPT:
            self._orders.popitem(last=False)
        return order


def sequence_content(t: Trajectory) -> tuple[object, ...]:
    """Give what a sequence depends on: neither the oracle nor the learner."""
    return t.dataset.as_json(), t.strategy.as_json(), t.seed, t.initial_set, t.initial_size


def _choose_sequence(t: Trajectory, pool: Pool, initial: IntArray, picks: int) -> FixedOrder:
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
    return FixedOrder(rows, (perf_counter() - began) / picks)


class ViewBuilder:
    """Lays out views of a run's rounds, with what a strategy declared that it needs and nothing else.

    Args:
        trajectories: all lanes.
        keys: the lanes' keys, where what is drawn for a choice comes from.
        chooser: whose models strategies read.
    """

    def __init__(self, trajectories: Sequence[Trajectory], keys: Sequence[str], chooser: Trainer) -> None:
        self._trajectories, self._keys, self._chooser = trajectories, keys, chooser
        self._pool_features: dict[int, Features] = {}
        # So that this is not taken for choosing.
        for module in sorted({module for t in trajectories for module in STRATEGIES[t.strategy.name].loads}):
            import_module(module)

    def view(
        self,
        strategy: Strategy,
        lanes: Sequence[int],
        labelled: IntArray,
        answers: IntArray,
        scores: Features | None,
        r: int,
    ) -> PoolView:
        """Lay out a round of lanes of one strategy.

        Args:
            strategy: who looks.
            lanes: those shown, l of them, ascending.
            labelled: (L, labels), of all lanes, rows of the pools.
            answers: (L, n), of all lanes, what the oracle has said.
            scores: (l, C, N), probabilities of all items of the data set; None where it needs none.
            r: the round.
        """
        chooser, members = self._chooser, strategy.committee_size
        rows = [chooser.pools[lane].rows for lane in lanes]

        def committee(place: int) -> Features:
            lane = lanes[place]
            paths = [(self._keys[lane], "committee", r, member) for member in range(members)]
            return chooser.committee(lane, labelled[lane], paths)

        return PoolView(
            SharedRows(self._shared(strategy), rows, lambda place: self._features(lanes[place], strategy)),
            # As a rule lanes of one strategy stand side by side, and need no copy.
            answers[lanes[0] : lanes[-1] + 1] if lanes[-1] - lanes[0] + 1 == len(lanes) else answers[lanes],
            scores,
            committee=committee if members else None,
            embeddings=self._embeddings(lanes, strategy),
            members=(lambda place: chooser.members(lanes[place], stream(self._keys[lanes[place]], "members", r)))
            if strategy.needs_members
            else None,
            costs=self._costs(lanes) if "costs" in strategy.needs else None,
            landscape=(lambda place: chooser.landscape(lanes[place])) if "gradients" in strategy.needs else None,
        )

    def _costs(self, lanes: Sequence[int]) -> npt.NDArray[np.float64]:
        """Give the seconds that items are expected to take, (l, n); never what they turn out to take."""
        times = [self._chooser.pools[lane].times for lane in lanes]
        return np.stack([known.expected for known in times if known is not None])

    def _shared(self, strategy: Strategy) -> Features:
        """Give the features that all pools are rows of; of no width where the strategy does not need them."""
        features = self._chooser.space.features
        return features if strategy.needs_features else features[:, :0]

    def _features(self, lane: int, strategy: Strategy) -> Features:
        """Copy out the features of a lane's pool, once a seed; of no width where the strategy does not need them."""
        pool, seed = self._chooser.pools[lane], self._trajectories[lane].seed
        if not strategy.needs_features:
            return np.empty((pool.size, 0), np.float32)
        if seed not in self._pool_features:
            features = self._pool_features[seed] = pool.features
            features.flags.writeable = False  # strategies keep what they derive from an array that cannot change
        return self._pool_features[seed]

    def _embeddings(self, lanes: Sequence[int], strategy: Strategy) -> Callable[[int], Features] | None:
        """Give what reads a lane's pool as its model's last layer does; None where that is the features themselves."""
        if "embeddings" not in strategy.needs or not self._chooser.embeds:
            return None
        return lambda place: self._chooser.embeddings(lanes[place])
