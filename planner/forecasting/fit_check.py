"""Check how well a forecast fits its curve: residuals, a held-out tail, the ends of the model's grid, another method.

Notation: N anchors that are fitted (`Anchors.near`); K fitted before the tail; T held out; D draws; G label counts
asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.forecasting.anchors import MIN_ANCHORS, Anchors, error_cap, make_anchors
from planner.forecasting.forecast import Forecast, fit_forecast
from planner.forecasting.posterior import Edge, Posterior, draw_errors, edge_warnings, fit_posterior, grid_edge
from planner.forecasting.weighted_power import fit_weighted_power
from planner.intervals import QUANTILES
from simulations.arrays import Floats
from simulations.errors import InputError
from simulations.threads import one_blas_thread

FitVerdict = Literal["good", "doubtful", "poor"]

_FITTED_SHARE = 0.6  # of the measured range of ln(labels); what lies beyond is held out
_DRAWS = 400
_RESIDUAL = (3.0, 5.0)  # standard deviations, from which a fit is doubtful, poor
_SURPRISE = (0.05, 0.02)  # chance of so odd a tail, at or below which it is doubtful, poor
_FAR = 2.0  # half-widths of our 80% interval; 1 is its end


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
    labels: Floats
    measured: Floats
    expected: Floats
    predicted: Floats

    def to_frame(self) -> pd.DataFrame:
        """Lay the tail out: columns `labels`, `value`, `q10`, `q50`, `q90` (of `predicted`), `inside` (these)."""
        q10, q50, q90 = np.quantile(self.predicted, QUANTILES, axis=0)
        inside = (q10 <= self.measured) & (self.measured <= q90)
        labels = np.round(self.labels, 6)
        return pd.DataFrame(
            {"labels": labels, "value": self.measured, "q10": q10, "q50": q50, "q90": q90, "inside": inside}
        )


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
    fitted: Floats
    standardised: Floats
    tail: Tail | None

    def measured(self) -> pd.DataFrame:
        """Lay all anchors out: columns `labels`, `value`."""
        return pd.DataFrame({"labels": np.round(self.anchors.labels, 6), "value": 1.0 - self.anchors.error})

    def to_frame(self) -> pd.DataFrame:
        """Lay the fitted anchors out: columns `labels`, `value`, `fitted`, `standardised`."""
        near = self.measured().iloc[self.anchors.near :].reset_index(drop=True)
        return near.assign(fitted=self.fitted, standardised=self.standardised)


def fit_points(points: pd.DataFrame, *, classes: int | None = None, seed: int = 0) -> FitPoints:
    """Fit a curve, and forecast its later anchors from the earlier ones; classes and seed are as in `fit_forecast`.

    Raises:
        InputError: nothing is forecast from these anchors, so that there is no fit.
    """
    anchors = make_anchors(points)
    if anchors.refusal is not None:
        raise InputError(f"fit check: {anchors.refusal}")
    rng = np.random.default_rng(np.random.SeedSequence([seed, anchors.distinct]))
    cap = error_cap(classes)
    with one_blas_thread():
        posterior = fit_posterior(anchors, cap)
        fitted, standardised = _fit_residuals(anchors, fit_posterior(anchors, cap, smooth=True), rng)
    tail = _hold_out(points, anchors, classes, seed, rng)
    return FitPoints(anchors, posterior, fitted, standardised, tail)


def _fit_residuals(anchors: Anchors, posterior: Posterior, rng: np.random.Generator) -> tuple[Floats, Floats]:
    paths, factor = draw_errors(posterior, posterior.log_x, _DRAWS, rng)
    error, near = paths.mean(axis=0), anchors.near
    noise = np.sqrt(anchors.variance[near:] * factor.mean())
    # In values, so that a positive residual is a point above the curve.
    return 1.0 - error, (error - anchors.error[near:]) / noise


def _hold_out(
    points: pd.DataFrame, anchors: Anchors, classes: int | None, seed: int, rng: np.random.Generator
) -> Tail | None:
    log_labels = np.log(anchors.labels)
    end = log_labels[0] + _FITTED_SHARE * (log_labels[-1] - log_labels[0])
    fitted = max(int((log_labels <= end).sum()), MIN_ANCHORS)
    if fitted >= log_labels.size:
        return None
    # Thinned anchors lie between measured counts: half-way to the next one separates what was averaged.
    cut = float(np.exp(0.5 * (log_labels[fitted - 1] + log_labels[fitted])))
    early = fit_forecast(points[points["labels"] <= cut], classes=classes, n_draws=_DRAWS, seed=seed)
    tail = np.arange(fitted, log_labels.size)
    tail = tail[~early.refused(anchors.labels[tail])]
    if tail.size == 0:
        return None
    labels = anchors.labels[tail]
    expected = early.draws(labels)
    noise = np.sqrt(early.noise_factor[:, None] * anchors.variance[tail])
    predicted = expected + noise * rng.standard_normal(expected.shape)
    return Tail(fitted, early.last_labels, labels, 1.0 - anchors.error[tail], expected, predicted)


@dataclass(frozen=True, slots=True)
class Residuals:
    """Measured minus posterior mean at the fitted anchors, of a curve taken to be smooth, in sd of its noise.

    A rough curve goes through any point; families and edges are those of the forecast, which may be rough.

    Attributes:
        worst: the largest in size, with its sign; above 0 the value was measured higher than the model has it.
        worst_labels: its label count.
        rms: root mean square over these anchors.
        from_labels: the first of these, where others lie before it; None where all are fitted.
    """

    worst: float
    worst_labels: float
    rms: float
    from_labels: float | None = None


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
    """The value that the weighted power law of Figueroa et al. 2012 predicts at one label count, beside the forecast's.

    The distance is value − q50 in half-widths of the forecast's 80% interval, on the side where it lies.
    """

    labels: float
    value: float
    q10: float
    q50: float
    q90: float
    distance: float


@dataclass(frozen=True, slots=True)
class FitCheck:
    """The verdict on how well the model fits one curve, why in one or two sentences, and what it rests on.

    Attributes:
        residuals: at the anchors that are fitted, see `Anchors.near`.
        held_out: None where there are too few anchors, or none within reach of the earlier ones.
        families: posterior probability of each family of shapes.
        edge: of the posterior at the grid's ends.
        other_method: at each label count asked that is not refused.
    """

    verdict: FitVerdict
    words: str
    residuals: Residuals
    held_out: HeldOutTail | None
    families: Mapping[str, float]
    edge: Edge
    other_method: tuple[OtherMethod, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dictionary."""
        record = asdict(self)
        return record | {"families": dict(self.families), "other_method": list(record["other_method"])}


