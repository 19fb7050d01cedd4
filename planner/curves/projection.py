"""The linear half of a fit, in closed form: asymptote and scale by weighted least squares, within their bounds.

Notation: N anchors; T settings of the nonlinear parameters; φ (T, N); y (N,) errors; w (N,) weights;
c (T,) asymptotes ≥ 0; s (T,) scales ≥ 0.

Source: Golub & Pereyra 1973 (variable projection: what is linear is solved for, what is left is searched).
"""

import numpy as np

from planner.arrays import Floats

_SAME = 1e-13  # φ whose relative variance over the anchors is below this cannot be told from a constant
_TINY = 1e-300


def project(phi: Floats, error: Floats, weights: Floats, has_asymptote: bool) -> tuple[Floats, Floats]:
    """Minimise Σ w·(y − c − s·φ)² over c ≥ 0 and s ≥ 0; c ≤ 1 follows from y ≤ 1.

    Args:
        phi: (T, N) non-negative.
        error: (N,) in [0, 1].
        weights: (N,) positive.
        has_asymptote: False fixes c at 0.

    Returns:
        c (T,) and s (T,). Where the free solution would rise with labels it is the weighted mean, flat; where its
        asymptote would be negative it is the best curve through 0 at infinity. Both are the exact constrained optimum.
    """
    through_zero = (phi @ (weights * error)) / np.maximum((phi * phi) @ weights, _TINY)
    if not has_asymptote:
        return np.zeros_like(through_zero), through_zero
    total = weights.sum()
    mean_error, mean_phi = (weights @ error) / total, (phi @ weights) / total
    centred = phi - mean_phi[:, None]
    variance = (centred * centred) @ weights
    known = variance > _SAME * ((phi * phi) @ weights)
    slope = (centred @ (weights * (error - mean_error))) / np.where(known, variance, 1.0)
    scale = np.where(known, np.maximum(slope, 0.0), 0.0)
    asymptote = mean_error - scale * mean_phi
    below = asymptote < 0.0
    return np.where(below, 0.0, asymptote), np.where(below, through_zero, scale)
