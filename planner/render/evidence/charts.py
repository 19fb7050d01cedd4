"""The chart of past forecasts."""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render.evidence.backtest import method_name, ratio_finding


def ratio_chart(result: Mapping[str, Any], name_of: Callable[[str], str] = method_name) -> alt.LayerChart:
    """Draw the mean error of each method by the extrapolation ratio, under the finding; `name_of` names a method."""
    frame = pd.DataFrame(
        [
            {
                "method": name_of(record["method"]),
                "ratio": part["ratio"],
                "order": order,
                "error": record["absolute_error"]["mean"],
                "words": f"{100 * record['absolute_error']['mean']:.1f} points",
            }
            for order, part in enumerate(result["by_ratio"])
            for record in part["methods"]
        ]
    )
    names = [name_of(name) for name in result["methods"]]
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


def method_colours(names: list[str]) -> alt.Scale:
    """Give the first method, ours, its colour, and each other one of its own."""
    # As many as there are peers in research: no two of them share a colour.
    palette = [*(colour for colour in chart_style.SERIES if colour != chart_style.GAIN), chart_style.LOSS]
    chosen = [palette[i % len(palette)] for i in range(len(names) - 1)]
    return alt.Scale(domain=names, range=[chart_style.GAIN, *chosen])
