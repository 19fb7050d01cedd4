"""The lockstep loop: fit, score, evaluate, select and record, one round of all lanes at a time.

Notation
    L        lanes: trajectories on one data set with one learner and one batch schedule
    N        items of the data set; every lane's pool and held-out set are rows of them
    n, m     items in a pool, held-out items
    r        round, from 0 (the initial set alone) to R
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from time import perf_counter

import numpy as np
import numpy.typing as npt

from simulations.datasets.initial import initial_set
from simulations.datasets.pool import Pool, open_pool
from simulations.learners import LEARNERS, Fitted, Labelled, make_learner
from simulations.learners.learner import WithEmbeddings, WithMembers
from simulations.metrics import likeliest, risk_coverage, score
from simulations.record import Record
from simulations.sequences import Sequence as Picks
from simulations.sequences import SequenceCache
from simulations.serving import check_served
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.shared import PoolView, SharedRows
from simulations.strategies.view import UNLABELLED
from simulations.threads import one_blas_thread
from simulations.trajectory import LazyStreams, Trajectory, canonical_json, stream

Features = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_MOST_SCORES = 10_000_000
"""Probabilities held at once, counted in numbers: 40 MB, and as much again for those of the pools."""

_PACKING = 16
"""To score an item costs so much less than to copy out and lay out one, roughly."""

_SEQUENCES = SequenceCache()


Watch = Callable[[int, npt.NDArray[np.int64]], None]
"""Takes the labels in hand and what every lane predicts for its held-out items, (L, m), after each round."""


def run_lanes(trajectories: Sequence[Trajectory], watch: Watch | None = None) -> list[Record]:
    """Simulate trajectories that share data set, learner, schedule and oracle, in lockstep.

    Which lanes run together changes the time they take and nothing else (on torch, the last bits too).

    Args:
        trajectories: at least one; they may differ in strategy and seed.
        watch: called after each round; it changes nothing.

    Returns:
        One record each, in their order.

    Raises:
        ValueError: they don't share what lockstep needs.
        SimulationInputError: a setting is out of range.
        CannotSelectError: the pool is too small for the schedule.
    """
    if len({lockstep_key(t) for t in trajectories}) != 1:
        raise ValueError("lanes in lockstep must share data set, learner, schedule and oracle")
    # With more threads BLAS divides a product, and adds it up, in another way.
    with one_blas_thread():
        lanes = _Lanes(trajectories, watch)
        fitted: Fitted | None = None
        for r in range(trajectories[0].rounds + 1):
            fitted = lanes.fit(fitted, r)
            lanes.play(fitted, r)
        return lanes.records()


def lockstep_key(t: Trajectory) -> tuple[object, ...]:
    """What trajectories must share to run in lockstep."""
    # Parts as text: a setting of 5 equals one of 5.0, but hashes to other streams.
    parts = (canonical_json(part.as_json()) for part in (t.dataset, t.learner, t.oracle))
    return *parts, t.initial_size, t.batch_size, t.rounds, t.initial_set


class _Lanes:
    """The state of all lanes between rounds."""

    def __init__(self, trajectories: Sequence[Trajectory], watch: Watch | None) -> None:
        first = trajectories[0]
        for chooser in {t.strategy for t in trajectories}:
            check_served(first.learner, chooser)
        self.trajectories, self.watch = trajectories, watch
        self.keys = [t.key for t in trajectories]
        self.learner = make_learner(first.learner)
        for module in LEARNERS[first.learner.name].loads:
            import_module(module)
        axes = LEARNERS[first.learner.name].axes
        seeds = {t.seed for t in trajectories}
        by_seed = {seed: open_pool(first.dataset, first.oracle, seed, axes) for seed in seeds}
        self.pools: list[Pool] = [by_seed[t.seed] for t in trajectories]
        self.space = self.pools[0].space
        self.classes = self.space.data.classes
        self.truth = np.stack([pool.test_labels for pool in self.pools])
        starts = {seed: self._initial(first, pool, seed) for seed, pool in by_seed.items()}
        self.labelled = np.stack([starts[t.seed] for t in trajectories])
        self.answers = np.full((len(trajectories), self.pools[0].size), UNLABELLED, dtype=np.int64)
        self._reveal(self.labelled)
        self.pool_features: dict[int, Features] = {}
        self.sequences: dict[int, Picks] = {}
        self.labels: list[int] = []
        self.converged: list[npt.NDArray[np.bool_]] = []
        self.series: dict[str, list[FloatArray]] = defaultdict(list)
        self.coverage: list[IntArray] = []

    @staticmethod
    def _initial(t: Trajectory, pool: Pool, seed: int) -> IntArray:
        rng = stream(t.dataset.as_json(), seed, "initial", t.initial_set)
        return initial_set(pool, t.initial_set, t.initial_size, rng)

    def _reveal(self, chosen: IntArray) -> None:
        for lane, pool in enumerate(self.pools):
            self.answers[lane, chosen[lane]] = pool.answers[chosen[lane]]

    def fit(self, warm: Fitted | None, r: int) -> Fitted:
        """Train every lane; before the first round, once for all lanes of a seed."""
        began = perf_counter()
        lanes, models = self._distinct(r)
        rows = np.stack([self.pools[lane].rows[self.labelled[lane]] for lane in lanes])
        answers = np.take_along_axis(self.answers[lanes], self.labelled[lanes], axis=1)
        labelled = Labelled(self.space.features, rows, answers, self.space.spectrum, self.classes)
        fitted = self.learner.fit(labelled, warm, self._training_streams(lanes, r))
        seconds = (perf_counter() - began) * fitted.effort / max(float(fitted.effort.sum()), 1e-9)
        self.labels.append(self.labelled.shape[1])
        self.converged.append(fitted.converged[models])
        self.series["fit_seconds"].append(seconds[models])
        return fitted.take(models) if len(lanes) < len(models) else fitted

    def _distinct(self, r: int) -> tuple[list[int], list[int]]:
        """Give the lanes whose labelled sets differ, and for each lane the place of its own among them."""
        if r > 0:
            every = list(range(len(self.pools)))
            return every, every
        first = {t.seed: lane for lane, t in reversed(list(enumerate(self.trajectories)))}
        lanes = sorted(first.values())
        return lanes, [lanes.index(first[t.seed]) for t in self.trajectories]

    def _training_streams(self, lanes: Sequence[int], r: int) -> LazyStreams:
        # Not keyed by the strategy: what chance does to training is then the same for those that are compared.
        t = self.trajectories[0]
        content = t.dataset.as_json(), t.learner.as_json(), t.initial_set, t.initial_size
        return LazyStreams([(*content, self.trajectories[lane].seed, "train", r) for lane in lanes])

    def play(self, fitted: Fitted, r: int) -> None:
        """Score and evaluate what was trained, let every strategy choose for its lanes, then ask the oracle."""
        lanes, size = len(self.pools), self.truth.shape[1]
        for name in ("score_seconds", "select_seconds"):
            self.series[name].append(np.zeros(lanes))
        self.held_out = np.empty((lanes, self.classes, size), np.float32)
        if r == self.trajectories[0].rounds:
            self._evaluate_last(fitted)
        else:
            chosen = np.empty((lanes, self.trajectories[0].batch_size), dtype=np.int64)
            for strategy, group in self._groups():
                chosen[group] = self._choose(strategy, group, fitted, r)
        self._record_round()
        if r < self.trajectories[0].rounds:
            self.labelled = np.concatenate([self.labelled, chosen], axis=1)
            self._reveal(chosen)

    def _groups(self) -> Iterator[tuple[Strategy, list[int]]]:
        """Lanes of one strategy together, as many as may be scored at once."""
        by_strategy: dict[str, list[int]] = defaultdict(list)
        for lane, t in enumerate(self.trajectories):
            by_strategy[t.strategy.name].append(lane)
        for name, lanes in by_strategy.items():
            yield from ((STRATEGIES[name], group) for group in self._chunks(lanes))

    def _choose(self, strategy: Strategy, lanes: list[int], fitted: Fitted, r: int) -> IntArray:
        if strategy.sequence:
            self._evaluate_alone(lanes, fitted)
            return np.stack([self._next_of_sequence(lane, r) for lane in lanes])
        probabilities = None
        if strategy.needs_probabilities:
            probabilities = self._scored(lanes, fitted).transpose(0, 2, 1)
        else:
            self._evaluate_alone(lanes, fitted)
        began = perf_counter()
        rows = [self.pools[lane].rows for lane in lanes]
        view = PoolView(
            SharedRows(self._shared(strategy), rows, lambda place: self._features(lanes[place], strategy)),
            self.answers[lanes],
            probabilities,
            (lambda place: self._committee(lanes[place], strategy, fitted, r)) if strategy.committee_size else None,
            self._embeddings(lanes, strategy, fitted),
            (lambda place: self._members(lanes[place], fitted, r)) if strategy.needs_members else None,
        )
        # A generator of its own per lane and round: lanes beside it and rounds before it draw from others.
        streams = LazyStreams([(self.keys[lane], "select", r) for lane in lanes])
        chosen = strategy.select(view, self.trajectories[0].batch_size, streams)
        self.series["select_seconds"][-1][lanes] = (perf_counter() - began) / len(lanes)
        return chosen

    def _next_of_sequence(self, lane: int, r: int) -> IntArray:
        t = self.trajectories[lane]
        if lane not in self.sequences:
            self.sequences[lane] = _SEQUENCES(t, self.pools[lane], self.labelled[lane, : t.initial_size])
        sequence = self.sequences[lane]
        self.series["select_seconds"][-1][lane] = sequence.seconds_per_pick * t.batch_size
        return sequence.rows[r * t.batch_size : (r + 1) * t.batch_size]

    def _shared(self, strategy: Strategy) -> Features:
        """The features that all pools are rows of; of no width where the strategy does not need them."""
        features = self.space.features
        return features if strategy.needs_features else features[:, :0]

    def _features(self, lane: int, strategy: Strategy) -> Features:
        """The features of a lane's pool, copied out once a seed; of no width where the strategy does not need them."""
        pool, seed = self.pools[lane], self.trajectories[lane].seed
        if not strategy.needs_features:
            return np.empty((pool.size, 0), np.float32)
        if seed not in self.pool_features:
            features = self.pool_features[seed] = pool.features
            features.flags.writeable = False  # strategies keep what they derive from an array that cannot change
        return self.pool_features[seed]

    def _scored(self, lanes: list[int], fitted: Fitted) -> Features:
        """Score all items of the data set at once; evaluate on the held-out ones, give those of the pools (l, C, n)."""
        began = perf_counter()
        scores = fitted.probabilities(lanes, self.space.features)
        pooled = np.empty((len(lanes), self.classes, self.pools[0].size), np.float32)
        for own, scored, lane in zip(pooled, scores, lanes, strict=True):
            np.take(scored, self.pools[lane].rows, axis=1, out=own, mode="clip")
        share = self.pools[0].size / self.space.features.shape[0]
        self.series["score_seconds"][-1][lanes] = (perf_counter() - began) * share / len(lanes)
        self._hold_out(lanes, scores)
        return pooled

    def _evaluate_last(self, fitted: Fitted) -> None:
        """Score the held-out items, those of a seed that were never copied out among all items, as so far."""
        size = self.space.features.shape[0]
        apart = [
            lane
            for lane, pool in enumerate(self.pools)
            if "test_features" in vars(pool) or size > _PACKING * pool.test_rows.size
        ]
        self._evaluate_alone(apart, fitted)
        for group in self._chunks(sorted(set(range(len(self.pools))) - set(apart))):
            self._hold_out(group, fitted.probabilities(group, self.space.features))

    def _hold_out(self, lanes: list[int], scores: Features) -> None:
        for scored, lane in zip(scores, lanes, strict=True):
            np.take(scored, self.pools[lane].test_rows, axis=1, out=self.held_out[lane], mode="clip")

    def _chunks(self, lanes: list[int]) -> Iterator[list[int]]:
        """Give as many lanes at a time as may be scored at once."""
        width = max(1, _MOST_SCORES // (self.space.features.shape[0] * self.classes))
        return (lanes[at : at + width] for at in range(0, len(lanes), width))

    def _evaluate_alone(self, lanes: Sequence[int], fitted: Fitted) -> None:
        """Score the held-out items only, all lanes of a seed together."""
        by_seed: dict[int, list[int]] = defaultdict(list)
        for lane in lanes:
            by_seed[self.trajectories[lane].seed].append(lane)
        for group in by_seed.values():
            self.held_out[group] = fitted.probabilities(group, self.pools[group[0]].test_features)

    def _committee(self, lane: int, strategy: Strategy, fitted: Fitted, r: int) -> Features:
        """Train the members on bootstrap samples of a lane's labelled set and score its pool, (B, n, C)."""
        members = strategy.committee_size
        paths = [(self.keys[lane], "committee", r, member) for member in range(members)]
        size = self.labelled.shape[1]
        drawn = self.labelled[lane][np.stack([stream(*path).integers(size, size=size) for path in paths])]
        pool = self.pools[lane]
        sample = Labelled(self.space.features, pool.rows[drawn], pool.answers[drawn], self.space.spectrum, self.classes)
        streams = LazyStreams([(*path, "train") for path in paths])
        committee = self.learner.fit(sample, fitted.take([lane] * members), streams)
        scores = committee.probabilities(range(members), self.space.features)
        return np.take(scores, pool.rows, axis=2).transpose(0, 2, 1)

    def _embeddings(self, lanes: list[int], strategy: Strategy, fitted: Fitted) -> Callable[[int], Features] | None:
        """Give what reads a lane's pool as its model's last layer does; None where that is the features themselves."""
        if "embeddings" not in strategy.needs or not isinstance(fitted, WithEmbeddings):
            return None
        return lambda place: fitted.embeddings(lanes[place], self.space.features)[self.pools[lanes[place]].rows]

    def _members(self, lane: int, fitted: Fitted, r: int) -> Iterator[tuple[slice, Features]]:
        """Score a lane's pool by every member of its model, piece by piece."""
        assert isinstance(fitted, WithMembers), "the check that it is has been passed"
        rng = stream(self.keys[lane], "members", r)
        return fitted.members(lane, self.space.features, self.pools[lane].rows, rng)

    def _record_round(self) -> None:
        predicted, confidence = likeliest(self.held_out)
        for name, values in score(self.truth, predicted, self.classes).items():
            self.series[name].append(values)
        self.coverage.append(risk_coverage(confidence, predicted == self.truth))
        if self.watch is not None:
            self.watch(self.labels[-1], predicted)

    def records(self) -> list[Record]:
        imbalance = self.space.data.imbalance
        return [self._record(lane, t, imbalance) for lane, t in enumerate(self.trajectories)]

    def _record(self, lane: int, t: Trajectory, imbalance: float) -> Record:
        return Record(
            trajectory=t,
            kind=self.space.data.kind,
            classes=self.classes,
            imbalance=imbalance,
            pool_size=self.pools[lane].size,
            test_size=self.truth.shape[1],
            labels=tuple(self.labels),
            series={
                name: tuple(round(float(v[lane]), 7) if name.endswith("_seconds") else float(v[lane]) for v in values)
                for name, values in self.series.items()
            },
            converged=tuple(bool(values[lane]) for values in self.converged),
            coverage=tuple(tuple((n, wrong) for n, wrong in counts[lane].tolist()) for counts in self.coverage),
            backend=getattr(self.learner, "backend", "numpy"),
        )