def check_fit(
    points: pd.DataFrame,
    forecast: Forecast,
    *,
    at: Sequence[float] = (),
    classes: int | None = None,
    seed: int = 0,
) -> FitCheck:
    """Check the forecast of a curve against the points that it was made from, as `fit_forecast` was given them.

    At (G,) label counts, but those that are refused, it is compared with another method.

    Raises:
        InputError: nothing is forecast from these points, so that there is no forecast to check.
    """
    fit = fit_points(points, classes=classes, seed=seed)
    residuals, held_out = _summarise_residuals(fit), None if fit.tail is None else _summarise_tail(fit.tail)
    edge, other_method = grid_edge(fit.posterior), _compare_methods(fit.anchors, forecast, at)
    ahead = [other for other in other_method if other.labels > fit.anchors.last]
    verdict, words = judge(residuals, held_out, edge, ahead)
    if verdict == "good" and fit.tail is None and np.ptp(fit.anchors.error[:MIN_ANCHORS]) == 0.0:
        verdict, words = "doubtful", "The first points all have the same value: the curve has only just begun to move."
    return FitCheck(verdict, words, residuals, held_out, fit.posterior.families, edge, other_method)


def _summarise_residuals(fit: FitPoints) -> Residuals:
    worst = int(np.abs(fit.standardised).argmax())
    rms = float(np.sqrt((fit.standardised**2).mean()))
    near = fit.anchors.near
    fitted = [round(float(labels), 6) for labels in fit.anchors.labels[near:]]
    return Residuals(float(fit.standardised[worst]), fitted[worst], rms, fitted[0] if near else None)


def _summarise_tail(tail: Tail) -> HeldOutTail:
    measured = tail.measured
    low90, low80, high80, high90 = np.quantile(tail.predicted, (0.05, 0.1, 0.9, 0.95), axis=0)
    off = np.median(tail.expected, axis=0) - measured
    means, measured_mean = tail.predicted.mean(axis=1), float(measured.mean())
    # Counting the measured tail among the draws keeps the chance off zero, which no number of draws can show.
    beyond = (1 + min((means <= measured_mean).sum(), (means >= measured_mean).sum())) / (1 + means.size)
    return HeldOutTail(
        fitted=tail.fitted,
        held_out=measured.size,
        reaches=float(tail.labels[-1] / tail.last_fitted),
        mean_absolute_error=float(np.abs(off).mean()),
        bias=float(off.mean()),
        inside_80=float(((low80 <= measured) & (measured <= high80)).mean()),
        inside_90=float(((low90 <= measured) & (measured <= high90)).mean()),
        surprise=float(min(1.0, 2.0 * beyond)),
    )


