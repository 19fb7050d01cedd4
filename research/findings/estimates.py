"""Figures with 80% intervals: over seeds where a claim is about one kind of data, over data sets where it is of most.

Notation
    F      data set -> (S,) one figure a seed, indexed by seed
    S, D   seeds, data sets
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from research.backtest.score_tables import mean_estimate
from research.findings.curves import NotRecordedError
from research.findings.part import Claim, Part, Unit
from simulations.arrays import Floats

__all__ = ["height_gap", "mean_over_seeds", "mean_over_sets", "resampled", "share_of_sets"]

PerSeed = Mapping[str, "pd.Series[float]"]

RESAMPLES = 1_000
_LEVEL = 0.8


def height_gap(first: pd.DataFrame, second: pd.DataFrame, low: float = 0, high: float = np.inf) -> "pd.Series[float]":
    """Give how much higher one curve is than another, seed by seed: the mean over log labels, by the trapezoid rule.

    Only label counts that both measured are used: between its rounds a coarse schedule lies on straight lines, which a
    bent curve does not. With one such count it is the difference there.

    Args:
        first: shape (S, n), from `RecordedCurves.of`.
        second: likewise; a seed that only one has says nothing.
        low: label count from which on.
        high: label count up to which.

    Raises:
        NotRecordedError: the two share no label count there, or no seed.
    """
    gaps = (first - second).dropna(axis=1, how="all").dropna()
    measured = gaps.columns.to_numpy(dtype=float)
    counts = measured[(measured >= low) & (measured <= high)]
    if not counts.size or gaps.empty:
        raise NotRecordedError("Missing: seeds and label counts that both curves of a comparison have.")
    values = gaps[counts].to_numpy()
    if counts.size == 1:
        return pd.Series(values[:, 0], index=gaps.index)
    steps = np.diff(np.log(counts))
    areas = ((values[:, 1:] + values[:, :-1]) / 2) @ steps
    return pd.Series(areas / steps.sum(), index=gaps.index)


def mean_over_seeds(what: str, unit: Unit, figures: PerSeed, claim: Claim | None = None) -> Part:
    """Average over data sets within a seed, and then over seeds, with a t interval over seeds.

    The data sets are fixed: the interval speaks of other seeds on the same ones. Seeds of one number are independent
    between data sets, so one average a seed is one independent draw.
    """
    table = pd.DataFrame(figures).dropna()
    found = mean_estimate(table.mean(axis=1).to_numpy(dtype=float))
    if found is None:
        return Part(what, unit, None, None, claim)
    interval = None if found.q10 is None else (found.q10, found.q90)
    return Part(what, unit, found.mean, interval, claim, _each(figures))


def mean_over_sets(what: str, unit: Unit, figures: PerSeed, claim: Claim | None = None) -> Part:
    """Average over seeds within a data set, and then over data sets, with a t interval over data sets."""
    found = mean_estimate(np.array([float(figure.mean()) for figure in figures.values()]))
    if found is None:
        return Part(what, unit, None, None, claim)
    interval = None if found.q10 is None else (found.q10, found.q90)
    return Part(what, unit, found.mean, interval, claim, _each(figures))


def share_of_sets(what: str, held: Mapping[str, bool], claim: Claim | None = None) -> Part:
    """Give the share of data sets of which something holds, with Wilson's interval.

    Wilson 1927, Journal of the American Statistical Association 22:209.
    """
    from scipy.stats import binomtest

    count = sum(held.values())
    ends = binomtest(count, len(held)).proportion_ci(_LEVEL, method="wilson")
    each = tuple((name, float(value)) for name, value in held.items())
    return Part(what, "sets", count / len(held), (float(ends.low), float(ends.high)), claim, each)


def resampled(statistic: Callable[[Floats], float], rows: Floats, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Give the 80% percentile bootstrap interval of a statistic, its rows drawn with replacement.

    Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, ch. 13. The same rows give the same interval.

    Args:
        statistic: takes rows of the shape of `rows`.
        rows: shape (S, …), a row a replicate.
        resamples: how many.
    """
    rng = np.random.default_rng(0)
    drawn = [statistic(rows[rng.integers(len(rows), size=len(rows))]) for _ in range(resamples)]
    low, high = np.quantile(drawn, ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2))
    return float(low), float(high)


def _each(figures: PerSeed) -> tuple[tuple[str, float | None], ...]:
    return tuple((name, float(figure.mean())) for name, figure in figures.items())
