"""Joint sample paths of one learning curve, drawn from its posterior.

Each path takes one node of the grid, a level E, and a Gaussian process that departs from the shape as far as the
measurements allow (Rasmussen & Williams 2006, eq. 2.23-2.24).

Notation: N anchors near the last; T shapes; R values of ρ; S settings (discrepancy × noise factor); D draws; M grid
points.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from planner.arrays import Floats, Ints
from planner.curves.families import RHO, shapes_at
from planner.curves.kernels import departure
from planner.curves.lead_in import draw_lead_in
from planner.curves.posterior import Posterior
from planner.randomness import groups, resample

_JITTER = 1e-8


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
        paths[:, :before] = draw_lead_in(posterior.anchors, log_grid[:before], at[0], joined, factor, rng)
    np.clip(paths, 0.0, posterior.cap, out=paths)
    return Drawn(paths, np.minimum(smooth, posterior.cap, out=smooth), factor)


def _draw_levels(centre: Floats, spread: Floats, cap: float, rng: np.random.Generator) -> Floats:
    """Draw E from a normal cut to [0, cap], by inverting its distribution."""
    low, high = ndtr(-centre / spread), ndtr((cap - centre) / spread)
    uniform = np.clip(low + rng.random(centre.size) * (high - low), 1e-12, 1.0 - 1e-12)
    level: Floats = np.clip(centre + spread * ndtri(uniform), 0.0, cap)
    return level


@lru_cache(maxsize=64)
def _within(key: bytes, length: float, roughness: float) -> Floats:
    log_grid = np.frombuffer(key, dtype=float)
    correlation = departure(np.abs(log_grid[:, None] - log_grid[None, :]), length, roughness)
    correlation += _JITTER * np.eye(log_grid.size)
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
    for index, rows in groups(setting):
        kind = float(settings.length[index]), float(settings.roughness[index])
        if kind not in correlations:
            correlations[kind] = departure(across, *kind)
        variance = (posterior.scale * settings.amplitude[index]) ** 2
        prior = variance * correlations[kind]
        gain = prior @ posterior.precision[index]
        covariance = variance * _within(key, *kind) - gain @ prior.T
        own = noise[rows] @ np.linalg.cholesky(covariance).T
        own += residual[rows] @ gain.T
        drawn[rows] = own
    return drawn
