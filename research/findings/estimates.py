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
from research.findings.part import Figure, Part
from simulations.arrays import Floats

__all__ = ["PerSeed", "generated_once", "height_gap", "mean_over_seeds", "mean_over_sets", "resampled", "share_of_sets"]

PerSeed = Mapping[str, "pd.Series[float]"]

RESAMPLES = 1_000
_LEVEL = 0.8
_GENERATED = "synthetic"
"""What the names of data sets begin with that a generator makes."""


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


def generated_once(figures: PerSeed) -> dict[str, "pd.Series[float]"]:
    """Put the mean of the generated data sets, seed by seed, in the place of all of them."""
    drawn = {name: figure for name, figure in figures.items() if name.startswith(_GENERATED)}
    if len(drawn) < 2:
        return dict(figures)
    rest = {name: figure for name, figure in figures.items() if name not in drawn}
    return rest | {"generated": pd.DataFrame(drawn).dropna().mean(axis=1)}


def mean_over_seeds(about: Figure, figures: PerSeed) -> Part:
    """Average over data sets within a seed, and then over seeds, with a t interval over seeds.

    The data sets are fixed: the interval speaks of other seeds on the same ones. Seeds of one number are independent
    between data sets, so one average a seed is one independent draw.
    """
    table = pd.DataFrame(generated_once(figures)).dropna()
    return _mean(about, table.mean(axis=1).to_numpy(dtype=float), figures)


def mean_over_sets(about: Figure, figures: PerSeed) -> Part:
    """Average over seeds within a data set, and then over data sets, with a t interval over data sets."""
    means = [float(figure.mean()) for figure in generated_once(figures).values()]
    return _mean(about, np.array(means), figures)


def _mean(about: Figure, values: Floats, figures: PerSeed) -> Part:
    found = mean_estimate(values)
    if found is None:
        return Part(about, None, None)
    interval = None if found.q10 is None else (found.q10, found.q90)
    each = tuple((name, float(figure.mean())) for name, figure in figures.items())
    return Part(about, found.mean, interval, each)


def share_of_sets(about: Figure, held: Mapping[str, bool]) -> Part:
    """Give the share of data sets of which something holds, with Wilson's interval; of generated ones most have to."""
    once = generated_once({name: pd.Series([float(value)]) for name, value in held.items()})
    count = sum(bool(value[0] > 0.5) for value in once.values())
    each = tuple((name, float(value)) for name, value in held.items())
    return Part(about, count / len(once), wilson(count, len(once)), each)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Give the 80% interval of a share (Wilson 1927, Journal of the American Statistical Association 22:209).

    >>> "{:.2f} to {:.2f}".format(*wilson(11, 14))
    '0.62 to 0.89'
    """
    from scipy.stats import binomtest

    ends = binomtest(count, of).proportion_ci(_LEVEL, method="wilson")
    return float(ends.low), float(ends.high)


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
