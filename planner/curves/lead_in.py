"""The stretch of a curve before the anchors that the model is fitted to: all anchors smoothed, and joined to each path.

error(n) = α + β · ln(n ÷ n_last) + g(ln n),   g ~ GP(0, (a·m)² · Matérn 3/2)

What is read there is what was measured less its noise; no shape is asked for. Amplitudes, and lines with and without a
slope, are weighed for each path by the likelihood of all anchors and of the path's error at the end of the stretch, by
which the rest of it is conditioned (Rasmussen & Williams 2006, eq. 2.23-2.24, 2.30 and 2.40). The noise is that of the
path.

Notation: A anchors; B grid points of the stretch; Q settings (amplitude × slope); D paths.
"""

from itertools import product

import numpy as np
import numpy.typing as npt

from planner.curves.anchors import Anchors
from planner.curves.kernels import discrepancy_scale, matern32

__all__ = ["draw_lead_in"]

FloatArray = npt.NDArray[np.float64]

_AMPLITUDES = (0.003, 0.1, 0.3, 1.0)  # a, sd of g in units of m
_LENGTH = 3.0  # of g, in ln(labels)
_LEVEL_SD = 1.0  # of α − ½: any level there can be
_SLOPE_SDS = (0.0, 0.3)  # of β
_JITTER = 1e-11  # of the prior variance; rounding of what is left of it is far below


def draw_lead_in(
    anchors: Anchors,
    log_grid: FloatArray,
    join: float,
    joined: FloatArray,
    factor: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw the stretch, given each path's error at its end.

    Args:
        anchors: all anchors of the curve.
        log_grid: (B,) ln of labels ÷ labels at the last anchor, before `join`.
        join: the same where the model's own stretch begins.
        joined: (D,) errors of the paths there.
        factor: (D,) their noise factors.
        rng: the only source of chance.

    Returns:
        (D, B) errors, not yet cut to what an error can be.
    """
    log_x, wanted = np.log(anchors.labels / anchors.last), np.append(log_grid, join)
    scale = discrepancy_scale(float(anchors.error.mean()))
    amplitude, slope = np.array(list(product(scale * np.array(_AMPLITUDES), _SLOPE_SDS))).T[:, :, None, None]
    prior = _covariance(wanted, wanted, amplitude, slope)
    prior += _JITTER * np.eye(wanted.size) * prior
    seen, across = (_covariance(log_x, x, amplitude, slope) for x in (log_x, wanted))
    drawn = rng.standard_normal((joined.size, log_grid.size))
    for one in np.unique(factor):
        rows = factor == one
        noisy = seen + np.diag(one * anchors.variance + _JITTER)
        drawn[rows] = _drawn(noisy, across, prior, anchors.error, joined[rows], drawn[rows], rng)
    return drawn


def _drawn(
    noisy: FloatArray,
    across: FloatArray,
    prior: FloatArray,
    error: FloatArray,
    joined: FloatArray,
    normals: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw with one noise, given covariances: of what is measured (Q, A, A), with and of the errors wanted.

    Those are (Q, A, B + 1) and (Q, B + 1, B + 1); the last of the B + 1 is where the paths stand.
    """
    root = np.linalg.inv(np.linalg.cholesky(noisy))
    whitened, across = root @ (error - 0.5), root @ across
    mean = 0.5 + np.einsum("qa,qab->qb", whitened, across)
    left = prior - across.transpose(0, 2, 1) @ across
    variance = np.maximum(left[:, -1, -1], _JITTER)
    off = joined[:, None] - mean[:, -1]
    say = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) - 0.5 * ((whitened**2).sum(axis=1) + np.log(variance))
    each = say - 0.5 * off**2 / variance  # (D, Q)
    share = np.exp(each - each.max(axis=1, keepdims=True)).cumsum(axis=1)
    setting = (share < rng.random(joined.size)[:, None] * share[:, -1:]).sum(axis=1)
    pull = left[:, :-1, -1] / variance[:, None]  # on the stretch, of an error at its end
    drawn = np.empty_like(normals)
    for q in np.unique(setting):
        rows = setting == q
        own = np.linalg.cholesky(left[q, :-1, :-1] - np.outer(pull[q], left[q, -1, :-1]))
        drawn[rows] = mean[q, :-1] + np.outer(off[rows, q], pull[q]) + normals[rows] @ own.T
    return drawn


def _covariance(x: FloatArray, z: FloatArray, amplitude: FloatArray, slope: FloatArray) -> FloatArray:
    """Give the prior covariance between errors at x (A,) and z (B,), (A, B), of each setting."""
    line = _LEVEL_SD**2 + slope**2 * np.outer(x, z)
    covariance: FloatArray = line + amplitude**2 * matern32(np.abs(x[:, None] - z), _LENGTH)
    return covariance
