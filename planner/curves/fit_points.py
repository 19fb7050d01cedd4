"""What the fit check looks at, point by point: residuals at the anchors, and the tail forecast from what came before.

Notation: N anchors that are fitted (`Anchors.near`); T of all held out; D draws.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.anchors import Anchors, make_anchors
from planner.curves.chance import largest_error
from planner.curves.drawing import draw_errors
from planner.curves.forecast import MIN_ANCHORS, Forecast, fit_forecast
from planner.curves.posterior import Posterior, fit_posterior
from planner.curves.prior import ForecastPrior, default_prior
from planner.errors import InputError
from simulations.threads import one_blas_thread

__all__ = ["FitPoints", "Tail", "fit_points"]

FloatArray = npt.NDArray[np.float64]

FITTED_SHARE = 0.6  # of the measured range of ln(labels); what lies beyond is held out
_DRAWS = 400


@dataclass(frozen=True, eq=False)
class Tail:
    """The later anchors, forecast from the earlier ones alone.

    Attributes:
        fitted: anchors the forecast was made from.
        last_fitted: labels at the last of these.
        labels: (T,) label counts held out.
        measured: (T,) values there.
        expected: (D, T) forecast of the expected value.
        predicted: (D, T) the same with the noise of a measurement.
    """

    fitted: int
    last_fitted: float
    labels: FloatArray
    measured: FloatArray
    expected: FloatArray
    predicted: FloatArray

    def to_frame(self) -> pd.DataFrame:
        """Lay the tail out: columns `labels`, `value`, `q10`, `q50`, `q90` (of `predicted`), `inside` (these)."""
        q10, q50, q90 = np.quantile(self.predicted, (0.1, 0.5, 0.9), axis=0)
        inside = (q10 <= self.measured) & (self.measured <= q90)
        columns = {
            "labels": np.round(self.labels, 6),
            "value": self.measured,
            "q10": q10,
            "q50": q50,
            "q90": q90,
            "inside": inside,
        }
        return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class FitPoints:
    """One curve's anchors beside the curve fitted to them.

    Attributes:
        anchors: the measurements, reduced; the last N of them are fitted.
        posterior: of the fit.
        fitted: (N,) posterior mean of the value, were the curve smooth: a rough one goes through any point.
        standardised: (N,) measured minus fitted, in standard deviations of the noise that a smooth curve would need;
            above 0 the value was measured higher than the model has it.
        tail: None where there are too few anchors, or none within reach of the earlier ones.
    """

    anchors: Anchors
    posterior: Posterior
    fitted: FloatArray
    standardised: FloatArray
    tail: Tail | None

    def measured(self) -> pd.DataFrame:
        """Lay all anchors out: columns `labels`, `value`."""
        return pd.DataFrame({"labels": np.round(self.anchors.labels, 6), "value": 1.0 - self.anchors.error})

    def to_frame(self) -> pd.DataFrame:
        """Lay the fitted anchors out: columns `labels`, `value`, `fitted`, `standardised`."""
        near = self.measured().iloc[self.anchors.near :].reset_index(drop=True)
        return near.assign(fitted=self.fitted, standardised=self.standardised)


def fit_points(
    points: pd.DataFrame, *, classes: int | None = None, seed: int = 0, prior: ForecastPrior | None = None
) -> FitPoints:
    """Fit a curve, and forecast its later anchors from the earlier ones.

    Args:
        points: the measured points of one curve.
        classes: as given to `fit_forecast`.
        seed: what the draws depend on besides the points.
        prior: as given to `fit_forecast`.

    Raises:
        InputError: fewer than four distinct anchors, so that there is no fit.
    """
    anchors = make_anchors(points)
    if anchors.distinct < MIN_ANCHORS:
        raise InputError(
            f"fit check: found {anchors.distinct} different label counts; at least {MIN_ANCHORS} are needed"
        )
    rng = np.random.default_rng(np.random.SeedSequence([seed, anchors.distinct]))
    cap = largest_error(classes)
    with one_blas_thread():
        weighed = default_prior() if prior is None else prior
        posterior = fit_posterior(anchors, cap, weighed)
        fitted, standardised = _residuals(anchors, fit_posterior(anchors, cap, weighed, smooth=True), rng)
    tail = _held_out(points, anchors, classes, seed, prior, rng)
    return FitPoints(anchors, posterior, fitted, standardised, tail)


def _residuals(anchors: Anchors, posterior: Posterior, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    drawn = draw_errors(posterior, posterior.log_x, _DRAWS, rng)
    error, near = drawn.paths.mean(axis=0), anchors.near
    noise = np.sqrt(anchors.variance[near:] * drawn.factor.mean())
    # In values, so that a positive residual is a point above the curve.
    return 1.0 - error, (error - anchors.error[near:]) / noise


def _held_out(
    points: pd.DataFrame,
    anchors: Anchors,
    classes: int | None,
    seed: int,
    prior: ForecastPrior | None,
    rng: np.random.Generator,
) -> Tail | None:
    log_labels = np.log(anchors.labels)
    end = log_labels[0] + FITTED_SHARE * (log_labels[-1] - log_labels[0])
    fitted = max(int((log_labels <= end).sum()), MIN_ANCHORS)
    if fitted >= log_labels.size:
        return None
    # Thinned anchors lie between measured counts: half-way to the next one separates what was averaged.
    cut = float(np.exp(0.5 * (log_labels[fitted - 1] + log_labels[fitted])))
    early = fit_forecast(points[points["labels"] <= cut], classes=classes, n_draws=_DRAWS, seed=seed, prior=prior)
    tail = np.arange(fitted, log_labels.size)
    tail = tail[~early.refused(anchors.labels[tail])]
    return None if tail.size == 0 else _tail(early, anchors, fitted, tail, rng)


def _tail(
    early: Forecast, anchors: Anchors, fitted: int, tail: npt.NDArray[np.int64], rng: np.random.Generator
) -> Tail:
    labels, measured = anchors.labels[tail], 1.0 - anchors.error[tail]
    expected = early.draws(labels)
    noise = np.sqrt(early.noise_factor[:, None] * anchors.variance[tail])
    predicted = expected + noise * rng.standard_normal(expected.shape)
    return Tail(fitted, early.last_labels, labels, measured, expected, predicted)
