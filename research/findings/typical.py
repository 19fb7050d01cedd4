"""T8: typical items first, uncertain ones later."""

import pandas as pd

from research.findings.curves import RecordedCurves
from research.findings.estimates import height_gap, mean_over_seeds
from research.findings.finding import Measured
from research.findings.rules import RULES

__all__ = ["typical_then_not"]

_SETS = ("digits", "optdigits", "penbased", "synthetic-many-classes")
_FEW = 5
"""Labels a class up to which a budget is low; all schedules start from one a class and add one a class a round."""


def typical_then_not(curves: RecordedCurves) -> Measured:
    """T8: TypiClust against random and margin at two to five labels a class, and at the last count."""
    parts, fewest = [], []
    for when in ("few", "end"):
        for other in ("random", "margin"):
            gaps = {name: _gap(curves, name, other, few=when == "few") for name in _SETS}
            parts.append(mean_over_seeds(RULES["T8"][f"{when} {other}"], gaps))
            fewest.append(min(len(gap) for gap in gaps.values()))
    note = "Published for features learned without labels; these are pixels, pen positions and generated clusters."
    return Measured(tuple(parts), _SETS, min(fewest), note)


def _gap(curves: RecordedCurves, name: str, other: str, *, few: bool) -> "pd.Series[float]":
    classes = curves.classes(name)
    typical, against = (curves.of(name, strategy, classes, classes) for strategy in ("typiclust", other))
    last = int(typical.columns[-1])
    low, high = (classes + 1, _FEW * classes) if few else (last, last)
    return height_gap(typical, against, low, high)
