"""A fixed grid of learning-curve shapes, and the prior weights of shapes, of discrepancies and of noise levels.

Every shape is scaled to 1 at the last anchor, and every family of shapes is as likely as the others. The weights of
discrepancies and noise factors were chosen on measured curves, for intervals that hold what they say.

Notation: x (M,) labels ÷ labels at the last anchor; T shapes; φ (T, M) the reducible error relative to the last anchor;
R values of ρ; S settings, each a discrepancy × a noise factor.

Sources: Viering & Loog 2023 (families and their names), Mohr et al. 2022 (LCDB), Domhan et al. 2015 (averaging).
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from simulations.arrays import Floats, Ints

RHO = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97])
"""Irreducible share of the error at the last anchor; the other (1 − ρ) can still be learned away."""

_LARGEST_LOG = 30.0  # far steeper than any curve within [0, 1]; keeps exp() and its square finite

_SCALES = np.geomspace(0.003, 30.0, 5)  # in units of the labels at the last anchor
_POWERS = np.geomspace(0.02, 3.0, 9)
_SHAPES = np.geomspace(0.25, 3.0, 6)
_OFFSETS_AND_POWERS = np.array(list(product(np.geomspace(0.01, 1.0, 3), np.geomspace(0.1, 3.0, 7))))
_RATES = np.geomspace(0.1, 30.0, 14)[:, None]
_LATE_SCALES_AND_SHAPES = np.array(list(product(np.log(_SCALES[1:]), _SHAPES)))
_SCALES_AND_SHAPES = np.array(list(product(np.log(_SCALES), _SHAPES)))

_STEP = 0.1  # in ln(labels), to either side: where a local power is read


def _flat(log_x: Floats) -> Floats:
    return np.zeros((1, log_x.size))


def _pow3(log_x: Floats) -> Floats:
    return -_POWERS[:, None] * log_x


def _pow4(log_x: Floats) -> Floats:
    offset, power = _OFFSETS_AND_POWERS[:, :1], _OFFSETS_AND_POWERS[:, 1:]
    fall: Floats = -power * (np.log(np.exp(log_x) + offset) - np.log1p(offset))
    return fall


def _exp(log_x: Floats) -> Floats:
    return _RATES * (1.0 - np.exp(log_x))


def _mmf4(log_x: Floats) -> Floats:
    log_k, power = _SCALES_AND_SHAPES[:, :1], _SCALES_AND_SHAPES[:, 1:]
    fall: Floats = np.logaddexp(0.0, -power * log_k) - np.logaddexp(0.0, power * (log_x - log_k))
    return fall


def _wbl4(log_x: Floats) -> Floats:
    log_k, power = _LATE_SCALES_AND_SHAPES[:, :1], _LATE_SCALES_AND_SHAPES[:, 1:]
    fall: Floats = np.exp(-power * log_k) - np.exp(np.minimum(power * (log_x - log_k), _LARGEST_LOG))
    return fall


_FAMILIES = {"flat": _flat, "pow3": _pow3, "pow4": _pow4, "exp": _exp, "mmf4": _mmf4, "wbl4": _wbl4}

FAMILY_NAMES = tuple(_FAMILIES)


def _log_shapes(log_x: Floats) -> Floats:
    return np.concatenate([family(log_x) for family in _FAMILIES.values()])


@lru_cache(maxsize=64)
def _cached_shapes(key: bytes) -> Floats:
    phi: Floats = np.exp(np.clip(_log_shapes(np.frombuffer(key)), -_LARGEST_LOG * 10, _LARGEST_LOG))
    phi.setflags(write=False)  # shared between callers by the cache
    return phi


def shapes_at(log_x: Floats) -> Floats:
    """Evaluate every shape of the grid.

    Args:
        log_x: (M,) natural log of labels ÷ labels at the last anchor.

    Returns:
        (T, M) relative reducible error, 1 where `log_x` is 0, never rising in `log_x`; read-only and cached,
        because curves of one data set share their design.
    """
    return _cached_shapes(np.ascontiguousarray(log_x, dtype=float).tobytes())


@lru_cache(maxsize=1)
def shape_families() -> Ints:
    """Give each shape's family as an index into `FAMILY_NAMES`, shape (T,)."""
    sizes = [family(np.zeros(1)).shape[0] for family in _FAMILIES.values()]
    return np.repeat(np.arange(len(sizes)), sizes)


