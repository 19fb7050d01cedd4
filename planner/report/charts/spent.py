"""Learning curves over votes, tokens, seconds or dollars instead of labels."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.channels import another_field, kept_colours
from planner.report.columns import family_title
from planner.report.names import metric_name, plan_name
from planner.report.words_spending import AXES, amount, finding

_WIDTH_PX = 560


def spent_chart(curves: pd.DataFrame, unit: str, metric: str) -> alt.LayerChart:
    """Draw the curves of one family over what they had cost, each with the 80% interval of its mean.

    Args:
        curves: of one family, from `planner.curves.spent_curves`.
        unit: a key of `planner.curves.UNITS`.
        metric: what the values measure.

    Returns:
        A chart whose title says what each strategy has where all curves end.
    """
    frame = _drawn(curves, unit)
    low, high = float(frame["x"].min()), float(frame["x"].max())
    ticks = style.log_ticks(low, high)
    axis = style.money_axis if unit == "usd" else None
    x = alt.X(
        "x:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=axis(AXES[unit], "USD", values=ticks) if axis else style.count_axis(AXES[unit], values=ticks),
    )
    y = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=style.percent_axis(metric_name(metric)))
    names = sorted({str(name) for name in frame["strategy"]}, key=lambda name: (name != "random", name))
    color = kept_colours(names, frame["plan"])
    tooltip = [
        alt.Tooltip("plan:N", title="Strategy"),
        alt.Tooltip("spent_words:N", title=AXES[unit]),
        alt.Tooltip("value_words:N", title="Value (80% range)"),
    ]
    bands = frame[frame["low"].notna()]
    area = alt.Chart(bands).mark_area(opacity=0.16).encode(x=x, color=color, y=another_field(y, "low:Q"), y2="high:Q")
    line = alt.Chart(frame).mark_line(strokeWidth=2.5).encode(x=x, color=color, y=y)
    points = alt.Chart(frame).mark_point(filled=True, size=30, opacity=1).encode(x=x, color=color, y=y, tooltip=tooltip)
    title = finding(curves, unit, metric)
    about = f"Curves of {metric_name(metric)} over {AXES[unit].lower()}, with 80% intervals over seeds."
    return style.finish([area, line, points], title, f"{about} {title}.", height=300)


def spent_charts(families: Sequence[pd.DataFrame], unit: str, metric: str) -> alt.VConcatChart:
    """Draw families of curves, one below the other, each under the name of its data set, learner and batches.

    Args:
        families: at least one, each as for `spent_chart`.
        unit: see `spent_chart`.
        metric: see `spent_chart`.
    """
    charts = [spent_chart(family, unit, metric) for family in families]
    for chart, family in zip(charts, families, strict=True):
        row = {str(name): cell for name, cell in family.iloc[0].items()}
        chart.title = alt.Title(str(chart.title), subtitle=family_title(row))
        # A file has no page whose width to follow, nor has a column of charts.
        chart.width, chart.autosize, chart.padding = _WIDTH_PX, alt.Undefined, alt.Undefined
    column: alt.VConcatChart = alt.vconcat(*charts).resolve_scale(color="independent")
    return column


def _drawn(curves: pd.DataFrame, unit: str) -> pd.DataFrame:
    low, high = (pd.to_numeric(curves[name]) for name in ("q10", "q90"))
    return pd.DataFrame(
        {
            "strategy": curves["strategy"],
            "plan": [plan_name(str(name)) for name in curves["strategy"]],
            "x": curves["spent"].astype(float),
            "y": curves["value"].astype(float),
            "low": low,
            "high": high,
            "spent_words": [amount(float(spent), unit) for spent in curves["spent"]],
            "value_words": [_words(*row) for row in zip(curves["value"], low, high, strict=True)],
        }
    )


def _words(value: float, low: float, high: float) -> str:
    span = "" if pd.isna(low) else f" ({n.percent(low)} to {n.percent(high)})"
    return f"{n.percent(value)}{span}"
