"""The posterior of one learning curve: Bayesian averaging over a grid of shapes, with a Gaussian-process discrepancy.

error(n) = E · [ρ + (1 − ρ) · φ(n ÷ n_last)] + f(ln n),   E uniform on [0, cap],   f ~ GP(0, (a·m)² · correlation)

Fitted are the anchors near the last one (`Anchors.near`); for what lies before them see `planner.curves.lead_in`.

Notation: N anchors near the last; T shapes; R values of ρ; S settings (discrepancy × noise factor); D draws; M grid
points; P (S, N, N) inverse covariance of the anchors. E is integrated out in closed form (Kennedy & O'Hagan 2001 for
the discrepancy; Rasmussen & Williams 2006, eq. 4.17, 4.18 and 2.23-2.24, for the kernels and the conditional).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from planner.curves.anchors import Anchors
from planner.curves.families import FAMILY_NAMES, RHO, shape_families, shapes_at
from planner.curves.kernels import departure, discrepancy_scale
from planner.curves.lead_in import draw_lead_in
from planner.curves.prior import ForecastPrior, Settings
from planner.curves.randomness import resample

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_CERTAIN = 4.5  # standard deviations from the nearer bound at which none of a level's mass is cut off
_NO_SAY = 60.0  # below the best in log likelihood; no prior weight makes up for it
_JITTER = 1e-8


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weights of every node, and what is needed to draw from them.

    Attributes:
        weights: (S, T, R) posterior probabilities, summing to 1.
        centre: (S, T, R) mean of the level E before it is cut to [0, cap].
        spread: (S, T, R) sd of the same.
        precision: (S, N, N) inverse covariance of the anchors.
        settings: the S combinations of discrepancy and noise.
        scale: m, by which the amplitudes count.
        log_x: (N,) ln of labels ÷ labels at the last anchor.
        error: (N,) mean errors.
        anchors: all of them, those before the N included.
        cap: largest error there can be.
    """

    weights: FloatArray
    centre: FloatArray
    spread: FloatArray
    precision: FloatArray
    settings: Settings
    scale: float
    log_x: FloatArray
    error: FloatArray
    anchors: Anchors
    cap: float

    @property
    def families(self) -> dict[str, float]:
        """Give the posterior probability of each family of shapes."""
        shares = np.bincount(shape_families(), self.weights.sum(axis=(0, 2)), minlength=len(FAMILY_NAMES))
        return dict(zip(FAMILY_NAMES, shares.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Joint sample paths of the error.

    Attributes:
        paths: (D, M) clipped to [0, cap].
        smooth: (D, M) their parametric part, which never rises; carried on backward where the model is not fitted.
        factor: (D,) the noise factor of each path.
    """

    paths: FloatArray
    smooth: FloatArray
    factor: FloatArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """How well every node explains a curve.

    Attributes:
        log_likelihood: (S, T, R) of the anchors, with the level E integrated out.
        centre: (S, T, R) mean of E before it is cut to [0, cap].
        spread: (S, T, R) sd of the same.
        precision: (S, N, N) inverse covariance of the anchors.
    """

    log_likelihood: FloatArray
    centre: FloatArray
    spread: FloatArray
    precision: FloatArray


def evidence(
    log_x: FloatArray, error: FloatArray, variance: FloatArray, settings: Settings, *, scale: float, cap: float
) -> Evidence:
    """Give the marginal likelihood of a curve under every node.

    Args:
        log_x: (N,) ln of labels ÷ labels where the shapes are 1.
        error: (N,) mean errors.
        variance: (N,) their noise variance, before the noise factor.
        settings: the S combinations of discrepancy and noise.
        scale: m, by which the amplitudes count.
        cap: largest possible error.
    """
    amplitude = scale * settings.amplitude[:, None, None]
    distance = np.abs(log_x[:, None] - log_x[None, :])
    covariance = amplitude**2 * departure(distance, settings.length[:, None, None], settings.roughness[:, None, None])
    covariance += settings.factor[:, None, None] * np.diag(variance)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    precision = root.transpose(0, 2, 1) @ root
    log_root_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    energy, pull = _projections(precision, shapes_at(log_x), error)
    centre, spread = pull / energy, 1.0 / np.sqrt(energy)
    fit = np.einsum("sij,i,j->s", precision, error, error)
    log_likelihood = (log_root_det - 0.5 * fit)[:, None, None] + 0.5 * pull * centre - 0.5 * np.log(energy)
    _add_log_mass(log_likelihood, centre, spread, cap)
    return Evidence(log_likelihood, centre, spread, precision)


def fit_posterior(anchors: Anchors, cap: float, prior: ForecastPrior, *, smooth: bool = False) -> Posterior:
    """Weigh every node of the grid by its prior and its marginal likelihood.

    Args:
        anchors: the measurements.
        cap: largest possible error, 1 − 1/K for K classes.
        prior: weights before the measurements.
        smooth: whether to leave out discrepancies with a rough part, which would go through a point that is off.
    """
    settings = prior.settings(anchors.noise_known)
    if smooth:
        settings = settings.smooth()
    scale = discrepancy_scale(float(anchors.error[-1]))
    log_x, near = np.log(anchors.labels / anchors.last), anchors.near
    log_x, error, variance = log_x[near:], anchors.error[near:], anchors.variance[near:]
    found = evidence(log_x, error, variance, settings, scale=scale, cap=cap)
    log_weight = found.log_likelihood
    log_weight += settings.log_weight[:, None, None]
    log_weight += prior.log_nodes
    log_weight -= log_weight.max()
    weights = np.exp(log_weight, out=log_weight)
    weights /= weights.sum()
    return Posterior(weights, found.centre, found.spread, found.precision, settings, scale, log_x, error, anchors, cap)


def _projections(precision: FloatArray, phi: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give gᵀPg and gᵀPy for g = ρ + (1 − ρ)φ, each (S, T, R), from products with φ alone."""
    one = precision.sum(axis=1)  # 1ᵀP, (S, N)
    half = phi @ precision  # φᵀP, (S, T, N)
    quadratic = np.empty((*half.shape[:2], 3))
    quadratic[..., 0] = one.sum(axis=1)[:, None]
    quadratic[..., 1] = one @ phi.T
    np.einsum("stn,tn->st", half, phi, out=quadratic[..., 2])
    linear = np.empty((*half.shape[:2], 2))
    linear[..., 0] = (one @ error)[:, None]
    linear[..., 1] = half @ error
    in_rho = np.stack([RHO**2, 2.0 * RHO * (1.0 - RHO), (1.0 - RHO) ** 2])
    size = (*half.shape[:2], RHO.size)
    # One product each, of many rows: a product for every setting takes several times as long.
    return (quadratic.reshape(-1, 3) @ in_rho).reshape(size), (
        linear.reshape(-1, 2) @ np.stack([RHO, 1.0 - RHO])
    ).reshape(size)


def _add_log_mass(log_likelihood: FloatArray, centre: FloatArray, spread: FloatArray, cap: float) -> None:
    """Add the log of the share of each level's normal that lies within [0, cap], where any is cut off.

    Nodes far below one that loses nothing are left as they are: what is added is below 0 and makes them smaller still.
    """
    cut = np.minimum(centre, cap - centre) < _CERTAIN * spread
    cut &= log_likelihood > np.where(cut, -np.inf, log_likelihood).max() - _NO_SAY
    middle, width = centre[cut], spread[cut]
    mass = ndtr(middle / width)
    high = cap - middle < _CERTAIN * width
    mass[high] -= ndtr((middle[high] - cap) / width[high])
    log_likelihood[cut] += np.log(np.maximum(mass, 1e-300))


def draw_errors(posterior: Posterior, log_grid: FloatArray, n_draws: int, rng: np.random.Generator) -> Drawn:
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
    level = _draw_levels(posterior.centre.ravel()[node], posterior.spread.ravel()[node], posterior.cap, rng)
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
        paths[:, :before] = draw_lead_in(posterior.anchors, log_grid[:before], at[0], joined, factor, rng)
    np.clip(paths, 0.0, posterior.cap, out=paths)
    return Drawn(paths, np.minimum(smooth, posterior.cap, out=smooth), factor)


def _draw_levels(centre: FloatArray, spread: FloatArray, cap: float, rng: np.random.Generator) -> FloatArray:
    """Draw E from a normal cut to [0, cap], by inverting its distribution."""
    low, high = ndtr(-centre / spread), ndtr((cap - centre) / spread)
    uniform = np.clip(low + rng.random(centre.size) * (high - low), 1e-12, 1.0 - 1e-12)
    level: FloatArray = np.clip(centre + spread * ndtri(uniform), 0.0, cap)
    return level


@lru_cache(maxsize=64)
def _within(key: bytes, length: float, roughness: float) -> FloatArray:
    log_grid = np.frombuffer(key, dtype=float)
    correlation = departure(np.abs(log_grid[:, None] - log_grid[None, :]), length, roughness)
    correlation += _JITTER * np.eye(log_grid.size)
    correlation.setflags(write=False)  # shared between curves of one design by the cache
    return correlation


def _draw_discrepancies(
    posterior: Posterior, log_grid: FloatArray, setting: IntArray, residual: FloatArray, noise: FloatArray
) -> FloatArray:
    """Draw the Gaussian process at the grid given each draw's residuals at the anchors, (D, M)."""
    across = np.abs(log_grid[:, None] - posterior.log_x[None, :])
    key = np.ascontiguousarray(log_grid).tobytes()
    drawn = np.empty_like(noise)
    for index in np.unique(setting):
        rows = setting == index
        variance = (posterior.scale * posterior.settings.amplitude[index]) ** 2
        kind = float(posterior.settings.length[index]), float(posterior.settings.roughness[index])
        prior = variance * departure(across, *kind)
        gain = prior @ posterior.precision[index]
        drawn[rows] = residual[rows] @ gain.T
        covariance = variance * _within(key, *kind) - gain @ prior.T
        drawn[rows] += noise[rows] @ np.linalg.cholesky(covariance).T
    return drawn
