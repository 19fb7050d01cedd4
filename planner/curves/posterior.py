"""The posterior of one learning curve: Bayesian averaging over a grid of shapes, with a Gaussian-process discrepancy.

error(n) = E · [ρ + (1 − ρ) · φ(n ÷ n_last)] + f(ln n),   E uniform on [0, cap],   f ~ GP(0, (a·m)² · Matérn 3/2)

Notation: N anchors; T shapes; R values of ρ; S settings (amplitude a × length × noise factor); D draws; M grid points;
P (S, N, N) inverse covariance of the anchors. E is integrated out in closed form (Kennedy & O'Hagan 2001 for the
discrepancy; Rasmussen & Williams 2006, eq. 4.17 and 2.23-2.24, for the kernel and the conditional).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from planner.curves.anchors import Anchors
from planner.curves.families import RHO, node_log_prior, shapes_at

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

AMPLITUDES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # of m = √(e(1 − e)) at the last anchor
AMPLITUDE_PRIOR = (1.0, 1.0, 1.0, 0.5, 0.25, 0.12)  # most curves keep close to some family
LENGTHS = (2.0, 5.0)  # in ln(labels)
NOISE_FACTORS = (0.25, 1.0, 4.0)  # on the noise variance, only where too few replicates pin it down
_ENOUGH_REPLICATES = 10
_SMALLEST_ERROR = 0.002  # keeps the discrepancy's scale off zero when nothing was measured wrong


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weights of every node, and what is needed to draw from them.

    Attributes:
        weights: (S, T, R) posterior probabilities, summing to 1.
        centre: (S, T, R) mean of the level E before it is cut to [0, cap].
        spread: (S, T, R) sd of the same.
        precision: (S, N, N) inverse covariance of the anchors.
        amplitude: (S,) sd of the discrepancy.
        length: (S,) its length in ln(labels).
        log_x: (N,) ln of labels ÷ labels at the last anchor.
        error: (N,) mean errors.
        cap: largest error there can be.
    """

    weights: FloatArray
    centre: FloatArray
    spread: FloatArray
    precision: FloatArray
    amplitude: FloatArray
    length: FloatArray
    log_x: FloatArray
    error: FloatArray
    cap: float


def matern32(distance: FloatArray, length: FloatArray | float) -> FloatArray:
    """Give the Matérn 3/2 correlation at a distance, both in ln(labels)."""
    scaled = np.sqrt(3.0) * distance / length
    correlation: FloatArray = (1.0 + scaled) * np.exp(-scaled)
    return correlation


def _settings(anchors: Anchors) -> tuple[FloatArray, FloatArray, FloatArray]:
    factors = NOISE_FACTORS if anchors.replicates < _ENOUGH_REPLICATES else (1.0,)
    grid = np.array(list(product(AMPLITUDES, LENGTHS, factors)))
    error = float(np.clip(anchors.error[-1], _SMALLEST_ERROR, 1.0 - _SMALLEST_ERROR))
    return grid[:, 0] * np.sqrt(error * (1.0 - error)), grid[:, 1], grid[:, 2]


