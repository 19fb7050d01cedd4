"""Few labels a class: where margin stands against random, by labels per class.

Notation:
    G   (S,)    margin − random of each seed, the mean over log labels within a stretch
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from research.backtest.score_tables import Estimate, mean_estimate
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.estimates import height_gap
from research.study.measured import LINEAR
from research.study.scale import Share
from simulations.curve_table import NOISE_COLUMN

__all__ = ["STRETCHES", "Early", "early_of"]

STRETCHES = ((0, 10), (10, 20), (20, 40), (40, None))
"""Labels per class, from and below; None has no end."""


@dataclass(frozen=True)
class Early:
    """How a strategy stands against random over one stretch of labels per class.

    Attributes:
        low: labels per class, from.
        high: and below; None has no end.
        below: share of data sets on which the strategy's mean is below random's.
        surely_below: data sets on which the whole 80% interval over seeds is.
        gap: mean difference, a fraction, with its 80% t interval over data sets.
    """

    low: int
    high: int | None
    below: Share
    surely_below: int
    gap: Estimate


def early_of(table: pd.DataFrame, strategy: str, *, metric: str = "accuracy") -> tuple[Early, ...]:
    """Compare a strategy with random stretch by stretch; a stretch that no data set measured is left out.

    The initial set, which is the same for both, does not count.

    Args:
        table: validated, with `classes`.
        strategy: with random of the linear learner beside it.
        metric: which one.
    """
    rows = table[
        (table[NOISE_COLUMN] == 0) & (table["learner"] == LINEAR) & table["strategy"].isin(["random", strategy])
    ]
    curves = RecordedCurves(rows, metric)
    found = (_stretch(curves, rows, strategy, low, high) for low, high in STRETCHES)
    return tuple(one for one in found if one is not None)


def _stretch(curves: RecordedCurves, rows: pd.DataFrame, strategy: str, low: int, high: int | None) -> Early | None:
    each = [gap for gap in _gaps(curves, rows, strategy, low, high) if gap is not None]
    overall = mean_estimate(np.array([one.mean for one in each]))
    if overall is None:
        return None
    surely = sum(one.q90 is not None and one.q90 < 0 for one in each)
    return Early(low, high, Share.that(one.mean < 0 for one in each), surely, overall)


def _gaps(
    curves: RecordedCurves, rows: pd.DataFrame, strategy: str, low: int, high: int | None
) -> Iterator[Estimate | None]:
    schedules = rows.drop_duplicates("dataset")[["dataset", "batch_size", "initial_size", "classes"]]
    for name, batch, initial, classes in schedules.itertuples(index=False):
        ends = max(low * classes, initial + 1), np.inf if high is None else high * classes - 1
        try:
            one, random = (curves.of(name, which, batch, initial) for which in (strategy, "random"))
            yield mean_estimate(np.asarray(height_gap(one, random, *ends), dtype=np.float64))
        except NotRecordedError:
            yield None
