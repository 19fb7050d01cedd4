"""The peers of the forecast by name: the last value, fitted families, and averages of them.

Which families enter, the last value as the level, and weights by the inverse of the squared error were chosen on
development curves of LCDB 1.1 so that these peers are strong: a choice in their favour wherever such curves are tested.
All fits keep to errors that fall: asymptote in [0, 1], scale ≥ 0.

Notation: N anchors; G label counts; J member curves, the families that could be fitted and the last value; RSS (J,)
residual sums of squares; w (J,) weights.

Sources: Mohr et al. 2022 (LCDB) and Viering & Loog 2023 for the single families; Figueroa et al. 2012, "Predicting
sample size required for classification performance", BMC Med Inform Decis Mak 12:8, for the weighted power law.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.backtest.peer_fits import Fits, fits_of
from planner.forecast.weighted_power import fit_weighted_power
from simulations.arrays import Floats
from simulations.errors import InputError

ErrorFunction = Callable[[Floats], Floats]

SINGLE_FAMILIES = ("pow3", "pow4", "mmf4", "wbl4")
_TRAINING_SHARE = 0.8
_SMALLEST_MSE = 1e-12  # an error of 1e-6 is as good as none; keeps weights finite


@dataclass(frozen=True, eq=False)
class Predictor:
    """A weighted average of curves; most peers have one.

    Attributes:
        members: J curves, each within [0, 1].
        weights: (J,) non-negative, summing to 1.
        unfitted: families that could not be fitted: a peer of one family then gives the last value,
            an average goes without them. To be counted and shown beside the peer's error.
    """

    members: tuple[ErrorFunction, ...]
    weights: tuple[float, ...]
    unfitted: tuple[str, ...] = ()

    def __call__(self, labels: npt.ArrayLike) -> Floats:
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


def _bic_average(fits: Fits) -> Predictor:
    """Average the power law with and without asymptote, the four-parameter families and the last value by their BIC.

    BIC = N·ln(RSS ÷ N) + (parameters + 1)·ln N, the noise variance counted (Schwarz 1978); weights exp(−BIC ÷ 2)
    (Burnham & Anderson 2002, section 6.4). A family enters when there are more anchors than it has parameters: else
    it passes through every anchor, and its BIC says nothing. The last value counts as one parameter.
    """
    error, n = fits.observed.error, fits.observed.size
    members: list[ErrorFunction] = [_flat_curve(fits)]
    rss, parameters, unfitted = [float(((error - error[-1]) ** 2).sum())], [1], []
    for name in ("pow2", *SINGLE_FAMILIES):
        fit = fits.family(name)
        if fit is None or n <= fit.family.parameters:
            unfitted.append(name)
            continue
        members.append(fit)
        rss.append(fit.rss)
        parameters.append(fit.family.parameters)
    mse = np.maximum(np.array(rss) / n, _SMALLEST_MSE)
    return _average(members, -0.5 * (n * np.log(mse) + (np.array(parameters) + 1.0) * np.log(n)), unfitted)


def _holdout_average(fits: Fits) -> Predictor:
    """Average the single families and the last value with weights 1 ÷ (mean squared error on the latest anchors).

    Each is fitted to the first 80% of the anchors (at most N − 1, so 3 of 4), weighed on the rest, refitted to all.
    A family needs as many training anchors as it has parameters; one that has fewer is left out.
    """
    error, n = fits.observed.error, fits.observed.size
    training = min(round(_TRAINING_SHARE * n), n - 1)
    later, came = fits.observed.labels[training:], error[training:]
    members: list[ErrorFunction] = [_flat_curve(fits)]
    mse, unfitted = [float(((came - error[training - 1]) ** 2).mean())], []
    for name in SINGLE_FAMILIES:
        early, whole = fits.first(training).family(name), fits.family(name)
        if early is None or whole is None:
            unfitted.append(name)
            continue
        members.append(whole)
        mse.append(float(((came - early(later)) ** 2).mean()))
    return _average(members, -np.log(np.maximum(mse, _SMALLEST_MSE)), unfitted)


def _flat_curve(fits: Fits) -> ErrorFunction:
    """Give the curve that stays at the last error."""
    last = float(fits.observed.error[-1])
    return lambda labels: np.full(labels.shape, last)


def _single_curve(curve: ErrorFunction, unfitted: Sequence[str] = ()) -> Predictor:
    return Predictor((curve,), (1.0,), tuple(unfitted))


def _average(members: Sequence[ErrorFunction], log_weights: Floats, unfitted: Sequence[str]) -> Predictor:
    weights = np.exp(log_weights - log_weights.max())
    return Predictor(tuple(members), tuple((weights / weights.sum()).tolist()), tuple(unfitted))


def _last_value(fits: Fits) -> Predictor:
    return _single_curve(_flat_curve(fits))


def _fit_one_family(name: str) -> Callable[[Fits], Predictor]:
    def predictor(fits: Fits) -> Predictor:
        fit = fits.family(name)
        # The last value is what anybody would say with no fit at hand; `unfitted` lets it be counted.
        return _single_curve(_flat_curve(fits), (name,)) if fit is None else _single_curve(fit)

    return predictor


def _weighted_power(fits: Fits) -> Predictor:
    return _single_curve(fit_weighted_power(fits.observed.labels, fits.observed.error))


Peer = Callable[[npt.ArrayLike, npt.ArrayLike], Predictor]
"""Label counts (N,) in any order, N ≥ 4 and all different, and errors (N,) in [0, 1], to what predicts errors.

Raises InputError for anchors that cannot be used.
"""


def _peer(method: Callable[[Fits], Predictor]) -> Peer:
    return lambda labels, error: method(fits_of(labels, error))


PEERS: Mapping[str, Peer] = {
    "last_value": _peer(_last_value),
    **{name: _peer(_fit_one_family(name)) for name in SINGLE_FAMILIES},
    "figueroa": _peer(_weighted_power),
    "bic_average": _peer(_bic_average),
    "holdout_average": _peer(_holdout_average),
}
"""Every peer, in the order of the backtest's tables."""
