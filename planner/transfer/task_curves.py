"""Learning curves for the user's own task: random and every strategy on the same joint draws.

A strategy's path is random's, read as far on as the strategy saves labels, and no further than the pool
(`planner.transfer.savings_shape`). The savings in an endless pool are kept beside the paths, so that the same draws can
be read in a pool of any size; a task that needs more labels of all has a pool that is so many times smaller.

Notation: S strategies, the first of them random; T = S − 1; D draws; M points a path; G label counts; K knots.
    s       (D, M)  label savings factor if the pool had no end
    x       (D, M)  ln of the labels random would need for what a strategy has at each point
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from planner.forecasting import check_target, first_passage, read_path
from planner.forecasting.metric_noise import item_shares
from planner.intervals import QUANTILES
from planner.transfer import savings_shape
from planner.transfer.fine_tuning import TRAINED_ANEW, FineTuningLoss
from simulations.arrays import ArrayLike, Floats, Ints

_Summary = TypeVar("_Summary")

MEASURED, STRETCHED = 1.0, 0.25
"""Share of its slope at which an error goes back: on the task's own curve, and on one stretched to it.

A recorded curve begins with an initial set of its own, and a task that needs many times its labels has it stretched:
its first point may lie far beyond the task's initial set. A power law that is stretched with it would have the task
guess for hundreds of labels, while real curves with few labels are hardly worse than others. `docs/method/matching.md`
compares shares.
"""

_SLOPE_OVER = np.log(4.0)  # two octaves, from which a path's way to its first point is judged
MOST_SUMMARIES = 64  # kept with curves, those asked for last; a server holds curves for days


@dataclass(frozen=True)
class TaskDescription:
    """A description of the task that needs no label; None is what the user did not say.

    Attributes:
        metric: scikit-learn's name of what is measured.
        classes: number of classes.
        kind: tabular, text, image, sequence or generation.
        learner: the model that will be trained.
        imbalance: largest over smallest class share.
        pool_size: items there are to label. With all of them labelled every strategy is random's.
        initial_labels: labels from which on a strategy chooses.
    """

    metric: str
    classes: int
    kind: str | None = None
    learner: str | None = None
    imbalance: float | None = None
    pool_size: int | None = None
    initial_labels: int | None = None

    def describe_rows(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give a curve table with the task's `classes` and `imbalance` where it says nothing of them."""
        known = {"classes": self.classes, "imbalance": self.imbalance}
        return rows.assign(**{name: it for name, it in known.items() if it is not None and name not in rows.columns})

    def effective_items(self, test_items: float) -> float:
        """Give the test items that stand behind a value of the metric, see `planner.forecasting.metric_noise`."""
        return test_items * item_shares(self.metric, self.classes, self.imbalance)[0]


def extend_early_curve(best: Floats, log_labels: Floats, x: Floats, share: float, guess_error: float = 1.0) -> Floats:
    """Extend random's paths backwards, in ln error over ln labels, as the power law of their first two octaves.

    Args:
        best: (D, M) running-best values from the first measured point on.
        log_labels: (D, M) ln labels.
        x: (D, G) ln labels before the first point; that of the first point is taken for any beyond it.
        share: of the slope at the beginning; see `MEASURED` and `STRETCHED`.
        guess_error: error of guessing, the most that there is.

    Returns:
        (D, G) values, never above the first point's.
    """
    start = log_labels[:, 0]
    later = np.minimum(start + _SLOPE_OVER, log_labels[:, -1])
    first, then = (savings_shape.log_error(1.0 - value) for value in (best[:, 0], read_path(best, log_labels, later)))
    rise = later - start
    slope = share * np.divide(first - then, rise, out=np.zeros(len(rise)), where=rise > 0)
    log_error = first[:, None] + slope[:, None] * np.maximum(start[:, None] - x, 0.0)
    # No error is above 1; without the bound, a steep slope over many labels overflows.
    error = np.exp(np.minimum(log_error, 0.0))
    values: Floats = np.minimum(1.0 - np.minimum(error, guess_error), best[:, :1])
    return values