def fit_posterior(anchors: Anchors, cap: float) -> Posterior:
    """Weigh every node of the grid by its marginal likelihood.

    Args:
        anchors: the measurements.
        cap: largest possible error, 1 − 1/K for K classes.
    """
    amplitude, length, factor = _settings(anchors)
    log_x = np.log(anchors.labels / anchors.last)
    distance = np.abs(log_x[:, None] - log_x[None, :])
    covariance = amplitude[:, None, None] ** 2 * matern32(distance, length[:, None, None])
    covariance += factor[:, None, None] * np.diag(anchors.variance)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    precision = root.transpose(0, 2, 1) @ root
    log_root_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    energy, pull = _projections(precision, shapes_at(log_x), anchors.error)
    centre, spread = pull / energy, 1.0 / np.sqrt(energy)
    fit = np.einsum("sij,i,j->s", precision, anchors.error, anchors.error)
    prior = np.log(np.repeat(AMPLITUDE_PRIOR, amplitude.size // len(AMPLITUDE_PRIOR)))
    log_weight = (prior + log_root_det - 0.5 * fit)[:, None, None] + 0.5 * pull * centre + np.log(spread)
    log_weight += np.log(np.maximum(_mass(centre, spread, cap), 1e-300)) + node_log_prior()
    weights = np.exp(log_weight - log_weight.max())
    return Posterior(weights / weights.sum(), centre, spread, precision, amplitude, length, log_x, anchors.error, cap)


def _projections(precision: FloatArray, phi: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give gᵀPg and gᵀPy for g = ρ + (1 − ρ)φ, each (S, T, R), from products with φ alone."""
    one = precision.sum(axis=1)  # 1ᵀP, (S, N)
    half = phi @ precision  # φᵀP, (S, T, N)
    terms = [one.sum(axis=1)[:, None], one @ phi.T, (half * phi).sum(axis=2), (one @ error)[:, None], half @ error]
    a, b, c, d, e = (term[:, :, None] for term in terms)
    return RHO**2 * a + 2.0 * RHO * (1.0 - RHO) * b + (1.0 - RHO) ** 2 * c, RHO * d + (1.0 - RHO) * e


def _mass(centre: FloatArray, spread: FloatArray, cap: float) -> FloatArray:
    mass: FloatArray = ndtr((cap - centre) / spread) - ndtr(-centre / spread)
    return mass


def draw_errors(
    posterior: Posterior, log_grid: FloatArray, n_draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw joint sample paths of the error.

    Nodes are taken by systematic resampling, so that each appears within one draw of its due share.

    Args:
        posterior: a fitted curve.
        log_grid: (M,) ln of labels ÷ labels at the last anchor.
        n_draws: number of paths D.
        rng: the only source of chance.

    Returns:
        Paths (D, M) clipped to [0, cap], and their parametric part (D, M), which never rises.
    """
    cumulative = np.cumsum(posterior.weights.ravel())
    picks = (np.arange(n_draws) + rng.random()) / n_draws * cumulative[-1]
    node = rng.permutation(np.minimum(np.searchsorted(cumulative, picks), cumulative.size - 1))
    setting, shape, share = np.unravel_index(node, posterior.weights.shape)
    level = _draw_levels(posterior.centre.ravel()[node], posterior.spread.ravel()[node], posterior.cap, rng)
    reducible, irreducible = (level * (1.0 - RHO[share]))[:, None], (level * RHO[share])[:, None]
    smooth = irreducible + reducible * shapes_at(log_grid)[shape]
    residual = posterior.error - irreducible - reducible * shapes_at(posterior.log_x)[shape]
    noise = rng.standard_normal((n_draws, log_grid.size))
    discrepancy = _draw_discrepancies(posterior, log_grid, setting, residual, noise)
    return np.clip(smooth + discrepancy, 0.0, posterior.cap), np.minimum(smooth, posterior.cap)


def _draw_levels(centre: FloatArray, spread: FloatArray, cap: float, rng: np.random.Generator) -> FloatArray:
    """Draw E from a normal cut to [0, cap], by inverting its distribution."""
    low, high = ndtr(-centre / spread), ndtr((cap - centre) / spread)
    uniform = np.clip(low + rng.random(centre.size) * (high - low), 1e-12, 1.0 - 1e-12)
    level: FloatArray = np.clip(centre + spread * ndtri(uniform), 0.0, cap)
    return level


def _draw_discrepancies(
    posterior: Posterior, log_grid: FloatArray, setting: IntArray, residual: FloatArray, noise: FloatArray
) -> FloatArray:
    """Draw the Gaussian process at the grid given each draw's residuals at the anchors, (D, M)."""
    across = np.abs(log_grid[:, None] - posterior.log_x[None, :])
    within = np.abs(log_grid[:, None] - log_grid[None, :])
    drawn = np.empty_like(noise)
    for index in np.unique(setting):
        rows = setting == index
        variance, length = posterior.amplitude[index] ** 2, posterior.length[index]
        gain = variance * matern32(across, length) @ posterior.precision[index]
        covariance = variance * (matern32(within, length) + 1e-8 * np.eye(log_grid.size))
        covariance -= gain @ (variance * matern32(across, length)).T
        root = np.linalg.cholesky(covariance)
        drawn[rows] = residual[rows] @ gain.T + noise[rows] @ root.T
    return drawn
