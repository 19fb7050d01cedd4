"""A fixed grid of learning-curve shapes, and the prior weights of shapes, of discrepancies and of noise levels.

Every shape is scaled to 1 at the last anchor. The weights of shapes that are shipped were learned from many measured
curves (`research.learning.prior`); those of settings were chosen by cross-validation on them, for intervals that hold
what they say.

Notation: x (M,) labels ÷ labels at the last anchor; T shapes; φ (T, M) the reducible error relative to the last anchor;
R values of ρ; S settings, each a discrepancy × a noise factor.

Sources: Viering & Loog 2023 (families and their names), Mohr et al. 2022 (LCDB), Domhan et al. 2015 (averaging).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from simulations.arrays import Bools, Floats, Ints

RHO = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97])
"""Irreducible share of the error at the last anchor; the other (1 − ρ) can still be learned away."""

_LARGEST_LOG = 30.0  # far steeper than any curve within [0, 1]; keeps exp() and its square finite

_SCALES = np.geomspace(0.003, 30.0, 9)  # in units of the labels at the last anchor
_POWERS = np.geomspace(0.02, 3.0, 18)
_SHAPES = np.geomspace(0.25, 3.0, 8)

_STEP = 0.1  # in ln(labels), to either side: where a local power is read
_FASTER = 1.3  # times the power now, from which a shape speeds up


def _flat(log_x: Floats) -> Floats:
    return np.zeros((1, log_x.size))


def _pow3(log_x: Floats) -> Floats:
    return -_POWERS[:, None] * log_x


def _pow4(log_x: Floats) -> Floats:
    grid = np.array(list(product(np.geomspace(0.01, 1.0, 5), np.geomspace(0.1, 3.0, 10))))
    offset, power = grid[:, :1], grid[:, 1:]
    fall: Floats = -power * (np.log(np.exp(log_x) + offset) - np.log1p(offset))
    return fall


def _exp(log_x: Floats) -> Floats:
    rate = np.geomspace(0.1, 30.0, 14)[:, None]
    return rate * (1.0 - np.exp(log_x))


def _mmf4(log_x: Floats) -> Floats:
    grid = np.array(list(product(np.log(_SCALES), _SHAPES)))
    log_k, power = grid[:, :1], grid[:, 1:]
    fall: Floats = np.logaddexp(0.0, -power * log_k) - np.logaddexp(0.0, power * (log_x - log_k))
    return fall


def _wbl4(log_x: Floats) -> Floats:
    grid = np.array(list(product(np.log(_SCALES[2:]), _SHAPES)))
    log_k, power = grid[:, :1], grid[:, 1:]
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


@lru_cache(maxsize=1)
def accelerating_shapes() -> Bools:
    """Tell which shapes follow a clearly larger power of n at thrice the last labels than at the last ones, (T,)."""
    now, ahead = (local_power(np.log(x)) for x in (1.0, 3.0))
    return ahead > _FASTER * now


def local_power(log_x: float) -> Floats:
    """Give the power of n that every shape follows around a place, −d ln φ ÷ d ln x, (T,)."""
    before, after = _log_shapes(np.array([log_x - _STEP, log_x + _STEP])).T
    power: Floats = (before - after) / (2.0 * _STEP)
    return power


class Discrepancy(NamedTuple):
    """One way in which a curve may depart from every shape.

    Attributes:
        amplitude: sd, of m = √(e(1 − e)) at the last anchor.
        length: of the smooth part, in ln(labels).
        roughness: share of the variance that is rough, with bends at any scale: see `ROUGH_LENGTH`.
        weight: how likely it is beforehand, relative to the others.
    """

    amplitude: float
    length: float
    roughness: float
    weight: float


ROUGH_LENGTH = 1.0  # of the rough part, in ln(labels)
_BENDS = ((5.0, 0.0, 0.4), (12.0, 0.0, 0.4), (5.0, 0.1, 0.2))  # (length, roughness, weight)
LARGEST_AMPLITUDE = 1.0
DISCREPANCIES = (
    Discrepancy(0.003, 5.0, 0.0, 1.5),  # so small that how it bends makes no difference
    *(Discrepancy(amplitude, *bend) for amplitude in (0.1, 0.3) for bend in _BENDS),
    # So large that a slope would be carried on to anywhere.
    Discrepancy(LARGEST_AMPLITUDE, 5.0, 0.0, 0.02),
    Discrepancy(LARGEST_AMPLITUDE, 5.0, 0.1, 0.02),
)

NOISE_FACTORS = (0.06, 0.3, 1.0)
"""Share of the anchors' noise variance that differs from anchor to anchor.

