"""Paired differences between strategies at label counts, with intervals, those beyond chance filled."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.curves import CountComparison
from planner.curves.power import ALPHA
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.channels import another_field
from planner.report.columns import in_points
from planner.report.names import metric_name, plan_name

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
            "words": _words(one),
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
    scale = alt.Scale(domain=style.domain(ends), nice=False)
    # The rows' names may leave little room: what the points are of is said in the description.
    x = alt.X("points:Q", scale=scale, axis=style.count_axis("Difference (points)"))
    axis = alt.Axis(title=None, labelLimit=190, grid=False)
    y = alt.Y("name:N", sort=list(frame["name"]), axis=axis)
    colour = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=list(_SIGNS), range=[style.GAIN, style.LOSS, style.QUIET]),
        legend=style.legend(),
    )
    shape = alt.Shape(
        "sign:N",
        scale=alt.Scale(domain=list(_SIGNS), range=["triangle-up", "triangle-down", "circle"]),
        legend=style.legend(),
    )
    zero = alt.Chart(pd.DataFrame({"points": [0.0]})).mark_rule(color=style.QUIET, strokeWidth=1.5).encode(x=x)
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
    return style.finish(layers, title, f"{about} {title}.", height=max(110, _ROW * len(frame)))


def _sign(one: CountComparison) -> str:
    difference = one.paired.difference or 0.0
    if one.p_holm is None or one.p_holm > ALPHA or difference == 0:
        return _SIGNS[2]
    return _SIGNS[0] if difference > 0 else _SIGNS[1]


def _words(one: CountComparison) -> str:
    assert one.paired.difference is not None
    said = f"{in_points(one.paired.difference)} points"
    if one.paired.q10 is None or one.paired.q90 is None:
        return f"{said}, one pair of seeds: no interval"
    ends = f"{in_points(one.paired.q10)} to {in_points(one.paired.q90)}"
    p = "" if one.p_holm is None else f", Holm p {one.p_holm:.3f}"
    return f"{said} (80% interval {ends}){p}, {one.paired.pairs} pairs"
