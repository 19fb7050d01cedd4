"""Two strategies compared with their seeds as pairs, and several such comparisons held to one level.

Notation:
    d       (n,)    differences, first − second, one a seed that both have
    n       ()      pairs
    p       (m,)    p-values of one family of comparisons
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.curves.power import NO_SPREAD
from simulations.errors import InputError

PairedTest = Literal["t", "wilcoxon"]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much one strategy is above another over the seeds that both have.

    Attributes:
        pairs: n, seeds that both have.
        only_first: seeds that only the first has, and that therefore say nothing here.
        only_second: likewise of the second.
        difference: mean of the differences, first − second, in the metric's unit; None without pairs.
        q10: lower end of the 80% interval of the mean (paired t); None below two pairs.
        q90: upper end.
        sd: standard deviation of the differences; None below two pairs.
        test: what the p-value comes from, `t` or `wilcoxon`; None where there is none.
        p_value: two-sided; None below two pairs.
    """

    pairs: int
    only_first: tuple[int, ...] = ()
    only_second: tuple[int, ...] = ()
    difference: float | None = None
    q10: float | None = None
    q90: float | None = None
    sd: float | None = None
    test: PairedTest | None = None
    p_value: float | None = None


def paired_difference(
    first: Mapping[int, float], second: Mapping[int, float], *, test: PairedTest = "t"
) -> PairedDifference:
    """Compare two strategies by one figure a seed, seed by seed.

    A seed gives both the same split and initial set, so the difference within a seed is free of what those do. Where
    all differences are equal the t-test would claim certainty of two pairs; the signed-rank test then takes its place.

    Args:
        first: seed → figure, such as the area under the curve.
        second: likewise.
        test: `t` (paired t-test) or `wilcoxon` (signed-rank test: no normality assumed, no p below 0.05 under 6 pairs).

    Raises:
        InputError: an unknown test, or a figure that is no finite number.
    """
    if test not in ("t", "wilcoxon"):
        raise InputError(f"paired test: found {test!r}; allowed: t, wilcoxon")
    for seed, figure in (*first.items(), *second.items()):
        if not np.isfinite(figure):
            raise InputError(f"paired difference, seed {seed}: found {figure}; allowed: a finite number")
    both = sorted(first.keys() & second.keys())
    n = len(both)
    only = tuple(sorted(first.keys() - second.keys())), tuple(sorted(second.keys() - first.keys()))
    if n == 0:
        return PairedDifference(0, *only)
    d = np.array([first[seed] - second[seed] for seed in both])
    d[np.abs(d) <= NO_SPREAD] = 0.0
    mean = float(d.mean())
    if n == 1:
        return PairedDifference(1, *only, difference=mean)
    sd = float(d.std(ddof=1))
    if not d.any():
        return PairedDifference(n, *only, difference=0.0, q10=0.0, q90=0.0, sd=0.0, test=test, p_value=1.0)
    if sd <= NO_SPREAD:
        return PairedDifference(n, *only, mean, mean, mean, 0.0, "wilcoxon", _signed_rank(np.full(n, mean)))
    from scipy import stats

    result = stats.ttest_1samp(d, 0.0)
    interval = result.confidence_interval(0.8)
    p_value = float(result.pvalue) if test == "t" else _signed_rank(d)
    return PairedDifference(n, *only, mean, float(interval.low), float(interval.high), sd, test, p_value)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct the p-values of one family of comparisons by Holm's step-down method.

    The i-th smallest of m is multiplied by m − i + 1, never falls below the one before it, and is at most 1 (Holm 1979,
    Scandinavian Journal of Statistics 6:65). The chance of any false claim in the family is then at most the level.

    Args:
        p_values: in [0, 1]; None is a comparison that was not made, counts for nothing and stays None.

    Raises:
        InputError: something outside 0 to 1.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    made = [(p, i) for i, p in enumerate(p_values) if p is not None]
    for p, _ in made:
        if not 0 <= p <= 1:
            raise InputError(f"Holm correction: found the p-value {p}; allowed: 0 to 1")
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(sorted(made)):
        highest = max(highest, min(1.0, (len(made) - rank) * p))
        corrected[i] = highest
    return corrected


def _signed_rank(d: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    from scipy import stats

    # Equal sizes share a rank; differences that only rounding tells apart are equal.
    rounded = np.round(d, 12)
    if not rounded.any() or len(rounded) < 2:
        return 1.0
    one_sided = (rounded > 0).all() or (rounded < 0).all()
    # When every pair points one way the exact p-value holds with ties too.
    method: Literal["exact", "auto"] = "exact" if one_sided and len(rounded) <= 50 else "auto"
    return float(stats.wilcoxon(rounded, method=method).pvalue)
