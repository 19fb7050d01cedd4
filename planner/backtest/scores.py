"""Scores of forecasts against what was measured, point by point.

Notation: D draws (1 for a point forecast); G points; x (D, G) forecast; y (G,) measured.
"""

import numpy as np
import numpy.typing as npt

from planner.backtest.curve import FloatArray

__all__ = ["absolute_error", "chance_of_reaching", "coverage", "crps", "interval_width", "log2_ratio", "with_noise"]


def absolute_error(x: FloatArray, y: FloatArray) -> FloatArray:
    """Give |median − measured|: (G,)."""
    found: FloatArray = np.abs(np.median(x, axis=0) - y)
    return found


def crps(x: FloatArray, y: FloatArray) -> FloatArray:
    """Give the continuous ranked probability score of draws: (G,); of a point forecast, the absolute error.

    E|X − y| − ½ E|X − X′|, the second term from sorted draws (Gneiting & Raftery 2007, equation 21).
    """
    n = len(x)
    weights = (2.0 * np.arange(1, n + 1) - n - 1.0) / n**2
    spread: FloatArray = weights @ np.sort(x, axis=0)
    found: FloatArray = np.abs(x - y).mean(axis=0) - spread
    return found


def coverage(x: FloatArray, y: FloatArray, level: float) -> FloatArray:
    """Say for each point whether the central interval holds it (1 or 0): (G,); NaN for a point forecast."""
    if len(x) == 1:
        return np.full(y.size, np.nan)
    low, high = _interval(x, level)
    inside: FloatArray = ((low <= y) & (y <= high)).astype(np.float64)
    return inside


def interval_width(x: FloatArray, level: float) -> FloatArray:
    """Give the width of the central interval: (G,); NaN for a point forecast."""
    if len(x) == 1:
        return np.full(x.shape[1], np.nan)
    low, high = _interval(x, level)
    width: FloatArray = high - low
    return width


def with_noise(x: FloatArray, sd: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Turn draws of the expected error into draws of what is measured, which carries noise of its own.

    Args:
        x: (D, G) draws; a point forecast (D = 1) is given back as it is.
        sd: (G,) or (D, G) standard deviation of the measurement.
        rng: where the noise comes from.

    Returns:
        (D, G) in [0, 1].
    """
    if len(x) == 1:
        return x
    return np.clip(x + sd * rng.standard_normal(x.shape), 0.0, 1.0)


def chance_of_reaching(x: FloatArray, target: float) -> float:
    """Give the share of draws of one point's error, (D,), at or below a target error; 0 or 1 for a point forecast."""
    return float((x <= target).mean())


def log2_ratio(forecast: float, measured: float) -> float:
    """Give |log₂(forecast ÷ measured)| of two label counts: 1 is a factor of two off, either way."""
    return float(abs(np.log2(forecast / measured)))


def _interval(x: FloatArray, level: float) -> npt.NDArray[np.float64]:
    tail = (1.0 - level) / 2.0
    found: npt.NDArray[np.float64] = np.quantile(x, (tail, 1.0 - tail), axis=0)
    return found