def local_power(log_x: float) -> Floats:
    """Give the power of n that every shape follows around a place, −d ln φ ÷ d ln x, (T,)."""
    before, after = _log_shapes(np.array([log_x - _STEP, log_x + _STEP])).T
    power: Floats = (before - after) / (2.0 * _STEP)
    return power


class Discrepancy(NamedTuple):
    """One way in which a curve may depart from every shape.

    Attributes:
        amplitude: sd, of m = √(e(1 − e)) at the last anchor.
        roughness: share of the variance that is rough, with bends at any scale: see `ROUGH_LENGTH`.
        weight: how likely it is beforehand, relative to the others.
    """

    amplitude: float
    roughness: float
    weight: float


SMOOTH_LENGTH, ROUGH_LENGTH = 6.0, 1.0  # of the two parts, in ln(labels)
_BENDS = ((0.0, 0.6), (0.1, 0.4))  # (roughness, weight)
LARGEST_AMPLITUDE = 1.0
DISCREPANCIES = (
    Discrepancy(0.003, 0.0, 1.5),  # so small that how it bends makes no difference
    *(Discrepancy(amplitude, *bend) for amplitude in (0.1, 0.3) for bend in _BENDS),
    # So large that a slope would be carried on to anywhere.
    Discrepancy(LARGEST_AMPLITUDE, 0.0, 0.02),
    Discrepancy(LARGEST_AMPLITUDE, 0.1, 0.02),
)

NOISE_FACTORS = (0.06, 0.3, 1.0)
"""Share of the anchors' noise variance that differs from anchor to anchor.

Trajectories are nested: a larger labelled set holds the smaller one, and is tested on the same items. Most of what
repeats of a curve differ by is therefore common to its anchors.
"""
GUESSED_NOISE_FACTORS = (*NOISE_FACTORS, 4.0, 30.0, 200.0)
"""Where the noise is half guessed: it may be larger than that, and one bad run much larger."""
_FACTOR_WEIGHTS = (0.29, 0.29, 0.42, 0.33, 0.1, 0.01)  # how likely they are beforehand, relative to one another


@dataclass(frozen=True, eq=False)
class NoiseSettings:
    """Every combination of discrepancy and noise, with its log prior weight; each array (S,)."""

    amplitude: Floats
    roughness: Floats
    factor: Floats
    log_weight: Floats

    def smooth(self) -> "NoiseSettings":
        """Select the settings without roughness."""
        is_smooth = self.roughness == 0.0
        return NoiseSettings(**{name: column[is_smooth] for name, column in vars(self).items()})


@lru_cache(maxsize=1)
def log_node_weights() -> Floats:
    """Give the log prior weights of the nodes, (T, R): families alike, and alike within a family."""
    family = shape_families()
    share = 1.0 / (len(FAMILY_NAMES) * np.bincount(family)[family] * RHO.size)
    return np.repeat(np.log(share)[:, None], RHO.size, axis=1)


def noise_settings(noise_known: bool) -> NoiseSettings:
    """Give the settings to average over.

    Where the noise is half guessed, larger noise factors are among them and no rough discrepancy: what is jagged may as
    well be noise.
    """
    factors = NOISE_FACTORS if noise_known else GUESSED_NOISE_FACTORS
    amplitude, roughness, weight = np.repeat(np.array(DISCREPANCIES), len(factors), axis=0).T
    joint = weight * np.tile(_FACTOR_WEIGHTS[: len(factors)], len(DISCREPANCIES))
    settings = NoiseSettings(amplitude, roughness, np.tile(factors, len(DISCREPANCIES)), np.log(joint / joint.sum()))
    return settings if noise_known else settings.smooth()
