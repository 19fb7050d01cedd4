"""Learning curves for the user's own task: random and every strategy on the same joint draws.

Notation: S strategies, the first of them random; D draws; M points a path.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.arrays import Floats
from planner.curves.beginning import Approach
from planner.curves.equivalence import equivalent, log_savings, passages
from planner.curves.forecast import check_target
from planner.curves.other_pool import PoolEnd, in_pool, labels_in_pool
from planner.curves.passage import first_passage, read_path
from planner.intervals import QUANTILES

Summary = TypeVar("Summary")

MOST_SUMMARIES = 64  # kept with curves, those asked for last; a server holds curves for days


@dataclass(frozen=True)
class TaskDescription:
    """What is known of the task without a single label.

    Attributes:
        metric: scikit-learn's name of what is measured.
        classes: number of classes.
        kind: tabular, text, image, sequence or generation; None when not said.
        learner: the model that will be trained; None when not said.
        imbalance: largest over smallest class share; None when not said.
        pool_size: items there are to label; None when not said. With all of them labelled every strategy is random's.
        initial_labels: labels from which on a strategy chooses; None when not said.
    """

    metric: str
    classes: int
    kind: str | None = None
    learner: str | None = None
    imbalance: float | None = None
    pool_size: int | None = None
    initial_labels: int | None = None


@dataclass(frozen=True, eq=False)
class TaskCurves:
    """Joint curves of all plans: draw d of one strategy belongs with draw d of every other.

    Each path is a running best (what a campaign has in hand), on its own label axis, because draws differ in scale.

    Attributes:
        strategies: names in order; the first is `random`.
        metric: what the values measure.
        best: (S, D, M) running-best values, never falling along M.
        log_labels: (S, D, M) natural log of the label counts, never falling along M.
        log_last: (S, D) natural log of where the measurements behind each path end.
        evidence: columns `dataset`, `weight`, `why`.
        warnings: sentences for the user.
        clean_labels: True when the curves were measured with clean labels, so that label noise is still to be
            counted; False when the pilot's labels come from the user's own vendor.
        end: what strategies would save if the pool had no end, so that the curves can be read in another pool; None
            where that is not known, and other pools leave them as they are.
        lead: how many points of each path lie before random's first measurement.
        approach: what holds random's value there; None where there are no such points.
    """

    strategies: tuple[str, ...]
    metric: str
    best: Floats
    log_labels: Floats
    log_last: Floats
    evidence: pd.DataFrame
    warnings: tuple[str, ...]
    clean_labels: bool
    end: PoolEnd | None = None
    lead: int = 0
    approach: Approach | None = None
    _saved: dict[int, Floats] = field(default_factory=dict, repr=False, init=False)
    _equivalent: dict[int, Floats] = field(default_factory=dict, repr=False, init=False)
    _summaries: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)

    @property
    def n_draws(self) -> int:
        """Number of joint draws."""
        return int(self.best.shape[1])

    @property
    def smooth(self) -> bool:
        """Whether strategies' paths are random's, read further on, and nothing else."""
        return self.end is not None and self.end.smooth

    def labels_to_reach(self, target: float) -> Floats:
        """Give the labels each plan needs in each draw.

        Args:
            target: value of the metric, above 0 and at most 1.

        Returns:
            (D, S) label counts of at least 1; inf where the target is never reached.

        Raises:
            InputError: the target is out of range.
        """
        check_target(target)
        if self.smooth:
            found = passages(self, target, self.strategies)
            reach = np.stack([found[name] for name in self.strategies])
        else:
            reach = first_passage(self.best, self.log_labels, target)
        labels: Floats = np.maximum(np.exp(reach), 1.0).T
        return labels

    def values_at(self, labels: float) -> Floats:
        """Give the running-best value in hand at a label count, (D, S); held beyond either end of a path."""
        return np.stack([self.value_of(name, labels) for name in self.strategies], axis=-1)

    def value_of(self, strategy: str, labels: npt.ArrayLike) -> Floats:
        """Give the running-best value that a strategy has in hand at label counts of its draws' own.

        Args:
            strategy: its name.
            labels: (D,) label counts above 0, or one for all draws.

        Returns:
            (D,) values; held beyond either end of a path.
        """
        i = self.strategies.index(strategy)
        return read_path(self.best[i], self.log_labels[i], np.broadcast_to(np.log(labels), self.n_draws))

    def labels_for(self, strategy: str, values: Floats) -> Floats:
        """Give the labels a strategy needs for values of its draws' own.

        Args:
            strategy: its name.
            values: (D,) values to reach.

        Returns:
            (D,) label counts of at least 1; inf where a value is never reached.
        """
        if self.smooth:
            reach = passages(self, values[:, None], (strategy,))[strategy]
        else:
            i = self.strategies.index(strategy)
            reach = first_passage(self.best[i], self.log_labels[i], values[:, None])
        labels: Floats = np.maximum(np.exp(reach), 1.0)
        return labels

    def labels_as(self, strategy: str, other: str, labels: npt.ArrayLike) -> Floats:
        """Give the labels another strategy needs for what one has with some, before measurements begin as after.

        Values alone cannot tell before random's first point, where they are a guess.

        Args:
            strategy: its name.
            other: the other's.
            labels: (D,) label counts above 0, or one for all draws.

        Returns:
            (D,) label counts of at least 1; inf where the other never has as much.
        """
        level = self.value_of(strategy, labels)
        if not self.smooth:
            return self.labels_for(other, level)
        same = np.minimum(self.equivalent_of(strategy, np.log(labels)), np.log(self.labels_for("random", level)))
        if other != "random":
            i = self.strategies.index(other)
            same = first_passage(self.random_equivalent(i), self.log_labels[0], same[:, None])
        found: Floats = np.maximum(np.exp(same), 1.0)
        return found

    def equivalent_of(self, strategy: str, log_labels: npt.ArrayLike) -> Floats:
        """Give ln of the labels random would need for what a strategy has at some ln labels, (D,) or one for all."""
        u = np.broadcast_to(np.asarray(log_labels, dtype=float), self.n_draws)
        if strategy == "random":
            return u
        axis = self.log_labels[0]
        # Before a path's first point savings are what they are there.
        saved = read_path(self.random_equivalent(self.strategies.index(strategy)), axis, u) - np.maximum(u, axis[:, 0])
        x: Floats = u + saved
        return x

    def stretched(self, times: npt.ArrayLike, pool: npt.ArrayLike | None = None) -> "TaskCurves":
        """Give the curves of a task that needs so many times the labels, one number a draw, (D,), or one for all.

        Where the initial set is the task's own, it stays, and strategies save as much as they do that much further on.

        Args:
            times: how many times the labels.
            pool: items there are to label, (D,) or one for all draws; where not given so many times as before.
        """
        more = np.broadcast_to(np.log(times), self.n_draws)
        moved = replace(
            self,
            log_labels=self.log_labels + more[:, None],
            log_last=self.log_last + more,
            end=None if self.end is None else self.end.stretched(more),
        )
        own = moved.end is not None and moved.end.own_first
        if moved.end is None or (pool is None and not own):
            return moved
        return in_pool(moved, np.exp(moved.end.log_pool) if pool is None else pool, self if own else None)

    def begun_at(self, initial_labels: npt.ArrayLike) -> "TaskCurves":
        """Give the curves of a campaign with another initial set, (D,) or one for all; as they are where measured.

        Where nothing leads up to the first point, nothing is saved before it.
        """
        if self.end is None or not self.end.own_first:
            return self
        first = np.broadcast_to(np.log(initial_labels), self.n_draws)
        if self.lead == 0:
            first = np.maximum(first, self.log_labels[0][:, 0])
        return in_pool(replace(self, end=replace(self.end, log_first=first)), np.exp(self.end.log_pool), self)

    def aimed_at(self, target: float) -> "TaskCurves":
        """Give the curves of the same task with another target, which random does not have before its first point."""
        if self.approach is None or self.end is None:
            return self
        axis, measured = self.log_labels[0], self.best[0][:, self.lead :]
        led = self.approach.values(measured, axis[:, self.lead :], axis[:, : self.lead], target)
        random = np.concatenate([led, measured], axis=1)
        return in_pool(replace(self, best=np.broadcast_to(random, self.best.shape)), np.exp(self.end.log_pool))

    def in_pool(self, pool: npt.ArrayLike) -> "TaskCurves":
        """Give the curves of the same task with another pool to label, (D,) items or one number for all."""
        return in_pool(self, pool)

    def labels_in_pool(
        self, target: float, pool: npt.ArrayLike, names: Sequence[str], times: npt.ArrayLike = 1.0
    ) -> dict[str, Floats]:
        """Give the labels, (D,), that plans need for a target in another pool; see `planner.curves.other_pool`."""
        return labels_in_pool(self, target, pool, names, times)

    def log_savings(self, i: int) -> Floats:
        """Give ln of the label savings of the i-th plan along its path, (D, M), if the pool had no end."""
        if i not in self._saved:
            self._saved[i] = log_savings(self, i)
        return self._saved[i]

    def random_equivalent(self, i: int) -> Floats:
        """Give ln of the labels random would need for what the i-th plan has along its path, (D, M)."""
        if i not in self._equivalent:
            assert self.end is not None
            self._equivalent[i] = equivalent(self, i, self.end.log_pool)
        return self._equivalent[i]

    def taken(self, draws: npt.NDArray[np.int64]) -> "TaskCurves":
        """Give the curves of some draws alone."""
        return replace(
            self,
            best=self.best[:, draws],
            log_labels=self.log_labels[:, draws],
            log_last=self.log_last[:, draws],
            end=None if self.end is None else self.end.taken(draws),
        )

    def summary(self, labels_grid: npt.ArrayLike) -> pd.DataFrame:
        """Summarise the curves for charts and tables.

        Args:
            labels_grid: (G,) label counts of at least 1.

        Returns:
            Columns `strategy`, `labels`, `q10`, `q50`, `q90`, `extrapolated` (outside what was measured, in most
            draws), S·G rows.
        """
        grid = np.atleast_1d(np.asarray(labels_grid, dtype=float))
        return self.summarised(("summary", grid.tobytes()), lambda: self._summary(grid)).copy()

    def summarised(self, key: Hashable, make: Callable[[], Summary]) -> Summary:
        """Give a summary that was made before, or make it: prices and vendors ask anew for what curves alone decide.

        Args:
            key: all that the summary depends on besides the curves.
            make: makes it; what it gives is shared and must not be changed.
        """
        known: Summary | None = self._summaries.pop(key, None)
        found = make() if known is None else known
        self._summaries[key] = found
        for old in list(self._summaries)[:-MOST_SUMMARIES]:
            self._summaries.pop(old, None)
        return found

    def _summary(self, grid: Floats) -> pd.DataFrame:
        bands = [np.quantile(self.values_at(labels), QUANTILES, axis=0) for labels in grid]
        first, last = np.median(self.log_labels[:, :, self.lead], axis=1), np.median(self.log_last, axis=1)
        rows = [
            (name, labels, *band[:, s].tolist(), bool(not first[s] - 1e-9 <= np.log(labels) <= last[s] + 1e-9))
            for s, name in enumerate(self.strategies)
            for labels, band in zip(grid.tolist(), bands, strict=True)
        ]
        return pd.DataFrame(rows, columns=["strategy", "labels", "q10", "q50", "q90", "extrapolated"])
