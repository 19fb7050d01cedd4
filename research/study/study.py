"""Everything that the study page tells, computed from one curve table."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from research.evidence.campaigns import middle_schedule
from research.study.early import Early, early_of
from research.study.imbalance import UnderMetric, under_metrics
from research.study.measured import DEPTHS, LINEAR, MARGIN, Saved, saved_by
from research.study.models import OTHERS, OtherModel, other_models
from research.study.overview import Middle, Standing, rank_correlation, standing_of
from research.study.rule import Rule, rule_of
from simulations.curve_table import TIMING_COLUMNS
from simulations.errors import InputError

__all__ = ["Study", "study_of"]

_FEWEST = 3
"""Data sets below which nothing can be left out in turn."""


@dataclass(frozen=True)
class Study:
    """The figures of the page.

    Attributes:
        saved: margin with the linear learner, by depth, a record a data set.
        rules: by depth.
        standings: every strategy with the linear learner at the end, the highest median first.
        early: margin by labels per class.
        early_entropy: entropy likewise.
        metrics: margin under every metric.
        hardness: rank correlation of margin's factor at the end with the error that random has there.
        classes: likewise with the number of classes.
        models: margin with other learners at the end.
        missing: learners that are not recorded.
        points: rows of the table.
        seconds: of computing in the longest recorded campaign of margin with the linear learner; None if not measured.
    """

    saved: dict[float, tuple[Saved, ...]]
    rules: dict[float, Rule]
    standings: tuple[Standing, ...]
    early: tuple[Early, ...]
    early_entropy: tuple[Early, ...]
    metrics: tuple[UnderMetric, ...]
    hardness: Middle
    classes: Middle
    models: tuple[OtherModel, ...]
    missing: tuple[str, ...]
    points: int
    seconds: float | None

    @property
    def end(self) -> tuple[Saved, ...]:
        """What margin saved at the end of the recorded campaigns."""
        return self.saved[1.0]


def study_of(table: pd.DataFrame) -> Study:
    """Compute the study.

    Args:
        table: a validated curve table with random and margin of the linear learner on three data sets or more; of
            several schedules of a data set the middle one is taken.

    Raises:
        InputError: it lacks those, a learner has two schedules of one initial set, or a pair has one seed.
    """
    table = middle_schedule(table)
    everything = saved_by(table)
    margin = [one for one in everything if one.savings.strategy == MARGIN]
    linear = [one for one in margin if one.savings.learner == LINEAR]
    saved = {depth: tuple(one for one in linear if one.savings.share == depth) for depth in DEPTHS}
    if len(saved[1.0]) < _FEWEST:
        raise InputError(
            f"study: found {len(saved[1.0])} data sets with random and {MARGIN} of the {LINEAR} learner; allowed: at "
            f"least {_FEWEST}, as each is left out in turn"
        )
    end = saved[1.0]
    models = other_models([one for one in margin if one.savings.share == 1.0])
    return Study(
        saved=saved,
        rules={depth: rule_of(sets) for depth, sets in saved.items() if len(sets) >= _FEWEST},
        standings=_standings([one for one in everything if one.savings.learner == LINEAR]),
        early=early_of(table, MARGIN),
        early_entropy=early_of(table, "entropy"),
        metrics=under_metrics(table),
        hardness=rank_correlation(end, [1 - (one.savings.value or 0.0) for one in end]),
        classes=rank_correlation(end, [one.classes for one in end]),
        models=models,
        missing=tuple(name for name in OTHERS if name not in {one.learner for one in models}),
        points=len(table),
        seconds=_seconds(table),
    )


def _standings(linear: Sequence[Saved]) -> tuple[Standing, ...]:
    end = [one for one in linear if one.savings.share == 1.0]
    names = sorted({one.savings.strategy for one in end})
    found = [standing_of(name, [one for one in end if one.savings.strategy == name]) for name in names]
    return tuple(sorted(found, key=lambda one: (-(one.middle.middle or 0.0), one.strategy)))


def _seconds(table: pd.DataFrame) -> float | None:
    timed = [name for name in TIMING_COLUMNS if name in table.columns]
    rows = table[(table["strategy"] == MARGIN) & (table["learner"] == LINEAR)]
    if not timed or rows.empty:
        return None
    once = rows.drop_duplicates(["dataset", "seed", "labels"])
    return float(once.groupby(["dataset", "seed"])[timed].sum().sum(axis=1).max())