@dataclass(frozen=True)
class EarlyCurve:
    """Bounds of random's value before the first points of stretched curves.

    Attributes:
        guess_error: error of guessing.
        estimated_value: value whose labels the user estimated, which random never has before; 1 where there is none.
    """

    guess_error: float
    estimated_value: float = 1.0

    def values(self, best: Floats, log_labels: Floats, x: Floats, target: float | None) -> Floats:
        """Give random's values at ln labels x, (D, G), before the first points, all below what is not reached there.

        Paths are as in `extend_early_curve`. A strategy that saves labels may pass the target, where there is one, on
        the way to random's first point, and random may not.
        """
        unreached = min(self.estimated_value, 1.0 if target is None else target)
        values = extend_early_curve(best, log_labels, x, STRETCHED, self.guess_error)
        return np.minimum(values, np.nextafter(unreached, 0.0))


@dataclass(frozen=True, eq=False)
class StatedSavings:
    """What the user believes that strategies save, in place of what recorded data sets predict.

    Attributes:
        log_factor: (D,) ln of the labels random needs ÷ the labels the strategies need for the value.
        value: of the metric.
        names: the strategies.
    """

    log_factor: Floats
    value: float
    names: frozenset[str]

    def labels_needed(self, random: Floats, log_pool: Floats, log_first: Floats) -> Floats:
        """Give ln of the labels that strategies need for the value where random needs `random`, each (D,).

        They are more than the initial set, unless random's are not, and no more than the pool.
        """
        soonest = np.minimum(log_first + savings_shape.LEAST_PROGRESS, random)
        return np.minimum(np.maximum(random - self.log_factor, soonest), np.maximum(log_pool, random))


@dataclass(frozen=True, eq=False)
class PoolEnd:
    """What strategies would save if the pool had no end, and the pool that the paths were drawn for.

    Attributes:
        coefficients: (T, D, K) ln s at the knots of `planner.transfer.savings_shape`.
        log_first: (D,) ln of the labels from which on something is saved.
        log_pool: (D,) ln of the pool, on the label axis of the paths.
        smooth: whether a strategy's path is random's read at x and nothing else; with a discrepancy of its own it
            keeps that.
        own_first: whether `log_first` is the task's own initial set, which stays where the task needs more labels.
        tilt: how the coefficients move with how hard the task is, which random's path says draw by draw, and with the
            initial set where it is the task's own; None where they hold for the task as it is.
        stated: savings that the user believes; the coefficients of these strategies then count for nothing.
    """

    coefficients: Floats
    log_first: Floats
    log_pool: Floats
    smooth: bool
    own_first: bool = False
    tilt: savings_shape.SavingsTilt | None = None
    stated: StatedSavings | None = None

    def select_strategies(self, places: Sequence[int]) -> "PoolEnd":
        """Give the strategies at some places alone."""
        tilt = None if self.tilt is None else self.tilt.select_strategies(places)
        return replace(self, coefficients=self.coefficients[places], tilt=tilt)

    def select_draws(self, draws: Ints) -> "PoolEnd":
        """Give some draws alone."""
        tilt = None if self.tilt is None else replace(self.tilt, slopes=self.tilt.slopes[:, draws])
        first, pool = self.log_first[draws], self.log_pool[draws]
        stated = self.stated and replace(self.stated, log_factor=self.stated.log_factor[draws])
        coefficients = self.coefficients[:, draws]
        return replace(self, coefficients=coefficients, log_first=first, log_pool=pool, tilt=tilt, stated=stated)


