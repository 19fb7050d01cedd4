"""Many data sets in a few figures: medians in which never is the least, ranks, and how often a strategy is behind.

Notation:
    s   (D,)    savings factors, 0 standing for never inside here
    D           data sets, drawn with replacement for intervals
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from research.findings.estimates import resampled
from research.study.measured import Saved
from research.study.scale import Share
from simulations.arrays import Floats

__all__ = ["Middle", "Standing", "middle_factor", "rank_correlation", "standing_of"]

_FEWEST = 4
"""Data sets below which a rank correlation says nothing."""


@dataclass(frozen=True)
class Middle:
    """A middle over data sets with its 80% interval over data sets.

    Attributes:
        middle: the figure; None is never, or not to be had.
        low: q10.
        high: q90.
    """

    middle: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Standing:
    """How one strategy stands against random over data sets.

    Attributes:
        strategy: the strategy.
        middle: median savings factor.
        surely_ahead: data sets on which the whole interval of the factor over seeds is above 1.
        surely_behind: data sets on which it is below, never included.
        behind: share of data sets on which the factor is below 1 or never.
        campaigns: share of single campaigns that never had what random's own had at its end.
        pairs: how many campaigns that is of.
    """

    strategy: str
    middle: Middle
    surely_ahead: int
    surely_behind: int
    behind: Share
    campaigns: Middle
    pairs: int


def middle_factor(saved: Sequence[Saved]) -> Middle:
    """Give the median savings factor over data sets, the lower of two middle ones."""
    s = _factors(saved)
    low, high = resampled(_median, s) if len(s) > 1 else (0.0, 0.0)
    middle, q10, q90 = (value if value > 0 else None for value in (_median(s), low, high))
    return Middle(middle, q10, q90)


def standing_of(strategy: str, saved: Sequence[Saved]) -> Standing:
    """Sum up one strategy's savings, one record a data set."""
    missed = np.array([(one.savings.unreached or 0) / one.savings.pairs for one in saved])
    low, high = resampled(lambda drawn: float(drawn.mean()), missed)
    return Standing(
        strategy,
        middle_factor(saved),
        sum(one.surely_ahead for one in saved),
        sum(one.surely_behind for one in saved),
        Share.that(not one.ahead for one in saved),
        Middle(float(missed.mean()), low, high),
        sum(one.savings.pairs for one in saved),
    )


def rank_correlation(saved: Sequence[Saved], other: Sequence[float]) -> Middle:
    """Give Spearman's rank correlation of the factor with something else; None on a handful of data sets or one value.

    Resamples in which all of one side are equal say nothing and count as 0.
    """
    rows = np.column_stack([_factors(saved), np.asarray(other, dtype=float)])
    if len(rows) < _FEWEST or np.ptp(rows[:, 0]) == 0 or np.ptp(rows[:, 1]) == 0:
        return Middle(None, None, None)
    low, high = resampled(_spearman, rows)
    return Middle(_spearman(rows), low, high)


def _spearman(rows: Floats) -> float:
    first, second = (_ranks(column) for column in rows.T)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Floats) -> Floats:
    """Rank values, those that are equal sharing the mean of their ranks; a dozen are compared fastest all with all."""
    below = (values[:, None] > values).sum(axis=1)
    equal = (values[:, None] == values).sum(axis=1)
    ranks: Floats = below + (equal - 1) / 2
    return ranks


def _median(s: Floats) -> float:
    # Between a number and "never" there is nothing to interpolate.
    return float(np.quantile(s, 0.5, method="inverted_cdf"))


def _factors(saved: Sequence[Saved]) -> Floats:
    return np.array([one.savings.factor or 0.0 for one in saved])
