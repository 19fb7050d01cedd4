"""Charts of label savings, paired differences, the pilot beside proxies, and the fit check."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.curves.comparisons import CountComparison
from planner.curves.statistics import ALPHA
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.chart_style import another_field, close_ticks, kept_colours
from planner.render.columns import in_points
from planner.render.numbers import metric_name, plan_name
from planner.transfer.pilot_beside_proxies import RandomBeside

_LOWEST, _HIGHEST = 0.02, 50.0  # beyond, a factor is only said: "never" and "no end" have no place on an axis


def savings_by_value_chart(rows: pd.DataFrame, names: Sequence[str], metric: str, title: str) -> alt.LayerChart:
    """Draw the measured factor by the value to be reached, with its interval over seeds.

    Args:
        rows: from `savings_by_value`, with a factor in at least one row.
        names: every strategy that could be shown, in order, random among them.
        metric: what the values measure.
        title: the finding.
    """
    frame = _drawn(rows.assign(x=rows["value"].astype(float), q50=rows["factor"]))
    frame = frame.assign(
        note=["or more: already there at its first labels" if bound else "" for bound in frame["at_least"]],
        labels=[f"{n.count(float(labels))} labels of random" for labels in frame["at"]],
    )
    name = metric_name(metric)
    x = alt.X("x:Q", scale=alt.Scale(zero=False, nice=False, padding=8), axis=chart_style.percent_axis(_capital(name)))
    tooltip = [
        alt.Tooltip("plan:N", title="Strategy"),
        alt.Tooltip("x:Q", title=_capital(name), format=".1%"),
        alt.Tooltip("labels:N", title="Reached with"),
        alt.Tooltip("words:N", title="Factor (80% range)"),
        alt.Tooltip("note:N", title="Note"),
    ]
    about = f"Label savings factor by {name} to be reached, with 80% intervals over seeds."
    return _chart(frame, names, x, tooltip, title, about)


def savings_by_labels_chart(curves: pd.DataFrame, names: Sequence[str], title: str) -> alt.LayerChart:
    """Draw the forecast factor by the labels that the strategy buys, with its interval over futures.

    Args:
        curves: columns `strategy`, `labels`, `q10`, `q50`, `q90` (None where random never gets there).
        names: every strategy that could be shown, in order, random among them.
        title: the finding.
    """
    frame = _drawn(curves.assign(x=curves["labels"].astype(float)))
    return _chart(
        frame,
        names,
        _labels(frame["x"], "Labels of the strategy"),
        _labels_tooltip(),
        title,
        "Forecast label savings factor by labels bought, with 80% intervals.",
    )


def savings_beside_chart(
    expected: pd.DataFrame, measured: pd.DataFrame, names: Sequence[str], title: str
) -> alt.LayerChart:
    """Draw the pilot's factors as points with intervals over the band that recorded data sets let expect.

    Args:
        expected: from `SavingsBeside`.
        measured: likewise; may be empty.
        names: every strategy that could be shown, in order, random among them.
        title: the finding.
    """
    band = _drawn(expected.assign(x=expected["labels"].astype(float)))
    own = _drawn(measured.assign(x=measured["labels"].astype(float), q50=measured["factor"]))
    both = pd.concat([band, own]) if len(own) else band
    x, y, color = _labels(both["x"], "Labels of the strategy"), _factor(both), kept_colours(names, both["plan"])
    area = (
        alt.Chart(band)
        .mark_area(opacity=0.16)
        .encode(x=x, color=color, y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"))
    )
    line = alt.Chart(band).mark_line(strokeDash=[5, 4]).encode(x=x, color=color, y=y, tooltip=_labels_tooltip())
    points = alt.Chart(own).mark_point(filled=True, size=60, opacity=1)
    points = points.encode(x=x, color=color, y=y, tooltip=_labels_tooltip())
    bars = (
        alt.Chart(own[own["low"].notna() & own["high"].notna()])
        .mark_rule()
        .encode(x=x, color=color, y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"))
    )
    about = "Label savings of the pilot, points with 80% intervals, over what recorded data sets let expect, bands."
    return chart_style.finish([_even(y), area, line, bars, points], title, f"{about} {title}.", height=300)


def _chart(
    frame: pd.DataFrame, names: Sequence[str], x: alt.X, tooltip: list[alt.Tooltip], title: str, about: str
) -> alt.LayerChart:
    y, color = _factor(frame), kept_colours(names, frame["plan"])
    bands = frame[frame["low"].notna() & frame["high"].notna()]
    area = (
        alt.Chart(bands)
        .mark_area(opacity=0.2)
        .encode(x=x, color=color, y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"))
    )
    line = alt.Chart(frame).mark_line(strokeWidth=2.5).encode(x=x, color=color, y=y)
    points = alt.Chart(frame).mark_point(filled=True, size=45, opacity=1).encode(x=x, color=color, y=y, tooltip=tooltip)
    return chart_style.finish([_even(y), area, line, points], title, f"{about} {title}.", height=300)


def _drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what has a factor; an end that is "never" or "no end" runs out of the picture."""
    rows = rows[rows["q50"].notna()]
    known = [rows[name].notna() for name in ("q10", "q90")]
    single = ~(known[0] | known[1])
    low = pd.to_numeric(rows["q10"]).where(known[0], _LOWEST).where(~single)
    high = pd.to_numeric(rows["q90"]).where(known[1], _HIGHEST).where(~single)
    return rows.assign(
        plan=[plan_name(str(name)) for name in rows["strategy"]],
        y=pd.to_numeric(rows["q50"]).clip(_LOWEST, _HIGHEST),
        low=low.clip(_LOWEST, _HIGHEST),
        high=high.clip(_LOWEST, _HIGHEST),
        words=[_words(*row) for row in rows[["q10", "q50", "q90"]].itertuples(index=False)],
    )


