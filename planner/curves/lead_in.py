"""The stretch of a curve before the anchors that the model is fitted to: all anchors smoothed, and joined to each path.

error(n) = α + β · ln(n ÷ n_last) + g(ln n),   g ~ GP(0, (a·m)² · Matérn 3/2)

What is read there is what was measured less its noise; no shape is asked for. Amplitudes, and lines with and without a
slope, are weighed for each path by the likelihood of all anchors and of the path's error at the end of the stretch, by
which the rest of it is conditioned (Rasmussen & Williams 2006, eq. 2.23-2.24, 2.30 and 2.40). The noise is that of the
path.

Notation: A anchors; B grid points of the stretch; Q settings (amplitude × slope); F noise factors; D
paths.
"""

from itertools import product

import numpy as np

from planner.arrays import Floats, Ints
from planner.curves.anchors import Anchors
from planner.curves.kernels import discrepancy_scale, matern32
from planner.randomness import groups

_AMPLITUDES = (0.003, 0.1, 0.3, 1.0)  # a, sd of g in units of m
_LENGTH = 3.0  # of g, in ln(labels)
_LEVEL_SD = 1.0  # of α − ½: any level there can be
_SLOPE_SDS = (0.0, 0.3)  # of β
_JITTER = 1e-11  # of the prior variance; rounding of what is left of it is far below


def draw_lead_in(
    anchors: Anchors,
    log_grid: Floats,
    join: float,
    joined: Floats,
    factor: Floats,
    rng: np.random.Generator,
) -> Floats:
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
    normals = rng.standard_normal((joined.size, log_grid.size))
    noises, noise = np.unique(factor, return_inverse=True)
    own = (noises[:, None] * anchors.variance + _JITTER)[:, None, :, None] * np.eye(log_x.size)
    root = np.linalg.inv(np.linalg.cholesky(seen + own))  # (F, Q, A, A)
    whitened, across = root @ (anchors.error - 0.5), root @ across
    mean = 0.5 + np.einsum("fqa,fqab->fqb", whitened, across)
    left = prior - np.swapaxes(across, 2, 3) @ across  # (F, Q, B + 1, B + 1)
    variance = np.maximum(left[:, :, -1, -1], _JITTER)
    off = joined[:, None] - mean[noise, :, -1]  # (D, Q)
    say = np.log(np.diagonal(root, axis1=2, axis2=3)).sum(axis=2) - 0.5 * ((whitened**2).sum(axis=2) + np.log(variance))
    each = say[noise] - 0.5 * off**2 / variance[noise]
    share = np.exp(each - each.max(axis=1, keepdims=True)).cumsum(axis=1)
    setting = (share < _uniform(noise, rng)[:, None] * share[:, -1:]).sum(axis=1)
    pull = left[:, :, :-1, -1] / variance[:, :, None]  # on the stretch, of an error at its end
    drawn = np.empty_like(normals)
    for kind, rows in groups(noise * amplitude.size + setting):
        f, q = divmod(kind, amplitude.size)
        spread = np.linalg.cholesky(left[f, q, :-1, :-1] - np.outer(pull[f, q], left[f, q, -1, :-1]))
        drawn[rows] = mean[f, q, :-1] + np.outer(off[rows, q], pull[f, q]) + normals[rows] @ spread.T
    return drawn


def _uniform(noise: Ints, rng: np.random.Generator) -> Floats:
    """Draw one number of each path, those of the smallest noise first."""
    uniform = np.empty(noise.size)
    uniform[np.argsort(noise, kind="stable")] = rng.random(noise.size)
    return uniform


def _covariance(x: Floats, z: Floats, amplitude: Floats, slope: Floats) -> Floats:
    """Give the prior covariance between errors at x (A,) and z (B,), (A, B), of each setting."""
    line = _LEVEL_SD**2 + slope**2 * np.outer(x, z)
    covariance: Floats = line + amplitude**2 * matern32(np.abs(x[:, None] - z), _LENGTH)
    return covariance
