"""The stretch of a curve before the anchors that the model is fitted to: all anchors smoothed, and joined to each path.

error(n) = α + β · ln(n ÷ n_last) + g(ln n),   g ~ GP(0, (a·m)² · Matérn 3/2)

What is read there is what was measured less its noise; no shape is asked for. Amplitudes, lines with and without a
slope, and noise factors are weighed by their marginal likelihood (Rasmussen & Williams 2006, eq. 2.23-2.24 and 2.40).

Notation: A anchors; B grid points of the stretch; Q settings (amplitude × slope × noise factor); D paths.
"""

from itertools import product

import numpy as np
import numpy.typing as npt

from planner.curves.anchors import Anchors
from planner.curves.kernels import discrepancy_scale, matern32
from planner.curves.randomness import resample

__all__ = ["draw_lead_in"]

FloatArray = npt.NDArray[np.float64]

_AMPLITUDES = (0.003, 0.1, 0.3, 1.0)  # a, sd of g in units of m
_LENGTH = 3.0  # of g, in ln(labels)
_LEVEL_SD = 1.0  # of α − ½: any level there can be
_SLOPE_SDS = (0.0, 0.3)  # of β
_JITTER = 1e-9


def draw_lead_in(
    anchors: Anchors,
    factors: FloatArray,
    log_grid: FloatArray,
    join: float,
    joined: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw the stretch, given each path's error at its end.

    Args:
        anchors: all anchors of the curve.
        factors: noise factors to average over.
        log_grid: (B,) ln of labels ÷ labels at the last anchor, before `join`.
        join: the same where the model's own stretch begins.
        joined: (D,) errors of the paths there.
        rng: the only source of chance.

    Returns:
        (D, B) errors, not yet cut to what an error can be.
    """
    log_x, wanted = np.log(anchors.labels / anchors.last), np.append(log_grid, join)
    scale = discrepancy_scale(float(anchors.error.mean()))
    settings = np.array(list(product(scale * np.array(_AMPLITUDES), _SLOPE_SDS, factors)))
    amplitude, slope, factor = settings.T[:, :, None, None]
    noisy = _covariance(log_x, log_x, amplitude, slope) + factor * np.diag(anchors.variance)
    root = np.linalg.inv(np.linalg.cholesky(noisy))  # (Q, A, A)
    whitened = root @ (anchors.error - 0.5)
    log_weight = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) - 0.5 * (whitened**2).sum(axis=1)
    setting = resample(np.exp(log_weight - log_weight.max()), joined.size, rng)
    drawn = rng.standard_normal((joined.size, log_grid.size))
    for q in np.unique(setting):
        rows = setting == q
        across = root[q] @ _covariance(log_x, wanted, amplitude[q], slope[q])  # (A, B + 1)
        mean = 0.5 + whitened[q] @ across
        left = _covariance(wanted, wanted, amplitude[q], slope[q]) - across.T @ across
        left += _JITTER * scale**2 * np.eye(wanted.size)
        pull = left[:-1, -1] / left[-1, -1]  # on the stretch, of an error at its end
        own = np.linalg.cholesky(left[:-1, :-1] - np.outer(pull, left[-1, :-1]))
        drawn[rows] = mean[:-1] + np.outer(joined[rows] - mean[-1], pull) + drawn[rows] @ own.T
    return drawn


def _covariance(x: FloatArray, z: FloatArray, amplitude: FloatArray, slope: FloatArray) -> FloatArray:
    """Give the prior covariance between errors at x (A,) and z (B,), (A, B), of each setting."""
    line = _LEVEL_SD**2 + slope**2 * np.outer(x, z)
    covariance: FloatArray = line + amplitude**2 * matern32(np.abs(x[:, None] - z), _LENGTH)
    return covariance
