"""Measured learning curves of a simulation, as far as it has come."""

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.chart_style import another_field
from planner.render.numbers import metric_name, plan_name
from planner.render.simulate.words import finding


def simulated_chart(summary: pd.DataFrame, metric: str, seeds: int) -> alt.LayerChart:
    """Draw measured curves with 80% bands over seeds, under a title that states where the strategies stand.

    Args:
        summary: columns `strategy, labels, q10, q50, q90, seeds`, from `planner.curves.replicates`; at least one row.
        metric: its name.
        seeds: replicates asked for.
    """
    data = summary.assign(
        plan=[plan_name(str(name)) for name in summary["strategy"]],
        words=[n.percent_spread(row["q10"], row["q50"], row["q90"]) for row in summary.to_dict("records")],
    )
    domain = chart_style.fraction_domain([data["q10"].min(), data["q90"].max()])
    x = alt.X("labels:Q", scale=alt.Scale(nice=False, zero=False), axis=chart_style.count_axis("Labels bought"))
    y = alt.Y("q50:Q", scale=alt.Scale(domain=domain), axis=chart_style.metric_axis(metric))
    # Random first whatever came first into the store, and the others by name, so that no colour moves while it runs.
    names = sorted(set(data["plan"]), key=lambda name: (name != "random", name))
    color = chart_style.colour_by("plan", chart_style.plan_hues(names))
    low = another_field(y, "q10:Q")
    band = chart_style.mark("area", data, opacity=0.16, x=x, color=color, y=low, y2="q90:Q")
    tooltip = [
        *chart_style.tooltip(plan="Strategy", labels=("Labels", ",.0f"), words="Middle (80% of seeds)"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    line = chart_style.mark("line", data, strokeWidth=2.5, point={"size": 18}, x=x, color=color, y=y, tooltip=tooltip)
    title = finding(summary, metric, seeds)
    description = f"Simulated {metric_name(metric)} by labels bought, with 80% bands over seeds. {title}."
    return chart_style.finish([band, line], title, description, height=300)
