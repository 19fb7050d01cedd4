"""The posterior of one learning curve: Bayesian averaging over a grid of shapes, with a Gaussian-process discrepancy.

error(n) = E · [ρ + (1 − ρ) · φ(n ÷ n_last)] + f(ln n),   E uniform on [0, cap],   f ~ GP(0, (a·m)² · correlation)

Fitted are the anchors near the last one (`Anchors.near`); `planner.forecast.sampling` smooths the anchors before them
and draws the sample paths.

Notation: N anchors near the last; T shapes; R values of ρ; S settings (discrepancy × noise factor); P (S, N, N) inverse
covariance of the anchors. E is integrated out in closed form (Kennedy & O'Hagan 2001 for the discrepancy; Rasmussen &
Williams 2006, eq. 4.17 and 4.18, for the kernels).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from planner.forecast.anchors import Anchors
from planner.forecast.families import FAMILY_NAMES, RHO, local_power, shape_families, shapes_at
from planner.forecast.prior import LARGEST_AMPLITUDE, ROUGH_LENGTH, ForecastPrior, NoiseSettings, near_one_correction
from simulations.arrays import Floats

_SMALLEST_ERROR = 0.002  # keeps the discrepancy's scale off zero when nothing was measured wrong
_CERTAIN = 4.5  # standard deviations from the nearer bound at which none of a level's mass is cut off
_NEGLIGIBLE = 60.0  # below the best in log likelihood; no prior weight makes up for it
_STEEPEST, _FLATTEST = 2.9, 0.03  # local powers: the ends of the power laws' grid, a little inside
_STEEP, _FLAT, _SHAPELESS = 0.2, 0.5, 0.9  # shares from which a sentence is due


def matern32(distance: Floats, length: Floats | float) -> Floats:
    """Give the Matérn 3/2 correlation at a distance, both in ln(labels)."""
    scaled = np.sqrt(3.0) * distance / length
    correlation: Floats = (1.0 + scaled) * np.exp(-scaled)
    return correlation


def discrepancy_correlation(distance: Floats, length: Floats | float, roughness: Floats | float) -> Floats:
    """Give the correlation of the discrepancy at a distance in ln(labels).

    Its smooth part, Matérn 3/2, has a slope everywhere, which it carries on beyond the last anchor. Its rough part has
    none (Ornstein & Uhlenbeck; Matérn 1/2): where a curve is jagged, the last two anchors say nothing of what follows.
    """
    rough = np.exp(-distance / ROUGH_LENGTH)
    return (1.0 - roughness) * matern32(distance, length) + roughness * rough


def discrepancy_scale(error: float) -> float:
    """Give m = √(e(1 − e)), kept off zero."""
    inside = float(np.clip(error, _SMALLEST_ERROR, 1.0 - _SMALLEST_ERROR))
    return float(np.sqrt(inside * (1.0 - inside)))


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weights of every node, and what is needed to draw from them.

    Attributes:
        weights: (S, T, R) posterior probabilities, summing to 1.
        centre: (S, T, R) mean of the level E before it is cut to [0, cap].
        certainty: (S, T, R) 1 ÷ variance of the same.
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
    settings: NoiseSettings
    scale: float
    log_x: Floats
    error: Floats
    anchors: Anchors
    cap: float

    @cached_property
    def nodes(self) -> Floats:
        """Give the posterior probabilities of shapes and irreducible shares, whatever the setting, (T, R)."""
        summed: Floats = self.weights.sum(axis=0)
        return summed

    @property
    def families(self) -> dict[str, float]:
        """Give the posterior probability of each family of shapes."""
        shares = np.bincount(shape_families(), self.nodes.sum(axis=1), minlength=len(FAMILY_NAMES))
        return dict(zip(FAMILY_NAMES, shares.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class NodeEvidence:
    """The likelihood of a curve under every node, and the level E that fits best there.

    Attributes:
        log_likelihood: (S, T, R) of the anchors, with the level E integrated out.
        centre: (S, T, R) mean of E before it is cut to [0, cap].
        certainty: (S, T, R) 1 ÷ variance of the same.
        precision: (S, N, N) inverse covariance of the anchors.
    """

    log_likelihood: Floats
    centre: Floats
    certainty: Floats
    precision: Floats


def node_likelihoods(
    log_x: Floats, error: Floats, variance: Floats, settings: NoiseSettings, *, scale: float, cap: float
) -> NodeEvidence:
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
    covariance = amplitude**2 * discrepancy_correlation(
        distance, settings.length[:, None, None], settings.roughness[:, None, None]
    )
    covariance += settings.factor[:, None, None] * np.diag(variance)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    precision = root.transpose(0, 2, 1) @ root
    log_root_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    certainty, pull = _projections(precision, shapes_at(log_x), error)
    centre = pull / certainty
    fit = np.einsum("sij,i,j->s", precision, error, error)
    log_likelihood = pull  # in place from here on: fresh memory for so many nodes costs more than the arithmetic
    log_likelihood *= 0.5
    log_likelihood *= centre
    log_likelihood += (log_root_det - 0.5 * fit)[:, None, None]
    half_log = np.log(certainty)
    half_log *= 0.5
    log_likelihood -= half_log
    _add_log_mass(log_likelihood, centre, certainty, cap, half_log)
    return NodeEvidence(log_likelihood, centre, certainty, precision)


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
    node_evidence = node_likelihoods(log_x, error, variance, settings, scale=scale, cap=cap)
    log_weight = node_evidence.log_likelihood
    log_weight += settings.log_weight[:, None, None]
    log_weight += prior.log_nodes(float(anchors.error[-1]))
    log_weight -= log_weight.max()
    weights = np.exp(log_weight, out=log_weight)
    weights /= weights.sum()
    return Posterior(
        weights,
        node_evidence.centre,
        node_evidence.certainty,
        node_evidence.precision,
        settings,
        scale,
        log_x,
        error,
        anchors,
        cap,
    )


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
    rho_terms = np.stack([RHO**2, 2.0 * RHO * (1.0 - RHO), (1.0 - RHO) ** 2])
    size = (*phi_precision.shape[:2], RHO.size)
    # One product each, of many rows: a product for every setting takes several times as long.
    return (quadratic.reshape(-1, 3) @ rho_terms).reshape(size), (
        linear.reshape(-1, 2) @ np.stack([RHO, 1.0 - RHO])
    ).reshape(size)


def _add_log_mass(log_likelihood: Floats, centre: Floats, certainty: Floats, cap: float, scratch: Floats) -> None:
    """Add the log of the share of each level's normal that lies within [0, cap], where any is cut off.

    Nodes far below one that loses nothing are left as they are: what is added is below 0 and makes them smaller still.
    `scratch` is working space, of the size of the others.
    """
    np.subtract(cap, centre, out=scratch)
    np.minimum(scratch, centre, out=scratch)  # to the nearer bound
    sharp = np.sqrt(certainty)
    scratch *= sharp
    cut = scratch < _CERTAIN
    cut &= log_likelihood > log_likelihood.max(where=~cut, initial=-np.inf) - _NEGLIGIBLE
    low, high = centre[cut], sharp[cut]
    low *= high  # standard deviations above 0
    high *= cap
    high -= low  # and below the cap
    mass, near = ndtr(low), high < _CERTAIN
    mass[near] -= ndtr(-high[near])
    np.maximum(mass, 1e-300, out=mass)
    log_likelihood[cut] += np.log(mass, out=mass)


@dataclass(frozen=True, slots=True)
class Edge:
    """Posterior shares at the ends of the grid; those of shapes by the learned weights alone.

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
    power = local_power(0.0)
    by_shape, by_rho = posterior.nodes.sum(axis=1), posterior.nodes.sum(axis=0)
    # What is believed near an error of 1 must not hide that the points themselves are flat.
    by_shape *= np.exp(-near_one_correction(float(posterior.error[-1])))
    by_shape /= by_shape.sum()
    largest = posterior.settings.amplitude == LARGEST_AMPLITUDE
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
