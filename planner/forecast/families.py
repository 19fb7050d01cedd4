"""A fixed grid of parametric learning-curve shapes, each scaled to 1 at the last anchor.

Notation: x (M,) labels ÷ labels at the last anchor; T shapes; φ (T, M) the reducible error relative to the last anchor.

Sources: Viering & Loog 2023 (families and their names), Mohr et al. 2022 (LCDB), Domhan et al. 2015 (averaging).
"""

from functools import lru_cache
from itertools import product

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
def _phi(key: bytes) -> Floats:
    log_x = np.frombuffer(key, dtype=float)
    phi: Floats = np.exp(np.clip(_log_shapes(log_x), -_LARGEST_LOG * 10, _LARGEST_LOG))
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
    return _phi(np.ascontiguousarray(log_x, dtype=float).tobytes())


@lru_cache(maxsize=1)
def shape_families() -> Ints:
    """Give each shape's family as an index into `FAMILY_NAMES`, shape (T,)."""
    sizes = [family(np.zeros(1)).shape[0] for family in _FAMILIES.values()]
    return np.repeat(np.arange(len(sizes)), sizes)


@lru_cache(maxsize=1)
def node_log_prior() -> Floats:
    """Give the log prior of every node, shape (T, len(RHO)): families equal, nodes of one family equal.

    A curve is flat whatever its irreducible share, so the flat family's weight is spread over the whole ρ axis.
    """
    families = shape_families()
    per_shape = 1.0 / (len(FAMILY_NAMES) * np.bincount(families))[families]
    return np.log(np.repeat(per_shape[:, None] / RHO.size, RHO.size, axis=1))


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
