"""How savings follow how hard a task is: hard tasks save less.

How hard a task is says random's error e at 16 times the initial set. It is a moderator of the savings; a task's own is
told by a pilot of random, and without one it differs from draw to draw, as random's curve does. With it the savings of
each draw move, along a line in ln e.

Notation: T strategies; D draws; K knots.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.arrays import Floats

HARDNESS_AT = 16.0
"""Times the initial set at which random's error tells how hard the task is."""

_LEAST = 1e-4  # an error has a logarithm, and is below 1


def log_error(error: npt.ArrayLike) -> Floats:
    """Give ln e, where e is kept off 0 and 1."""
    found: Floats = np.log(np.clip(error, _LEAST, 1.0 - _LEAST))
    return found


@dataclass(frozen=True, eq=False)
class HardnessLine:
    """How one strategy's savings move with ln e, as recorded data sets say.

    Attributes:
        middle: ln e for which the savings stand that the line starts from.
        least: ln e below which they move no further, as nothing like it was recorded.
        most: likewise above.
        mean: (K,) of the slope, c per ln e.
        covariance: (K, K) of the slope.
        beside: (K, K) covariance of the slope, in rows, with c at the middle.
    """

    middle: float
    least: float
    most: float
    mean: Floats
    covariance: Floats
    beside: Floats

    @property
    def span(self) -> tuple[float, float, float]:
        """Give middle, least and most."""
        return self.middle, self.least, self.most


@dataclass(frozen=True, eq=False)
class HardnessTilt:
    """How the savings of several strategies move with ln e, draw by draw.

    Attributes:
        slopes: (T, D, K) c per ln e.
        middle: (T,) ln e for which c stands.
        least: (T,) ln e below which c moves no further.
        most: (T,) likewise above.
    """

    slopes: Floats
    middle: Floats
    least: Floats
    most: Floats

    def moved(self, i: int, log_error: Floats) -> Floats:
        """Give how far c of the i-th strategy moves where ln e is (D,), as (D, K)."""
        further = np.clip(log_error, self.least[i], self.most[i]) - self.middle[i]
        move: Floats = self.slopes[i] * further[:, None]
        return move

    def up_to(self, error: float) -> "HardnessTilt":
        """Let no task be harder than where random has this error: that of guessing."""
        return replace(self, most=np.minimum(self.most, log_error(error)))

    def taken(self, draws: npt.NDArray[np.int64]) -> "HardnessTilt":
        """Give some draws alone."""
        return replace(self, slopes=self.slopes[:, draws])
