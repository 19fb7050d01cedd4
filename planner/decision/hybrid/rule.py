"""How much of a finite set a model may label by itself under an error bound: the threshold rule of hybrid labelling.

Source: Qiu et al. 2023, MCAL: minimum cost human-machine active labeling; the bound on held-out items is our own,
since MCAL's measures its errors on labels that nobody has bought.

Notation:
    N            items of the whole set; P = N - n_test of them in the pool, n_test held out and labelled by people
    B   (...)    pool items labelled by people, on which the model was trained
    T            confidence thresholds, rising
    m, k (..., T)  held-out items at least so confident, and errors among them
    A   (..., T)  unlabelled items at least so confident: what the model labels
    θ   (..., T)  share the model labels, A / N; people label the other 1 - θ, held-out items included
    U   (..., T)  upper bound of the model's error rate on what it labels
    ε, η         error rate allowed in the whole labelled set, and people's own
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats, Ints
from simulations.errors import InputError

LEAVES_THE_SURE = frozenset({"random", "least_confidence", "margin", "entropy"})
"""Strategies that take no more of the sure items than chance does."""


@dataclass(frozen=True)
class HybridRule:
    """What a hybrid labelling has to keep.

    Attributes:
        max_error_rate: ε, errors allowed in the whole labelled set, a fraction; larger lets the model label more.
        human_error_rate: η, the share of people's labels that are wrong, a fraction.
        level: chance that U is no underestimate, one-sided; larger is safer and lets the model label less.

    Raises:
        InputError: a number is not a fraction, or people alone make more errors than are allowed.
    """

    max_error_rate: float
    human_error_rate: float = 0.0
    level: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.max_error_rate < 1:
            raise InputError(f"max_error_rate: found {self.max_error_rate:g}; allowed: a fraction above 0 and below 1")
        if not 0 <= self.human_error_rate < 1:
            raise InputError(
                f"human_error_rate: found {self.human_error_rate:g}; allowed: a fraction from 0 to below 1"
            )
        if not 0.5 <= self.level < 1:
            raise InputError(f"level: found {self.level:g}; allowed: a fraction from 0.5 to below 1")
        if self.human_error_rate > self.max_error_rate:
            raise InputError(
                f"max_error_rate: found {self.max_error_rate:g}; allowed: at least people's own error rate of "
                f"{self.human_error_rate:g}, since they label what the model does not"
            )


def error_upper_bound(covered: npt.ArrayLike, errors: npt.ArrayLike, level: float = 0.9) -> Floats:
    """Give the one-sided Clopper-Pearson upper bound of an error rate, 1 where nothing covered is right.

    Source: Clopper & Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial.

    Args:
        covered: m, items checked; counts may have any shapes that broadcast.
        errors: k, those of them that were wrong.
        level: chance that the true rate is not above the bound.

    Examples:
        >>> float(error_upper_bound(100, 0).round(5))  # 1 - 0.1 ** (1 / 100)
        0.02276
        >>> float(error_upper_bound(0, 0))
        1.0
    """
    from scipy.special import betaincinv  # the quantile of a beta distribution, without the weight of scipy.stats

    m, k = np.broadcast_arrays(np.asarray(covered, dtype=float), np.asarray(errors, dtype=float))
    return np.where(k >= m, 1.0, betaincinv(k + 1, np.maximum(m - k, 1.0), level))


def machine_items(covered: Ints, labels: Ints, *, test_size: int, pool_size: int, strategy: str) -> tuple[Ints, Ints]:
    """Estimate from the held-out items how many unlabelled ones are above each threshold: A from below and from above.

    The held-out items stand for the whole pool, P m ÷ n_test of which are so confident. Random picks take B ÷ P of
    those, so that (P - B) m ÷ n_test are left. No other strategy's picks are known to spare or to take sure items: A
    is at most the lesser of P m ÷ n_test and P - B, and no more errors are left than the whole pool had, which holds
    for any strategy. At least P m ÷ n_test - B are left, and (P - B) m ÷ n_test where the unsure ones are asked for.

    Args:
        covered: m, shape (..., T).
        labels: B, shape (...,).
        test_size: n_test, held-out items behind `covered`.
        pool_size: P.
        strategy: whose picks the labelled items are.

    Returns:
        The lower estimate, which is what saves money, and the upper one, which is what may be wrong; (..., T) each.
    """
    m, B = np.asarray(covered, dtype=np.int64), np.asarray(labels, dtype=np.int64)[..., None]
    sure, proportional = pool_size * m // test_size, (pool_size - B) * m // test_size
    least = proportional if strategy in LEAVES_THE_SURE else np.maximum(sure - B, 0)
    return least, proportional if strategy == "random" else np.minimum(sure, pool_size - B)


def overall_error_bound(share: Floats, upper_bound: Floats, human_error_rate: float) -> Floats:
    """Bound the error rate of the whole labelled set: θ U + (1 - θ) η."""
    return share * upper_bound + (1.0 - share) * human_error_rate


def allowed_thresholds(
    covered: Ints, errors: Ints, machine: Ints, items: int, rule: HybridRule
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Walk the thresholds from strict to lax and stop at the first at which the bound is broken.

    The order is fixed before anything is counted and nothing behind the first failure is tried, so that the twenty
    looks share one chance of 1 - level of being wrong (fixed-sequence testing; Maurer, Hothorn & Lehmacher 1995).

    Args:
        covered: m, shape (..., T), thresholds rising.
        errors: k, shape (..., T).
        machine: A, shape (..., T): the upper end of `machine_items`; in a campaign that runs and asks at random or for
            the unsure, the items of the rest that the model itself puts above each threshold.
        items: N, the denominator of θ: pool and held-out items, whoever labels them.
        rule: ε, η and the level.

    Returns:
        Whether the walk passed each threshold, and the bound θ U + (1 - θ) η there; (..., T) each.
    """
    U = error_upper_bound(covered, errors, rule.level)
    bound = overall_error_bound(np.asarray(machine, dtype=float) / items, U, rule.human_error_rate)
    kept = bound <= rule.max_error_rate * (1 + 1e-12)
    return np.logical_and.accumulate(kept[..., ::-1], axis=-1)[..., ::-1], bound
