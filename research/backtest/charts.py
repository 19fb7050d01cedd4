"""Charts of past forecasts and verdicts."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.evidence.backtest import ratio_finding
from research.backtest.words import method_name, reach_finding


def backtest_chart(result: Mapping[str, Any]) -> alt.VConcatChart:
    """Draw both charts of a backtest (`Backtest.to_dict()`) under each other, for a file."""
    draw = (ratio_chart, reliability_chart) if result["overall"]["reach"] is not None else (ratio_chart,)
    parts = [chart_style.fix_width(chart(result)) for chart in draw]
    whole = alt.vconcat(*parts, spacing=28).resolve_scale(color="independent", x="independent", y="independent")
    return cast(alt.VConcatChart, whole.properties(description=". ".join(str(part.description) for part in parts)))


def ratio_chart(result: Mapping[str, Any]) -> alt.LayerChart:
    """Draw the mean error of each method by the extrapolation ratio, under the finding."""
    frame = pd.DataFrame(
        [
            {
                "method": method_name(record["method"]),
                "ratio": part["ratio"],
                "order": order,
                "error": record["absolute_error"]["mean"],
                "words": f"{100 * record['absolute_error']['mean']:.1f} points",
            }
            for order, part in enumerate(result["by_ratio"])
            for record in part["methods"]
        ]
    )
    names = [method_name(name) for name in result["methods"]]
    ours = frame[frame["method"] == names[0]]
    # Ours is told from its peers by its width too, never by colour alone.
    color = alt.Color("method:N", scale=method_colours(names), legend=chart_style.legend())
    axis = alt.Axis(title="Labels forecast ÷ last labels observed", labelAngle=0)
    x = alt.X("ratio:O", sort=list(dict.fromkeys(frame["ratio"])), axis=axis)
    y = alt.Y("error:Q", axis=chart_style.percent_axis("Mean error of the forecast"))
    reach = alt.Tooltip("ratio:O", title="Reach")
    tooltip = [*chart_style.tooltip(method="Method"), reach, *chart_style.tooltip(words="Mean error")]
    lines = [
        chart_style.mark("line", part, strokeWidth=width, point={"size": 40}, x=x, y=y, color=color, tooltip=tooltip)
        for part, width in ((frame[frame["method"] != names[0]], 1.5), (ours, 4.0))
        if len(part)
    ]
    said = ", ".join(f"{row.words} at {row.ratio}" for row in ours.itertuples())
    description = f"Lines of mean error by reach, one a method. {names[0]}: {said}"
    return chart_style.finish(lines, ratio_finding(result), description)


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


def method_colours(names: list[str]) -> alt.Scale:
    """Give the first method, ours, its colour, and each peer one of its own."""
    # As many as there are peers: no two of them share a colour.
    palette = [*(colour for colour in chart_style.SERIES if colour != chart_style.GAIN), chart_style.LOSS]
    chosen = {name: palette[i % len(palette)] for i, name in enumerate(names[1:])}
    return alt.Scale(domain=names, range=[chart_style.GAIN, *chosen.values()])
