"""Curves of known truth: drawn from the forecast's own prior, and of shapes that are none of the forecast's.

On the first a calibrated forecast must be calibrated (Talts, Betancourt, Simpson, Vehtari & Gelman 2018,
"Validating Bayesian inference algorithms with simulation-based calibration"); the second show what it is worth where
its assumptions fail.

Notation: N anchors; G label counts ahead; x (N + G,) labels ÷ labels at the last anchor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from planner.forecasting.posterior import discrepancy_correlation, discrepancy_scale
from planner.forecasting.prior import RHO, NoiseSettings, log_node_weights, shapes_at
from simulations.arrays import Floats

__all__ = ["MISSPECIFIED", "KnownCurve", "draw_from_prior"]

_JITTER = 1e-9  # of the discrepancy's variance; keeps its Cholesky factor real


@dataclass(frozen=True, eq=False)
class KnownCurve:
    """A curve and what is measured of it.

    Attributes:
        log_x: (N + G,) ln(labels ÷ labels at the last anchor), of the anchors and then of the others.
        truth: (N + G,) expected error, within [0, cap].
        error: (N,) measured error; noise may carry it outside [0, 1].
        noise: (N,) variance of that noise.
    """

    log_x: Floats
    truth: Floats
    error: Floats
    noise: Floats


def draw_from_prior(
    settings: NoiseSettings,
    log_x: Floats,
    noise: Floats,
    *,
    cap: float,
    rng: np.random.Generator,
    scale: float | None = None,
) -> KnownCurve:
    """Draw a curve as the forecast supposes curves to come about: shape, floor, level, discrepancy, noise.

    Args:
        settings: of the discrepancy and the noise; one is drawn by its weight.
        log_x: (N + G,) where the curve is wanted, the N anchors first.
        noise: (N,) variance of the measurements before the noise factor of the setting.
        cap: largest possible error; the level is uniform up to it.
        rng: the only source of chance.
        scale: m, by which the discrepancy's amplitudes count; √(E(1 − E)) of the level drawn when left out.
    """
    weights = np.exp(settings.log_weight)
    setting = rng.choice(weights.size, p=weights / weights.sum())
    level = rng.uniform(0.0, cap)
    nodes = np.exp(log_node_weights())
    shape, share = np.unravel_index(rng.choice(nodes.size, p=(nodes / nodes.sum()).ravel()), nodes.shape)
    smooth = level * (RHO[share] + (1.0 - RHO[share]) * shapes_at(log_x)[shape])
    scale = discrepancy_scale(level) if scale is None else scale
    amplitude, distance = scale * settings.amplitude[setting], np.abs(log_x[:, None] - log_x[None, :])
    correlation = discrepancy_correlation(distance, settings.roughness[setting]) + _JITTER * np.eye(log_x.size)
    expected = smooth + amplitude * np.linalg.cholesky(correlation) @ rng.standard_normal(log_x.size)
    noise = settings.factor[setting] * noise
    error = expected[: noise.size] + np.sqrt(noise) * rng.standard_normal(noise.size)
    return KnownCurve(log_x, np.clip(expected, 0.0, cap), error, noise)


def _broken(x: Floats, rng: np.random.Generator) -> Floats:
    """Draw a power law that bends at some label count to another power (Caballero et al. 2023, one break)."""
    early, late = rng.uniform(0.1, 1.0, 2)
    at = np.exp(rng.uniform(-2.0, 2.0))
    bend: Floats = (x**-early) * (1.0 + (x / at) ** 4) ** ((early - late) / 4)
    return bend


def _logistic(x: Floats, rng: np.random.Generator) -> Floats:
    """Draw a plateau, then a fall around some label count, logistic in the number of labels itself."""
    middle, width = np.exp(rng.uniform(-2.5, 1.0)), rng.uniform(0.1, 0.6)
    fall: Floats = 1.0 / (1.0 + np.exp(np.clip((x / middle - 1.0) / width, -50.0, 50.0)))
    return fall


def _straight(x: Floats, rng: np.random.Generator) -> Floats:
    """Draw a straight line in ln(labels), which ends at its floor at once."""
    end = np.log(rng.uniform(1.5, 60.0))
    line: Floats = np.maximum(end - np.log(x), 0.0)
    return line


MISSPECIFIED: Mapping[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "power law with a break": _broken,
    "logistic in labels": _logistic,
    "straight in ln(labels)": _straight,
}
"""Reducible error by x, up to a factor, of curves that are none of the forecast's families."""
