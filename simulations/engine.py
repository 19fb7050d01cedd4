"""The lockstep loop: fit, score, evaluate, select and record, one round of all lanes at a time.

Notation
    L        lanes: trajectories on one data set with one learner and one batch schedule
    N        items of the data set; every lane's pool and held-out set are rows of them
    n, m     items in a pool, held-out items
    r        round, from 0 (the initial set alone) to R
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from time import perf_counter

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints, Reals
from simulations.compatibility import check_served, check_strategy
from simulations.datasets.dataset import AnswerRule
from simulations.datasets.pool import Pool, initial_set
from simulations.datasets.registry import DATASETS, load_dataset
from simulations.learners.learner import selection_key
from simulations.metrics import likeliest, risk_coverage, score
from simulations.queries import make_up
from simulations.record import Record, seconds_spent
from simulations.strategies import STRATEGIES
from simulations.strategies.view import UNLABELLED
from simulations.stream import SURENESS, ItemStream
from simulations.tasks.loop import Watch, run_tasks
from simulations.tasks.task import CLASSIFICATION
from simulations.termination import Terminations, affordable_rounds
from simulations.threads import one_blas_thread
from simulations.trainer import FixedOrder, Trainer, check_finite, fixed_order
from simulations.trajectory import LazyStreams, Trajectory, canonical_json, stream

_MOST_SCORES = 7_000_000
"""Probabilities held at once, counted in numbers: 28 MB, as much again where a strategy reads those of the pools.

Above 32 MB the C library asks the system for memory anew each time, which clears it page by page.
"""

_PACKING = 16
"""To score an item costs so much less than to copy out and lay out one, roughly."""


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
        InputError: a setting is out of range.
        NoCurveError: some ended before their first measurement; it holds the records of the others.
    """
    if len({lockstep_key(t) for t in trajectories}) != 1:
        raise ValueError("lanes in lockstep must share data set, learner, schedule and oracle")
    # With more threads BLAS divides a product, and adds it up, in another way.
    with one_blas_thread():
        if DATASETS[trajectories[0].dataset.name].task != CLASSIFICATION:
            return run_tasks(trajectories, watch)
        lanes = _Lanes(trajectories, watch)
        for r in range(lanes.rounds + 1):
            lanes.fit(r)
            if not lanes.terminations.alive:
                break
            lanes.play(r)
        return lanes.records()


def lockstep_key(t: Trajectory) -> tuple[object, ...]:
    """What trajectories must share to run in lockstep."""
    # Parts as text: a setting of 5 equals one of 5.0, but hashes to other streams.
    parts = (canonical_json(part.as_json()) for part in (t.dataset, t.learner, t.chosen_by, t.oracle))
    strategy = STRATEGIES.find(t.strategy.name)  # none where it cannot be used, which its own task tells
    copied = strategy is not None and strategy.copies is not None  # with them a model is trained on more points
    return *parts, t.initial_size, t.batch_size, t.rounds, t.initial_set, t.stream_share, t.queries, copied


