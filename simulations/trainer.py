"""The models of a run, trained round by round, and the view of a round that strategies get of them.

Notation
    L, l     lanes of the run, of which a trainer trains all or some; lanes shown together
    N, C, d  items of the data set, classes, features
    n, m     items in a pool, items scored
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from simulations.arrays import Features, Floats, Ints
from simulations.datasets.pool import Pool, open_pool, open_space
from simulations.learners import LEARNERS, Fitted, Labelled, WithEmbeddings, make_learner
from simulations.learners.learner import DivergedError, WritesProbabilities, training_streams
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.shared import PoolView, SharedRows
from simulations.strategies.view import UNLABELLED, Pieces
from simulations.termination import Terminations
from simulations.trajectory import LazyStreams, Part, Trajectory, content_hash, stream

_MOST_KEPT = 1024


class Trainer:
    """A learner and its models, one for each lane it trains; lanes are named by their number in the run.

    Args:
        trajectories: all lanes.
        part: the learner with its settings.
        lanes: those it trains, ascending; the pools of the others are there too.
        keys: of all lanes, where what is drawn for a choice comes from.

    Attributes:
        pools: each lane's pool, in the axes that the learner asks for.
        space: the data set in these axes.
        shown: the data set as strategies see it: in these axes, but never as tokens.
        seconds: (L,), what each lane's last training took; 0 where none was.
        converged: (L,), whether it met its stopping rule; true where there was none.
    """

    def __init__(
        self, trajectories: Sequence[Trajectory], part: Part, lanes: Sequence[int], keys: Sequence[str]
    ) -> None:
        first, entry = trajectories[0], LEARNERS[part.name]
        self._trajectories, self._part, self._lanes = trajectories, part, list(lanes)
        self._keys, self._features_of_seed = keys, dict[int, Features]()
        self._place = {lane: place for place, lane in enumerate(self._lanes)}
        self.learner = make_learner(part)
        for module in entry.loads if self._lanes else ():
            import_module(module)
        seeds = {t.seed for t in trajectories}
        by_seed = {seed: open_pool(first.dataset, first.oracle, seed, entry.axes) for seed in seeds}
        self.pools: list[Pool] = [by_seed[t.seed] for t in trajectories]
        self.space = self.shown = self.pools[0].space
        if entry.axes == "tokens":
            self.shown = open_space(first.dataset, "columns")
        self.seconds = np.zeros(len(trajectories))
        self.converged = np.ones(len(trajectories), np.bool_)
        self._fitted: Fitted | None = None

    @property
    def fitted(self) -> Fitted:
        """The models of the last training, in the order of the lanes it trains."""
        assert self._fitted is not None, "fit comes first"
        return self._fitted

    def fit(
        self, labelled: Ints, answers: Ints, r: int, terminations: Terminations, copies: Features | None = None
    ) -> None:
        """Train every lane that goes on in round `r`; before the first round, once for all lanes of a seed.

        Labelled rows of the pools are (L, labels), answers of the oracle (L, n), copies (L, c, d) points to train on
        too, with the answers of the c items that were labelled last. Lanes that diverge join the `terminations`.

        Raises:
            DivergedError: lanes diverge together of which none does alone.
        """
        began = perf_counter()
        while alive := [lane for lane in self._lanes if lane not in terminations]:
            lanes, models = self._distinct_lanes(alive, r)
            try:
                fitted = self._train(lanes, labelled, answers, r, copies)
            except DivergedError:
                # Each alone; those that diverge end, at first with all lanes of their seed.
                for lane in lanes:
                    seed = self._trajectories[lane].seed
                    alike = [other for other in alive if r == 0 and self._trajectories[other].seed == seed]
                    try:
                        self._train([lane], labelled, answers, r, copies)
                    except DivergedError as error:
                        terminations.end(alike or [lane], r, str(error))
                if not any(lane in terminations for lane in lanes):
                    raise  # together they diverge and alone none does: to try again would be to try for ever
                continue
            seconds = (perf_counter() - began) * fitted.effort / max(float(fitted.effort.sum()), 1e-9)
            self.seconds[self._lanes], self.converged[self._lanes] = seconds[models], fitted.converged[models]
            # A model for each lane, that of another where it has ended.
            self._fitted = fitted.take(models) if len(lanes) < len(models) else fitted
            return

    def _train(
        self, lanes: Sequence[int], labelled: Ints, answers: Ints, r: int, copies: Features | None = None
    ) -> Fitted:
        rows = np.stack([self.pools[lane].rows[labelled[lane]] for lane in lanes])
        known = answers[np.asarray(lanes)[:, None], labelled[lanes]]
        before = self._fitted
        if before is not None and len(lanes) < len(self._lanes):
            before = before.take([self._place[lane] for lane in lanes])
        t, seeds = self._trajectories[0], [self._trajectories[lane].seed for lane in lanes]
        # Not keyed by the strategy: what chance does to training is then the same for those that are compared.
        streams = training_streams(self._part, (t.dataset.as_json(), t.initial_set, t.initial_size), seeds, r)
        sets = self._labelled_sets(rows, known)
        if copies is not None:
            sets = with_copies(sets, copies[lanes], t.batch_size)
        return self.learner.fit(sets, before, streams)

    def _distinct_lanes(self, alive: Sequence[int], r: int) -> tuple[list[int], list[int]]:
        """Give the lanes whose labelled sets differ, and for each lane the place of its own among them, or any."""
        if r > 0:
            place = {lane: i for i, lane in enumerate(alive)}
            return list(alive), [place.get(lane, 0) for lane in self._lanes]
        first = {self._trajectories[lane].seed: lane for lane in reversed(alive)}
        lanes = sorted(first.values())
        seeds = (self._trajectories[lane].seed for lane in self._lanes)
        return lanes, [lanes.index(first.get(seed, lanes[0])) for seed in seeds]

    def _labelled_sets(self, rows: Ints, answers: Ints) -> Labelled:
        return Labelled(self.space.features, rows, answers, self.space.spectrum, self.space.data.classes)

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score the same items (m, d) for each lane named: class-major probabilities (lanes, C, m)."""
        return self.fitted.probabilities([self._place[lane] for lane in lanes], features)

    def predict(self, lane: int, points: Floats) -> Ints:
        """Give the class that a lane's model says of points (m, d) in the data set's own units, (m,)."""
        scores = self.probabilities([lane], self._lay_out(points))[0]
        check_finite(bool(np.isfinite(scores).all()), self._part)
        return np.asarray(scores.argmax(axis=0), np.int64)

    def add_items(self, points: Floats) -> None:
        """Put points that were made up (L, k, d), in the data set's own units, behind each lane's pool."""
        lanes, k, _ = points.shape
        # Lane by lane, as products of more rows may be rounded otherwise.
        made_up, rows = map(self._lay_out, points), len(self.space.features) + np.arange(lanes * k).reshape(lanes, k)
        self.space = replace(self.space, features=np.concatenate([self.space.features, *made_up]))
        longer = (np.concatenate([pool.rows, own]) for pool, own in zip(self.pools, rows, strict=True))
        self.pools = [replace(pool, rows=own) for pool, own in zip(self.pools, longer, strict=True)]

    def _lay_out(self, points: Floats) -> Features:
        assert self.space.lay_out is not None, "texts as token numbers are not made up"
        return self.space.lay_out(points)

    def score(self, lanes: Sequence[int]) -> tuple[Features, bool]:
        """Score all items of the data set for each lane named: (lanes, C, N), and whether all numbers are finite."""
        models, places, features = self.fitted, [self._place[lane] for lane in lanes], self.space.features
        if isinstance(models, WritesProbabilities):
            scores = np.empty((len(lanes), self.space.data.classes, features.shape[0]), np.float32)
            return scores, bool(models.write_probabilities(places, features, scores).all())
        scores = models.probabilities(places, features)
        return scores, bool(np.isfinite(scores).all())

    def view(
        self, strategy: Strategy, lanes: Sequence[int], labelled: Ints, answers: Ints, scores: Features | None, r: int
    ) -> PoolView:
        """Lay out round `r` for l lanes, ascending, of one strategy, with what it declared that it needs, and no more.

        Labelled rows and answers are those of `fit`; scores (l, C, N) are the probabilities of all items of the data
        set, None where it needs none.
        """
        needs, features, everything = strategy.needs, self.shown.features, self.space.features
        # Of no width where the strategy does not need them.
        shared = features if strategy.needs_features else features[:, :0]
        rows, models = [self.pools[lane].rows for lane in lanes], [self._place.get(lane, -1) for lane in lanes]
        fitted: Any = self._fitted  # that it serves what the strategy needs has been checked

        def committee(place: int) -> Features:
            return self._committee(lanes[place], labelled[lanes[place]], strategy.committee_size, r)

        def members(place: int) -> Pieces:
            rng = stream(self._keys[lanes[place]], "members", r)
            scored: Pieces = fitted.members(models[place], everything, rows[place], rng)
            return scored

        return PoolView(
            SharedRows(shared, rows, lambda place: self._pool_features(lanes[place], strategy)),
            # As a rule lanes of one strategy stand side by side, and need no copy.
            answers[lanes[0] : lanes[-1] + 1] if lanes[-1] - lanes[0] + 1 == len(lanes) else answers[lanes],
            scores,
            committee=committee if strategy.committee_size else None,
            # None where the last layer of the models reads the features themselves.
            embeddings=(lambda place: fitted.embeddings(models[place], everything)[rows[place]])
            if "embeddings" in needs and isinstance(fitted, WithEmbeddings)
            else None,
            members=members if strategy.needs_members else None,
            # What items are expected to take, never what they turn out to take.
            costs=np.stack([times.expected for lane in lanes if (times := self.pools[lane].times) is not None])
            if "costs" in needs
            else None,
            landscape=(lambda place: fitted.landscape(models[place])) if "gradients" in needs else None,
        )

    def _pool_features(self, lane: int, strategy: Strategy) -> Features:
        """Copy out the features of a lane's pool, once a seed; of no width where the strategy does not need them."""
        pool, seed = self.pools[lane], self._trajectories[lane].seed
        if not strategy.needs_features:
            return np.empty((pool.size, 0), np.float32)
        if seed not in self._features_of_seed:
            features = self._features_of_seed[seed] = self.shown.features[pool.rows]
            features.flags.writeable = False  # strategies keep what they derive from an array that cannot change
        return self._features_of_seed[seed]

    def _committee(self, lane: int, labelled: Ints, members: int, r: int) -> Features:
        """Train models on bootstrap samples of a lane's labelled set (labels,) and score its pool, (B, n, C)."""
        paths = [(self._keys[lane], "committee", r, member) for member in range(members)]
        size, pool = labelled.size, self.pools[lane]
        drawn = labelled[np.stack([stream(*path).integers(size, size=size) for path in paths])]
        warm = self.fitted.take([self._place[lane]] * len(paths))
        streams = LazyStreams([(*path, "train") for path in paths])
        committee = self.learner.fit(self._labelled_sets(pool.rows[drawn], pool.answers[drawn]), warm, streams)
        scores: Features = committee.probabilities(range(len(paths)), self.space.features)
        return np.take(scores, pool.rows, axis=2).transpose(0, 2, 1)


