"""Averages that count data sets, not curves: within a task, a curve, a data set, and then over data sets.

Notation: S data sets; a (S,), b (S,) one figure a data set of two methods.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from planner.backtest.curve import FloatArray

__all__ = ["Estimate", "by_data_set", "mean_estimate", "relative_estimate"]

_LEVEL = 0.8


@dataclass(frozen=True)
class Estimate:
    """A mean over data sets with its 80% interval over data sets.

    Attributes:
        mean: the mean.
        q10: lower end; None with one data set.
        q90: upper end.
    """

    mean: float
    q10: float | None
    q90: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Give plain numbers, ready for JSON."""
        return asdict(self)


def by_data_set(rows: pd.DataFrame, columns: Sequence[str], *, points: str | None = None) -> pd.DataFrame:
    """Average within tasks, then curves, then data sets.

    Args:
        rows: `method, group, curve, cut, observed` and the columns; NaN is "does not apply" and does not count.
        columns: what to average.
        points: the column that says how many points of its task a row stands for; without it each row counts once.

    Returns:
        A frame indexed by method and group, with the columns.
    """
    task = ["method", "group", "curve", "cut", "observed"]
    if points is None:
        means = rows.groupby(task, sort=True)[list(columns)].mean()
    else:
        weight = rows[points].to_numpy(dtype=float)[:, None]
        weighted = rows[task].assign(**{name: rows[name] * weight[:, 0] for name in columns}, weight=weight[:, 0])
        # Without min_count a sum of nothing but NaN would be 0: full marks for a method that gives no interval.
        sums = weighted.groupby(task, sort=True)[[*columns, "weight"]].sum(min_count=1)
        means = sums[list(columns)].div(sums["weight"], axis=0)
    for level in (["method", "group", "curve"], ["method", "group"]):
        means = means.groupby(level=level, sort=True).mean()
    return means


def mean_estimate(a: FloatArray) -> Estimate | None:
    """Average over data sets, with a t interval; None without a data set."""
    a = a[np.isfinite(a)]
    if a.size == 0:
        return None
    mean = float(a.mean())
    return Estimate(mean, *_interval(mean, a - mean, 1.0))


def relative_estimate(a: FloatArray, b: FloatArray) -> Estimate | None:
    """Compare two means over the same data sets, pair by pair: mean(a) ÷ mean(b) − 1.

    The interval is that of a ratio estimator, from the residuals a − ratio · b (Cochran 1977, section 6.4), with a t
    quantile. None where a mean of zero makes the ratio mean nothing.
    """
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if a.size == 0 or b.mean() <= 0:
        return None
    ratio = float(a.mean() / b.mean())
    return Estimate(ratio - 1.0, *_interval(ratio - 1.0, a - ratio * b, float(b.mean())))


def _interval(centre: float, residuals: FloatArray, scale: float) -> tuple[float | None, float | None]:
    if residuals.size < 2:
        return None, None
    from scipy.stats import t

    half = float(t.ppf(0.5 + _LEVEL / 2.0, residuals.size - 1) * residuals.std(ddof=1) / np.sqrt(residuals.size))
    return centre - half / scale, centre + half / scale
