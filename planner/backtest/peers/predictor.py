"""What a peer answers: errors at any label counts, and which of its families could not be fitted.

Notation: G label counts; J member curves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

FloatArray = npt.NDArray[np.float64]
Curve = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Level:
    """A flat curve.

    Attributes:
        error: its height, a fraction.
    """

    error: float

    def __call__(self, labels: FloatArray) -> FloatArray:
        """Give the height at each label count, (G,)."""
        return np.full(labels.shape, self.error)


@dataclass(frozen=True, eq=False)
class Predictor:
    """A weighted average of curves; most peers have one.

    Attributes:
        members: J curves, each within [0, 1].
        weights: (J,) non-negative, summing to 1.
        unfitted: families that could not be fitted: a peer of one family then gives the last value,
            an average goes without them. To be counted and shown beside the peer's error.
    """

    members: tuple[Curve, ...]
    weights: tuple[float, ...]
    unfitted: tuple[str, ...] = ()

    def __call__(self, labels: npt.ArrayLike) -> FloatArray:
        """Predict the error.

        Args:
            labels: (G,) label counts, finite and above 0.

        Returns:
            (G,) errors, finite and within [0, 1].

        Raises:
            InputError: a label count that is not finite or not above 0.
        """
        counts = np.atleast_1d(np.asarray(labels, dtype=float))
        if not (np.isfinite(counts) & (counts > 0)).all():
            raise InputError("peers: label counts to predict at must be finite numbers above 0")
        errors = np.stack([member(counts) for member in self.members])
        return np.clip(np.asarray(self.weights) @ errors, 0.0, 1.0)


def one(curve: Curve, unfitted: Sequence[str] = ()) -> Predictor:
    """Give the predictor that follows one curve."""
    return Predictor((curve,), (1.0,), tuple(unfitted))