Trajectories are nested: a larger labelled set holds the smaller one, and is tested on the same items. Most of what
repeats of a curve differ by is therefore common to its anchors.
"""
UNKNOWN_FACTOR = 4.0  # tried as well where the noise is half guessed: it may be larger than that

_FAR_FROM_ONE, _NEAR_ONE = 0.7, 0.8  # errors between which what follows sets in
_MORE_NEAR_ONE = 2.0  # added to the log weight of shapes that fall faster ahead


@dataclass(frozen=True, eq=False)
class NoiseSettings:
    """Every combination of discrepancy and noise, with its log prior weight; each array (S,)."""

    amplitude: Floats
    length: Floats
    roughness: Floats
    factor: Floats
    log_weight: Floats

    def smooth(self) -> "NoiseSettings":
        """Select the settings without roughness."""
        is_smooth = self.roughness == 0.0
        return NoiseSettings(**{name: column[is_smooth] for name, column in vars(self).items()})


@dataclass(frozen=True, eq=False)
class ForecastPrior:
    """Prior weights of the grid.

    Attributes:
        nodes: (T, R) weights of shapes and irreducible shares, summing to 1.
        discrepancies: (len(DISCREPANCIES),) weights, summing to 1.
        factors: (len(NOISE_FACTORS),) weights, summing to 1.
        about: where the weights come from.
    """

    nodes: Floats
    discrepancies: Floats
    factors: Floats
    about: Mapping[str, Any]

    def log_nodes(self, error: float) -> Floats:
        """Give the log weights of the nodes, (T, R), for a curve whose last error is known.

        See `near_one_correction`.
        """
        return np.log(self.nodes) + near_one_correction(error)[:, None]

    def settings(self, noise_known: bool) -> NoiseSettings:
        """Give the settings to average over.

        Where the noise is half guessed, one more noise factor is among them and no rough discrepancy: what is jagged
        may as well be noise.
        """
        factors = NOISE_FACTORS if noise_known else (*NOISE_FACTORS, UNKNOWN_FACTOR)
        weights = self.factors if noise_known else np.append(self.factors, self.factors.mean())
        amplitude, length, roughness, _ = np.repeat(np.array(DISCREPANCIES), len(factors), axis=0).T
        joint = np.log(self.discrepancies)[:, None] + np.log(weights / weights.sum())
        settings = NoiseSettings(amplitude, length, roughness, np.tile(factors, len(DISCREPANCIES)), joint.ravel())
        return settings if noise_known else settings.smooth()

    @classmethod
    def from_json(cls, text: str) -> "ForecastPrior":
        """Read the weights that `research.learning.prior` writes.

        Raises:
            ValueError: the weights are of another grid.
        """
        weights = json.loads(text)
        nodes, discrepancies, factors = (np.array(weights[key]) for key in ("nodes", "discrepancies", "factors"))
        expected = ((shape_families().size, RHO.size), (len(DISCREPANCIES),), (len(NOISE_FACTORS),))
        if (nodes.shape, discrepancies.shape, factors.shape) != expected:
            raise ValueError("the forecast's prior was learned for another grid: learn it again (make forecast-prior)")
        return cls(nodes / nodes.sum(), discrepancies / discrepancies.sum(), factors / factors.sum(), weights["about"])


def near_one_correction(error: float) -> Floats:
    """Give the correction of each shape's learned log weight, (T,), for the last error of a curve.

    A curve whose error is still near 1 has often hardly begun to fall, and falls faster later: shapes that do so weigh
    more there. It is the error that counts, however many classes there are.
    """
    nearness = np.clip((error - _FAR_FROM_ONE) / (_NEAR_ONE - _FAR_FROM_ONE), 0.0, 1.0)
    correction: Floats = nearness * _MORE_NEAR_ONE * accelerating_shapes()
    return correction


@lru_cache(maxsize=1)
def default_prior() -> ForecastPrior:
    """Read the learned weights that come with the package."""
    return ForecastPrior.from_json(
        resources.files("planner.forecast").joinpath("forecast_prior.json").read_text(encoding="utf-8")
    )