@dataclass(frozen=True, eq=False)
class TaskCurves:
    """Joint curves of all options: draw d of one strategy belongs with draw d of every other.

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
        early_curve: what holds random's value there; None where there are no such points.
        fine_tuning: strategies whose labels are worth less than on random's axis, which their own `log_labels` tell.
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
    early_curve: EarlyCurve | None = None
    fine_tuning: FineTuningLoss = TRAINED_ANEW
    _savings: dict[int, Floats] = field(default_factory=dict, repr=False, init=False)
    _equivalents: dict[tuple[int, bool], tuple[Hashable, Floats]] = field(default_factory=dict, repr=False, init=False)
    _summaries: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)

    @property
    def n_draws(self) -> int:
        """Number of joint draws."""
        return int(self.best.shape[1])

    @property
    def smooth(self) -> bool:
        """Whether strategies' paths are random's, read further on, and nothing else."""
        return self.end is not None and self.end.smooth

    @property
    def _known_end(self) -> PoolEnd:
        assert self.end is not None
        return self.end

    def labels_to_reach(self, target: float) -> Floats:
        """Give the labels, (D, S) and at least 1, that options need for a value of the metric; inf if never reached.

        Raises:
            InputError: the target is not in (0, 1].
        """
        check_target(target)
        passages = self._find_passages(target, self.strategies)
        return _labels_at(np.stack([*passages.values()])).T

    def labels_for(self, strategy: str, values: Floats) -> Floats:
        """Give the labels, (D,) and at least 1, that a strategy needs for values (D,); inf where it never has one."""
        return _labels_at(self._find_passages(values[:, None], (strategy,))[strategy])

    def labels_in_pool(
        self, target: float, pool: ArrayLike, names: Sequence[str], times: ArrayLike = 1.0
    ) -> dict[str, Floats]:
        """Give the labels that some options need elsewhere: `stretch` and `labels_to_reach` in one, but faster.

        The pool and how many times the labels of the curves the task needs are (D,) or one for all draws. Gives option
        name -> (D,) label counts of at least 1; inf where the target is never reached.
        """
        log_times, log_pool = np.log(times), self._log_each(pool)
        if not self.smooth:
            labels = self.stretch(times, np.exp(log_pool)).labels_to_reach(target)
            return {name: labels[:, self.strategies.index(name)] for name in names}
        passages = self._find_passages(target, names, log_pool, log_times)
        return {name: _labels_at(log_labels + log_times) for name, log_labels in passages.items()}

    def labels_as(self, strategy: str, other: str, labels: ArrayLike) -> Floats:
        """Give the labels, (D,) and at least 1, with which another strategy is as good as one is with some.

        Inf where the other never has as much. Label counts are above 0, (D,) or one for all draws, also before
        measurements begin, where values are a guess and cannot tell alone.
        """
        level = self.value_of(strategy, labels)
        if not self.smooth:
            return self.labels_for(other, level)
        same = np.minimum(self.equivalent_of(strategy, np.log(labels)), np.log(self.labels_for("random", level)))
        if other != "random":
            x = self.random_equivalent(self.strategies.index(other))
            same = self.fine_tuning.needed(other, first_passage(x, self.log_labels[0], same[:, None]))
        return np.maximum(np.exp(same), 1.0)

    def values_at(self, labels: float) -> Floats:
        """Give the running-best value in hand at a label count, (D, S); held beyond either end of a path."""
        return np.stack([self.value_of(name, labels) for name in self.strategies], axis=-1)

    def value_of(self, strategy: str, labels: ArrayLike) -> Floats:
        """Give the running-best value that a strategy has in hand, (D,); held beyond either end of a path.

        Label counts are above 0, (D,) or one for all draws.
        """
        i = self.strategies.index(strategy)
        return read_path(self.best[i], self.log_labels[i], self._log_each(labels))

    def values_along(
        self, strategy: str, log_labels: Floats, pool: ArrayLike | None = None, times: ArrayLike = 1.0
    ) -> Floats:
        """Give the values, (D, G), that a strategy has at ln labels (D, G), held beyond either end of a path.

        Pool and times are as in `labels_in_pool`; without a pool, those of the curves.
        """
        i = self.strategies.index(strategy)
        if not self.smooth:
            there = self if pool is None else self.stretch(times, pool)
            return _interpolate(log_labels, there.log_labels[i], there.best[i])
        log_times = np.log(times)
        x = self.fine_tuning.worth(strategy, log_labels) - np.broadcast_to(log_times, self.n_draws)[:, None]
        if i > 0:
            log_pool = None if pool is None else self._log_each(pool)
            x = _interpolate(x, self.log_labels[0], self.random_equivalent(i, log_pool, log_times))
        return self._read_random(x)

    def equivalent_of(self, strategy: str, log_labels: ArrayLike) -> Floats:
        """Give ln of the labels random would need for what a strategy has at some ln labels, (D,) or one for all."""
        u = np.broadcast_to(np.asarray(log_labels, dtype=float), self.n_draws)
        if strategy == "random":
            return u
        u, axis = self.fine_tuning.worth(strategy, u), self.log_labels[0]
        # Before a path's first point savings are what they are there.
        saved = read_path(self.random_equivalent(self.strategies.index(strategy)), axis, u) - np.maximum(u, axis[:, 0])
        x: Floats = u + saved
        return x

    def random_equivalent(self, i: int, log_pool: Floats | None = None, log_times: Floats | float = 0.0) -> Floats:
        """Give x of the i-th option along its path, (D, M), in the curves' pool, or in another of (D,) ln items.

        There the task may need other label counts than the curves by ln times, (D,) or one for all, and x is less by
        as much.
        """
        # The last other pool is kept too: needs, and the labels at which an option gives up, are read in it one by one.
        pool_asked = None if log_pool is None else (log_pool.tobytes(), np.asarray(log_times).tobytes())
        kept = self._equivalents.get((i, pool_asked is None))
        if kept is not None and kept[0] == pool_asked:
            return kept[1]
        end = self._known_end
        pool = (end.log_pool if log_pool is None else log_pool) - log_times
        if end.stated is not None and self.strategies[i] in end.stated.names:
            first = end.log_first - (log_times if end.own_first else 0.0)
            savings = self._stated_savings(end.stated, pool, first)
        else:
            savings = self.log_savings(i, log_times)
        moved = savings_shape.shifted_labels(self.log_labels[0], savings, pool[:, None])
        x: Floats = np.maximum.accumulate(moved, axis=1)
        self._equivalents[i, pool_asked is None] = pool_asked, x
        return x

    def log_savings(self, i: int, log_times: Floats | float = 0.0) -> Floats:
        """Give ln s of the i-th option along its path in an endless pool, (D, M).

        Where the task needs more labels than the curves by `log_times`, an initial set of its own counts for less.
        """
        end = self._known_end
        moved = end.own_first and np.any(log_times)
        if not moved and i in self._savings:
            return self._savings[i]
        log_first = end.log_first - log_times if moved else end.log_first
        coefficients = end.coefficients[i - 1]
        if end.tilt is not None:
            hardness = self._log_error(log_first + np.log(savings_shape.HARDNESS_AT))
            coefficients = coefficients + end.tilt.shift(i - 1, hardness, end.log_first)
        savings = savings_shape.log_savings_along(coefficients, self.log_labels[0] - log_first[:, None])
        if not moved:
            self._savings[i] = savings
        return savings

    def _stated_savings(self, stated: StatedSavings, log_pool: Floats, log_first: Floats) -> Floats:
        """Give ln s along the path, (D, M), that moves random's labels for the value by the stated factor.

        ln s rises evenly in ln labels from the initial set to what the strategy needs, and is level from there on. It
        is taken at the end of a path that never has the value. Ln of pool and initial set are (D,).
        """
        axis = self.log_labels[0]
        reached = first_passage(self.best[0][:, self.lead :], axis[:, self.lead :], stated.value)
        random = np.minimum(reached, axis[:, -1])
        own = stated.labels_needed(random, log_pool, log_first)
        savings = savings_shape.savings_for_shift(random - own, log_pool - own)
        way = np.maximum(own - log_first, savings_shape.LEAST_PROGRESS)
        return np.asarray(savings[:, None] * np.clip((axis - log_first[:, None]) / way[:, None], 0.0, 1.0))

    def _log_error(self, log_labels: Floats) -> Floats:
        """Give ln of random's error at ln labels (D,)."""
        # Before the first point not that of the path, which the target holds down.
        best, axis = self.best[0][:, self.lead :], self.log_labels[0][:, self.lead :]
        before = extend_early_curve(best, axis, log_labels[:, None], STRETCHED)[:, 0]
        return savings_shape.log_error(
            1.0 - np.where(log_labels < axis[:, 0], before, read_path(best, axis, log_labels))
        )

    def _find_passages(
        self,
        target: float | Floats,
        names: Sequence[str],
        log_pool: Floats | None = None,
        log_times: Floats | float = 0.0,
    ) -> dict[str, Floats]:
        """Find where options reach a target: on smooth paths random as measured, a strategy where it has as much.

        The target is one for all draws or (D, 1). Gives option name -> (D,) ln labels on the axis of the curves; inf
        where the target is never reached. Pool and times are as in `random_equivalent`, for smooth paths only.
        """
        places = {name: self.strategies.index(name) for name in names}
        if not self.smooth:
            return {name: first_passage(self.best[i], self.log_labels[i], target) for name, i in places.items()}
        axis = self.log_labels[0]
        random = first_passage(self.best[0][:, self.lead :], axis[:, self.lead :], target)
        end, passages = self._known_end, {"random": random}
        pool = (end.log_pool if log_pool is None else log_pool) - log_times
        first = end.log_first - (log_times if end.own_first else 0.0)
        for name in [name for name in names if name != "random"]:
            if end.stated is not None and name in end.stated.names and np.all(target == end.stated.value):
                passage = np.where(random <= pool, end.stated.labels_needed(random, pool, first), np.inf)
            else:
                x = self.random_equivalent(places[name], log_pool, log_times)
                passage = first_passage(x, axis, random[:, None])
            passage = self.fine_tuning.needed(name, passage, log_times)
            # The grid is coarse: nothing is saved up to the initial set, and the pool holds all.
            passage = np.where(random <= pool, np.minimum(passage, pool), passage)
            passages[name] = np.where(random <= first, random, np.maximum(passage, np.minimum(random, first)))
        return {name: passages[name] for name in names}

    def in_pool(self, pool: ArrayLike, drawn: "TaskCurves | None" = None) -> "TaskCurves":
        """Give the curves of the same task with another pool, (D,) items or one number for all draws.

        They stay as they are where nothing says how they end. `drawn` are the curves before their axis or their end was
        moved, where it was: a discrepancy that a strategy keeps is what it is off by there.
        """
        end, was = self.end, self if drawn is None else drawn
        if end is None or was.end is None:
            return self
        log_pool = self._log_each(pool)
        best = [self.best[0]]
        for i in range(1, len(self.strategies)):
            moved = self._read_random(self.random_equivalent(i, log_pool))
            if not end.smooth:
                moved = moved + was.best[i] - was._read_random(was.random_equivalent(i))
            best.append(np.clip(np.maximum.accumulate(moved, axis=1), 0.0, 1.0))
        return replace(self, best=np.stack(best), end=replace(end, log_pool=log_pool))

    def _read_random(self, x: Floats) -> Floats:
        """Read random's paths at ln labels (D, G)."""
        return _interpolate(x, self.log_labels[0], self.best[0])

    def _log_each(self, counts: ArrayLike) -> Floats:
        """Give ln of counts, (D,) or one for all draws, as (D,)."""
        return np.broadcast_to(np.log(counts), self.n_draws)

    def stretch(self, times: ArrayLike, pool: ArrayLike) -> "TaskCurves":
        """Give the curves of a task that needs so many times the labels in some pool, each (D,) or one for all draws.

        Where the initial set is the task's own, it stays, and strategies save as much as they do that much further on.
        """
        more = self._log_each(times)
        moved = replace(self, log_labels=self.log_labels + more[:, None], log_last=self.log_last + more)
        moved = moved._with_fine_tuning(self.fine_tuning)
        if self.end is None:
            return moved
        first = self.end.log_first if self.end.own_first else self.end.log_first + more
        end = replace(self.end, log_first=first, log_pool=self.end.log_pool + more)
        return replace(moved, end=end).in_pool(pool, self if end.own_first else None)

    def with_stated_savings(self, factor: ArrayLike, value: float, names: Iterable[str]) -> "TaskCurves":
        """Give the curves with a label savings factor of the user's own, to be read `in_pool`; see `StatedSavings`.

        The factor is above 0, (D,) or one for all draws.
        """
        stated = StatedSavings(self._log_each(factor), value, frozenset(names))
        return replace(self, end=replace(self._known_end, smooth=True, stated=stated))

    def begun_at(self, initial_labels: ArrayLike) -> "TaskCurves":
        """Give the curves of a campaign with another initial set, (D,) or one for all; measured curves do not change.

        Where nothing leads up to the first point, nothing is saved before it.
        """
        first = self._log_each(initial_labels)
        begun = self._with_fine_tuning(replace(self.fine_tuning, log_first=first))
        if self.end is None or not self.end.own_first:
            return begun
        if self.lead == 0:
            first = np.maximum(first, self.log_labels[0][:, 0])
        return replace(begun, end=replace(self.end, log_first=first)).in_pool(np.exp(self.end.log_pool), self)

    def log_begin(self, strategy: str, times: ArrayLike = 1.0) -> Floats:
        """Give ln of the labels, (D,), with which a strategy is where random's measurements begin, `stretch`ed."""
        i = 0 if strategy in self.fine_tuning.names else self.strategies.index(strategy)
        return self.fine_tuning.needed(strategy, self.log_labels[i][:, self.lead], np.log(times)) + np.log(times)

    def fine_tuned(self, loss: ArrayLike, initial_labels: ArrayLike, names: Iterable[str]) -> "TaskCurves":
        """Give the curves with some strategies fine-tuned in each round, random never; see `FineTuningLoss`.

        The loss is from 0 to below 1, it and the initial labels (D,) or one for all draws; the strategies' paths have
        random's label axis.
        """
        each = np.broadcast_to(np.asarray(loss, dtype=float), self.n_draws)
        return self._with_fine_tuning(FineTuningLoss(each, self._log_each(initial_labels), frozenset(names)))

    def _with_fine_tuning(self, fine_tuning: FineTuningLoss) -> "TaskCurves":
        if not fine_tuning.names:
            return self
        axis, axes = self.log_labels[0], zip(self.strategies, self.log_labels, strict=True)
        log_labels = [fine_tuning.needed(name, axis) if name in fine_tuning.names else own for name, own in axes]
        return replace(self, log_labels=np.stack(log_labels), fine_tuning=fine_tuning)

    def aimed_at(self, target: float) -> "TaskCurves":
        """Give the curves of the same task with another target, which random does not have before its first point."""
        if self.early_curve is None or self.end is None:
            return self
        axis, measured = self.log_labels[0], self.best[0][:, self.lead :]
        early = self.early_curve.values(measured, axis[:, self.lead :], axis[:, : self.lead], target)
        random = np.concatenate([early, measured], axis=1)
        return replace(self, best=np.broadcast_to(random, self.best.shape)).in_pool(np.exp(self.end.log_pool))

    def select_options(self, names: Sequence[str]) -> "TaskCurves":
        """Give the curves of some options alone, random first; asked again, the same ones with all they remember."""
        if len(names) == len(self.strategies):
            return self
        at = [self.strategies.index(name) for name in names]

        def make() -> TaskCurves:
            end = None if self.end is None else self.end.select_strategies([i - 1 for i in at[1:]])
            return replace(
                self,
                strategies=tuple(names),
                best=self.best[at],
                log_labels=self.log_labels[at],
                log_last=self.log_last[at],
                end=end,
            )

        return self.summarised(("options", *names), make)

    def select_draws(self, draws: Ints) -> "TaskCurves":
        """Give the curves of some draws alone."""
        return replace(
            self,
            best=self.best[:, draws],
            log_labels=self.log_labels[:, draws],
            log_last=self.log_last[:, draws],
            fine_tuning=self.fine_tuning.select_draws(draws),
            end=None if self.end is None else self.end.select_draws(draws),
        )

    def summary(self, labels_grid: ArrayLike) -> pd.DataFrame:
        """Summarise the curves for charts and tables, at (G,) label counts of at least 1.

        Gives S·G rows with the columns `strategy`, `labels`, `q10`, `q50`, `q90`, `extrapolated` (outside what was
        measured, in most draws).
        """
        grid = np.atleast_1d(np.asarray(labels_grid, dtype=float))

        def make() -> pd.DataFrame:
            bands = [np.quantile(self.values_at(labels), QUANTILES, axis=0) for labels in grid]
            first, last = np.median(self.log_labels[:, :, self.lead], axis=1), np.median(self.log_last, axis=1)
            rows = [
                (name, labels, *band[:, s].tolist(), bool(not first[s] - 1e-9 <= np.log(labels) <= last[s] + 1e-9))
                for s, name in enumerate(self.strategies)
                for labels, band in zip(grid.tolist(), bands, strict=True)
            ]
            return pd.DataFrame(rows, columns=["strategy", "labels", "q10", "q50", "q90", "extrapolated"])

        return self.summarised(("summary", grid.tobytes()), make).copy()

    def summarised(self, key: Hashable, make: Callable[[], _Summary]) -> _Summary:
        """Cache a summary under all that it depends on besides the curves, since other prices and vendors ask for it.

        What is made is shared and must not be changed.
        """
        known: _Summary | None = self._summaries.pop(key, None)
        summary = make() if known is None else known
        self._summaries[key] = summary
        for old in list(self._summaries)[:-MOST_SUMMARIES]:
            self._summaries.pop(old, None)
        return summary


def _interpolate(x: Floats, axis: Floats, path: Floats) -> Floats:
    """Read paths (D, M) over their own axes (D, M) at x (D, G), linearly; held beyond either end."""
    # One call for all draws takes half the time of one a draw: their axes are laid behind each other.
    first = axis[:, :1]
    behind = np.arange(len(axis))[:, None] * (float((axis[:, -1:] - first).max()) + 1.0) - first
    at = np.clip(x, first, axis[:, -1:]) + behind
    return np.interp(at.ravel(), (axis + behind).ravel(), path.ravel()).reshape(at.shape)


def _labels_at(log_labels: Floats) -> Floats:
    """Give label counts, at least 1; more than a float holds is never."""
    with np.errstate(over="ignore"):
        return np.maximum(np.exp(log_labels), 1.0)