def _words(low: float | None, middle: float, high: float | None) -> str:
    known = [end is not None and end == end for end in (low, high)]
    if not any(known):
        return f"×{middle:.2f}"
    ends = (f"{low:.2f}" if known[0] else n.NEVER, f"{high:.2f}" if known[1] else "no end")
    return f"×{middle:.2f} ({' to '.join(ends)})"


def _factor(frame: pd.DataFrame) -> alt.Y:
    middles = [float(value) for value in frame["y"]]
    ends = [float(end) for column in ("low", "high") for end in frame[column].dropna()]
    low, high = min(middles, default=0.5), max(middles, default=2.0)
    # A band that runs out of the picture must not squeeze the lines: it is cut at five times their range.
    low = max(min([low, *ends]), low / 5)
    high = min(max([high, *ends]), 5 * high)
    low, high = min(low * 0.92, 0.8), max(high * 1.08, 1.25)
    axis = chart_style.count_axis("Labels random needs ÷ strategy needs", values=close_ticks(low, high))
    return alt.Y("y:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False, clamp=True), axis=axis)


def _labels(values: pd.Series, title: str) -> alt.X:
    low, high = float(values.min()), float(values.max())
    high = high if high > low else 2 * low
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return alt.X("x:Q", scale=scale, axis=chart_style.count_axis(title, values=close_ticks(low, high, most=6)))


def _labels_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("plan:N", title="Strategy"),
        alt.Tooltip("x:Q", title="Labels of the strategy", format=",.0f"),
        alt.Tooltip("words:N", title="Factor (80% range)"),
    ]


def _even(y: alt.Y) -> alt.Chart:
    """Draw the line at which nothing is saved."""
    rule: alt.Chart = (
        alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(color=chart_style.QUIET, strokeWidth=1.5).encode(y=y)
    )
    return rule


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


_ROW = 24
_MOST_ROWS = 24
_SIGNS = ("above", "below", "unclear")


def difference_frame(compared: Sequence[CountComparison]) -> pd.DataFrame:
    """Lay comparisons out as they are drawn, in points (hundredths); those without one are left to the table."""
    rows = [
        {
            "name": f"{plan_name(one.strategy)} − {plan_name(one.against)}, {n.count(one.labels)}",
            "points": 100 * one.paired.difference,
            "low": None if one.paired.q10 is None else 100 * one.paired.q10,
            "high": None if one.paired.q90 is None else 100 * one.paired.q90,
            "p_holm": one.p_holm,
            "sign": _sign(one),
            "words": _difference_words(one),
        }
        for one in compared
        if one.paired.difference is not None
    ]
    return pd.DataFrame(rows, columns=["name", "points", "low", "high", "p_holm", "sign", "words"])


