"""The posterior of one learning curve, and joint sample paths from it.

Bayesian averaging over a grid of shapes, with a Gaussian-process discrepancy:

error(n) = E · [ρ + (1 − ρ) · φ(n ÷ n_last)] + f(ln n),   E uniform on [0, cap],   f ~ GP(0, (a·m)² · correlation)

Fitted are the anchors near the last one (`Anchors.near`). E is integrated out in closed form (Kennedy & O'Hagan 2001
for the discrepancy; Rasmussen & Williams 2006, eq. 4.17 and 4.18, for the kernels). From the first fitted anchor on,
each path takes one node of the grid, a level E, and a Gaussian process that departs from the shape as far as the
measurements allow (ibid., eq. 2.23-2.24).

Before it (the early curve), nothing is fitted: every path goes through the measured means there, made never rising.

Notation: N anchors near the last; T shapes; R values of ρ; S settings (discrepancy × noise factor); P (S, N, N) inverse
covariance of the anchors; D draws; M grid points; B grid points of the early curve.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import ndtr, ndtri

from planner.forecasting import prior
from planner.forecasting.anchors import Anchors, usual_level
from planner.randomness import group_indices, resample
from simulations.arrays import Floats, Ints

_SMALLEST_ERROR = 0.002  # keeps the discrepancy's scale off zero when nothing was measured wrong
_STEEPEST, _FLATTEST = 2.9, 0.03  # local powers: the ends of the power laws' grid, a little inside
_STEEP, _FLAT, _SHAPELESS = 0.2, 0.5, 0.9  # shares from which a sentence is due
_GRID_JITTER = 1e-8  # of the discrepancy's variance; keeps its Cholesky factor real


def matern32(distance: Floats, length: Floats | float) -> Floats:
    """Give the Matérn 3/2 correlation at a distance, both in ln(labels)."""
    scaled = np.sqrt(3.0) * distance / length
    correlation: Floats = (1.0 + scaled) * np.exp(-scaled)
    return correlation


def discrepancy_correlation(distance: Floats, roughness: Floats | float) -> Floats:
    """Give the correlation of the discrepancy at a distance in ln(labels).

    Its smooth part, Matérn 3/2, has a slope everywhere, which it carries on beyond the last anchor. Its rough part has
    none (Ornstein & Uhlenbeck; Matérn 1/2): where a curve is jagged, the last two anchors say nothing of what follows.
    """
    rough = np.exp(-distance / prior.ROUGH_LENGTH)
    return (1.0 - roughness) * matern32(distance, prior.SMOOTH_LENGTH) + roughness * rough


def discrepancy_scale(error: float) -> float:
    """Give m = √(e(1 − e)), kept off zero."""
    inside = float(np.clip(error, _SMALLEST_ERROR, 1.0 - _SMALLEST_ERROR))
    return float(np.sqrt(inside * (1.0 - inside)))


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weights of every node, and what is needed to draw from them.

    Attributes:
        weights: (S, T, R) posterior probabilities, summing to 1.
        centre: (S, T, R) mean of the level E that fits best at a node, before it is cut to [0, cap].
        certainty: (S, T, R) 1 ÷ its variance.
        precision: (S, N, N) inverse covariance of the anchors.
        settings: the S combinations of discrepancy and noise.
        scale: m, by which the amplitudes count.
        log_x: (N,) ln of labels ÷ labels at the last anchor.
        error: (N,) mean errors.
        anchors: all of them, those before the N included.
        cap: largest error there can be.
    """

    weights: Floats
    centre: Floats
    certainty: Floats
    precision: Floats
    settings: prior.NoiseSettings
    scale: float
    log_x: Floats
    error: Floats
    anchors: Anchors
    cap: float

    @cached_property
    def nodes(self) -> Floats:
        """Give the posterior probabilities of shapes and irreducible shares, whatever the setting, (T, R)."""
        return np.asarray(self.weights.sum(axis=0))

    @property
    def families(self) -> dict[str, float]:
        """Give the posterior probability of each family of shapes."""
        shares = np.bincount(prior.shape_families(), self.nodes.sum(axis=1), minlength=len(prior.FAMILY_NAMES))
        return dict(zip(prior.FAMILY_NAMES, shares.tolist(), strict=True))


