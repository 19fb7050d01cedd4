"""What the plan said of the labels that random needs, beside a pilot that was measured since.

The range is what was known before, the pilot what was learnt. The range speaks of a point of the curve: random has
the value at n labels, with density q over ln n. Of that point a pilot tells how likely random is to have just that
value with n labels, f_n(value), every value having been as likely before. So the posterior is q(ln n) f_n(value). A
path passes the value within 1 ÷ slope of ln n, so that the weight of each draw is q ÷ slope where it crosses (Bayes'
rule, by sampling and resampling; Smith & Gelfand 1992, The American Statistician 46:84). To weigh by q alone would
take it that every ln n was as likely before, which no forecast says: curves flatten, and few cross a given value
late.

Notation:
    D       draws of the curves
    q       ()      density of the range, over ln(labels)
    w       (D,)    weights
"""

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats
from planner.curves.crossing import Crossing
from planner.intervals import Z80
from planner.plan.quantity import Quantity
from planner.randomness import keyed_rng

OVERDRAWN = 3
"""Times the draws wanted: a range half as wide as the pilot's forecast leaves about a third of them."""

OVERDRAWN_ASSUMED = 2
"""The same beside the range that is assumed where none is told: it is wide, and mostly leaves more of the draws."""

FLOOR = 1e-9  # keeps a pilot that wholly contradicts the range from having no draw left


def range_weights(believed: Quantity, crossed: Crossing, pool: float, *, least: float = 0.0) -> Floats:
    """Weigh draws by a range that was given for the labels that random needs.

    Args:
        believed: the range, 10th to 90th percentile of a lognormal.
        crossed: where the curves of a forecast that knew nothing of it cross the value that it is for.
        pool: items there are to label. A curve that ends before it crosses stands for a need beyond them: it counts as
            *never*, and that is not what a range within the pool speaks of.
        least: labels that any less count as.

    Returns:
        (D,) above 0, on a scale of their own.
    """
    middle, sd = np.log(believed.low * believed.high) / 2, np.log(believed.high / believed.low) / (2 * Z80)
    at = np.where(crossed.seen, crossed.log_labels, np.maximum(crossed.log_labels, np.log(pool)))
    at = np.maximum(at, np.log(least) if least > 0 else -np.inf)
    density = np.exp(-0.5 * ((at - middle) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    weights: Floats = np.maximum(density / crossed.slope, FLOOR)
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
