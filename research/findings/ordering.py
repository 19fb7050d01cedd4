"""T4: entropy behind least confidence behind margin, the more so the more classes there are.

Notation
    x, y    (D,) log2 of the classes, margin − entropy, one a data set, generated ones counting as one
"""

import numpy as np
import pandas as pd

from research.findings.curves import RecordedCurves, Schedule
from research.findings.estimates import generated_once, height_gap, mean_over_sets
from research.findings.finding import Measured
from research.findings.part import Part
from research.findings.rules import RULES

__all__ = ["order_by_classes"]

MANY_CLASSES = 10


def order_by_classes(curves: RecordedCurves) -> Measured:
    """T4: gaps between the three on ten classes and more, and how margin's gap to entropy moves with the classes."""
    many = [one for one in curves.library("least_confidence") if curves.classes(one[0]) >= MANY_CLASSES]
    behind = {one[0]: _gap(curves, one, "least_confidence", "entropy") for one in many}
    ahead = {one[0]: _gap(curves, one, "margin", "least_confidence") for one in many}
    parts = (
        mean_over_sets(RULES["T4"]["margin"], ahead),
        mean_over_sets(RULES["T4"]["least"], behind),
        _growth(curves),
    )
    return Measured(parts, tuple(behind), min(len(figure) for figure in behind.values()))


def _gap(curves: RecordedCurves, schedule: Schedule, first: str, second: str) -> "pd.Series[float]":
    name, batch, initial = schedule
    return height_gap(curves.of(name, first, batch, initial), curves.of(name, second, batch, initial))


def _growth(curves: RecordedCurves) -> Part:
    """Regress margin − entropy on the logarithm of the classes, with the t interval of the slope over data sets."""
    from scipy.stats import linregress, t

    schedules, about = curves.library(), RULES["T4"]["growth"]
    gaps = {one[0]: _gap(curves, one, "margin", "entropy") for one in schedules}
    doublings = {name: pd.Series([np.log2(curves.classes(name))]) for name in gaps}
    x = np.array([float(one.iloc[0]) for one in generated_once(doublings).values()])
    y = np.array([float(gap.mean()) for gap in generated_once(gaps).values()])
    if len(x) < 3 or np.ptp(x) == 0:
        return Part(about, None, None)
    fit = linregress(x, y)
    half = float(t.ppf(0.9, len(x) - 2) * fit.stderr)
    slope = float(fit.slope)
    each = tuple((name, float(gap.mean())) for name, gap in gaps.items())
    return Part(about, slope, (slope - half, slope + half), each)