def _compare_methods(anchors: Anchors, forecast: Forecast, at: Sequence[float]) -> tuple[OtherMethod, ...]:
    labels = np.array([n for n in at if not forecast.refused(n)[0]], dtype=float)
    if labels.size == 0:
        return ()
    values = 1.0 - fit_weighted_power(anchors.labels, anchors.error)(labels)
    quantiles = forecast.quantiles(labels, QUANTILES)
    rows = []
    for n, value, (q10, q50, q90) in zip(labels, values, quantiles, strict=True):
        half = q90 - q50 if value >= q50 else q50 - q10
        # Where the interval has no width, any difference counts as many widths, and none as none.
        distance = (value - q50) / max(half, 1e-6)
        rows.append(OtherMethod(*map(float, (n, value, q10, q50, q90, distance))))
    return tuple(rows)


def judge(
    residuals: Residuals, held_out: HeldOutTail | None, edge: Edge, others: Sequence[OtherMethod]
) -> tuple[FitVerdict, str]:
    """Give the verdict on a fit and one or two sentences on why.

    Poor is a fit whose held-out tail or worst residual would hardly ever happen if the model held; doubtful one where
    it would be unusual, where the posterior piles up at the grid's edge, or where another method is far off. On
    the development curves of LCDB 1.1 each of these went with a larger error or too narrow an interval.
    """
    poor: list[str] = []
    doubtful: list[str] = []
    if abs(residuals.worst) >= _RESIDUAL[0]:
        (poor if abs(residuals.worst) >= _RESIDUAL[1] else doubtful).append(_residual_words(residuals))
    if held_out is not None and held_out.surprise <= _SURPRISE[0]:
        (poor if held_out.surprise <= _SURPRISE[1] else doubtful).append(_tail_words(held_out))
    doubtful.extend(edge_warnings(edge))
    furthest = max(others, key=lambda other: abs(other.distance), default=None)
    if furthest is not None and abs(furthest.distance) >= _FAR:
        doubtful.append(_other_words(furthest))
    if poor or doubtful:
        # The first two are the gravest; a third would bury them.
        return ("poor" if poor else "doubtful"), " ".join([*poor, *doubtful][:2])
    return "good", _good_words(residuals, held_out)


def _in_points(fraction: float) -> str:
    return f"{100 * abs(fraction):.1f} points"


def _residual_words(residuals: Residuals) -> str:
    side = "above" if residuals.worst > 0 else "below"
    return (
        f"The point at {residuals.worst_labels:,.0f} labels lies {abs(residuals.worst):.1f} standard deviations {side} "
        "the fitted curve."
    )


def _tail_words(held_out: HeldOutTail) -> str:
    side = "too high" if held_out.bias > 0 else "too low"
    last = "the last point" if held_out.held_out == 1 else f"the last {held_out.held_out} points"
    return (
        f"Forecast from its first {held_out.fitted} points alone, {last} would have been put "
        f"{_in_points(held_out.bias)} {side}: a chance of {_in_percent(held_out.surprise)} if the forecast were right."
    )


def _in_percent(share: float) -> str:
    return "less than 1%" if share < 0.01 else f"{100 * share:.0f}%"


def _other_words(other: OtherMethod) -> str:
    value, q10, q50, q90 = (f"{100 * x:.1f}%" for x in (other.value, other.q10, other.q50, other.q90))
    return (
        f"At {other.labels:,.0f} labels another method (a weighted power law) says {value} where this forecast says "
        f"{q50} ({q10} to {q90})."
    )


def _good_words(residuals: Residuals, held_out: HeldOutTail | None) -> str:
    near = f"no point is further than {abs(residuals.worst):.1f} standard deviations from the fitted curve"
    points = (
        "Of the points"
        if residuals.from_labels is None
        else f"Of the points from {residuals.from_labels:,.0f} labels on"
    )
    if held_out is None:
        return f"{points}, {near}; they are too few to hold some out and forecast them."
    last = "the last point" if held_out.held_out == 1 else f"the last {held_out.held_out}"
    return (
        f"{points}, {near}; from the first {held_out.fitted}, {last} would have been forecast to within "
        f"{_in_points(held_out.mean_absolute_error)} on average."
    )
