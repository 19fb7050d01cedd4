"""Does the model fit this curve? Residuals, a tail held out, the grid's edge, and what another method says.

Notation: N anchors; K of them fitted before the tail; G label counts asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.curves.anchors import Anchors
from planner.curves.fit_points import FitPoints, Tail, fit_points
from planner.curves.fit_words import judge
from planner.curves.forecast import MIN_ANCHORS, Forecast
from planner.curves.grid_edge import Edge, grid_edge
from planner.curves.prior import ForecastPrior
from planner.curves.weighted_power import fit_weighted_power
from planner.intervals import QUANTILES
from simulations.errors import InputError


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
        residuals: at the anchors that are fitted, see `Anchors.near`.
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
    found = fit_points(points, classes=classes, seed=seed, prior=prior)
    residuals, held_out = _residuals(found), None if found.tail is None else _held_out(found.tail)
    edge, others = grid_edge(found.posterior), _others(found.anchors, forecast, at)
    beyond = [other for other in others if other.labels > found.anchors.last]
    verdict, words = judge(residuals, held_out, edge, beyond)
    return FitCheck(verdict, words, residuals, held_out, found.posterior.families, edge, others)


def _residuals(found: FitPoints) -> Residuals:
    worst = int(np.abs(found.standardised).argmax())
    rms = float(np.sqrt((found.standardised**2).mean()))
    near = found.anchors.near
    fitted = [round(float(labels), 6) for labels in found.anchors.labels[near:]]
    return Residuals(float(found.standardised[worst]), fitted[worst], rms, fitted[0] if near else None)


def _held_out(tail: Tail) -> HeldOutTail:
    measured = tail.measured
    low90, low80, high80, high90 = np.quantile(tail.predicted, (0.05, 0.1, 0.9, 0.95), axis=0)
    off = np.median(tail.expected, axis=0) - measured
    means, seen = tail.predicted.mean(axis=1), float(measured.mean())
    # Counting the measured tail among the draws keeps the chance off zero, which no number of draws can show.
    beyond = (1 + min((means <= seen).sum(), (means >= seen).sum())) / (1 + means.size)
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


def _others(anchors: Anchors, forecast: Forecast, at: Sequence[float]) -> tuple[OtherMethod, ...]:
    kept = np.array([n for n in at if not forecast.refused(n)[0]], dtype=float)
    if kept.size == 0:
        return ()
    values = 1.0 - fit_weighted_power(anchors.labels, anchors.error)(kept)
    quantiles = forecast.quantiles(kept, QUANTILES)
    found = []
    for n, value, (q10, q50, q90) in zip(kept, values, quantiles, strict=True):
        half = q90 - q50 if value >= q50 else q50 - q10
        # Where the interval has no width, any difference counts as many widths, and none as none.
        distance = (value - q50) / max(half, 1e-6)
        found.append(OtherMethod(*map(float, (n, value, q10, q50, q90, distance))))
    return tuple(found)
