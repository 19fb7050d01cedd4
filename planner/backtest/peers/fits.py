"""Every fit of one curve, made once and shared by the peers.

Notation: N anchors.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from planner.backtest.peers.families import FAMILIES
from planner.backtest.peers.fitting import Fit, fit_family
from planner.backtest.peers.observed import Observed, make_observed

FloatArray = npt.NDArray[np.float64]


class Fits:
    """Fits of one curve, made when first asked for.

    Attributes:
        observed: the anchors fitted.
    """

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self._fitted: dict[str, Fit | None] = {}
        self._shortened: dict[int, Fits] = {}

    def family(self, name: str) -> Fit | None:
        """Give the fit of a family, a key of `FAMILIES`, or None where it cannot be fitted."""
        if name not in self._fitted:
            self._fitted[name] = fit_family(FAMILIES[name], self.observed)
        return self._fitted[name]

    def first(self, count: int) -> "Fits":
        """Give the fits of the first `count` anchors alone."""
        if count not in self._shortened:
            self._shortened[count] = Fits(self.observed.first(count))
        return self._shortened[count]


def fits_of(labels: npt.ArrayLike, error: npt.ArrayLike) -> Fits:
    """Give the fits of a curve; the curves asked for last are remembered, so that peers called in turn share them.

    Raises:
        InputError: anchors that `make_observed` refuses.
    """
    observed = make_observed(labels, error)
    return _remembered(observed.labels.tobytes(), observed.error.tobytes())


@lru_cache(maxsize=4)
def _remembered(labels: bytes, error: bytes) -> Fits:
    return Fits(Observed(np.frombuffer(labels), np.frombuffer(error)))
