"""The loop of tasks beyond classification: trajectories side by side, one round of all of them at a time.

Models of these tasks are trained one by one. The rounds are in step all the same, so that progress is told as the
lockstep engine tells it, and so that what chance does is keyed as it is there.

Notation: as in `simulations.tasks.task`; r the round, from 0 (the initial set alone) to R.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from time import perf_counter

import numpy as np

from simulations.arrays import Ints, Singles
from simulations.compatibility import check_fits, check_served, check_strategy
from simulations.datasets.pool import middles
from simulations.datasets.registry import DATASETS
from simulations.learners import LEARNERS
from simulations.learners.learner import SEEDS, DivergedError, selection_key, without_seeds
from simulations.record import SECONDS, Record
from simulations.strategies import STRATEGIES
from simulations.strategies.view import UNLABELLED, RoundView
from simulations.tasks import Chances, TaskData, TaskLearner, TaskModel
from simulations.tasks.task import WithItemEmbeddings, WithSequenceGradients, WithSequences, WithValues, metrics_of
from simulations.termination import Terminations, affordable_rounds
from simulations.trainer import sequence_content
from simulations.trajectory import LazyStreams, Part, Trajectory, stream

Watch = Callable[[int, Ints], None]
"""Takes the labels in hand and what every lane predicts for its held-out items, (L, m), after each round."""

_NO_PREDICTIONS = np.empty((0, 0), np.int64)


def run_tasks(trajectories: Sequence[Trajectory], watch: Watch | None = None) -> list[Record]:
    """Simulate trajectories of one data set whose task is no classification; see `simulations.engine.run_lanes`.

    After each round `watch` is called with the labels in hand and no predictions.
    """
    first = trajectories[0]
    check_fits(first)
    for strategy in {t.strategy for t in trajectories}:
        check_served(first.learner, strategy)
        check_strategy(replace(first, strategy=strategy))
    learner: TaskLearner = LEARNERS[first.learner.name].make(**first.learner.options)
    lanes, terminations = [_Lane(t, learner) for t in trajectories], Terminations(len(trajectories))
    for r in range(lanes[0].rounds + 1):
        first_of: dict[int, tuple[TaskModel, float]] = {}
        for number in terminations.alive:
            lane = lanes[number]
            # Before the first round all lanes of a seed know the same answers.
            shared = first_of.get(lane.t.seed) if r == 0 else None
            try:
                first_of[lane.t.seed] = lane.play(r, shared)
            except DivergedError as error:
                terminations.end([number], r, str(error))
        if watch is not None:
            watch(first.initial_size + r * first.batch_size, _NO_PREDICTIONS)
    terminations.end_for_shortage(first, lanes[0].replicate.rows.size)
    return terminations.records(trajectories, lambda number, measured, ended: lanes[number].record(measured, ended))


@dataclass(frozen=True)
class Replicate:
    """A division of a data set.

    Args:
        data: the data set.
        rows: (n,), its items in the pool, shuffled.
        test_rows: (m,), its items held out, ascending.
        features: (n, d), those of the pool, centred.
    """

    data: TaskData
    rows: Ints
    test_rows: Ints
    features: Singles


@lru_cache(maxsize=2)
def load_task(dataset: Part) -> TaskData:
    """Load a registered data set of a task beyond classification; the last two are kept."""
    data: TaskData = DATASETS[dataset.name].load(**dataset.options)
    return data


def open_replicate(dataset: Part, seed: int) -> Replicate:
    """Divide a data set into a pool and held-out items, which depends on it and the seed alone."""
    data = load_task(dataset)
    rows = stream(dataset.as_json(), seed, "split").permutation(len(data.items))
    pool = rows[data.test_size :]
    features = data.features[pool].astype(np.float64)
    return Replicate(data, pool, np.sort(rows[: data.test_size]), (features - features.mean(axis=0)).astype(np.float32))


def first_items(t: Trajectory, replicate: Replicate) -> Ints:
    """Draw the items labelled before the first round, rows of the pool."""
    rng = stream(t.dataset.as_json(), t.seed, "initial", t.initial_set)
    if t.initial_set == "random":
        return rng.permutation(replicate.rows.size)[: t.initial_size]
    return middles(replicate.features, t.initial_size, rng)


class _Lane:
    """One trajectory between rounds."""

    def __init__(self, t: Trajectory, learner: TaskLearner) -> None:
        self.t, self.learner = t, learner
        self.strategy = STRATEGIES[t.strategy.name]
        self.served = LEARNERS[t.learner.name].serves(t.learner.options)
        self.replicate = open_replicate(t.dataset, t.seed)
        self.rounds = affordable_rounds(t, self.replicate.rows.size)
        self.labelled = first_items(t, self.replicate)
        self.model: TaskModel | None = None
        self.sequence: Ints | None = None
        metrics = metrics_of(DATASETS[t.dataset.name].task)
        self.series: dict[str, list[float]] = {name: [] for name in (*metrics, *SECONDS)}
        self.converged: list[bool] = []
        self.tokens: list[float] = []

    def play(self, r: int, shared: tuple[TaskModel, float] | None) -> tuple[TaskModel, float]:
        """Train, unless the model is shared, evaluate and choose; give the model and the seconds its training took."""
        model, seconds = shared or self._train(r)
        self.model = model
        self.converged.append(model.converged)
        for name, value in model.evaluate(self.replicate.test_rows).items():
            if not math.isfinite(value):
                raise DivergedError(f"learner {self.t.learner.name}: its {name} is no finite number")
            self.series[name].append(float(value))
        self.tokens.append(float(self.replicate.data.lengths[self.replicate.rows[self.labelled]].sum()))
        self.series["fit_seconds"].append(seconds)
        for name in ("score_seconds", "select_seconds"):
            self.series[name].append(0.0)
        if r < self.rounds:
            self.labelled = np.concatenate([self.labelled, self._choose_items(model, r)])
        return model, seconds

    def _train(self, r: int) -> tuple[TaskModel, float]:
        t, began = self.t, perf_counter()
        # As in the engine, not keyed by the strategy: what chance does to training is the same for those compared.
        # Nor by the seeds of order and start, so that one of them can be held while the other is changed.
        content = t.dataset.as_json(), without_seeds(t.learner).as_json(), t.initial_set, t.initial_size
        order, start = (t.learner.options.get(name, 0) for name in SEEDS)
        chances = Chances(
            start=stream(*content, t.seed, "start", start, r), order=stream(*content, t.seed, "order", order, r)
        )
        rows = self.replicate.rows[self.labelled]
        model = self.learner.fit(self.replicate.data, rows, self.model, chances)
        return model, perf_counter() - began

    def _choose_items(self, model: TaskModel, r: int) -> Ints:
        t = self.t
        if self.strategy.sequence:
            if self.sequence is None:  # no model has a say in it, so it is chosen once for all rounds
                streams = LazyStreams([(*sequence_content(t), "sequence")])
                self.sequence = self.strategy.select(self._build_view(model), self.rounds * t.batch_size, streams)[0]
            return self.sequence[r * t.batch_size : (r + 1) * t.batch_size]
        began = perf_counter()
        view = self._build_view(model)
        scored = perf_counter()
        chosen: Ints = self.strategy.select(view, t.batch_size, LazyStreams([(selection_key(t), "select", r)]))[0]
        self.series["score_seconds"][-1] = scored - began
        self.series["select_seconds"][-1] = perf_counter() - scored
        return chosen

    def _build_view(self, model: TaskModel) -> RoundView:
        """Show the strategy what it needs, and no more."""
        rows, needs, data = self.replicate.rows, self.strategy.needs, self.replicate.data
        features = self.replicate.features if self.strategy.needs_features else self.replicate.features[:, :0]
        answers = np.full((1, rows.size), UNLABELLED, np.int64)
        answers[0, self.labelled] = 0
        values = sequences = embeddings = costs = None
        if "values" in needs:
            assert isinstance(model, WithValues), "the check that its learner serves them has been passed"
            known = np.zeros((1, rows.size))
            known[0, self.labelled] = [data.answers[row] for row in rows[self.labelled]]
            values = replace(model.values(rows), known=known)
        if "sequences" in needs:
            assert isinstance(model, WithSequences), "the check that its learner serves them has been passed"
            sequences = model.sequences(rows)
        if "sequence_gradients" in needs:
            assert isinstance(model, WithSequenceGradients) and sequences is not None, "likewise"
            sequences = replace(sequences, expected_squares=model.expected_squares(rows))
        if "embeddings" in needs and "embeddings" in self.served:
            embeddings = partial(_item_embeddings, model, rows)
        if "costs" in needs:
            expected = data.lengths if data.expected_lengths is None else data.expected_lengths
            costs = expected[rows].astype(np.float64)[None]
        return RoundView([features], answers, embeddings=embeddings, values=values, sequences=sequences, costs=costs)

    def record(self, measured: int | None, ended: str | None) -> Record:
        """Give what was measured; `measured` and `ended` as in `simulations.termination.Terminations.records`."""
        data, t, rounds = self.replicate.data, self.t, slice(measured)
        return Record(
            trajectory=t,
            kind=data.kind,
            classes=data.outputs,
            imbalance=1.0,
            pool_size=self.replicate.rows.size,
            test_size=self.replicate.test_rows.size,
            labels=tuple(range(t.initial_size, t.final_labels + 1, t.batch_size))[rounds],
            series={
                name: tuple(round(v, 7) if name.endswith("_seconds") else v for v in values[rounds])
                for name, values in self.series.items()
            },
            converged=tuple(self.converged[rounds]),
            coverage=(),
            backend=self.learner.backend,
            task=data.task,
            spent={"tokens": tuple(self.tokens[rounds])} if data.task != "regression" else {},
            ended=ended,
        )


def _item_embeddings(model: TaskModel, rows: Ints, lane: int) -> Singles:
    """Give what a model reads of items (n,), (n, e); it has but one lane."""
    assert isinstance(model, WithItemEmbeddings), "that its learner serves them is asked first"
    return model.embeddings(rows)
