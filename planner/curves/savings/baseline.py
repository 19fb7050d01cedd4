"""Random's mean curve as a smooth, falling function of ln n, which the savings of a strategy are read against.

Notation:
    n       (N,)    label counts measured
    R       (S, N)  errors there, a row a seed
    e       (N,)    their means
    u       (G,)    fine grid of ln n
    β, δ            slope of −ln e in ln n beyond the last count, and how wrong it may be
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats

_STEP = 0.05  # of the fine grid, in ln n
_WIDTH = 0.15  # sd of the smoothing kernel in ln n: less than the half octave over which savings are averaged
_REACH = 2.5  # how far the grid goes beyond either end, in ln n
_END = np.log(2.5)  # what the slope beyond an end is taken from
_SLOPE_SHARE, _SLOPE_LEAST = 0.5, 0.05
_BENDS = 3.0  # in ln n, over which a slope falls by a factor e where nothing was measured: curves bend to a floor


@dataclass(frozen=True, eq=False)
class Baseline:
    """Random's error at any label count.

    Attributes:
        log_labels: (G,) fine grid of ln n.
        log_error: (G,) ln of the error there.
        log_last: ln of the last count measured.
        slope_sd: sd of δ: a curve may bend where nothing was measured.
    """

    log_labels: Floats
    log_error: Floats
    log_last: float
    slope_sd: float

    def error(self, log_labels: Floats, bend: npt.ArrayLike = 0.0) -> Floats:
        """Read the error, with the slope beyond the last count changed by δ = `bend`."""
        way = np.asarray(bend) * _faded(log_labels - self.log_last)
        read: Floats = np.exp(np.interp(log_labels, self.log_labels, self.log_error) - way)
        return read


def make_baseline(labels: Floats, R: Floats, floor: float) -> Baseline:
    """Smooth a mean curve.

    Isotonic regression (Barlow et al. 1972) takes out what noise makes rise; a Gaussian kernel on ln e against ln n
    then takes out its steps, without bias where the curve is a power law. Beyond the last count it goes on as a power
    law whose slope fades.

    Args:
        labels: (N,) label counts, rising.
        R: (S, N) errors.
        floor: the least error that can be told from none.
    """
    from scipy.optimize import isotonic_regression

    u, error = np.log(labels), R.mean(axis=0)
    y = np.log(np.maximum(isotonic_regression(error, increasing=False).x, floor))
    left = max(-float(_slopes(u, y[None], u <= u[0] + _END)[0]), 0.0)
    # Isotonic ends are extremes: a slope taken from them would be too steep.
    relative = R / np.maximum(error, floor) + np.log(np.maximum(error, floor)) - 1.0
    ends = -_slopes(u, relative, u >= u[-1] - _END)
    right, unsure = max(float(ends.mean()), 0.0), float(ends.std() / np.sqrt(max(len(R) - 1, 1)))
    grid = np.arange(u[0] - _REACH, u[-1] + _REACH, _STEP)
    along = np.interp(grid, u, y) + left * np.maximum(u[0] - grid, 0.0) - right * _faded(grid - u[-1])
    return Baseline(
        grid, _blurred(along), float(u[-1]), float(np.hypot(max(_SLOPE_SHARE * right, _SLOPE_LEAST), unsure))
    )


def _blurred(along: Floats) -> Floats:
    """Average with a Gaussian kernel over the fine grid, held at its ends."""
    reach = int(4 * _WIDTH / _STEP)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _STEP / _WIDTH) ** 2)
    smooth: Floats = np.convolve(np.pad(along, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
    return smooth


def _faded(beyond: Floats) -> Floats:
    """Give the way that counts beyond the last count, where a slope fades exponentially."""
    return -_BENDS * np.expm1(-np.maximum(beyond, 0.0) / _BENDS)


def _slopes(u: Floats, rows: Floats, near: npt.NDArray[np.bool_]) -> Floats:
    """Give each row's slope in u by least squares over the counts near an end; 0 for a single count."""
    x = u[near] - u[near].mean()
    spread = float(x @ x)
    slopes: Floats = rows[:, near] @ x / spread if spread > 0 else np.zeros(len(rows))
    return slopes
