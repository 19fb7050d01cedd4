"""The power law fitted with more weight on later anchors: a second opinion beside the forecast, and a peer of it.

error(n) = c + s · (n ÷ n_first)^−b,   c in [0, 1], s ≥ 0;   the j-th of N anchors has weight j/N

Notation: N anchors; M label counts; T values of b.

Source: Figueroa, Zeng-Treitler, Kandula & Ngo 2012, "Predicting sample size required for classification performance",
BMC Medical Informatics and Decision Making 12:8.
"""

from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats
from planner.curves.projection import project

_SLOWEST, _FASTEST = 0.005, 10.0  # b: slower cannot be told from flat, faster is over after two anchors
_NODES = 64
_ROUNDS = 6  # each narrows ln b to the neighbours of its best node: to 1e-10 in the end
_LARGEST_LOG = 300.0  # a power law rises without bound below the first anchor; exp of this is finite


@dataclass(frozen=True)
class WeightedPower:
    """A fitted power law; calling it gives the error at label counts.

    Attributes:
        asymptote: c.
        scale: s, the reducible error at the first anchor.
        power: b.
        first: labels at the first anchor.
    """

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

    Args:
        labels: (N,) label counts, strictly rising, N ≥ 3.
        error: (N,) errors in [0, 1].
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
