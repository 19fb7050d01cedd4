"""Charts of past forecasts and verdicts."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.evidence.charts import ratio_chart
from research.backtest.words import method_name, reach_finding


def backtest_chart(result: Mapping[str, Any]) -> alt.VConcatChart:
    """Draw both charts of a backtest (`Backtest.to_dict()`) under each other, for a file."""
    drawn = [ratio_chart(result, method_name)]
    drawn += [reliability_chart(result)] if result["overall"]["reach"] is not None else []
    parts = [chart_style.fix_width(chart) for chart in drawn]
    whole = alt.vconcat(*parts, spacing=28).resolve_scale(color="independent", x="independent", y="independent")
    return cast(alt.VConcatChart, whole.properties(description=". ".join(str(part.description) for part in parts)))


def reliability_chart(result: Mapping[str, Any]) -> alt.LayerChart:
    """Draw how often targets were reached by the chance that was said; `overall` must hold `reach`."""
    rows = [row for row in result["overall"]["reach"]["reliability"] if row["said"] is not None]
    frame = pd.DataFrame(rows).assign(words=[f"{n.count(row['targets'])} targets" for row in rows])
    unit = alt.Scale(domain=[0, 1.0])
    x = alt.X("said:Q", scale=unit, axis=chart_style.percent_axis("Chance that was said"))
    y = alt.Y("happened:Q", scale=unit, axis=chart_style.percent_axis("How often it happened"))
    diagonal = pd.DataFrame({"said": [0.0, 1.0], "happened": [0.0, 1.0]})
    perfect = chart_style.mark("line", diagonal, color=chart_style.QUIET, strokeDash=[5, 4], x=x, y=y)
    line = chart_style.mark("line", frame, color=chart_style.GAIN, strokeWidth=2.5, x=x, y=y)
    # A dot's size is the number of targets behind it.
    size = alt.Size("targets:Q", legend=None, scale=alt.Scale(range=[40, 400]))
    tooltip = chart_style.tooltip(said=("Said", ".0%"), happened=("Happened", ".0%"), words="Of")
    dots = chart_style.mark(
        "point", frame, filled=True, opacity=1, color=chart_style.GAIN, x=x, y=y, size=size, tooltip=tooltip
    )
    pairs = ", ".join(f"{n.share(row['said'])} said, {n.share(row['happened'])} happened" for row in rows)
    description = f"Points near the diagonal are chances that mean what they say: {pairs}"
    return chart_style.finish([perfect, line, dots], reach_finding(result), description)
