"""Where a curve crosses a value, and how steeply: what it takes to weigh futures by a belief about a label count.

Notation: D draws; M points a path.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.curves.passage import first_passage, read_path

__all__ = ["Crossing", "crossing"]

FloatArray = npt.NDArray[np.float64]

_HALF = np.log(2.0) / 2  # a slope is taken over a doubling of labels: a path is rough
_LEAST = 0.2  # of a typical slope: a path that comes to rest at the very value would outweigh all others


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where paths cross a value.

    Attributes:
        log_labels: (D,) ln of the label counts; where a path ends before, how far on it would at its last slope. inf
            where no path rises at all.
        slope: (D,) rise of the value per unit of ln labels there, over that of a typical path; at least 0.2. 1 for a
            path that has the value from its first point on, where nobody saw it cross.
    """

    log_labels: FloatArray
    slope: FloatArray


def crossing(best: FloatArray, log_labels: FloatArray, value: float) -> Crossing:
    """Find where running-best paths cross a value, and their slopes there.

    Args:
        best: (D, M) values, never falling along M.
        log_labels: (D, M) ln of the label counts, never falling.
        value: of the metric.
    """
    first, last = log_labels[:, 0], log_labels[:, -1]
    reached = first_passage(best, log_labels, value)
    crossed, begun = np.isfinite(reached), best[:, 0] >= value
    low = np.maximum(np.minimum(np.where(crossed, reached, last) + _HALF, last) - 2 * _HALF, first)
    high = np.minimum(low + 2 * _HALF, last)
    width = high - low
    rise = read_path(best, log_labels, high) - read_path(best, log_labels, low)
    slope = np.where(width > 0, rise / np.where(width > 0, width, 1.0), 0.0)
    watched = crossed & ~begun
    typical = float(np.median(slope[watched if watched.any() else ~begun])) if not begun.all() else 0.0
    if typical <= 0:
        return Crossing(reached, np.ones(reached.shape))
    relative = np.where(begun, 1.0, np.maximum(slope / typical, _LEAST))
    further = last + (value - best[:, -1]) / (relative * typical)
    return Crossing(np.where(crossed, reached, further), relative)
