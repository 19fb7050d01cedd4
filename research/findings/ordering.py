"""T4: entropy behind least confidence behind margin, the more so the more classes there are.

Notation
    x, y    (D,) log2 of the classes, margin − entropy, one a data set
"""

import numpy as np
import pandas as pd

from research.findings.curves import RecordedCurves, Schedule
from research.findings.estimates import height_gap, mean_over_sets
from research.findings.finding import Measured
from research.findings.part import Part, above

__all__ = ["order_by_classes"]

MANY_CLASSES = 10


def order_by_classes(curves: RecordedCurves) -> Measured:
    """T4: gaps between the three on ten classes and more, and how margin's gap to entropy moves with the classes."""
    many = [one for one in curves.library("least_confidence") if curves.classes(one[0]) >= MANY_CLASSES]
    behind = {one[0]: _gap(curves, one, "least_confidence", "entropy") for one in many}
    ahead = {one[0]: _gap(curves, one, "margin", "least_confidence") for one in many}
    parts = (
        mean_over_sets("margin − least confidence on ten classes and more, above 0", "points", ahead, above(0.0)),
        mean_over_sets("least confidence − entropy on ten classes and more, above 0", "points", behind, above(0.0)),
        _growth(curves),
    )
    return Measured(parts, tuple(behind), min(len(figure) for figure in behind.values()))


def _gap(curves: RecordedCurves, schedule: Schedule, first: str, second: str) -> "pd.Series[float]":
    name, batch, initial = schedule
    return height_gap(curves.of(name, first, batch, initial), curves.of(name, second, batch, initial))


def _growth(curves: RecordedCurves) -> Part:
    """Regress margin − entropy on the logarithm of the classes, with the t interval of the slope over data sets."""
    from scipy.stats import linregress, t

    schedules = curves.library()
    gaps = {one[0]: float(_gap(curves, one, "margin", "entropy").mean()) for one in schedules}
    x = np.log2([curves.classes(name) for name in gaps])
    what = f"margin − entropy, added by each doubling of the classes ({len(gaps)} data sets), above 0"
    if len(gaps) < 3 or np.ptp(x) == 0:
        return Part(what, "points", None, None, above(0.0))
    fit = linregress(x, [*gaps.values()])
    half = float(t.ppf(0.9, len(gaps) - 2) * fit.stderr)
    slope = float(fit.slope)
    return Part(what, "points", slope, (slope - half, slope + half), above(0.0), tuple(gaps.items()))
