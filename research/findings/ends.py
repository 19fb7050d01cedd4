"""T5, T10 and T15: strategies that end below random, and core-set that never gets to where random ends."""

import pandas as pd

from research.backtest.score_tables import mean_estimate
from research.findings.curves import NotRecordedError, RecordedCurves, Schedule
from research.findings.estimates import mean_over_seeds, mean_over_sets, share_of_sets
from research.findings.finding import Measured
from research.findings.part import Part
from research.findings.rules import RULES

__all__ = ["coreset_never", "gradient_on_images", "kmeans_below"]

_IMAGES = (("digits", 20, 20), ("optdigits", 20, 20))
_CNN, _MNIST = ("optdigits", 100, 100), ("mnist5k", 100, 100)
_HAIR = 1e-12  # two means of the same values may differ in the last digit


def kmeans_below(curves: RecordedCurves) -> Measured:
    """T5: on how many data sets k-means ends below random at the last label count."""
    rule = RULES["T5"]
    ends = {one[0]: _end_gap(curves, one, "kmeans") for one in curves.library("kmeans")}
    below = {name: float(gap.mean()) < -_HAIR for name, gap in ends.items()}
    parts = (
        share_of_sets(rule["most"], below),
        mean_over_sets(rule["end"], ends),
        share_of_sets(rule["share"], below),
    )
    return Measured(parts, tuple(ends), min(len(gap) for gap in ends.values()))


def gradient_on_images(curves: RecordedCurves) -> Measured:
    """T10: expected gradient length ends below random on images, with a convolutional network."""
    rule, parts, note = RULES["T10"], [], ""
    ends = {_CNN[0]: _end_gap(curves, _CNN, "egl_last_layer", "cnn")}
    linear = {one[0]: _end_gap(curves, one, "egl_last_layer") for one in _IMAGES}
    try:
        squares = {_CNN[0]: _end_gap(curves, _CNN, "egl", "cnn")}
        parts.append(mean_over_seeds(rule["end"], squares))
    except NotRecordedError as missing:
        note = str(missing)
    parts += [mean_over_seeds(rule["last"], ends), mean_over_seeds(rule["linear"], linear)]
    names = [*ends, *(name for name in linear if name not in ends)]
    try:
        for name, strategy in (("MNIST", "egl"), ("MNIST last", "egl_last_layer")):
            parts.append(mean_over_seeds(rule[name], {_MNIST[0]: _end_gap(curves, _MNIST, strategy, "cnn")}))
        names.append(_MNIST[0])
    except NotRecordedError as missing:
        note = note or str(missing)
    return Measured(tuple(parts), tuple(names), min(map(len, ends.values())), note)


def coreset_never(curves: RecordedCurves) -> Measured:
    """T15: on how many data sets core-set's mean curve never reaches random's end within the same labels."""
    rule = RULES["T15"]
    schedules = curves.library()
    never = {one[0]: _never(curves, one) for one in schedules}
    parts: tuple[Part, ...] = (share_of_sets(rule["never"], never), share_of_sets(rule["share"], never))
    names = ", ".join(name for name, held in never.items() if held)
    note = f"Never on {sum(never.values())} of {len(never)}{': ' + names if names else ''}."
    seeds = min(len(curves.of(name, "coreset", batch, initial)) for name, batch, initial in schedules)
    return Measured(parts, tuple(never), seeds, note)


def _never(curves: RecordedCurves, schedule: Schedule) -> bool:
    """Tell whether core-set, where its mean is highest, is below random's end with the whole 80% interval."""
    name, batch, initial = schedule
    random, coreset = (curves.of(name, strategy, batch, initial) for strategy in ("random", "coreset"))
    both = random.index.intersection(coreset.index)
    highest = int(coreset.loc[both].mean().to_numpy().argmax())
    gaps = coreset.loc[both].iloc[:, highest] - random.loc[both].iloc[:, -1]
    found = mean_estimate(gaps.to_numpy(dtype=float))
    return found is not None and found.q90 is not None and found.q90 < -_HAIR


def _end_gap(curves: RecordedCurves, schedule: Schedule, strategy: str, learner: str = "linear") -> "pd.Series[float]":
    """Give strategy − random at the last label count that both measured, one a seed."""
    name, batch, initial = schedule
    one, random = (curves.of(name, which, batch, initial, learner) for which in (strategy, "random"))
    last = one.columns.intersection(random.columns)[-1]
    return (one[last] - random[last]).dropna()
