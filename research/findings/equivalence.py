"""T12: uncertainty with and without dropout, and discriminative active learning, within half a point of each other."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from research.findings.curves import RecordedCurves
from research.findings.estimates import height_gap, mean_over_seeds, resampled
from research.findings.finding import Measured
from research.findings.part import Claim, Part, above, below, within
from simulations.arrays import Floats

__all__ = ["alike"]


_EASY, _HARD = ("digits", 50), ("letter", 100)
"""Data set, and the size of its batches and of its initial set."""

_ACTIVE = ("least_confidence", "entropy_mc", "dal_linear")
_HALF_POINT = 0.005


def alike(curves: RecordedCurves) -> Measured:
    """T12: gaps between the three on an easy data set; on a harder one their spread, and the least gain over random."""
    dropout, discrimination = _gap(curves, "entropy_mc", "entropy"), _gap(curves, "dal_linear", "least_confidence")
    gains = pd.DataFrame({name: _gap(curves, name, "random", _HARD) for name in _ACTIVE}).dropna()
    parts = (
        mean_over_seeds(
            "entropy under dropout − entropy on an easy data set, within half a point of 0",
            "points",
            {_EASY[0]: dropout},
            within(-_HALF_POINT, _HALF_POINT),
        ),
        mean_over_seeds(
            "DAL by logistic regression − least confidence on an easy data set, within half a point of 0",
            "points",
            {_EASY[0]: discrimination},
            within(-_HALF_POINT, _HALF_POINT),
        ),
        _over_methods(
            "best − worst of three methods on a harder data set, below half a point", gains, _spread, below(_HALF_POINT)
        ),
        _over_methods("least gain of the three over random on a harder data set, above 0", gains, _least, above(0.0)),
    )
    told = ", ".join(f"{name} {100 * gain:+.1f}" for name, gain in gains.mean().items()).replace("-", "−")
    note = f"Points over random on {_HARD[0]}: {told}. Perceptrons of one layer, not the networks of the source."
    return Measured(parts, (_EASY[0], _HARD[0]), min(len(dropout), len(discrimination), len(gains)), note)


def _gap(curves: RecordedCurves, first: str, second: str, on: tuple[str, int] = _EASY) -> "pd.Series[float]":
    name, batch = on
    one, other = (curves.of(name, strategy, batch, batch, "mlp") for strategy in (first, second))
    return height_gap(one, other)


def _over_methods(what: str, gains: pd.DataFrame, figure: Callable[[Floats], float], claim: Claim) -> Part:
    """Take a figure of the methods' mean gains, with the bootstrap interval over seeds."""
    rows = gains.to_numpy()
    return Part(what, "points", figure(rows), resampled(figure, rows), claim)


def _spread(gains: Floats) -> float:
    return float(np.ptp(gains.mean(axis=0)))


def _least(gains: Floats) -> float:
    return float(gains.mean(axis=0).min())