class _Lanes:
    """The state of all lanes between rounds."""

    def __init__(self, trajectories: Sequence[Trajectory], watch: Watch | None) -> None:
        first = trajectories[0]
        for strategy in {t.strategy for t in trajectories}:
            check_served(first.chosen_by, strategy)
            check_strategy(replace(first, strategy=strategy))
        self.trajectories, self.watch = trajectories, watch
        # So that this is not taken for choosing.
        for module in sorted({module for t in trajectories for module in STRATEGIES[t.strategy.name].loads}):
            import_module(module)
        self.keys = [selection_key(t) for t in trajectories]
        self.learner = self.chooser = Trainer(trajectories, first.learner, range(len(trajectories)), self.keys)
        if first.chooser is not None:
            # For the lanes whose strategies read a model: a random choice needs no second training.
            reading = [lane for lane, t in enumerate(trajectories) if STRATEGIES[t.strategy.name].reads_model]
            self.chooser = Trainer(trajectories, first.chooser, reading, self.keys)
        self.pools: list[Pool] = self.learner.pools
        self.space = self.pools[0].space
        self.classes = self.space.data.classes
        self.truth = np.stack([pool.test_labels for pool in self.pools])
        self.held_out = np.empty((len(trajectories), self.classes, self.truth.shape[1]), np.float32)
        self.rounds = affordable_rounds(first, self.pools[0].size)
        self.terminations = Terminations(len(trajectories))
        kind, size, content = first.initial_set, first.initial_size, first.dataset.as_json()
        pools = {t.seed: pool for t, pool in zip(trajectories, self.pools, strict=True)}
        starts = {
            seed: initial_set(pool, kind, size, stream(content, seed, "initial", kind)) for seed, pool in pools.items()
        }
        self.labelled = np.stack([starts[t.seed] for t in trajectories])
        self.answers = np.full((len(trajectories), self.pools[0].size), UNLABELLED, dtype=np.int64)
        self._reveal_answers(self.labelled)
        self.rule: AnswerRule | None = None
        rule_of = DATASETS[first.dataset.name].rule
        if first.queries and rule_of is not None:
            self.rule, items = rule_of(first.dataset.options), load_dataset(first.dataset).features
            rows = [pool.rows[own] for pool, own in zip(self.pools, self.labelled, strict=True)]
            self.asked = items[np.stack(rows)].astype(np.float64)
        self.copies: Features | None = None
        self.sequences: dict[int, FixedOrder] = {}
        self.item_streams: list[ItemStream] = []
        if first.stream_share is not None:
            self.item_streams = [self._open_stream(lane, first.stream_share) for lane in range(len(trajectories))]
        self.items_seen: list[list[int]] = []
        self.labels: list[int] = []
        self.converged: list[Bools] = []
        self.series: dict[str, list[Floats]] = defaultdict(list)
        self.coverage: list[Ints] = []

    def _reveal_answers(self, chosen: Ints) -> None:
        for lane, pool in enumerate(self.pools):
            self.answers[lane, chosen[lane]] = pool.answers[chosen[lane]]

    def _open_stream(self, lane: int, share: float) -> ItemStream:
        """Let the items of a lane's pool that are not labelled yet pass by in an order of data set and seed alone."""
        content = self.trajectories[lane].dataset.as_json(), self.trajectories[lane].seed
        order = stream(*content, "arrivals").permutation(self.pools[lane].size)
        return ItemStream(order[~np.isin(order, self.labelled[lane])], share)

    def fit(self, r: int) -> None:
        """Train every lane that goes on, and what chooses for it where that is another learner."""
        trainers = [self.learner] if self.chooser is self.learner else [self.learner, self.chooser]
        # After the last round nothing is chosen any more.
        trainers = trainers if r < self.rounds else [self.learner]
        for trainer in trainers:
            trainer.fit(self.labelled, self.answers, r, self.terminations, self.copies)
        if self.terminations.alive:
            self.labels.append(self.labelled.shape[1])
            self.items_seen.append([passing.passed for passing in self.item_streams])
            self.converged.append(np.logical_and.reduce([trainer.converged for trainer in trainers]))
            self.series["fit_seconds"].append(np.sum([trainer.seconds for trainer in trainers], axis=0))

    def play(self, r: int) -> None:
        """Score and evaluate what was trained, let every strategy choose for its lanes, then ask the oracle."""
        lanes = len(self.pools)
        for name in ("score_seconds", "select_seconds"):
            self.series[name].append(np.zeros(lanes))
        self.held_out.fill(0.0)
        points: dict[int, Reals] = {}
        chosen = np.zeros((lanes, self.trajectories[0].batch_size), dtype=np.int64)
        if r == self.rounds:
            self._evaluate_last(r)
        else:

            def choose(own: list[int]) -> None:
                chosen[own] = self._choose_items(own, r, points)

            by_strategy: dict[str, list[int]] = defaultdict(list)
            for lane in self.terminations.alive:
                by_strategy[self.trajectories[lane].strategy.name].append(lane)
            for lanes_of_one in by_strategy.values():
                for group in self._scorable_chunks(lanes_of_one):
                    self.terminations.run_surviving(group, r, choose)
        self._record_round()
        if r < self.rounds:
            self.labelled = np.concatenate([self.labelled, chosen], axis=1)
            if self.rule is None:
                self._reveal_answers(chosen)
            if points:
                self._keep_points(points)

    def _keep_points(self, points: Mapping[int, Reals]) -> None:
        """Keep the points of a round, (batch, d) a lane: copies of what was chosen, or items for the rule to answer.

        Lanes that have ended have none.
        """
        shape = (len(self.pools), self.trajectories[0].batch_size, self.space.features.shape[1])
        batch = np.zeros(shape, self.space.features.dtype if self.rule is None else np.float64)
        for lane, own in points.items():
            batch[lane] = own
        if self.rule is None:
            self.copies = batch if self.copies is None else np.concatenate([self.copies, batch], axis=1)
            return
        self.asked = np.concatenate([self.asked, batch], axis=1)
        self.answers = np.concatenate([self.answers, [self.rule.answer(own) for own in batch]], axis=1)
        for trainer in {self.learner, self.chooser}:
            trainer.add_items(batch)

    def _choose_items(self, lanes: list[int], r: int, points: dict[int, Reals]) -> Ints:
        """Let the strategy that lanes share choose for them, after their held-out items were scored.

        Points that it makes, copies of what it chose or items that it makes up, are put into `points`.
        """
        if self.rule is not None:
            self._evaluate_alone(lanes)
            points |= {lane: self._make_up_items(lane, self.rule, r) for lane in lanes}
            return np.tile(self.answers.shape[1] + np.arange(self.trajectories[0].batch_size), (len(lanes), 1))
        strategy = STRATEGIES[self.trajectories[lanes[0]].strategy.name]
        if strategy.sequence and not self.item_streams:
            self._evaluate_alone(lanes)
            return np.stack([self._next_of_sequence(lane, r) for lane in lanes])
        scores = None
        if "probabilities" in strategy.needs:
            scores = self._score_all(lanes)
        else:
            self._evaluate_alone(lanes)
        began = perf_counter()
        # A generator of its own per lane and round: lanes beside it and rounds before it draw from others.
        streams = LazyStreams([(self.keys[lane], "select", r) for lane in lanes])
        if self.item_streams:
            own = [None] * len(lanes) if scores is None else scores
            chosen = np.stack([self._buy_from_stream(*asked, r) for asked in zip(lanes, own, streams, strict=True)])
        else:
            view = self.chooser.view(strategy, lanes, self.labelled, self.answers, scores, r)
            chosen = strategy.select(view, self.trajectories[0].batch_size, streams)
            if strategy.copies is not None:
                points |= {lane: strategy.copies_of(view, i, chosen[i]) for i, lane in enumerate(lanes)}
        self.series["select_seconds"][-1][lanes] = (perf_counter() - began) / len(lanes)
        return chosen

    def _make_up_items(self, lane: int, rule: AnswerRule, r: int) -> Floats:
        began, name, rng = perf_counter(), self.trajectories[lane].strategy.name, stream(self.keys[lane], "select", r)
        answers, k = self.answers[lane, self.labelled[lane]], self.trajectories[lane].batch_size
        points = make_up(name, rule, partial(self.chooser.predict, lane), self.asked[lane], answers, k, rng)
        self.series["select_seconds"][-1][lane] = perf_counter() - began
        return points

    def _buy_from_stream(self, lane: int, scores: Features | None, rng: np.random.Generator, r: int) -> Ints:
        """Let a lane's items pass until a batch is bought; a lane whose stream is over before that ends."""
        t, pool, passing = self.trajectories[lane], self.pools[lane], self.item_streams[lane]
        sureness = None if scores is None else SURENESS[t.strategy.name](scores.T)[pool.rows]
        before = passing.passed
        bought = passing.buy(t.batch_size, sureness, rng)
        # The model of the day scores what passes, and not all that there is.
        self.series["score_seconds"][-1][lane] *= (passing.passed - before) / pool.size
        if bought.size < t.batch_size:
            why = f"its stream of {passing.passed} items is over with {bought.size} labels of a batch of {t.batch_size}"
            self.terminations.end([lane], r + 1, why)
        return np.resize(bought, t.batch_size)

    def _next_of_sequence(self, lane: int, r: int) -> Ints:
        t = self.trajectories[lane]
        if lane not in self.sequences:
            affordable = replace(t, rounds=self.rounds)
            self.sequences[lane] = fixed_order(affordable, self.pools[lane], self.labelled[lane, : t.initial_size])
        sequence = self.sequences[lane]
        self.series["select_seconds"][-1][lane] = sequence.seconds_per_pick * t.batch_size
        return sequence.rows[r * t.batch_size : (r + 1) * t.batch_size]

    def _score_all(self, lanes: list[int]) -> Features:
        """Let the chooser score all items of the data set at once, (l, C, N).

        Where it is what is evaluated too, the scores of the held-out items are kept.
        """
        began = perf_counter()
        scores, finite = self.chooser.score(lanes)
        share = self.pools[0].size / self.space.features.shape[0]
        self.series["score_seconds"][-1][lanes] = (perf_counter() - began) * share / len(lanes)
        if self.chooser is self.learner:
            self._keep_held_out(lanes, scores)
        else:
            self._evaluate_alone(lanes)
        check_finite(finite, self.trajectories[0].chosen_by)
        return scores

    def _evaluate_last(self, r: int) -> None:
        """Score the held-out items: of a seed whose were copied out these alone, of others among all items."""
        size = self.space.features.shape[0]
        apart = [
            lane
            for lane in self.terminations.alive
            if self.rule is not None
            or "test_features" in vars(self.pools[lane])
            or size > _PACKING * self.pools[lane].test_rows.size
        ]
        self.terminations.run_surviving(apart, r, self._evaluate_alone)
        for group in self._scorable_chunks(sorted(set(self.terminations.alive) - set(apart))):
            self.terminations.run_surviving(group, r, lambda own: self._keep_held_out(own, self.learner.score(own)[0]))

    def _keep_held_out(self, lanes: list[int], scores: Features) -> None:
        for own, lane in zip(scores, lanes, strict=True):
            held_out = self.held_out[lane]
            np.take(own, self.pools[lane].test_rows, axis=1, out=held_out, mode="clip")
            check_finite(bool(np.isfinite(held_out).all()), self.trajectories[lane].learner)

    def _scorable_chunks(self, lanes: list[int]) -> Iterator[list[int]]:
        """Give as many lanes at a time as may be scored at once."""
        width = max(1, _MOST_SCORES // (self.space.features.shape[0] * self.classes))
        return (lanes[at : at + width] for at in range(0, len(lanes), width))

    def _evaluate_alone(self, lanes: Sequence[int]) -> None:
        """Score the held-out items only, all lanes of a seed together."""
        by_seed: dict[int, list[int]] = defaultdict(list)
        for lane in lanes:
            by_seed[self.trajectories[lane].seed].append(lane)
        for group in by_seed.values():
            self.held_out[group] = self.learner.probabilities(group, self.pools[group[0]].test_features)
            check_finite(bool(np.isfinite(self.held_out[group]).all()), self.trajectories[lanes[0]].learner)

    def _record_round(self) -> None:
        predicted, confidence = likeliest(self.held_out)
        for name, values in score(self.truth, predicted, self.classes).items():
            self.series[name].append(values)
        self.coverage.append(risk_coverage(confidence, predicted == self.truth))
        if self.watch is not None:
            self.watch(self.labels[-1], predicted)

    def records(self) -> list[Record]:
        """Give what was measured; see `run_lanes` for the error."""
        self.terminations.end_for_shortage(self.trajectories[0], self.pools[0].size)
        return self.terminations.records(self.trajectories, self._record)

    def _record(self, lane: int, measured: int | None, ended: str | None) -> Record:
        pool, rounds = self.pools[lane], slice(measured)
        return Record(
            trajectory=self.trajectories[lane],
            kind=self.space.data.kind,
            classes=self.classes,
            imbalance=self.space.data.imbalance,
            pool_size=pool.size,
            test_size=self.truth.shape[1],
            labels=tuple(self.labels[rounds]),
            series={
                name: tuple(
                    round(float(v[lane]), 7) if name.endswith("_seconds") else float(v[lane]) for v in values[rounds]
                )
                for name, values in self.series.items()
            },
            converged=tuple(bool(values[lane]) for values in self.converged[rounds]),
            coverage=tuple(tuple((n, wrong) for n, wrong in counts[lane].tolist()) for counts in self.coverage[rounds]),
            backend=getattr(self.learner.learner, "backend", "numpy"),
            spent={
                **seconds_spent(pool.times, self.labelled[lane], self.labels[rounds]),
                **({"items_seen": tuple(float(n[lane]) for n in self.items_seen[rounds])} if self.item_streams else {}),
            },
            ended=ended,
        )
