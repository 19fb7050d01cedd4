"""Label savings: how many times the labels random needs, by the value to be reached or by the labels bought."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.channels import another_field, close_ticks, kept_colours
from planner.report.names import metric_name, plan_name

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
    x = alt.X("x:Q", scale=alt.Scale(zero=False, nice=False, padding=8), axis=style.percent_axis(_capital(name)))
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
    return style.finish([_even(y), area, line, bars, points], title, f"{about} {title}.", height=300)


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
    return style.finish([_even(y), area, line, points], title, f"{about} {title}.", height=300)


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
    axis = style.count_axis("Labels random needs ÷ strategy needs", values=close_ticks(low, high))
    return alt.Y("y:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False, clamp=True), axis=axis)


def _labels(values: pd.Series, title: str) -> alt.X:
    low, high = float(values.min()), float(values.max())
    high = high if high > low else 2 * low
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return alt.X("x:Q", scale=scale, axis=style.count_axis(title, values=close_ticks(low, high, most=6)))


def _labels_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("plan:N", title="Strategy"),
        alt.Tooltip("x:Q", title="Labels of the strategy", format=",.0f"),
        alt.Tooltip("words:N", title="Factor (80% range)"),
    ]


def _even(y: alt.Y) -> alt.Chart:
    """Draw the line at which nothing is saved."""
    rule: alt.Chart = alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(color=style.QUIET, strokeWidth=1.5).encode(y=y)
    return rule


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
