"""The lockstep loop: fit, evaluate, select and record, one round of all lanes at a time.

Notation
    L        lanes: trajectories on one data set with one learner and one batch schedule
    n, m     items in a pool, held-out items
    r        round, from 0 (the initial set alone) to R
"""

from collections import defaultdict
from collections.abc import Sequence
from time import perf_counter

import numpy as np
import numpy.typing as npt

from simulations.datasets import load_dataset
from simulations.datasets.pool import Pool, initial_set, open_pool
from simulations.learners import Fitted, Labelled, make_learner
from simulations.metrics import score
from simulations.record import Record
from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.view import UNLABELLED
from simulations.trajectory import Trajectory, stream

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def run_lanes(trajectories: Sequence[Trajectory]) -> list[Record]:
    """Simulate trajectories that share data set, learner, schedule and oracle, in lockstep.

    Which lanes run together changes the time they take and nothing else.

    Args:
        trajectories: at least one; they may differ in strategy and seed.

    Returns:
        One record each, in their order.

    Raises:
        ValueError: they don't share what lockstep needs.
        SimulationInputError: a setting is out of range.
        CannotSelectError: the pool is too small for the schedule.
    """
    if len({lockstep_key(t) for t in trajectories}) != 1:
        raise ValueError("lanes in lockstep must share data set, learner, schedule and oracle")
    lanes = _Lanes(trajectories)
    fitted: Fitted | None = None
    for r in range(trajectories[0].rounds + 1):
        fitted = lanes.fit(fitted)
        lanes.evaluate(fitted)
        if r < trajectories[0].rounds:
            lanes.select(fitted, r)
    return lanes.records()


def lockstep_key(t: Trajectory) -> tuple[object, ...]:
    """What trajectories must share to run in lockstep."""
    return t.dataset, t.learner, t.initial_size, t.batch_size, t.rounds, t.initial_set, t.oracle


class _Lanes:
    """The state of all lanes between rounds."""

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        first = trajectories[0]
        self.trajectories = trajectories
        self.keys = [t.key for t in trajectories]
        self.learner = make_learner(first.learner)
        self.data = load_dataset(first.dataset)
        by_seed = {seed: open_pool(first.dataset, first.oracle, seed) for seed in {t.seed for t in trajectories}}
        self.pools: list[Pool] = [by_seed[t.seed] for t in trajectories]
        self.spectrum = np.stack([pool.spectrum for pool in self.pools])
        self.truth = np.stack([pool.test_labels for pool in self.pools])
        self.labelled = np.stack([self._initial(t, pool) for t, pool in zip(trajectories, self.pools, strict=True)])
        self.answers = np.full((len(trajectories), self.pools[0].size), UNLABELLED)
        self._reveal(self.labelled)
        self.labels: list[int] = []
        self.converged: list[npt.NDArray[np.bool_]] = []
        self.series: dict[str, list[FloatArray]] = defaultdict(list)

    @staticmethod
    def _initial(t: Trajectory, pool: Pool) -> IntArray:
        rng = stream(t.dataset.as_json(), t.seed, "initial", t.initial_set)
        return initial_set(pool, t.initial_set, t.initial_size, rng)

    def _reveal(self, chosen: IntArray) -> None:
        for lane, pool in enumerate(self.pools):
            self.answers[lane, chosen[lane]] = pool.answers[chosen[lane]]

    def fit(self, warm: Fitted | None) -> Fitted:
        began = perf_counter()
        features = np.stack([pool.features[rows] for pool, rows in zip(self.pools, self.labelled, strict=True)])
        answers = np.take_along_axis(self.answers, self.labelled, axis=1)
        fitted = self.learner.fit(Labelled(features, answers, self.spectrum, self.data.classes), warm)
        self.labels.append(self.labelled.shape[1])
        self.converged.append(fitted.converged)
        self.series["fit_seconds"].append((perf_counter() - began) * fitted.effort / fitted.effort.sum())
        return fitted

    def evaluate(self, fitted: Fitted) -> None:
        probabilities = fitted.probabilities(range(len(self.pools)), [pool.test_features for pool in self.pools])
        for name, values in score(self.truth, probabilities.argmax(axis=1), self.data.classes).items():
            self.series[name].append(values)
        for name in ("score_seconds", "select_seconds"):
            self.series[name].append(np.zeros(len(self.pools)))

    def select(self, fitted: Fitted, r: int) -> None:
        """Let every strategy choose for its lanes, then ask the oracle."""
        chosen = np.empty((len(self.pools), self.trajectories[0].batch_size), dtype=np.int64)
        by_strategy = defaultdict(list)
        for lane, t in enumerate(self.trajectories):
            by_strategy[t.strategy.name].append(lane)
        for name, lanes in by_strategy.items():
            chosen[lanes] = self._choose(name, lanes, fitted, r)
        self.labelled = np.concatenate([self.labelled, chosen], axis=1)
        self._reveal(chosen)

    def _choose(self, name: str, lanes: list[int], fitted: Fitted, r: int) -> IntArray:
        strategy = STRATEGIES[name]
        features = [self.pools[lane].features for lane in lanes]
        began = perf_counter()
        probabilities = None
        if strategy.needs_probabilities:
            # Items before classes is what strategies read; in memory the classes stay apart, which is faster.
            probabilities = fitted.probabilities(lanes, features).transpose(0, 2, 1)
        scored = perf_counter()
        # A generator of its own per lane and round: lanes beside it and rounds before it draw from others.
        streams = [stream(self.keys[lane], "select", r) for lane in lanes]
        chosen = strategy.select(
            RoundView(features, self.answers[lanes], probabilities), self.trajectories[0].batch_size, streams
        )
        if probabilities is not None:
            self.series["score_seconds"][-1][lanes] = (scored - began) / len(lanes)
        self.series["select_seconds"][-1][lanes] = (perf_counter() - scored) / len(lanes)
        return chosen

    def records(self) -> list[Record]:
        return [self._record(lane, t) for lane, t in enumerate(self.trajectories)]

    def _record(self, lane: int, t: Trajectory) -> Record:
        return Record(
            trajectory=t,
            kind=self.data.kind,
            classes=self.data.classes,
            imbalance=self.data.imbalance,
            pool_size=self.pools[lane].size,
            test_size=self.truth.shape[1],
            labels=tuple(self.labels),
            series={
                name: tuple(round(float(v[lane]), 7) if name.endswith("_seconds") else float(v[lane]) for v in values)
                for name, values in self.series.items()
            },
            converged=tuple(bool(values[lane]) for values in self.converged),
        )
