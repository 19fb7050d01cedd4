"""Joint sample paths of one learning curve, drawn from its posterior.

From the first fitted anchor on, each path takes one node of the grid, a level E, and a Gaussian process that departs
from the shape as far as the measurements allow (Rasmussen & Williams 2006, eq. 2.23-2.24).

Before it (the early curve), no shape is fitted; a path there is what was measured less its noise:

error(n) = α + β · ln(n ÷ n_last) + g(ln n),   g ~ GP(0, (a·m)² · Matérn 3/2)

Amplitudes, and lines with and without a slope, are weighed for each path by the likelihood of all anchors and of the
path's error at the end of the early curve, by which the rest of it is conditioned (ibid., eq. 2.30 and 2.40).

Notation: N anchors near the last; A all anchors; T shapes; R values of ρ; S settings (discrepancy × noise factor);
D draws; M grid points; B grid points of the early curve; Q its settings (amplitude × slope); F noise factors.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri

from planner.forecast.anchors import Anchors
from planner.forecast.families import RHO, shapes_at
from planner.forecast.posterior import Posterior, discrepancy_correlation, discrepancy_scale, matern32
from planner.randomness import group_indices, resample
from simulations.arrays import Floats, Ints

_AMPLITUDES = (0.003, 0.1, 0.3, 1.0)  # a, sd of g in units of m
_LENGTH = 3.0  # of g, in ln(labels)
_LEVEL_SD = 1.0  # of α − ½: any level there can be
_SLOPE_SDS = (0.0, 0.3)  # of β
_JITTER = 1e-11  # of the prior variance; rounding of what is left of it is far below
_GRID_JITTER = 1e-8  # the same for the discrepancy on the whole grid


@dataclass(frozen=True, eq=False)
class Drawn:
    """Joint sample paths of the error.

    Attributes:
        paths: (D, M) clipped to [0, cap].
        smooth: (D, M) their parametric part, which never rises; carried on backward where the model is not fitted.
        factor: (D,) the noise factor of each path.
    """

    paths: Floats
    smooth: Floats
    factor: Floats


def draw_errors(posterior: Posterior, log_grid: Floats, n_draws: int, rng: np.random.Generator) -> Drawn:
    """Draw joint sample paths of the error.

    Nodes are taken by systematic resampling.

    Args:
        posterior: a fitted curve.
        log_grid: (M,) ln of labels ÷ labels at the last anchor, rising.
        n_draws: number of paths D.
        rng: the only source of chance.
    """
    node = resample(posterior.weights.ravel(), n_draws, rng)
    setting, shape, share = np.unravel_index(node, posterior.weights.shape)
    factor = posterior.settings.factor[setting]
    spread = 1.0 / np.sqrt(posterior.certainty.ravel()[node])
    level = _draw_levels(posterior.centre.ravel()[node], spread, posterior.cap, rng)
    reducible, irreducible = (level * (1.0 - RHO[share]))[:, None], (level * RHO[share])[:, None]
    smooth = shapes_at(log_grid)[shape]
    smooth *= reducible
    smooth += irreducible
    residual = posterior.error - irreducible - reducible * shapes_at(posterior.log_x)[shape]
    before = int(np.searchsorted(log_grid, posterior.log_x[0])) if posterior.anchors.near else 0
    # Where some is wanted before what is fitted, both stretches meet at the first fitted anchor.
    at = np.append(posterior.log_x[:1], log_grid[before:]) if before else log_grid
    noise = rng.standard_normal((n_draws, at.size))
    own = _draw_discrepancies(posterior, at, setting, residual, noise)
    paths = np.empty_like(smooth)
    np.add(smooth[:, before:], own[:, 1:] if before else own, out=paths[:, before:])
    if before:
        joined = own[:, 0] + posterior.error[0] - residual[:, 0]
        paths[:, :before] = draw_early_curve(posterior.anchors, log_grid[:before], at[0], joined, factor, rng)
    np.clip(paths, 0.0, posterior.cap, out=paths)
    return Drawn(paths, np.minimum(smooth, posterior.cap, out=smooth), factor)


def _draw_levels(centre: Floats, spread: Floats, cap: float, rng: np.random.Generator) -> Floats:
    """Draw E from a normal cut to [0, cap], by inverting its distribution."""
    low, high = ndtr(-centre / spread), ndtr((cap - centre) / spread)
    uniform = np.clip(low + rng.random(centre.size) * (high - low), 1e-12, 1.0 - 1e-12)
    return np.clip(centre + spread * ndtri(uniform), 0.0, cap)


@lru_cache(maxsize=64)
def _grid_correlation(key: bytes, length: float, roughness: float) -> Floats:
    log_grid = np.frombuffer(key, dtype=float)
    correlation = discrepancy_correlation(np.abs(log_grid[:, None] - log_grid[None, :]), length, roughness)
    correlation += _GRID_JITTER * np.eye(log_grid.size)
    correlation.setflags(write=False)  # shared between curves of one design by the cache
    return correlation


def _draw_discrepancies(
    posterior: Posterior, log_grid: Floats, setting: Ints, residual: Floats, noise: Floats
) -> Floats:
    """Draw the Gaussian process at the grid given each draw's residuals at the anchors, (D, M)."""
    across = np.abs(log_grid[:, None] - posterior.log_x[None, :])
    key = np.ascontiguousarray(log_grid).tobytes()
    settings, correlations = posterior.settings, dict[tuple[float, float], Floats]()
    drawn = np.empty_like(noise)
    for index, rows in group_indices(setting):
        kind = float(settings.length[index]), float(settings.roughness[index])
        if kind not in correlations:
            correlations[kind] = discrepancy_correlation(across, *kind)
        variance = (posterior.scale * settings.amplitude[index]) ** 2
        prior = variance * correlations[kind]
        gain = prior @ posterior.precision[index]
        covariance = variance * _grid_correlation(key, *kind) - gain @ prior.T
        own = noise[rows] @ np.linalg.cholesky(covariance).T
        own += residual[rows] @ gain.T
        drawn[rows] = own
    return drawn