def paired_chart(compared: Sequence[CountComparison], metric: str, title: str) -> alt.LayerChart:
    """Draw one row a pair and label count.

    Args:
        compared: from `compare_at`, at least one of them with a difference.
        metric: what was compared.
        title: the finding.
    """
    frame = difference_frame(compared).head(_MOST_ROWS)
    ends = [0.0, *(float(end) for column in ("points", "low", "high") for end in frame[column].dropna())]
    scale = alt.Scale(domain=chart_style.domain(ends), nice=False)
    # The rows' names may leave little room: what the points are of is said in the description.
    x = alt.X("points:Q", scale=scale, axis=chart_style.count_axis("Difference (points)"))
    axis = alt.Axis(title=None, labelLimit=190, grid=False)
    y = alt.Y("name:N", sort=list(frame["name"]), axis=axis)
    colour = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=list(_SIGNS), range=[chart_style.GAIN, chart_style.LOSS, chart_style.QUIET]),
        legend=chart_style.legend(),
    )
    shape = alt.Shape(
        "sign:N",
        scale=alt.Scale(domain=list(_SIGNS), range=["triangle-up", "triangle-down", "circle"]),
        legend=chart_style.legend(),
    )
    zero = alt.Chart(pd.DataFrame({"points": [0.0]})).mark_rule(color=chart_style.QUIET, strokeWidth=1.5).encode(x=x)
    known = frame[frame["low"].notna()]
    low = another_field(x, "low:Q")
    bars = alt.Chart(known).mark_rule(strokeWidth=2).encode(x=low, x2=alt.X2("high:Q"), y=y, color=colour)
    tooltip = [alt.Tooltip("name:N", title="Pair, labels"), alt.Tooltip("words:N", title="Difference")]
    dots = alt.Chart(frame).mark_point(filled=True, size=85, opacity=1)
    layers = [zero, bars, dots.encode(x=x, y=y, color=colour, shape=shape, tooltip=tooltip)]
    about = (
        f"Differences in {metric_name(metric)} between strategies at label counts, seeds as pairs, with 80% "
        "intervals of the mean."
    )
    return chart_style.finish(layers, title, f"{about} {title}.", height=max(110, _ROW * len(frame)))


def _sign(one: CountComparison) -> str:
    difference = one.paired.difference or 0.0
    if one.p_holm is None or one.p_holm > ALPHA or difference == 0:
        return _SIGNS[2]
    return _SIGNS[0] if difference > 0 else _SIGNS[1]


def _difference_words(one: CountComparison) -> str:
    assert one.paired.difference is not None
    said = f"{in_points(one.paired.difference)} points"
    if one.paired.q10 is None or one.paired.q90 is None:
        return f"{said}, one pair of seeds: no interval"
    ends = f"{in_points(one.paired.q10)} to {in_points(one.paired.q90)}"
    p = "" if one.p_holm is None else f", Holm p {one.p_holm:.3f}"
    return f"{said} (80% interval {ends}){p}, {one.paired.pairs} pairs"


_OWN, _OTHERS = "your pilot", "recorded data sets"


