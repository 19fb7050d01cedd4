"""How many seeds a claim needs: the sample size of a paired t-test, from the differences seen so far."""

import math

from simulations.errors import InputError

ALPHA = 0.05
"""Level of every two-sided test here, and of a win."""

POWER = 0.8

NO_SPREAD = 1e-12  # areas lie in [0, 1]: below this a difference or a spread is rounding
_MOST_SEEDS = 1_000_000
_WRONG_TAIL_TO = 5.0
_LARGEST_EFFECT = 50.0  # two seeds are enough far below it; the distribution's tails are safe up to there


def paired_power(effect: float, seeds: int, *, alpha: float = ALPHA) -> float:
    """Give the power of a two-sided paired t-test.

    P(|T| > t₁₋α/₂,ₙ₋₁) for T noncentral t with n − 1 degrees of freedom and noncentrality δ√n (Cohen 1988, *Statistical
    Power Analysis for the Behavioral Sciences*, ch. 2, the one-sample case that pairs reduce to).

    Args:
        effect: δ, the mean difference over the standard deviation of the differences.
        seeds: n, pairs; at least 2.
        alpha: level of the test.

    Raises:
        InputError: fewer than two seeds, or a level outside 0 to 1.

    >>> round(paired_power(0.5, 34), 3)
    0.808
    """
    if seeds < 2:
        raise InputError(f"power: found {seeds} seeds; allowed: 2 or more")
    if not 0 < alpha < 1:
        raise InputError(f"power: found the level {alpha:g}; allowed: above 0 and below 1")
    from scipy import stats

    noncentrality = min(abs(effect), _LARGEST_EFFECT) * math.sqrt(seeds)
    critical = stats.t.ppf(1 - alpha / 2, seeds - 1)
    law = stats.nct(seeds - 1, noncentrality)
    # The wrong tail weighs less than Φ(−noncentrality), and far out it cannot be computed.
    wrong = law.cdf(-critical) if noncentrality < _WRONG_TAIL_TO else 0.0
    return float(law.sf(critical) + wrong)


def seeds_needed(
    difference: float, sd: float | None, seeds: int, *, power: float = POWER, alpha: float = ALPHA
) -> tuple[int | None, str | None]:
    """Say how many seeds show a difference of this size with the given power.

    The smallest n with `paired_power(|difference| / sd, n)` of at least `power`, sought from the normal approximation
    (z₁₋α/₂ + z_power)² · (sd / difference)² upwards, which is always a little too few. It plans the next run: both
    inputs are estimates, so it must not be read as the power of the test just made (Hoenig & Heisey 2001).

    Args:
        difference: mean of the paired differences.
        sd: their standard deviation (n − 1 in the denominator); None where there are fewer than two.
        seeds: pairs that the two come from.
        power: chance of a p-value below `alpha` that is asked for.
        alpha: level of the two-sided test; one comparison, before any correction for several.

    Returns:
        The seeds and None, or None and the reason why no number can be given.

    Raises:
        InputError: a number that cannot be what it should be.

    >>> seeds_needed(0.01, 0.02, 20)
    (34, None)
    """
    if not math.isfinite(difference) or (sd is not None and not 0 <= sd < math.inf):
        raise InputError(f"seeds needed: found the difference {difference} and sd {sd}; allowed: numbers, sd 0 or more")
    if not alpha < power < 1:
        raise InputError(f"seeds needed: found the power {power:g}; allowed: above the level {alpha:g} and below 1")
    if seeds < 2 or sd is None:
        return None, "fewer than two paired seeds: no spread to plan from"
    if abs(difference) <= NO_SPREAD:
        return None, "the difference is 0"
    if sd <= NO_SPREAD:
        return None, "every pair differs by the same amount: no spread to plan from"
    from scipy import stats

    effect = abs(difference) / sd
    normal = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    lowest = (normal / effect) ** 2
    if lowest > _MOST_SEEDS:
        return None, f"more than {_MOST_SEEDS:,} seeds: the difference is next to nothing beside its spread"
    needed = max(2, math.floor(lowest))
    while paired_power(effect, needed, alpha=alpha) < power:
        needed += 1
    return needed, None
