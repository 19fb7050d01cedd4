"""Does the model fit this curve? Residuals, a tail held out, the grid's edge, and what another method says.

Notation: N anchors; K of them fitted before the tail; D draws; G label counts asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.anchors import Anchors, make_anchors
from planner.curves.fit_words import judge
from planner.curves.forecast import MIN_ANCHORS, Forecast, fit_forecast
from planner.curves.grid_edge import Edge, grid_edge
from planner.curves.posterior import Posterior, draw_errors, fit_posterior
from planner.curves.prior import ForecastPrior, default_prior
from planner.curves.threads import one_thread
from planner.curves.weighted_power import fit_weighted_power
from planner.errors import InputError

__all__ = ["FitCheck", "HeldOutTail", "OtherMethod", "Residuals", "check_fit"]

FloatArray = npt.NDArray[np.float64]

FITTED_SHARE = 0.6  # of the measured range of ln(labels); what lies beyond is held out
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Residuals:
    """Measured minus posterior mean at the anchors, in standard deviations of the noise the model settled on.

    Attributes:
        worst: the largest in size, with its sign; above 0 the value was measured higher than the model has it.
        worst_labels: its label count.
        rms: root mean square over the anchors.
    """

    worst: float
    worst_labels: float
    rms: float


@dataclass(frozen=True, slots=True)
class HeldOutTail:
    """The later anchors, forecast from the earlier ones alone.

    Attributes:
        fitted: K, anchors the forecast was made from.
        held_out: anchors it was compared with.
        reaches: labels at the last of these ÷ labels at the last fitted one.
        mean_absolute_error: of the forecast's median, a fraction.
        bias: mean of median − measured; above 0 the forecast promised too much.
        inside_80: share of the anchors within their 80% interval, noise of the measurement included.
        inside_90: the same at 90%.
        surprise: two-sided chance, under the forecast, of a tail whose mean is as far off as the measured one.
    """

    fitted: int
    held_out: int
    reaches: float
    mean_absolute_error: float
    bias: float
    inside_80: float
    inside_90: float
    surprise: float


@dataclass(frozen=True, slots=True)
class OtherMethod:
    """What the weighted power law of Figueroa et al. 2012 says at one label count, beside the forecast.

    Attributes:
        labels: the label count.
        value: of the metric, by the other method.
        q10: of the forecast.
        q50: its median.
        q90: its 90% quantile.
        distance: (value − q50) in half-widths of the forecast's 80% interval, on the side where it lies.
    """

    labels: float
    value: float
    q10: float
    q50: float
    q90: float
    distance: float


@dataclass(frozen=True, slots=True)
class FitCheck:
    """How well the model fits one curve.

    Attributes:
        verdict: good, doubtful or poor.
        words: why, in one or two sentences.
        residuals: at the anchors.
        held_out: None where there are too few anchors, or none within reach of the earlier ones.
        families: posterior probability of each family of shapes.
        edge: of the posterior at the grid's ends.
        other_method: at each label count asked that is not refused.
    """

    verdict: Literal["good", "doubtful", "poor"]
    words: str
    residuals: Residuals
    held_out: HeldOutTail | None
    families: Mapping[str, float]
    edge: Edge
    other_method: tuple[OtherMethod, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dictionary."""
        found = asdict(self)
        return found | {"families": dict(self.families), "other_method": list(found["other_method"])}


