"""The chart of past forecasts."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render.evidence.backtest import method_name, ratio_finding


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
    others = [colour for colour in chart_style.SERIES if colour != chart_style.GAIN]
    scale = alt.Scale(domain=names, range=[chart_style.GAIN, *others[: len(names) - 1]])
    color = alt.Color("method:N", scale=scale, legend=chart_style.legend())
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
