"""The pilot's random curve among those of recorded data sets."""

import altair as alt
import pandas as pd

from planner.curves.beside_proxies import RandomBeside
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.names import metric_name

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
    x = alt.X("labels:Q", scale=scale, axis=style.count_axis("Labels", values=style.log_ticks(low, high)))
    domain = [max(0.0, float(both["value"].min()) - 0.02), min(1.0, float(both["value"].max()) + 0.02)]
    name = metric_name(metric)
    axis = style.percent_axis(name[0].upper() + name[1:])
    y = alt.Y("value:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    hues = alt.Scale(domain=[_OWN, _OTHERS], range=[style.RANDOM, style.QUIET])
    color = alt.Color("who:N", scale=hues, legend=style.legend())
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
    return style.finish([thin, line, dots], title, f"{about} {title}.", height=300)
