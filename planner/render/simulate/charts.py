"""Measured learning curves of a simulation, as far as it has come."""

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.numbers import metric_name, plan_name
from planner.render.simulate.words import finding

_ROOM = 0.02


def simulated_chart(summary: pd.DataFrame, metric: str, seeds: int) -> alt.LayerChart:
    """Draw measured curves with 80% bands over seeds.

    Args:
        summary: columns `strategy, labels, q10, q50, q90, seeds`, from `planner.curves.replicates`; at least one row.
        metric: its name.
        seeds: replicates asked for.

    Returns:
        A chart whose title states where the strategies stand.
    """
    data = summary.assign(
        plan=[plan_name(str(name)) for name in summary["strategy"]],
        words=[
            f"{n.percent(row['q50'])} ({n.percent(row['q10'])} to {n.percent(row['q90'])})"
            for row in summary.to_dict("records")
        ],
    )
    limits = [max(0.0, float(data["q10"].min()) - _ROOM), min(1.0, float(data["q90"].max()) + _ROOM)]
    x = alt.X("labels:Q", scale=alt.Scale(nice=False, zero=False), axis=chart_style.count_axis("Labels bought"))
    name = metric_name(metric)
    y_scale, y_axis = alt.Scale(domain=limits), chart_style.percent_axis(name[0].upper() + name[1:])
    # Random first whatever came first into the store, and the others by name, so that no colour moves while it runs.
    names = sorted(set(data["plan"]), key=lambda name: (name != "random", name))
    color = alt.Color("plan:N", scale=chart_style.colours(names), legend=chart_style.legend())
    band = (
        alt.Chart(data)
        .mark_area(opacity=0.16)
        .encode(x=x, color=color, y=alt.Y("q10:Q", scale=y_scale, axis=y_axis), y2="q90:Q")
    )
    line = (
        alt.Chart(data)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=18))
        .encode(
            x=x,
            color=color,
            y=alt.Y("q50:Q", scale=y_scale, axis=y_axis),
            tooltip=[
                alt.Tooltip("plan:N", title="Strategy"),
                alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
                alt.Tooltip("words:N", title="Middle (80% of seeds)"),
                alt.Tooltip("seeds:Q", title="Seeds"),
            ],
        )
    )
    title = finding(summary, metric, seeds)
    description = f"Simulated {metric_name(metric)} by labels bought, with 80% bands over seeds. {title}."
    return chart_style.finish([band, line], title, description, height=300)
