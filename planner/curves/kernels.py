"""How far and how smoothly a curve departs from a shape: correlations of Gaussian processes over ln(labels)."""

import numpy as np

from planner.arrays import Floats
from planner.curves.prior import ROUGH_LENGTH

_SMALLEST_ERROR = 0.002  # keeps the discrepancy's scale off zero when nothing was measured wrong


def matern32(distance: Floats, length: Floats | float) -> Floats:
    """Give the Matérn 3/2 correlation at a distance, both in ln(labels)."""
    scaled = np.sqrt(3.0) * distance / length
    correlation: Floats = (1.0 + scaled) * np.exp(-scaled)
    return correlation


def departure(distance: Floats, length: Floats | float, roughness: Floats | float) -> Floats:
    """Give the correlation of the discrepancy at a distance in ln(labels).

    Its smooth part, Matérn 3/2, has a slope everywhere, which it carries on beyond the last anchor. Its rough part has
    none (Ornstein & Uhlenbeck; Matérn 1/2): where a curve is jagged, the last two anchors say nothing of what follows.
    """
    rough = np.exp(-distance / ROUGH_LENGTH)
    correlation: Floats = (1.0 - roughness) * matern32(distance, length) + roughness * rough
    return correlation


def discrepancy_scale(error: float) -> float:
    """Give m = √(e(1 − e)), kept off zero."""
    inside = float(np.clip(error, _SMALLEST_ERROR, 1.0 - _SMALLEST_ERROR))
    return float(np.sqrt(inside * (1.0 - inside)))
