"""The peers by name: what else could have forecast the same curve from the same anchors.

Notation: N anchors; G label counts.

Sources: Mohr et al. 2022 (LCDB) and Viering & Loog 2023 for the single families; Figueroa et al. 2012, "Predicting
sample size required for classification performance", BMC Med Inform Decis Mak 12:8, for the weighted power law.
All fits keep to errors that fall: asymptote in [0, 1], scale ≥ 0.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy.typing as npt

from planner.backtest.peers.averages import SINGLE_FAMILIES, bic_average, holdout_average
from planner.backtest.peers.fits import Fits, fits_of
from planner.backtest.peers.predictor import Level, Predictor, one
from planner.curves.weighted_power import fit_weighted_power


class Peer(Protocol):
    """A forecaster of one curve."""

    def __call__(self, labels: npt.ArrayLike, error: npt.ArrayLike) -> Predictor:
        """Learn from a curve's anchors.

        Args:
            labels: (N,) label counts, N ≥ 4, all different, in any order.
            error: (N,) 1 − value, in [0, 1].

        Returns:
            A callable from label counts (G,) to predicted errors (G,), finite and within [0, 1].

        Raises:
            InputError: anchors that cannot be used.
        """
        ...


def _last_value(fits: Fits) -> Predictor:
    return one(Level(float(fits.observed.error[-1])))


def _single(name: str) -> Callable[[Fits], Predictor]:
    def predictor(fits: Fits) -> Predictor:
        fit = fits.family(name)
        # The last value is what anybody would say with no fit at hand; `unfitted` lets it be counted.
        return one(Level(float(fits.observed.error[-1])), (name,)) if fit is None else one(fit)

    return predictor


def _figueroa(fits: Fits) -> Predictor:
    return one(fit_weighted_power(fits.observed.labels, fits.observed.error))


def _peer(method: Callable[[Fits], Predictor]) -> Peer:
    def peer(labels: npt.ArrayLike, error: npt.ArrayLike) -> Predictor:
        return method(fits_of(labels, error))

    return peer


PEERS: Mapping[str, Peer] = {
    "last_value": _peer(_last_value),
    **{name: _peer(_single(name)) for name in SINGLE_FAMILIES},
    "figueroa": _peer(_figueroa),
    "bic_average": _peer(bic_average),
    "holdout_average": _peer(holdout_average),
}
"""Every peer, in the order of the backtest's tables."""