def fit_posterior(anchors: Anchors, cap: float, *, smooth: bool = False) -> Posterior:
    """Weigh every node of the grid by its prior and its marginal likelihood.

    The cap is the largest possible error, 1 − 1/K for K classes. A smooth fit leaves out discrepancies with a rough
    part, which would go through a point that is off.
    """
    settings = prior.noise_settings(anchors.noise_known)
    if smooth:
        settings = settings.smooth()
    scale = discrepancy_scale(float(usual_level(anchors.error)[-1]))
    log_x, near = np.log(anchors.labels / anchors.last), anchors.near
    log_x, error, variance = log_x[near:], anchors.error[near:], anchors.variance[near:]
    amplitude = scale * settings.amplitude[:, None, None]
    distance = np.abs(log_x[:, None] - log_x[None, :])
    covariance = amplitude**2 * discrepancy_correlation(distance, settings.roughness[:, None, None])
    covariance += settings.factor[:, None, None] * np.diag(variance)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    precision = root.transpose(0, 2, 1) @ root
    log_root_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    certainty, pull = _projections(precision, prior.shapes_at(log_x), error)
    centre = pull / certainty
    fit = np.einsum("sij,i,j->s", precision, error, error)
    log_weight = pull  # in place from here on: fresh memory for so many nodes costs more than the arithmetic
    # The log likelihood of the anchors, with E integrated out over all numbers.
    log_weight *= 0.5
    log_weight *= centre
    log_weight += (log_root_det - 0.5 * fit)[:, None, None]
    log_weight -= 0.5 * np.log(certainty)
    log_weight += settings.log_weight[:, None, None]
    log_weight += prior.log_node_weights()
    log_weight -= log_weight.max()
    weights = np.exp(log_weight, out=log_weight)
    weights /= weights.sum()
    return Posterior(weights, centre, certainty, precision, settings, scale, log_x, error, anchors, cap)


