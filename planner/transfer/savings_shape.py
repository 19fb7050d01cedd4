"""The shape of label savings along a campaign, random's curve that they are read on, and how they follow hardness.

A task is as hard as random's error at 16 times the initial set says. That error moderates the savings, and so do the
labels a class of the initial set. A pilot of random measures the error; without one it differs from draw to draw, as
random's curve does, and the savings of each draw move with it along a line in ln e.

Notation: T strategies; D draws; S seeds; N label counts measured; M label counts; G points of a fine grid.
    n0      ()          labels of the initial set, on which both strategies stand
    v       (M,)        progress ln(n ÷ n0), 0 at the initial set
    c       (..., K)    ln s at the K knots, linear in v between them, 0 at v = 0 and flat beyond the last
    x       (D, M)      ln of the labels random would need for what the strategy has at n
    R, e    (S, N), (N,)    random's errors, a row a seed, and their means
    u       (G,)        fine grid of ln n
    β, δ                slope of −ln e in ln n beyond the last count, and how wrong it may be
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulations.arrays import ArrayLike, Bools, Floats

HARDNESS_AT = 16.0
"""Times the initial set at which random's error tells how hard the task is."""

KNOTS: Floats = np.log([2.0, 4.0, 12.0, 40.0])
"""(K,) progress at which ln s is free: the labels doubled, fourfold, twelvefold and fortyfold. Differences arise early,
hence the closer knots there; the last is about where the longest recorded curves end (35-fold)."""

_RAMP = np.log(4.0)  # two octaves
_SHARPNESS = 4.0  # of the cap at the pool: savings of half the room that is left lose 1.5%
_MOST_ROOM = 0.999  # of the room left, which no savings use up
LEAST_PROGRESS = 0.01  # ln(labels ÷ initial set) from which on a strategy differs from random
_SMALLEST_ERROR = 1e-4  # an error has a logarithm, and is below 1
_STEP = 0.05  # of the fine grid, in ln n
_KERNEL_SD = 0.15  # sd of the smoothing kernel in ln n: less than the half octave over which savings are averaged
_MARGIN = 2.5  # how far the grid goes beyond either end, in ln n
_END_SPAN = np.log(2.5)  # what the slope beyond an end is taken from
_SLOPE_SHARE, _SLOPE_LEAST = 0.5, 0.05
_FADING = 3.0  # in ln n, over which a slope falls by a factor e where nothing was measured: curves bend to a floor


def basis(progress: ArrayLike) -> Floats:
    """Give each knot's hat function, (M, K) in [0, 1], at (M,) progress, so that ln s = basis @ c; 0 below 0."""
    v = np.atleast_1d(np.asarray(progress, dtype=float))
    knots = np.concatenate([[0.0], KNOTS])
    return np.stack([np.interp(v, knots, row) for row in np.eye(len(knots))[1:]], axis=1)


def log_savings(coefficients: ArrayLike, progress: ArrayLike) -> Floats:
    """Read ln s, (..., M), at (M,) progress; positive where the strategy with (..., K) coefficients saves labels.

    >>> float(log_savings([0.2, 0.6, 0.6, 0.6], [np.log(2) * 1.5])[0].round(12))
    0.4
    """
    savings: Floats = np.asarray(coefficients, dtype=float) @ basis(progress).T
    return savings


def log_savings_along(coefficients: Floats, progress: Floats) -> Floats:
    """Read ln s, (D, M), of each draw with (D, K) coefficients at progress of its own, (D, M).

    Faster than `log_savings`, for sweeps that ask often.
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
    gain, loss = np.maximum(savings, 0.0), np.minimum(savings, 0.0)
    ratio = np.divide(gain, room, out=np.zeros(np.broadcast(gain, room).shape), where=room > 0)
    ratio *= ratio
    # Two square roots are the power of a quarter, in a tenth of the time.
    capped = np.where(room > 0, gain / np.sqrt(np.sqrt(1.0 + ratio * ratio)), 0.0)
    moved: Floats = held + capped
    if loss.any():
        moved = moved + loss * -np.expm1(-room)
    return np.minimum(moved, log_pool)


def random_equivalent(
    log_labels: ArrayLike, log_first: float, coefficients: ArrayLike, log_pool: float | None = None
) -> Floats:
    """Give ln of the labels that random would need to be as good as the strategy is.

    Args:
        log_labels: (M,) ln of the strategy's label counts, rising.
        log_first: ln of the initial set's size; at and below it the two are one.
        coefficients: (D, K) ln s at `KNOTS`, a row a draw.
        log_pool: ln of the pool size; None where it is unknown or endless.

    Returns:
        (D, M) never falling along M, never above ln(pool), and equal to it where all of the pool is labelled.
    """
    u = np.atleast_1d(np.asarray(log_labels, dtype=float))
    savings = np.atleast_2d(log_savings(coefficients, u - log_first))
    return np.maximum.accumulate(shifted_labels(u, savings, log_pool), axis=-1)


def savings_for_shift(shift: Floats, room: Floats) -> Floats:
    """Give the ln s by which `shifted_labels` moves counts by ln `shift`, with ln `room` left to the pool, both (D,).

    A shift of all the room and more is none that savings can make: the most that they can is given.
    """
    room = np.maximum(room, LEAST_PROGRESS)
    share = np.clip(shift / room, 0.0, _MOST_ROOM)
    gain = share * room / (1.0 - share**_SHARPNESS) ** (1.0 / _SHARPNESS)
    return np.asarray(np.where(shift > 0, gain, shift / -np.expm1(-room)))


@dataclass(frozen=True, eq=False)
class Baseline:
    """Random's error at any label count: ln e on a fine grid of ln n, (G,), and the sd of δ beyond the last count."""

    log_labels: Floats
    log_error: Floats
    log_last: float
    slope_sd: float

    def error(self, log_labels: Floats, bend: ArrayLike = 0.0) -> Floats:
        """Read the error, with the slope beyond the last count changed by δ = `bend`."""
        way = np.asarray(bend) * _fading_distance(log_labels - self.log_last)
        return np.exp(np.interp(log_labels, self.log_labels, self.log_error) - way)

    def hardness(self, log_first: float) -> float:
        """Give ln e at `HARDNESS_AT` times the initial set."""
        return float(np.interp(log_first + np.log(HARDNESS_AT), self.log_labels, self.log_error))


