"""One learner over the lanes of a run: its pools, its trainings round by round, and the predictions of its models.

Notation
    L        lanes of the run, of which a trainer trains all or some
    N, C     items of the data set, classes
    n, m     items in a pool, items scored
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from time import perf_counter

import numpy as np

from simulations.arrays import Features, IntArray
from simulations.datasets.pool import Pool, open_pool
from simulations.learners import LEARNERS, Fitted, Labelled, make_learner
from simulations.learners.learner import (
    DivergedError,
    WithEmbeddings,
    WithLandscape,
    WithMembers,
    WritesProbabilities,
    training_streams,
)
from simulations.strategies.view import Landscape
from simulations.termination import Terminations
from simulations.trajectory import LazyStreams, Part, Trajectory, stream


class Trainer:
    """A learner and its models, one for each lane it trains; lanes are named by their number in the run.

    Args:
        trajectories: all lanes.
        part: the learner with its settings.
        lanes: those it trains, ascending; the pools of the others are there too.

    Attributes:
        pools: each lane's pool, in the axes that the learner asks for.
        space: the data set in these axes.
        seconds: (L,), what each lane's last training took; 0 where none was.
        converged: (L,), whether it met its stopping rule; true where there was none.
    """

    def __init__(self, trajectories: Sequence[Trajectory], part: Part, lanes: Sequence[int]) -> None:
        first, entry = trajectories[0], LEARNERS[part.name]
        self._trajectories, self._part, self._lanes = trajectories, part, list(lanes)
        self._place = {lane: place for place, lane in enumerate(self._lanes)}
        self.learner = make_learner(part)
        for module in entry.loads if self._lanes else ():
            import_module(module)
        seeds = {t.seed for t in trajectories}
        by_seed = {seed: open_pool(first.dataset, first.oracle, seed, entry.axes) for seed in seeds}
        self.pools: list[Pool] = [by_seed[t.seed] for t in trajectories]
        self.space = self.pools[0].space
        self.seconds = np.zeros(len(trajectories))
        self.converged = np.ones(len(trajectories), np.bool_)
        self._fitted: Fitted | None = None

    @property
    def fitted(self) -> Fitted:
        """The models of the last training, in the order of the lanes it trains."""
        assert self._fitted is not None, "fit comes first"
        return self._fitted

    def fit(self, labelled: IntArray, answers: IntArray, r: int, terminations: Terminations) -> None:
        """Train every lane that goes on; before the first round, once for all lanes of a seed.

        Args:
            labelled: (L, labels), rows of the pools.
            answers: (L, n), what the oracle has said.
            r: the round.
            terminations: lanes that have ended; those that diverge now join them.

        Raises:
            DivergedError: lanes diverge together of which none does alone.
        """
        began = perf_counter()
        while alive := [lane for lane in self._lanes if lane not in terminations]:
            lanes, models = self._distinct(alive, r)
            try:
                fitted = self._train(lanes, labelled, answers, r)
            except DivergedError:
                self._end_diverging(alive, lanes, labelled, answers, r, terminations)
                if not any(lane in terminations for lane in lanes):
                    raise  # together they diverge and alone none does: to try again would be to try for ever
                continue
            seconds = (perf_counter() - began) * fitted.effort / max(float(fitted.effort.sum()), 1e-9)
            self.seconds[self._lanes], self.converged[self._lanes] = seconds[models], fitted.converged[models]
            # A model for each lane, that of another where it has ended.
            self._fitted = fitted.take(models) if len(lanes) < len(models) else fitted
            return

    def _train(self, lanes: Sequence[int], labelled: IntArray, answers: IntArray, r: int) -> Fitted:
        rows = np.stack([self.pools[lane].rows[labelled[lane]] for lane in lanes])
        known = answers[np.asarray(lanes)[:, None], labelled[lanes]]
        before = self._fitted
        if before is not None and len(lanes) < len(self._lanes):
            before = before.take([self._place[lane] for lane in lanes])
        t, seeds = self._trajectories[0], [self._trajectories[lane].seed for lane in lanes]
        # Not keyed by the strategy: what chance does to training is then the same for those that are compared.
        streams = training_streams(self._part, (t.dataset.as_json(), t.initial_set, t.initial_size), seeds, r)
        return self.learner.fit(self._labelled_sets(rows, known), before, streams)

    def _end_diverging(
        self,
        alive: Sequence[int],
        lanes: Sequence[int],
        labelled: IntArray,
        answers: IntArray,
        r: int,
        terminations: Terminations,
    ) -> None:
        """Train each lane alone, as one of them diverged; those that do end, at first with all lanes of their seed."""
        for lane in lanes:
            seed = self._trajectories[lane].seed
            alike = [other for other in alive if r == 0 and self._trajectories[other].seed == seed]
            try:
                self._train([lane], labelled, answers, r)
            except DivergedError as error:
                terminations.end(alike or [lane], r, str(error))

    def _distinct(self, alive: Sequence[int], r: int) -> tuple[list[int], list[int]]:
        """Give the lanes whose labelled sets differ, and for each lane the place of its own among them, or any."""
        if r > 0:
            place = {lane: i for i, lane in enumerate(alive)}
            return list(alive), [place.get(lane, 0) for lane in self._lanes]
        first = {self._trajectories[lane].seed: lane for lane in reversed(alive)}
        lanes = sorted(first.values())
        seeds = (self._trajectories[lane].seed for lane in self._lanes)
        return lanes, [lanes.index(first.get(seed, lanes[0])) for seed in seeds]

    def _labelled_sets(self, rows: IntArray, answers: IntArray) -> Labelled:
        return Labelled(self.space.features, rows, answers, self.space.spectrum, self.space.data.classes)

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score the same items (m, d) for each lane named: class-major probabilities (lanes, C, m)."""
        return self.fitted.probabilities([self._place[lane] for lane in lanes], features)

    def score(self, lanes: Sequence[int]) -> tuple[Features, bool]:
        """Score all items of the data set for each lane named.

        Returns:
            Probabilities (lanes, C, N), and whether all of them are finite.
        """
        models, places, features = self.fitted, [self._place[lane] for lane in lanes], self.space.features
        if isinstance(models, WritesProbabilities):
            shape = len(lanes), self.space.data.classes, features.shape[0]
            scores = np.empty(shape, np.float32)
            return scores, bool(models.write_probabilities(places, features, scores).all())
        scores = models.probabilities(places, features)
        return scores, bool(np.isfinite(scores).all())

    @property
    def embeds(self) -> bool:
        """Whether the last layer of its models reads something else than the features."""
        return isinstance(self._fitted, WithEmbeddings)

    def embeddings(self, lane: int) -> Features:
        """Give what the last layer of a lane's model reads of its pool, (n, e)."""
        assert isinstance(self.fitted, WithEmbeddings), "embeds is asked first"
        return self.fitted.embeddings(self._place[lane], self.space.features)[self.pools[lane].rows]

    def members(self, lane: int, rng: np.random.Generator) -> Iterator[tuple[slice, Features]]:
        """Score a lane's pool by every member of its model, piece by piece: which items, and (M, items, C)."""
        assert isinstance(self.fitted, WithMembers), "the check that it is has been passed"
        return self.fitted.members(self._place[lane], self.space.features, self.pools[lane].rows, rng)

    def landscape(self, lane: int) -> Landscape:
        """Give a lane's model as a function of the place."""
        assert isinstance(self.fitted, WithLandscape), "the check that it is has been passed"
        return self.fitted.landscape(self._place[lane])

    def committee(self, lane: int, labelled: IntArray, paths: Sequence[tuple[object, ...]]) -> Features:
        """Train models on bootstrap samples of a lane's labelled set (labels,) and score its pool, (B, n, C).

        What a member's sample and its training draw from is its path; see `simulations.trajectory.stream`.
        """
        size, pool = labelled.size, self.pools[lane]
        drawn = labelled[np.stack([stream(*path).integers(size, size=size) for path in paths])]
        warm = self.fitted.take([self._place[lane]] * len(paths))
        streams = LazyStreams([(*path, "train") for path in paths])
        committee = self.learner.fit(self._labelled_sets(pool.rows[drawn], pool.answers[drawn]), warm, streams)
        scores: Features = committee.probabilities(range(len(paths)), self.space.features)
        return np.take(scores, pool.rows, axis=2).transpose(0, 2, 1)