def _projections(precision: Floats, phi: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Give gᵀPg and gᵀPy for g = ρ + (1 − ρ)φ, each (S, T, R), from products with φ alone."""
    row_sums = precision.sum(axis=1)  # 1ᵀP, (S, N)
    phi_precision = phi @ precision  # φᵀP, (S, T, N)
    quadratic = np.empty((*phi_precision.shape[:2], 3))
    quadratic[..., 0] = row_sums.sum(axis=1)[:, None]
    quadratic[..., 1] = row_sums @ phi.T
    np.einsum("stn,tn->st", phi_precision, phi, out=quadratic[..., 2])
    linear = np.empty((*phi_precision.shape[:2], 2))
    linear[..., 0] = (row_sums @ error)[:, None]
    linear[..., 1] = phi_precision @ error
    rho_terms = np.stack([prior.RHO**2, 2.0 * prior.RHO * (1.0 - prior.RHO), (1.0 - prior.RHO) ** 2])
    size = (*phi_precision.shape[:2], prior.RHO.size)
    # One product each, of many rows: a product for every setting takes several times as long.
    return (quadratic.reshape(-1, 3) @ rho_terms).reshape(size), (
        linear.reshape(-1, 2) @ np.stack([prior.RHO, 1.0 - prior.RHO])
    ).reshape(size)


@dataclass(frozen=True, slots=True)
class Edge:
    """Posterior shares at the ends of the grid.

    Attributes:
        steepest: on shapes that fall at least as fast around the last anchor as the steepest power law.
        flattest: on shapes that fall no faster there than the flattest, flat included.
        largest_discrepancy: on the largest amplitude, where the shapes explain little of the curve.
        no_floor: on the smallest ρ, 0, an error that more labels remove altogether.
        all_floor: on the largest ρ, an error that they hardly touch.
    """

    steepest: float
    flattest: float
    largest_discrepancy: float
    no_floor: float
    all_floor: float


def grid_edge(posterior: Posterior) -> Edge:
    """Give the posterior's shares at the ends of the grid."""
    power = prior.local_power(0.0)
    by_shape, by_rho = posterior.nodes.sum(axis=1), posterior.nodes.sum(axis=0)
    largest = posterior.settings.amplitude == prior.LARGEST_AMPLITUDE
    return Edge(
        steepest=float(by_shape[power >= _STEEPEST].sum()),
        flattest=float(by_shape[power <= _FLATTEST].sum()),
        largest_discrepancy=float(posterior.weights[largest].sum()),
        no_floor=float(by_rho[0]),
        all_floor=float(by_rho[-1]),
    )


def edge_warnings(edge: Edge) -> tuple[str, ...]:
    """List warnings for a posterior that piles up at the grid's edge.

    On the development curves of LCDB 1.1 each of these went with a larger error, or with too narrow an interval.
    """
    sentences = {
        "The curve falls faster than the model knows curves to fall, and may not go on like that.": (
            edge.steepest > _STEEP
        ),
        "No known shape of learning curve explains these points: the curve is outside what the model knows.": (
            edge.largest_discrepancy > _SHAPELESS
        ),
        "So far the curve is flat, so its points cannot tell whether it stays so.": edge.flattest > _FLAT,
    }
    return tuple(sentence for sentence, due in sentences.items() if due)


def draw_errors(
    posterior: Posterior, log_grid: Floats, n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw joint sample paths of the error at (M,) ln of labels ÷ labels at the last anchor, rising.

    Nodes are taken by systematic resampling. Gives the paths, (D, M) clipped to [0, cap], and the noise factor of each,
    (D,).
    """
    node = resample(posterior.weights.ravel(), n_draws, rng)
    setting, shape, share = np.unravel_index(node, posterior.weights.shape)
    factor = posterior.settings.factor[setting]
    spread = 1.0 / np.sqrt(posterior.certainty.ravel()[node])
    level = _draw_levels(posterior.centre.ravel()[node], spread, posterior.cap, rng)
    reducible, irreducible = (level * (1.0 - prior.RHO[share]))[:, None], (level * prior.RHO[share])[:, None]
    smooth = prior.shapes_at(log_grid)[shape]
    smooth *= reducible
    smooth += irreducible
    residual = posterior.error - irreducible - reducible * prior.shapes_at(posterior.log_x)[shape]
    before = int(np.searchsorted(log_grid, posterior.log_x[0])) if posterior.anchors.near else 0
    # Where some is wanted before what is fitted, both stretches meet at the first fitted anchor.
    at = np.append(posterior.log_x[:1], log_grid[before:]) if before else log_grid
    noise = rng.standard_normal((n_draws, at.size))
    own = _draw_discrepancies(posterior, at, setting, residual, noise)
    paths = np.empty_like(smooth)
    np.add(smooth[:, before:], own[:, 1:] if before else own, out=paths[:, before:])
    if before:
        joined = own[:, 0] + posterior.error[0] - residual[:, 0]
        paths[:, :before] = _early_curve(posterior.anchors, log_grid[:before], joined)
    return np.clip(paths, 0.0, posterior.cap, out=paths), factor


def _draw_levels(centre: Floats, spread: Floats, cap: float, rng: np.random.Generator) -> Floats:
    """Draw E from a normal cut to [0, cap], by inverting its distribution."""
    low, high = ndtr(-centre / spread), ndtr((cap - centre) / spread)
    uniform = np.clip(low + rng.random(centre.size) * (high - low), 1e-12, 1.0 - 1e-12)
    return np.clip(centre + spread * ndtri(uniform), 0.0, cap)


@lru_cache(maxsize=64)
def _grid_correlation(key: bytes, roughness: float) -> Floats:
    log_grid = np.frombuffer(key, dtype=float)
    correlation = discrepancy_correlation(np.abs(log_grid[:, None] - log_grid[None, :]), roughness)
    correlation += _GRID_JITTER * np.eye(log_grid.size)
    correlation.setflags(write=False)  # shared between curves of one design by the cache
    return correlation


def _draw_discrepancies(
    posterior: Posterior, log_grid: Floats, setting: Ints, residual: Floats, noise: Floats
) -> Floats:
    """Draw the Gaussian process at the grid given each draw's residuals at the anchors, (D, M)."""
    across = np.abs(log_grid[:, None] - posterior.log_x[None, :])
    key = np.ascontiguousarray(log_grid).tobytes()
    settings, correlations = posterior.settings, dict[float, Floats]()
    drawn = np.empty_like(noise)
    for index, rows in group_indices(setting):
        roughness = float(settings.roughness[index])
        if roughness not in correlations:
            correlations[roughness] = discrepancy_correlation(across, roughness)
        variance = (posterior.scale * settings.amplitude[index]) ** 2
        before = variance * correlations[roughness]
        gain = before @ posterior.precision[index]
        covariance = variance * _grid_correlation(key, roughness) - gain @ before.T
        own = noise[rows] @ np.linalg.cholesky(covariance).T
        own += residual[rows] @ gain.T
        drawn[rows] = own
    return drawn


def _early_curve(anchors: Anchors, log_grid: Floats, joined: Floats) -> Floats:
    """Give the early curve of each path, whose error at the first fitted anchor is given: (D, B).

    It is the weighted isotonic regression of all measured means, so that a lucky point is no running best.
    """
    log_x, near = np.log(anchors.labels / anchors.last), anchors.near
    measured = -isotonic_regression(-anchors.error, weights=1.0 / anchors.variance).x[:near]
    share = np.clip((log_grid - log_x[near - 1]) / (log_x[near] - log_x[near - 1]), 0.0, 1.0)
    early: Floats = (1.0 - share) * np.interp(log_grid, log_x[:near], measured) + share * joined[:, None]
    return early