def make_baseline(labels: Floats, R: Floats, floor: float) -> Baseline:
    """Smooth a mean curve.

    Isotonic regression (Barlow et al. 1972) takes out what noise makes rise; a Gaussian kernel on ln e against ln n
    then takes out its steps, without bias where the curve is a power law. Beyond the last count it goes on as a power
    law whose slope fades. Label counts (N,) rise; R is (S, N); `floor` is the least error that can be told from none.
    """
    from scipy.optimize import isotonic_regression

    u, error = np.log(labels), R.mean(axis=0)
    y = np.log(np.maximum(isotonic_regression(error, increasing=False).x, floor))
    left = max(-float(_end_slopes(u, y[None], u <= u[0] + _END_SPAN)[0]), 0.0)
    # Isotonic ends are extremes: a slope taken from them would be too steep.
    relative = R / np.maximum(error, floor) + np.log(np.maximum(error, floor)) - 1.0
    ends = -_end_slopes(u, relative, u >= u[-1] - _END_SPAN)
    right, unsure = max(float(ends.mean()), 0.0), float(ends.std() / np.sqrt(max(len(R) - 1, 1)))
    grid = np.arange(u[0] - _MARGIN, u[-1] + _MARGIN, _STEP)
    along = np.interp(grid, u, y) + left * np.maximum(u[0] - grid, 0.0) - right * _fading_distance(grid - u[-1])
    return Baseline(
        grid, _smooth_grid(along), float(u[-1]), float(np.hypot(max(_SLOPE_SHARE * right, _SLOPE_LEAST), unsure))
    )


def _smooth_grid(along: Floats) -> Floats:
    """Average with a Gaussian kernel over the fine grid, held at its ends."""
    reach = int(4 * _KERNEL_SD / _STEP)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _STEP / _KERNEL_SD) ** 2)
    return np.convolve(np.pad(along, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def _fading_distance(beyond: Floats) -> Floats:
    """Give the effective distance beyond the last count, where a slope fades exponentially."""
    return -_FADING * np.expm1(-np.maximum(beyond, 0.0) / _FADING)


def _end_slopes(u: Floats, rows: Floats, near: Bools) -> Floats:
    """Give each row's slope in u by least squares over the counts near an end; 0 for a single count."""
    x = u[near] - u[near].mean()
    spread = float(x @ x)
    return rows[:, near] @ x / spread if spread > 0 else np.zeros(len(rows))


def log_error(error: ArrayLike) -> Floats:
    """Give ln e, where e is kept off 0 and 1."""
    log: Floats = np.log(np.clip(error, _SMALLEST_ERROR, 1.0 - _SMALLEST_ERROR))
    return log


@dataclass(frozen=True, eq=False)
class SavingsLine:
    """How one strategy's savings move with what differs from draw to draw, as recorded data sets say.

    Q things: ln of random's error at `HARDNESS_AT` times the initial set and, where the initial set is the task's own,
    ln of its labels.

    Attributes:
        middle: (Q,) where the savings stand that the line starts from.
        least: (Q,) below which they move no further, as nothing like it was recorded.
        most: (Q,) likewise above.
        mean: (Q, K) of the slopes, c per unit.
        covariance: (QK, QK) of the slopes.
        beside: (QK, K) covariance of the slopes, in rows, with c at the middle.
    """

    middle: Floats
    least: Floats
    most: Floats
    mean: Floats
    covariance: Floats
    beside: Floats


@dataclass(frozen=True, eq=False)
class SavingsTilt:
    """How the savings of several strategies move: (T, D, Q, K) slopes, and `SavingsLine`'s ends, (T, Q) each."""

    slopes: Floats
    middle: Floats
    least: Floats
    most: Floats

    def select_strategies(self, places: Sequence[int]) -> "SavingsTilt":
        """Give the strategies at some places alone."""
        return SavingsTilt(self.slopes[places], self.middle[places], self.least[places], self.most[places])

    def shift(self, i: int, *at: Floats) -> Floats:
        """Give how far c of the i-th strategy moves, (D, K), at the Q things that it moves with, each (D,).

        What it does not move with is left alone.
        """
        ends = zip(self.least[i], self.most[i], self.middle[i], strict=True)
        further = [np.clip(x, least, most) - middle for x, (least, most, middle) in zip(at, ends, strict=False)]
        return np.asarray(np.einsum("dqk,qd->dk", self.slopes[i], np.stack(further)))
