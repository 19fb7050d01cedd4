"""T5, T10 and T15: strategies that end below random, and core-set that never gets to where random ends."""

import pandas as pd

from research.findings.curves import RecordedCurves, Schedule
from research.findings.estimates import mean_over_seeds, mean_over_sets, share_of_sets
from research.findings.finding import Measured
from research.findings.part import above, below, within

__all__ = ["coreset_never", "gradient_on_images", "kmeans_below"]

_IMAGES = (("digits", 20, 20), ("optdigits", 20, 20))
_HAIR = 1e-12  # two means of the same values may differ in the last digit


def kmeans_below(curves: RecordedCurves) -> Measured:
    """T5: on how many data sets k-means ends below random at the last label count."""
    ends = {one[0]: _end_gap(curves, one, "kmeans") for one in curves.library("kmeans")}
    parts = (
        share_of_sets(
            "share of data sets on which k-means ends below random, above a half",
            {name: float(gap.mean()) < -_HAIR for name, gap in ends.items()},
            above(0.5),
        ),
        mean_over_sets("k-means − random at the end, below 0", "points", ends, below(0.0)),
    )
    return Measured(parts, tuple(ends), min(len(gap) for gap in ends.values()))


def gradient_on_images(curves: RecordedCurves) -> Measured:
    """T10: expected gradient length ends below random on images."""
    ends = {one[0]: _end_gap(curves, one, "egl_last_layer") for one in _IMAGES}
    part = mean_over_seeds("expected gradient length − random at the end, below 0", "points", ends, below(0.0))
    return Measured((part,), tuple(ends), min(len(gap) for gap in ends.values()))


def coreset_never(curves: RecordedCurves) -> Measured:
    """T15: on how many data sets core-set's mean curve never reaches random's end within the same labels."""
    never = {}
    schedules = curves.library()
    for name, batch, initial in schedules:
        random, coreset = (curves.of(name, strategy, batch, initial) for strategy in ("random", "coreset"))
        both = random.index.intersection(coreset.index)
        end = float(random.loc[both].iloc[:, -1].mean())
        never[name] = bool(coreset.loc[both].mean().max() < end - _HAIR)
    what = "share of data sets on which core-set never reaches random's end, from a third to a half"
    part = share_of_sets(what, never, within(1 / 3, 1 / 2))
    names = ", ".join(name for name, held in never.items() if held)
    note = f"Never on {sum(never.values())} of {len(never)}{': ' + names if names else ''}."
    seeds = min(len(curves.of(name, "coreset", batch, initial)) for name, batch, initial in schedules)
    return Measured((part,), tuple(never), seeds, note)


def _end_gap(curves: RecordedCurves, schedule: Schedule, strategy: str) -> "pd.Series[float]":
    """Give strategy − random at the last label count that both measured, one a seed."""
    name, batch, initial = schedule
    one, random = (curves.of(name, which, batch, initial) for which in (strategy, "random"))
    last = one.columns.intersection(random.columns)[-1]
    return (one[last] - random[last]).dropna()
