"""Does the forecast's model fit one curve: residuals at its points, and its tail forecast from what came before."""

import altair as alt
import pandas as pd

from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.channels import another_field
from planner.report.names import metric_name

_DOUBTFUL = 3.0
_SIDES = ("inside", "outside")


def residual_chart(points: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw measured minus fitted in standard deviations, point by point.

    Args:
        points: `FitPoints.to_frame()`.
        title: the finding.
    """
    frame = points.assign(
        words=[f"{n.percent(value)} measured, {n.percent(fitted)} fitted" for value, fitted in _pairs(points)],
        far=[_SIDES[abs(z) >= _DOUBTFUL] for z in points["standardised"]],
    )
    most = max(_DOUBTFUL + 0.6, 1.1 * float(frame["standardised"].abs().max()))
    x = _labels(frame)
    y = alt.Y(
        "standardised:Q",
        scale=alt.Scale(domain=[-most, most], nice=False),
        axis=style.count_axis("Measured − fitted (standard deviations)"),
    )
    ends = pd.DataFrame({"low": [-_DOUBTFUL], "high": [_DOUBTFUL], "words": [f"beyond ±{_DOUBTFUL:.0f}: doubtful"]})
    band = (
        alt.Chart(ends)
        .mark_rect(color=style.QUIET, opacity=0.12)
        .encode(y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"))
    )
    zero = alt.Chart(pd.DataFrame({"standardised": [0.0]})).mark_rule(color=style.QUIET).encode(y=y)
    dots = alt.Chart(frame).mark_point(filled=True, size=55, opacity=1)
    tooltip = [
        alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
        alt.Tooltip("words:N", title="Value"),
        alt.Tooltip("standardised:Q", title="Standard deviations", format=".1f"),
    ]
    said = style.words(ends, x=alt.value(6), y=another_field(y, "high:Q"), text="words:N", dy=-9)
    layers = [band, zero, dots.encode(x=x, y=y, color=_colour("far"), shape=_shape("far"), tooltip=tooltip), said]
    about = "Residuals of the fitted curve at each label count fitted, in standard deviations of the noise."
    return style.finish(layers, title, f"{about} {title}.")


def tail_chart(measured: pd.DataFrame, tail: pd.DataFrame, metric: str, title: str) -> alt.LayerChart:
    """Draw the held-out tail over the band that the earlier points forecast.

    Args:
        measured: `FitPoints.measured()`.
        tail: `Tail.to_frame()`.
        metric: what the values measure.
        title: the finding.
    """
    early = measured[measured["labels"] < float(tail["labels"].min())]
    ends = [float(x) for x in (*measured["value"], *tail["q10"], *tail["q90"])]
    domain = [max(0.0, min(ends) - 0.02), min(1.0, max(ends) + 0.02)]
    name = metric_name(metric)
    axis = style.percent_axis(name[0].upper() + name[1:])
    y = alt.Y("value:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    x = _labels(measured)
    frame = tail.assign(
        where=[_SIDES[not inside] for inside in tail["inside"]],
        words=[f"{n.percent(mid)} ({n.percent(low)} to {n.percent(high)})" for low, mid, high in _quantiles(tail)],
    )
    band = (
        alt.Chart(frame)
        .mark_area(color=style.FLIP, opacity=0.18)
        .encode(x=x, y=another_field(y, "q10:Q"), y2=alt.Y2("q90:Q"))
    )
    middle = alt.Chart(frame).mark_line(color=style.FLIP, strokeDash=[5, 4]).encode(x=x, y=another_field(y, "q50:Q"))
    tooltip = [
        alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
        alt.Tooltip("value:Q", title="Measured", format=".1%"),
        alt.Tooltip("words:N", title="Forecast (80% range)"),
    ]
    fitted = alt.Chart(early).mark_point(size=45, color=style.QUIET, opacity=1).encode(x=x, y=y, tooltip=tooltip[:2])
    held = alt.Chart(frame).mark_point(filled=True, size=55, opacity=1)
    held = held.encode(x=x, y=y, color=_colour("where"), shape=_shape("where"), tooltip=tooltip)
    about = f"{name} by labels: hollow points came before, filled ones held out, over the 80% band forecast for them."
    return style.finish([band, middle, fitted, held], title, f"{about} {title}.")


def _labels(frame: pd.DataFrame) -> alt.X:
    low, high = float(frame["labels"].min()), float(frame["labels"].max())
    scale = alt.Scale(type="log", nice=False, padding=8)
    return alt.X("labels:Q", scale=scale, axis=style.count_axis("Labels", values=style.log_ticks(low, high, most=5)))


def _colour(field: str) -> alt.Color:
    scale = alt.Scale(domain=list(_SIDES), range=[style.GAIN, style.LOSS])
    return alt.Color(f"{field}:N", scale=scale, legend=style.legend() if field == "where" else None)


def _shape(field: str) -> alt.Shape:
    scale = alt.Scale(domain=list(_SIDES), range=["circle", "triangle-up"])
    return alt.Shape(f"{field}:N", scale=scale, legend=style.legend() if field == "where" else None)


def _pairs(points: pd.DataFrame) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(points["value"], points["fitted"], strict=True)]


def _quantiles(tail: pd.DataFrame) -> list[tuple[float, float, float]]:
    rows = tail[["q10", "q50", "q90"]].itertuples(index=False)
    return [(float(low), float(mid), float(high)) for low, mid, high in rows]