def check_fit(
    points: pd.DataFrame,
    forecast: Forecast,
    *,
    at: Sequence[float] = (),
    classes: int | None = None,
    seed: int = 0,
    prior: ForecastPrior | None = None,
) -> FitCheck:
    """Check the forecast of a curve against the curve.

    Args:
        points: what the forecast was made from.
        forecast: `fit_forecast` of them.
        at: (G,) label counts to compare with another method; those that are refused are left out.
        classes: as given to `fit_forecast`.
        seed: what the draws depend on besides the points.
        prior: as given to `fit_forecast`.

    Raises:
        InputError: fewer than four distinct anchors, so that there is no forecast to check.
    """
    if not forecast.forecastable:
        raise InputError(
            f"fit check: found {forecast.anchors} different label counts; at least {MIN_ANCHORS} are needed"
        )
    anchors = make_anchors(points)
    rng = np.random.default_rng(np.random.SeedSequence([seed, anchors.distinct]))
    cap = 1.0 if classes is None else 1.0 - 1.0 / classes
    with one_thread():
        posterior = fit_posterior(anchors, cap, default_prior() if prior is None else prior)
        residuals = _residuals(anchors, posterior, rng)
    held_out = _held_out(points, anchors, classes, seed, prior, rng)
    edge, others = grid_edge(posterior), _others(anchors, forecast, at)
    verdict, words = judge(residuals, held_out, edge, [other for other in others if other.labels > anchors.last])
    return FitCheck(verdict, words, residuals, held_out, posterior.families, edge, others)


def _residuals(anchors: Anchors, posterior: Posterior, rng: np.random.Generator) -> Residuals:
    drawn = draw_errors(posterior, posterior.log_x, _DRAWS, rng)
    noise = np.sqrt(anchors.variance * drawn.factor.mean())
    # In values, so that a positive residual is a point above the curve.
    standardised = (drawn.paths.mean(axis=0) - anchors.error) / noise
    worst = int(np.abs(standardised).argmax())
    rms = float(np.sqrt((standardised**2).mean()))
    return Residuals(float(standardised[worst]), round(float(anchors.labels[worst]), 6), rms)


def _held_out(
    points: pd.DataFrame,
    anchors: Anchors,
    classes: int | None,
    seed: int,
    prior: ForecastPrior | None,
    rng: np.random.Generator,
) -> HeldOutTail | None:
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
    return None if tail.size == 0 else _compare(early, anchors, fitted, tail, rng)


def _compare(
    early: Forecast, anchors: Anchors, fitted: int, tail: npt.NDArray[np.int64], rng: np.random.Generator
) -> HeldOutTail:
    labels, measured = anchors.labels[tail], 1.0 - anchors.error[tail]
    expected = early.draws(labels)
    noise = np.sqrt(early.noise_factor[:, None] * anchors.variance[tail])
    predicted = expected + noise * rng.standard_normal(expected.shape)
    low90, low80, high80, high90 = np.quantile(predicted, (0.05, 0.1, 0.9, 0.95), axis=0)
    off = np.median(expected, axis=0) - measured
    means, seen = predicted.mean(axis=1), float(measured.mean())
    # Counting the measured tail among the draws keeps the chance off zero, which no number of draws can show.
    beyond = (1 + min((means <= seen).sum(), (means >= seen).sum())) / (1 + means.size)
    return HeldOutTail(
        fitted=fitted,
        held_out=tail.size,
        reaches=float(labels[-1] / early.last_labels),
        mean_absolute_error=float(np.abs(off).mean()),
        bias=float(off.mean()),
        inside_80=float(((low80 <= measured) & (measured <= high80)).mean()),
        inside_90=float(((low90 <= measured) & (measured <= high90)).mean()),
        surprise=float(min(1.0, 2.0 * beyond)),
    )


def _others(anchors: Anchors, forecast: Forecast, at: Sequence[float]) -> tuple[OtherMethod, ...]:
    kept = np.array([n for n in at if not forecast.refused(n)[0]], dtype=float)
    if kept.size == 0:
        return ()
    values = 1.0 - fit_weighted_power(anchors.labels, anchors.error)(kept)
    quantiles = forecast.quantiles(kept, (0.1, 0.5, 0.9))
    found = []
    for n, value, (q10, q50, q90) in zip(kept, values, quantiles, strict=True):
        half = q90 - q50 if value >= q50 else q50 - q10
        # Where the interval has no width, any difference counts as many widths, and none as none.
        distance = (value - q50) / max(half, 1e-6)
        found.append(OtherMethod(*map(float, (n, value, q10, q50, q90, distance))))
    return tuple(found)