def draw_early_curve(
    anchors: Anchors, log_grid: Floats, join: float, joined: Floats, factor: Floats, rng: np.random.Generator
) -> Floats:
    """Draw the early curve, given each path's error at its end.

    Args:
        anchors: all anchors of the curve.
        log_grid: (B,) ln of labels ÷ labels at the last anchor, before `join`.
        join: the same where the model's own stretch begins.
        joined: (D,) errors of the paths there.
        factor: (D,) their noise factors.
        rng: the only source of chance.

    Returns:
        (D, B) errors, not yet clipped to [0, cap].
    """
    log_x, wanted = np.log(anchors.labels / anchors.last), np.append(log_grid, join)
    scale = discrepancy_scale(float(anchors.error.mean()))
    amplitude, slope = np.array(list(product(scale * np.array(_AMPLITUDES), _SLOPE_SDS))).T[:, :, None, None]
    prior = _early_covariance(wanted, wanted, amplitude, slope)
    prior += _JITTER * np.eye(wanted.size) * prior
    at_anchors, across = (_early_covariance(log_x, x, amplitude, slope) for x in (log_x, wanted))
    normals = rng.standard_normal((joined.size, log_grid.size))
    noises, noise = np.unique(factor, return_inverse=True)
    own = (noises[:, None] * anchors.variance + _JITTER)[:, None, :, None] * np.eye(log_x.size)
    root = np.linalg.inv(np.linalg.cholesky(at_anchors + own))  # (F, Q, A, A)
    whitened, across = root @ (anchors.error - 0.5), root @ across
    mean = 0.5 + np.einsum("fqa,fqab->fqb", whitened, across)
    left = prior - np.swapaxes(across, 2, 3) @ across  # (F, Q, B + 1, B + 1)
    variance = np.maximum(left[:, :, -1, -1], _JITTER)
    off = joined[:, None] - mean[noise, :, -1]  # (D, Q)
    log_root_det = np.log(np.diagonal(root, axis1=2, axis2=3)).sum(axis=2)
    log_likelihood = log_root_det - 0.5 * ((whitened**2).sum(axis=2) + np.log(variance))
    log_weight = log_likelihood[noise] - 0.5 * off**2 / variance[noise]
    cumulative = np.exp(log_weight - log_weight.max(axis=1, keepdims=True)).cumsum(axis=1)
    setting = (cumulative < _draw_uniform(noise, rng)[:, None] * cumulative[:, -1:]).sum(axis=1)
    pull = left[:, :, :-1, -1] / variance[:, :, None]  # on the stretch, of an error at its end
    drawn = np.empty_like(normals)
    for kind, rows in group_indices(noise * amplitude.size + setting):
        f, q = divmod(kind, amplitude.size)
        spread = np.linalg.cholesky(left[f, q, :-1, :-1] - np.outer(pull[f, q], left[f, q, -1, :-1]))
        drawn[rows] = mean[f, q, :-1] + np.outer(off[rows, q], pull[f, q]) + normals[rows] @ spread.T
    return drawn


def _draw_uniform(noise: Ints, rng: np.random.Generator) -> Floats:
    """Draw a uniform number for each path; paths with the smallest noise factor come first."""
    uniform = np.empty(noise.size)
    uniform[np.argsort(noise, kind="stable")] = rng.random(noise.size)
    return uniform


def _early_covariance(x: Floats, z: Floats, amplitude: Floats, slope: Floats) -> Floats:
    """Give the prior covariance between errors at x (A,) and z (B,), (A, B), of each setting."""
    line = _LEVEL_SD**2 + slope**2 * np.outer(x, z)
    return line + amplitude**2 * matern32(np.abs(x[:, None] - z), _LENGTH)
