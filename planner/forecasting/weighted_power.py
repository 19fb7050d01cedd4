"""A power law fitted with more weight on later anchors: a second opinion beside the forecast, and a peer of it.

error(n) = c + s · (n ÷ n_first)^−b,   c in [0, 1], s ≥ 0;   the j-th of N anchors has weight j/N

Notation: N anchors; M label counts; T values of b, or other settings of the nonlinear parameters; φ (T, N); y (N,)
errors; w (N,) weights; c (T,) asymptotes; s (T,) scales.

Sources: Figueroa, Zeng-Treitler, Kandula & Ngo 2012, "Predicting sample size required for classification performance",
BMC Medical Informatics and Decision Making 12:8; Golub & Pereyra 1973 (variable projection: what is linear is solved
for, what is left is searched).
"""

from dataclasses import dataclass

import numpy as np

from simulations.arrays import Floats

_SAME = 1e-13  # φ whose relative variance over the anchors is below this cannot be told from a constant
_TINY = 1e-300
_SLOWEST, _FASTEST = 0.005, 10.0  # b: slower cannot be told from flat, faster is over after two anchors
_NODES = 64
_ROUNDS = 6  # each narrows ln b to the neighbours of its best node: to 1e-10 in the end
_LARGEST_LOG = 300.0  # a power law rises without bound below the first anchor; exp of this is finite


def project(phi: Floats, error: Floats, weights: Floats, has_asymptote: bool) -> tuple[Floats, Floats]:
    """Minimise Σ w·(y − c − s·φ)² over c ≥ 0, which `has_asymptote` may fix at 0, and s ≥ 0; c ≤ 1 follows from y ≤ 1.

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


@dataclass(frozen=True)
class WeightedPower:
    """A fitted power law: c, s, b and n_first; calling it gives the error at label counts."""

    asymptote: float
    scale: float
    power: float
    first: float

    def __call__(self, labels: Floats) -> Floats:
        """Give the error at label counts (M,), clipped to [0, 1]."""
        fall = np.exp(np.minimum(-self.power * np.log(labels / self.first), _LARGEST_LOG))
        return np.clip(self.asymptote + self.scale * fall, 0.0, 1.0)


def fit_weighted_power(labels: Floats, error: Floats) -> WeightedPower:
    """Fit by weighted least squares: asymptote and scale in closed form, the power on a grid made finer and finer.

    Label counts (N,), N ≥ 3, rise; errors (N,) lie in [0, 1].
    """
    log_x = np.log(labels / labels[0])
    weights = np.arange(1, labels.size + 1) / labels.size
    low, high = np.log(_SLOWEST), np.log(_FASTEST)
    for _ in range(_ROUNDS):
        log_power = np.linspace(low, high, _NODES)
        phi = np.exp(-np.exp(log_power)[:, None] * log_x)
        asymptote, scale = project(phi, error, weights, True)
        misfit = (error - asymptote[:, None] - scale[:, None] * phi) ** 2 @ weights
        best = int(misfit.argmin())
        low, high = log_power[max(best - 1, 0)], log_power[min(best + 1, _NODES - 1)]
    return WeightedPower(float(asymptote[best]), float(scale[best]), float(np.exp(log_power[best])), float(labels[0]))
