"""Every recorded strategy beside random: label savings and gain, data set by data set.

Notation:
    G    (S,)    gain over random of each seed, mean height over log labels
    S            seeds that both curves have
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.label_savings import LabelSavings, label_savings
from research.backtest.score_tables import mean_estimate
from research.findings.curves import RecordedCurves
from research.findings.estimates import height_gap

__all__ = ["OnOneSet", "StrategySavings", "compare_strategies"]


@dataclass(frozen=True)
class OnOneSet:
    """What a strategy did on one data set.

    Attributes:
        dataset: the data set.
        pairs: seeds, S.
        factor: labels random needs for its own last value ÷ labels the strategy needs; None where it never gets there.
        q10: lower end of the factor's 80% interval over seeds; None where that end is "never".
        q90: upper end.
        p_never: share of resamples of the seeds in which the strategy never gets there.
        gain: value above random's, the mean over log labels, a fraction.
        gain_q10: lower end of its 80% interval over seeds; None with one seed.
        gain_q90: upper end.
    """

    dataset: str
    pairs: int
    factor: float | None
    q10: float | None
    q90: float | None
    p_never: float | None
    gain: float
    gain_q10: float | None
    gain_q90: float | None


@dataclass(frozen=True)
class StrategySavings:
    """One strategy with one learner on all data sets where it was recorded beside random.

    Attributes:
        learner: the learner.
        strategy: the strategy.
        sets: by data set, in the order of their names.
        above: data sets on which the whole interval of the gain is above 0.
        below: those on which it is below.
    """

    learner: str
    strategy: str
    sets: tuple[OnOneSet, ...]
    above: int
    below: int

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON data."""
        return {**asdict(self), "sets": [asdict(one) for one in self.sets]}


def compare_strategies(table: pd.DataFrame) -> tuple[StrategySavings, ...]:
    """Compare every strategy with random on the data sets that a table holds.

    Savings are read at random's last label count, as `planner.curves.label_savings` says; gains have Student's t over
    seeds.

    Args:
        table: a validated curve table of one metric, each data set and learner on one schedule.

    Returns:
        One record a learner and strategy, the largest mean gain over data sets first within a learner.

    Raises:
        InputError: the curves of a pair have no label counts in common.
    """
    curves = RecordedCurves(table)
    found: dict[tuple[str, str], list[OnOneSet]] = {}
    for one in label_savings(table):
        if one.share == 1.0 and one.value is not None:
            found.setdefault((one.learner, one.strategy), []).append(_on_one_set(curves, one))
    made = [_summed(*key, sets) for key, sets in found.items()]
    return tuple(sorted(made, key=lambda one: (one.learner, -_mean_gain(one), one.strategy)))


def _on_one_set(curves: RecordedCurves, one: LabelSavings) -> OnOneSet:
    schedule = (one.batch_size, one.initial_size or 0, one.learner)
    gap = height_gap(curves.of(one.dataset, one.strategy, *schedule), curves.of(one.dataset, "random", *schedule))
    found = mean_estimate(np.asarray(gap, dtype=np.float64))
    assert found is not None, "a pair has a seed"
    return OnOneSet(one.dataset, one.pairs, one.factor, one.q10, one.q90, one.p_never, found.mean, found.q10, found.q90)


def _summed(learner: str, strategy: str, sets: list[OnOneSet]) -> StrategySavings:
    ordered = tuple(sorted(sets, key=lambda one: one.dataset))
    above = sum(one.gain_q10 is not None and one.gain_q10 > 0 for one in ordered)
    below = sum(one.gain_q90 is not None and one.gain_q90 < 0 for one in ordered)
    return StrategySavings(learner, strategy, ordered, above, below)


def _mean_gain(one: StrategySavings) -> float:
    return sum(each.gain for each in one.sets) / len(one.sets)