def check_finite(finite: bool, learner: Part) -> None:
    """Raise a DivergedError where what a learner says is not finite."""
    if not finite:
        raise DivergedError(f"learner {learner.name}: it gives probabilities that are no finite numbers")


def with_copies(sets: Labelled, copies: Features, batch: int) -> Labelled:
    """Add points (L, c, d) to labelled sets, with the answers of the last c items of each, behind each batch its own.

    A learner that goes on from where it was then finds what is new at the end.
    """
    (lanes, count, width), (size, labels) = copies.shape, (sets.features.shape[0], sets.rows.shape[1])
    rows = size + np.arange(lanes * count).reshape(lanes, count)
    batches = np.arange(count) // batch
    order = np.argsort(np.concatenate([np.full(labels - count, -1), batches, batches]), kind="stable")
    copied, answers = sets.rows[:, labels - count :], sets.answers[:, labels - count :]
    return replace(
        sets,
        features=np.concatenate([sets.features, copies.reshape(-1, width)]),
        rows=np.concatenate([sets.rows, rows], axis=1)[:, order],
        answers=np.concatenate([sets.answers, answers], axis=1)[:, order],
        copy_of=np.concatenate([np.arange(size), copied.ravel()]),
    )


@dataclass(frozen=True)
class FixedOrder:
    """The items labelled after the initial set, rows of the pool in order, and the seconds that choosing one took."""

    rows: Ints
    seconds_per_pick: float


_ORDERS: OrderedDict[str, FixedOrder] = OrderedDict()
"""Of the replicates met last, each as long as the longest schedule so far."""


def fixed_order(t: Trajectory, pool: Pool, initial: Ints) -> FixedOrder:
    """Give at least as many picks as the schedule of a trajectory has, whose strategy has declared `sequence`."""
    needed = t.rounds * t.batch_size
    key = content_hash(*sequence_content(t))
    order = _ORDERS.get(key)
    if order is None or order.rows.size < needed:
        order = _ORDERS[key] = _choose_sequence(t, pool, initial, needed)
    _ORDERS.move_to_end(key)
    while len(_ORDERS) > _MOST_KEPT:
        _ORDERS.popitem(last=False)
    return order


def sequence_content(t: Trajectory) -> tuple[object, ...]:
    """Give what a sequence depends on: neither the oracle nor the learner."""
    return t.dataset.as_json(), t.strategy.as_json(), t.seed, t.initial_set, t.initial_size


def _choose_sequence(t: Trajectory, pool: Pool, initial: Ints, picks: int) -> FixedOrder:
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
