"""What the plan said of the labels that random needs, beside a pilot that was measured since.

The range is what was known before, the pilot what was learnt: a forecast made of a pilot takes every ln(need) for as
likely beforehand, so that the density of the range is the weight of each of its draws (Bayes' rule, by sampling and
resampling; Smith & Gelfand 1992, The American Statistician 46:84).

Notation:
    D       draws of the curves
    need    (D,)    labels that random needs for the target, inf where never
    w       (D,)    weights
"""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from planner.curves.forecast import MAX_RATIO
from planner.curves.randomness import keyed_rng
from planner.plan.quantity import Floats, Quantity
from planner.plan.tables import Z80

__all__ = ["OVERDRAWN", "OVERDRAWN_ASSUMED", "agreement", "range_weights", "resampled"]

OVERDRAWN = 3
"""Times the draws wanted: a range half as wide as the pilot's forecast leaves about a third of them."""

OVERDRAWN_ASSUMED = 2
"""The same beside the range that is assumed where none is told: it is wide, and leaves most of the draws."""

FLOOR = 1e-9  # keeps a pilot that wholly contradicts the range from having no draw left


def range_weights(believed: Quantity, need: Floats, pool: float) -> Floats:
    """Weigh draws by a range that was given for the labels that random needs.

    Args:
        believed: the range, 10th to 90th percentile of a lognormal.
        need: draws of a forecast that knew nothing of it, (D,).
        pool: items there are to label. A need beyond them, or none at all, is spread over as many ln(labels) as a
            forecast may reach.

    Returns:
        (D,) above 0, on a scale of their own.
    """
    middle, sd = np.log(believed.low * believed.high) / 2, np.log(believed.high / believed.low) / (2 * Z80)
    log_need = np.log(np.minimum(need, 1e300))
    density = np.exp(-0.5 * ((log_need - middle) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    beyond = ndtr((middle - np.log(pool)) / sd) / np.log(MAX_RATIO)
    weights: Floats = np.maximum(np.where(log_need < np.log(pool), density, beyond), FLOOR)
    return weights


def resampled(weights: Floats, n_draws: int, seed: int) -> npt.NDArray[np.int64]:
    """Choose draws as often as their weights say, in mixed order (systematic resampling; Kitagawa 1996).

    Args:
        weights: (D,) above 0.
        n_draws: how many to choose.
        seed: the same weights and seed choose the same.
    """
    rng = keyed_rng(seed, "range")
    ends = np.cumsum(weights) / weights.sum()
    places = (np.arange(n_draws) + rng.random()) / n_draws
    chosen = np.minimum(np.searchsorted(ends, places), len(weights) - 1)
    return rng.permutation(chosen).astype(np.int64)


def agreement(weights: Floats) -> float:
    """Give the share of the draws that the weights leave (Kish's effective number ÷ D); 0 where the range has none."""
    if (weights <= FLOOR).all():
        return 0.0
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))