def random_beside_chart(found: RandomBeside, metric: str, title: str) -> alt.LayerChart:
    """Draw the pilot bold over the thin curves of recorded data sets.

    Args:
        found: from `random_beside`.
        metric: what the values measure.
        title: the finding.
    """
    others = found.recorded.assign(who=_OTHERS)
    own = found.points.assign(
        who=_OWN,
        words=[
            f"above {below} of {of} recorded curves" if of else "no recorded curve was measured there"
            for below, of in zip(found.points["below"], found.points["of"], strict=True)
        ],
    )
    both = pd.concat([others[["labels", "value"]], own[["labels", "value"]]])
    low, high = float(both["labels"].min()), float(both["labels"].max())
    scale = alt.Scale(type="log", domain=[low, high if high > low else 2 * low], nice=False)
    x = alt.X("labels:Q", scale=scale, axis=chart_style.count_axis("Labels", values=chart_style.log_ticks(low, high)))
    domain = [max(0.0, float(both["value"].min()) - 0.02), min(1.0, float(both["value"].max()) + 0.02)]
    name = metric_name(metric)
    axis = chart_style.percent_axis(name[0].upper() + name[1:])
    y = alt.Y("value:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    hues = alt.Scale(domain=[_OWN, _OTHERS], range=[chart_style.RANDOM, chart_style.QUIET])
    color = alt.Color("who:N", scale=hues, legend=chart_style.legend())
    thin = (
        alt.Chart(others)
        .mark_line(strokeWidth=1, opacity=0.6)
        .encode(
            x=x,
            y=y,
            color=color,
            detail="line:N",
            tooltip=[alt.Tooltip("dataset:N", title="Data set"), alt.Tooltip("value:Q", title=name, format=".1%")],
        )
    )
    tooltip = [
        alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
        alt.Tooltip("value:Q", title=name, format=".1%"),
        alt.Tooltip("words:N", title="Where it lies"),
    ]
    line = alt.Chart(own).mark_line(strokeWidth=3).encode(x=x, y=y, color=color)
    dots = alt.Chart(own).mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=color, tooltip=tooltip)
    about = (
        f"Random labelling by labels: {name} of your pilot over {n.count(others['line'].nunique())} recorded curves."
    )
    return chart_style.finish([thin, line, dots], title, f"{about} {title}.", height=300)


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
    x = _labels_axis(frame)
    y = alt.Y(
        "standardised:Q",
        scale=alt.Scale(domain=[-most, most], nice=False),
        axis=chart_style.count_axis("Measured − fitted (standard deviations)"),
    )
    ends = pd.DataFrame({"low": [-_DOUBTFUL], "high": [_DOUBTFUL], "words": [f"beyond ±{_DOUBTFUL:.0f}: doubtful"]})
    band = (
        alt.Chart(ends)
        .mark_rect(color=chart_style.QUIET, opacity=0.12)
        .encode(y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"))
    )
    zero = alt.Chart(pd.DataFrame({"standardised": [0.0]})).mark_rule(color=chart_style.QUIET).encode(y=y)
    dots = alt.Chart(frame).mark_point(filled=True, size=55, opacity=1)
    tooltip = [
        alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
        alt.Tooltip("words:N", title="Value"),
        alt.Tooltip("standardised:Q", title="Standard deviations", format=".1f"),
    ]
    said = chart_style.text_mark(ends, x=alt.value(6), y=another_field(y, "high:Q"), text="words:N", dy=-9)
    layers = [band, zero, dots.encode(x=x, y=y, color=_colour("far"), shape=_shape("far"), tooltip=tooltip), said]
    about = "Residuals of the fitted curve at each label count fitted, in standard deviations of the noise."
    return chart_style.finish(layers, title, f"{about} {title}.")


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
    axis = chart_style.percent_axis(name[0].upper() + name[1:])
    y = alt.Y("value:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    x = _labels_axis(measured)
    frame = tail.assign(
        where=[_SIDES[not inside] for inside in tail["inside"]],
        words=[f"{n.percent(mid)} ({n.percent(low)} to {n.percent(high)})" for low, mid, high in _quantiles(tail)],
    )
    band = (
        alt.Chart(frame)
        .mark_area(color=chart_style.FLIP, opacity=0.18)
        .encode(x=x, y=another_field(y, "q10:Q"), y2=alt.Y2("q90:Q"))
    )
    middle = (
        alt.Chart(frame).mark_line(color=chart_style.FLIP, strokeDash=[5, 4]).encode(x=x, y=another_field(y, "q50:Q"))
    )
    tooltip = [
        alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
        alt.Tooltip("value:Q", title="Measured", format=".1%"),
        alt.Tooltip("words:N", title="Forecast (80% range)"),
    ]
    fitted = (
        alt.Chart(early).mark_point(size=45, color=chart_style.QUIET, opacity=1).encode(x=x, y=y, tooltip=tooltip[:2])
    )
    held = alt.Chart(frame).mark_point(filled=True, size=55, opacity=1)
    held = held.encode(x=x, y=y, color=_colour("where"), shape=_shape("where"), tooltip=tooltip)
    about = f"{name} by labels: hollow points came before, filled ones held out, over the 80% band forecast for them."
    return chart_style.finish([band, middle, fitted, held], title, f"{about} {title}.")


def _labels_axis(frame: pd.DataFrame) -> alt.X:
    low, high = float(frame["labels"].min()), float(frame["labels"].max())
    scale = alt.Scale(type="log", nice=False, padding=8)
    return alt.X(
        "labels:Q", scale=scale, axis=chart_style.count_axis("Labels", values=chart_style.log_ticks(low, high, most=5))
    )


def _colour(field: str) -> alt.Color:
    scale = alt.Scale(domain=list(_SIDES), range=[chart_style.GAIN, chart_style.LOSS])
    return alt.Color(f"{field}:N", scale=scale, legend=chart_style.legend() if field == "where" else None)


def _shape(field: str) -> alt.Shape:
    scale = alt.Scale(domain=list(_SIDES), range=["circle", "triangle-up"])
    return alt.Shape(f"{field}:N", scale=scale, legend=chart_style.legend() if field == "where" else None)


def _pairs(points: pd.DataFrame) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(points["value"], points["fitted"], strict=True)]


def _quantiles(tail: pd.DataFrame) -> list[tuple[float, float, float]]:
    rows = tail[["q10", "q50", "q90"]].itertuples(index=False)
    return [(float(low), float(mid), float(high)) for low, mid, high in rows]
