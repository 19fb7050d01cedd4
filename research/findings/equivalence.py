"""T12: uncertainty with and without dropout, and discriminative active learning, beside each other and random."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from research.findings.curves import RecordedCurves
from research.findings.estimates import height_gap, resampled
from research.findings.finding import Measured
from research.findings.part import Figure, Part
from research.findings.rules import RULES
from simulations.arrays import Floats

__all__ = ["alike"]


_EASY, _HARD = ("digits", 50), ("satimage", 200)
"""Data set, and the size of its batches and of its initial set."""

_PLAIN, _OTHERS = "least_confidence", {"dropout": "entropy_mc", "dal": "dal"}


def alike(curves: RecordedCurves) -> Measured:
    """T12: plain uncertainty less the two others on either data set; on the harder one their spread and gains."""
    rule, parts = RULES["T12"], []
    for name, other in _OTHERS.items():
        gaps = pd.DataFrame({on[0]: _gap(curves, _PLAIN, other, on) for on in (_EASY, _HARD)}).dropna()
        parts.append(_over_columns(rule[name], gaps, _least))
    gains = pd.DataFrame({name: _gap(curves, name, "random", _HARD) for name in (_PLAIN, *_OTHERS.values())}).dropna()
    parts.append(_over_columns(rule["gain"], gains, _least))
    parts.append(_over_columns(rule["alike"], gains, _spread))
    note = "Perceptrons, on pixels and on satellite bands, not the convolutional networks of the source."
    return Measured(tuple(parts), (_EASY[0], _HARD[0]), min(len(gaps), len(gains)), note)


def _gap(curves: RecordedCurves, first: str, second: str, on: tuple[str, int]) -> "pd.Series[float]":
    name, batch = on
    one, other = (curves.of(name, strategy, batch, batch, "mlp") for strategy in (first, second))
    # At the first count all know the same labels.
    return height_gap(one, other, batch + 1)


def _over_columns(about: Figure, table: pd.DataFrame, figure: Callable[[Floats], float]) -> Part:
    """Take a figure of the columns' means, with the bootstrap interval over seeds."""
    rows = table.to_numpy()
    return Part(
        about, figure(rows), resampled(figure, rows), tuple(zip(map(str, table), map(float, table.mean()), strict=True))
    )


def _spread(gains: Floats) -> float:
    return float(np.ptp(gains.mean(axis=0)))


def _least(gains: Floats) -> float:
    return float(gains.mean(axis=0).min())
