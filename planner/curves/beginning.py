"""Random's curve before its first point: how well it does with fewer labels than any curve was measured with.

The error goes back as the power law of its first two octaves, at most to that of guessing. So it does where a curve was
measured on the task itself. A recorded curve begins with an initial set of its own, and a task that needs many times
its labels has it stretched: its first point may lie far beyond the task's initial set, and a power law that is
stretched with it would have the task guess for hundreds of labels. Real ones do not: with few labels they are hardly
worse than others. There the error goes back at a quarter of that slope (docs/matching.md compares shares).

Notation: D draws; M points a path; G label counts.
"""

from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats
from planner.curves.passage import read_path
from planner.curves.savings.hardness import log_error

MEASURED, STRETCHED = 1.0, 0.25
"""Share of its slope at which an error goes back: on the task's own curve, and on one stretched to it."""

_SLOPE_OVER = np.log(4.0)  # two octaves, from which a path's way to its first point is judged


def before_first(best: Floats, log_labels: Floats, x: Floats, share: float, guess_error: float = 1.0) -> Floats:
    """Extend random's paths backwards, in ln error over ln labels.

    Args:
        best: (D, M) running-best values from the first measured point on.
        log_labels: (D, M) ln labels.
        x: (D, G) ln labels before the first point; that of the first point is taken for any beyond it.
        share: of the slope at the beginning; see `MEASURED` and `STRETCHED`.
        guess_error: error of guessing, the most that there is.

    Returns:
        (D, G) values, never above the first point's.
    """
    start = log_labels[:, 0]
    later = np.minimum(start + _SLOPE_OVER, log_labels[:, -1])
    first, then = (log_error(1.0 - one) for one in (best[:, 0], read_path(best, log_labels, later)))
    rise = later - start
    slope = share * np.divide(first - then, rise, out=np.zeros(len(rise)), where=rise > 0)
    error = np.exp(first[:, None] + slope[:, None] * np.maximum(start[:, None] - x, 0.0))
    values: Floats = np.minimum(1.0 - np.minimum(error, guess_error), best[:, :1])
    return values


@dataclass(frozen=True)
class Approach:
    """What holds random's value before the first points of stretched curves.

    Attributes:
        guess_error: error of guessing.
        told: value whose labels are told, which random never has before; 1 where none is.
    """

    guess_error: float
    told: float = 1.0

    def values(self, best: Floats, log_labels: Floats, x: Floats, target: float | None) -> Floats:
        """Give random's values at ln labels x, (D, G), before the first points, all below what is not reached there.

        A strategy that saves labels may pass the target on the way to random's first point, and random may not.

        Args:
            best: (D, M) running-best values from the first measured point on.
            log_labels: (D, M) ln labels.
            x: (D, G) ln labels.
            target: value that the task is to reach; None where there is none.
        """
        unreached = min(self.told, 1.0 if target is None else target)
        found = before_first(best, log_labels, x, STRETCHED, self.guess_error)
        values: Floats = np.minimum(found, np.nextafter(unreached, 0.0))
        return values
