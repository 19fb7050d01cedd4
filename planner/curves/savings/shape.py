"""The shape of label savings along a campaign, err_strategy(n) = err_random(n · s(n)), and the axis that follows.

Notation:
    n0      ()          labels of the initial set, on which both strategies stand
    v       (M,)        progress ln(n ÷ n0), 0 at the initial set
    c       (..., K)    ln s at the K knots, linear in v between them, 0 at v = 0 and flat beyond the last
    x       (D, M)      ln of the labels random would need for what the strategy has at n
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats
from simulations.errors import InputError

KNOTS: Floats = np.log([2.0, 4.0, 12.0, 40.0])
"""(K,) progress at which ln s is free: the labels doubled, fourfold, twelvefold and fortyfold. Differences arise early,
hence the closer knots there; the last is about where the longest recorded curves end (35-fold)."""

_RAMP = np.log(4.0)  # two octaves
_SHARPNESS = 4.0  # of the cap at the pool: savings of half the room that is left lose 1.5%


def basis(progress: npt.ArrayLike) -> Floats:
    """Give each knot's hat function at some progress, so that ln s = basis @ c.

    Args:
        progress: (M,) ln(n ÷ n0); below 0 there is nothing to save.

    Returns:
        (M, K) weights in [0, 1].
    """
    v = np.atleast_1d(np.asarray(progress, dtype=float))
    if np.isnan(v).any():
        raise InputError("progress: found NaN; allowed: ln(labels ÷ initial labels)")
    knots = np.concatenate([[0.0], KNOTS])
    return np.stack([np.interp(v, knots, row) for row in np.eye(len(knots))[1:]], axis=1)


def log_savings(coefficients: npt.ArrayLike, progress: npt.ArrayLike) -> Floats:
    """Read ln s at some progress.

    Args:
        coefficients: (..., K) ln s at `KNOTS`.
        progress: (M,) ln(n ÷ n0).

    Returns:
        (..., M) ln s; positive where the strategy saves labels.

    >>> float(log_savings([0.2, 0.6, 0.6, 0.6], [np.log(2) * 1.5])[0].round(12))
    0.4
    """
    c = np.asarray(coefficients, dtype=float)
    if c.ndim == 0 or c.shape[-1] != len(KNOTS):
        raise InputError(f"savings coefficients: found shape {c.shape}; allowed: (..., {len(KNOTS)}), one a knot")
    savings: Floats = c @ basis(progress).T
    return savings


def log_savings_along(coefficients: Floats, progress: Floats) -> Floats:
    """Read ln s of each draw at progress of its own: `log_savings` in a fraction of the time, as sweeps ask often.

    Args:
        coefficients: (D, K) ln s at `KNOTS`.
        progress: (D, M) ln(n ÷ n0).

    Returns:
        (D, M) ln s.
    """
    knots = np.concatenate([[0.0], KNOTS])
    slopes = np.diff(coefficients, axis=1, prepend=0.0) / np.diff(knots)
    savings = np.zeros(progress.shape)
    for slope, (low, high) in zip(slopes.T, pairwise(knots), strict=True):
        savings += slope[:, None] * (np.clip(progress, low, high) - low)
    return savings


def mismatch_ramp(progress: Floats) -> Floats:
    """Give the share of a mismatch between models that has built up at ln(n ÷ n0): none yet at the initial set."""
    ramp: Floats = np.minimum(progress / _RAMP, 1.0)
    return ramp


def shifted_labels(log_labels: Floats, savings: Floats, log_pool: float | Floats | None) -> Floats:
    """Move label counts by ln s, as far as the pool allows.

    Savings are capped softly at the room left, h = ln(pool) − ln n, as g ÷ (1 + (g ÷ h)⁴)^¼: a strategy never knows
    more than the whole pool. Losses fade with the share not yet labelled, 1 − n ÷ pool: with all labelled, both have
    the same model.

    Args:
        log_labels: (M,) ln n; held at the pool beyond it.
        savings: (..., M) ln s there.
        log_pool: ln of the pool size, one for all or (..., 1); None where it is unknown or endless.

    Returns:
        (..., M) ln of random's labels, possibly falling.
    """
    if log_pool is None:
        return log_labels + savings
    held = np.minimum(log_labels, log_pool)
    room = log_pool - held
    gain = np.maximum(savings, 0.0)
    ratio = np.divide(gain, room, out=np.zeros(np.broadcast(gain, room).shape), where=room > 0)
    capped = np.where(room > 0, gain / (1.0 + ratio**_SHARPNESS) ** (1.0 / _SHARPNESS), 0.0)
    moved: Floats = held + capped + np.minimum(savings, 0.0) * -np.expm1(-room)
    return np.minimum(moved, log_pool)


def random_equivalent(
    log_labels: npt.ArrayLike, log_first: float, coefficients: npt.ArrayLike, log_pool: float | None = None
) -> Floats:
    """Give ln of the labels that random would need to be as good as the strategy is.

    Args:
        log_labels: (M,) ln of the strategy's label counts, rising.
        log_first: ln of the initial set's size; at and below it the two are one.
        coefficients: (D, K) ln s at `KNOTS`, a row a draw.
        log_pool: ln of the pool size; None where it is unknown or endless.

    Returns:
        (D, M) never falling along M, never above ln(pool), and equal to it where all of the pool is labelled.

    Raises:
        InputError: falling label counts, or coefficients of another shape.
    """
    u = np.atleast_1d(np.asarray(log_labels, dtype=float))
    if np.isnan(u).any() or (np.diff(u) < 0).any():
        raise InputError("log_labels: found falling counts or NaN; allowed: ln of label counts in rising order")
    savings = np.atleast_2d(log_savings(coefficients, u - log_first))
    x: Floats = np.maximum.accumulate(shifted_labels(u, savings, log_pool), axis=-1)
    return x
