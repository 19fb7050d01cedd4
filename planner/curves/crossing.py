"""Where a curve crosses a value, and how steeply: what it takes to weigh futures by a belief about a label count.

Notation: D draws; M points a path.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats
from planner.curves.passage import first_passage, read_path

_HALF = np.log(2.0) / 2  # a slope is taken over a doubling of labels: a path is rough
_LEAST = 0.2  # of the mean slope: a path that comes to rest at the very value would outweigh all others


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where paths cross a value.

    Attributes:
        log_labels: (D,) ln of the label counts; where a path ends before, how far on it would at its last slope, and
            inf where it is at rest there.
        seen: (D,) whether a path gets as far as the value.
        slope: (D,) rise of the value per unit of ln labels there, over the mean of all paths; at least 0.2. 1 for a
            path that has the value from its first point on, where nobody saw it cross.
    """

    log_labels: Floats
    seen: npt.NDArray[np.bool_]
    slope: Floats


def crossing(best: Floats, log_labels: Floats, value: float) -> Crossing:
    """Find where running-best paths cross a value, and their slopes there.

    Args:
        best: (D, M) values, never falling along M.
        log_labels: (D, M) ln of the label counts, never falling.
        value: of the metric.
    """
    first, last = log_labels[:, 0], log_labels[:, -1]
    reached = first_passage(best, log_labels, value)
    seen, begun = np.isfinite(reached), best[:, 0] >= value
    low = np.maximum(np.minimum(np.where(seen, reached, last) + _HALF, last) - 2 * _HALF, first)
    high = np.minimum(low + 2 * _HALF, last)
    rise = read_path(best, log_labels, high) - read_path(best, log_labels, low)
    slope = np.divide(rise, high - low, out=np.zeros_like(rise), where=high > low)
    further = last + np.divide(value - best[:, -1], slope, out=np.full_like(slope, np.inf), where=slope > 0)
    mean = 0.0 if begun.all() else float(slope[~begun].mean())
    relative = np.maximum(slope / mean, _LEAST) if mean > 0 else np.ones_like(slope)
    return Crossing(np.where(seen, reached, further), seen, np.where(begun, 1.0, relative))
