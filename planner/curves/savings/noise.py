"""How far the difference of two mean curves may be off, from seeds as pairs.

Notation:
    S, B    ()      paired seeds; bins of neighbouring label counts
    d       (S, B)  difference strategy − random of one seed, less its mean over seeds
    Σ       (B, B)  covariance of the mean difference
"""

import numpy as np

from planner.arrays import Floats

_SEED_SHARE = 0.03  # sd of one seed's error ÷ √(e(1−e)), where seeds cannot tell
_PRIOR_DOF = 2.0  # how many seeds that guess is worth
_LENGTH = 0.5  # of the noise's memory along a curve, in ln n, where seeds cannot tell
_LENGTHS = (0.05, 5.0)
_ENOUGH = 4  # seeds, to say anything about memory


def paired_covariance(deviations: Floats, error: Floats, log_labels: Floats) -> Floats:
    """Estimate the covariance of a mean difference along the curve.

    One seed's curve carries its noise along (the same split, the same early items), and there are about as many seeds
    as bins, so that the sample covariance alone is near singular. It is shrunk towards exponential memory in ln n, the
    prior counting as many seeds as there are bins (shrinking towards structure: Ledoit & Wolf 2004, J. Multivariate
    Analysis 88:365).

    Args:
        deviations: (S, B) d, summing to 0 over seeds.
        error: (B,) mean error, which scales the guess.
        log_labels: (B,) mean ln n of each bin.

    Returns:
        (B, B) Σ, positive definite.
    """
    seeds, bins = deviations.shape
    guess = 2.0 * _SEED_SHARE**2 * np.maximum(error * (1.0 - error), 1e-4)
    variance = ((deviations**2).sum(axis=0) + _PRIOR_DOF * guess) / (seeds - 1 + _PRIOR_DOF)
    scale = np.sqrt(variance)
    gaps = np.abs(log_labels[:, None] - log_labels)
    memory = np.exp(-gaps / _memory_length(deviations / scale, log_labels))
    target = scale[:, None] * memory * scale
    pooled = (bins * target + deviations.T @ deviations) / (bins + seeds - 1)
    covariance: Floats = pooled / seeds
    return covariance


def _memory_length(standard: Floats, log_labels: Floats) -> float:
    """Match exp(−gap ÷ length) to the mean correlation of neighbouring bins."""
    seeds, bins = standard.shape
    if seeds < _ENOUGH or bins < 2:
        return _LENGTH
    correlation = float((standard[:, 1:] * standard[:, :-1]).sum() / (seeds - 1) / (bins - 1))
    gap = float(np.diff(log_labels).mean())
    return float(np.clip(-gap / np.log(np.clip(correlation, 0.01, 0.99)), *_LENGTHS))
