"""Test two strategies against each other with their seeds as pairs, and count the seeds that a claim needs.

Notation:
    d   (n,)    differences, first − second, one a seed that both have
    n   ()      pairs
    p   (m,)    p-values of one family of comparisons
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

ALPHA = 0.05
"""Level of every two-sided test here, and of a win."""

POWER = 0.8
NO_SPREAD = 1e-12  # areas lie in [0, 1]: below this a difference or a spread is rounding
_MOST_SEEDS = 1_000_000
_WRONG_TAIL_TO = 5.0
_LARGEST_EFFECT = 50.0  # two seeds are enough far below it; the distribution's tails are safe up to there


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
    test: Literal["t", "wilcoxon"] | None = None
    p_value: float | None = None


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> PairedDifference:
    """Compare two strategies by one figure a seed, seed by seed, with the paired t-test.

    A seed gives both the same split and initial set, so the difference within a seed is free of what those do. Where
    all differences are equal the t-test would claim certainty of two pairs. The exact signed-rank test then takes its
    place: of 2ⁿ patterns of signs, two are as extreme.

    Args:
        first: seed → figure, such as the area under the curve; finite.
        second: likewise.
    """
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
        return PairedDifference(n, *only, 0.0, 0.0, 0.0, 0.0, "t", 1.0)
    if sd <= NO_SPREAD:
        return PairedDifference(n, *only, mean, mean, mean, 0.0, "wilcoxon", 2.0 ** (1 - n))
    from scipy import stats

    result = stats.ttest_1samp(d, 0.0)
    interval = result.confidence_interval(0.8)
    return PairedDifference(n, *only, mean, float(interval.low), float(interval.high), sd, "t", float(result.pvalue))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct the p-values of one family of comparisons by Holm's step-down method.

    The i-th smallest of m is multiplied by m − i + 1, never falls below the one before it, and is at most 1 (Holm 1979,
    Scandinavian Journal of Statistics 6:65). The chance of any false claim in the family is then at most the level.

    Args:
        p_values: in [0, 1]; None is a comparison that was not made, counts for nothing and stays None.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[i] = highest
    return corrected


def seeds_needed(difference: float, sd: float | None, seeds: int) -> tuple[int | None, str | None]:
    """Count the seeds that show a difference of this size at the level `ALPHA` with the power `POWER`.

    The smallest n with `paired_power(|difference| / sd, n)` of at least the power, sought from the normal approximation
    (z₁₋α/₂ + z_power)² · (sd / difference)² upwards, which is always a little too few. It plans the next run: both
    inputs are estimates, so it must not be read as the power of the test just made (Hoenig & Heisey 2001).

    Args:
        difference: mean of the paired differences.
        sd: their standard deviation (n − 1 in the denominator); None where there are fewer than two.
        seeds: pairs that the two come from.

    Returns:
        The seeds and None, or None and the reason why no number can be given.

    >>> seeds_needed(0.01, 0.02, 20)
    (34, None)
    """
    if seeds < 2 or sd is None:
        return None, "fewer than two paired seeds: no spread to plan from"
    if abs(difference) <= NO_SPREAD:
        return None, "the difference is 0"
    if sd <= NO_SPREAD:
        return None, "every pair differs by the same amount: no spread to plan from"
    from scipy import stats

    effect = abs(difference) / sd
    lowest = (float(stats.norm.ppf(1 - ALPHA / 2) + stats.norm.ppf(POWER)) / effect) ** 2
    if lowest > _MOST_SEEDS:
        return None, f"more than {_MOST_SEEDS:,} seeds: the difference is next to nothing beside its spread"
    needed = max(2, math.floor(lowest))
    while paired_power(effect, needed) < POWER:
        needed += 1
    return needed, None


def paired_power(effect: float, seeds: int) -> float:
    """Give the power of a two-sided paired t-test at the level `ALPHA`.

    P(|T| > t₁₋α/₂,ₙ₋₁) for T noncentral t with n − 1 degrees of freedom and noncentrality δ√n (Cohen 1988, *Statistical
    Power Analysis for the Behavioral Sciences*, ch. 2, the one-sample case that pairs reduce to).

    Args:
        effect: δ, the mean difference over the standard deviation of the differences.
        seeds: n, pairs; at least 2.

    >>> round(paired_power(0.5, 34), 3)
    0.808
    """
    from scipy import stats

    noncentrality = min(abs(effect), _LARGEST_EFFECT) * math.sqrt(seeds)
    critical = stats.t.ppf(1 - ALPHA / 2, seeds - 1)
    law = stats.nct(seeds - 1, noncentrality)
    # The wrong tail weighs less than Φ(−noncentrality), and far out it cannot be computed.
    wrong = law.cdf(-critical) if noncentrality < _WRONG_TAIL_TO else 0.0
    return float(law.sf(critical) + wrong)


def t80(freedom: int) -> float:
    """Give the half-width of Student's 80% interval in standard errors."""
    return float(stdtrit(freedom, 0.9))
