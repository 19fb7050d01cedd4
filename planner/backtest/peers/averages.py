"""Averages over families, weighted by how well each fits, or by how well it foresaw the latest anchors.

Notation: N anchors; J members, the families that could be fitted and the last value; RSS (J,) residual sums of
squares; w (J,) weights.

Which families enter, the last value as the level, and weights by the inverse of the squared error were chosen on
development curves of LCDB 1.1 so that these peers are strong: a choice in their favour wherever such curves are tested.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from planner.backtest.peers.fits import Fits
from planner.backtest.peers.predictor import Curve, Level, Predictor

FloatArray = npt.NDArray[np.float64]

SINGLE_FAMILIES = ("pow3", "pow4", "mmf4", "wbl4")
TRAINING_SHARE = 0.8
_SMALLEST_MSE = 1e-12  # an error of 1e-6 is as good as none; keeps weights finite


def bic_average(fits: Fits) -> Predictor:
    """Average the power law with and without asymptote, the four-parameter families and the last value by their BIC.

    BIC = N·ln(RSS ÷ N) + (parameters + 1)·ln N, the noise variance counted (Schwarz 1978); weights exp(−BIC ÷ 2)
    (Burnham & Anderson 2002, section 6.4). A family enters when there are more anchors than it has parameters: else
    it passes through every anchor, and its BIC says nothing. The last value counts as one parameter.
    """
    error, n = fits.observed.error, fits.observed.size
    members: list[Curve] = [Level(float(error[-1]))]
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


def holdout_average(fits: Fits) -> Predictor:
    """Average the single families and the last value with weights 1 ÷ (mean squared error on the latest anchors).

    Each is fitted to the first 80% of the anchors (at most N − 1, so 3 of 4), weighed on the rest, refitted to all.
    A family needs as many training anchors as it has parameters; one that has fewer is left out.
    """
    error, n = fits.observed.error, fits.observed.size
    training = min(round(TRAINING_SHARE * n), n - 1)
    later, came = fits.observed.labels[training:], error[training:]
    members: list[Curve] = [Level(float(error[-1]))]
    mse, unfitted = [float(((came - error[training - 1]) ** 2).mean())], []
    for name in SINGLE_FAMILIES:
        early, whole = fits.first(training).family(name), fits.family(name)
        if early is None or whole is None:
            unfitted.append(name)
            continue
        members.append(whole)
        mse.append(float(((came - early(later)) ** 2).mean()))
    return _average(members, -np.log(np.maximum(mse, _SMALLEST_MSE)), unfitted)


def _average(members: Sequence[Curve], log_weights: FloatArray, unfitted: Sequence[str]) -> Predictor:
    weights = np.exp(log_weights - log_weights.max())
    return Predictor(tuple(members), tuple((weights / weights.sum()).tolist()), tuple(unfitted))
