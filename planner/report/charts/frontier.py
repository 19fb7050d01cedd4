"""Cost against value: every plan at many label counts, those that others beat drawn faintly."""

import itertools

import altair as alt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.analysed import analysed, by_plan, named
from planner.report.names import metric_name, plan_name

EFFICIENT = "efficient"
MOST_TURNS = 3
HEIGHT = 300


def frontier_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw mean cost against mean value, the efficient options joined by a line.

    Args:
        verdict: read for `analysis.frontier`, `plans`, `al_plan`, `metric`, `target`, `budget_usd` and `currency`.

    Returns:
        A chart whose title says which plan buys value for the least money, up to which value.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    frontier = analysed(verdict).frontier
    names = named(verdict, (frontier["state"] == EFFICIENT).groupby(frontier["plan"], sort=False).sum())
    frame = frontier.assign(
        plan=frontier["plan"].map(names),
        cost=[n.about(usd, verdict.currency) for usd in frontier["total_usd"]],
        reaches=[n.percent(value) for value in frontier["value"]],
    )
    x, y = _cost(frame, verdict), _value(frame, verdict)
    best = frame[frame["state"] == EFFICIENT]
    line = alt.Chart(best).mark_line(color=style.QUIET, strokeWidth=1.5).encode(x=x, y=y)
    points = [
        _points(verdict, part, names, opacity, size).encode(x=x, y=y)
        for part, opacity, size in ((frame[frame["state"] != EFFICIENT], 0.25, 30), (best, 1.0, 75))
    ]
    title = frontier_finding(verdict)
    description = (
        f"Mean {metric_name(verdict.metric)} by mean cost, for each plan at many label counts; options that "
        f"others beat are faint. {title}."
    )
    return style.finish(
        [points[0], line, points[1], *_target(verdict, best, y), *_budget(verdict, frame, x)],
        title,
        description,
        height=HEIGHT,
    )


def frontier_finding(verdict: Verdict) -> str:
    """Say which plan buys value for the least money, up to which value."""
    frontier = analysed(verdict).frontier
    best = frontier[frontier["state"] == EFFICIENT]
    runs = itertools.groupby(zip(best["plan"], best["value"], strict=True), key=lambda pair: pair[0])
    found = [(plan_name(str(plan)), n.percent(float(list(run)[-1][1]))) for plan, run in runs]
    metric = metric_name(verdict.metric)
    if len(found) == 1:
        return f"Most value for money: {found[0][0]}, up to its {found[0][1]} {metric}"
    if len(found) > MOST_TURNS:
        plans = ", ".join(dict.fromkeys(plan for plan, _ in found))
        return f"Most value for money: {plans} in turns, {found[-1][0]} beyond {found[-2][1]} {metric}"
    *before, (last, _) = found
    ends = ", ".join(f"{plan} up to {value}" for plan, value in before)
    return f"Most value for money: {ends} {metric}, {last} beyond"


def _cost(frame: pd.DataFrame, verdict: Verdict) -> alt.X:
    low, high = float(frame["total_usd"].min()), float(frame["total_usd"].max())
    ratio = low > 0 and high > 2 * low
    scale = alt.Scale(type="log", nice=False, padding=8) if ratio else alt.Scale(nice=False, zero=False, padding=8)
    options = {"values": style.log_ticks(low, high, most=5)} if ratio else {}
    axis = style.money_axis("Mean cost (faint: others reach as much for less)", verdict.currency, **options)
    return alt.X("total_usd:Q", scale=scale, axis=axis)


def _value(frame: pd.DataFrame, verdict: Verdict) -> alt.Y:
    ends = [float(frame["value"].min()), float(frame["value"].max()), *_aim(verdict)]
    scale = alt.Scale(domain=[max(0.0, min(ends) - 0.02), min(1.0, max(ends) + 0.02)], nice=False)
    return alt.Y("value:Q", scale=scale, axis=style.percent_axis(f"Mean {metric_name(verdict.metric)}"))


def _points(verdict: Verdict, part: pd.DataFrame, names: dict[str, str], opacity: float, size: int) -> alt.Chart:
    color, shape = by_plan(verdict, names)
    points: alt.Chart = (
        alt.Chart(part)
        .mark_point(filled=True, size=size, opacity=opacity)
        .encode(
            color=color,
            shape=shape,
            tooltip=[
                alt.Tooltip("plan:N", title="Plan"),
                alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
                alt.Tooltip("cost:N", title="Mean cost"),
                alt.Tooltip("reaches:N", title="Mean value"),
            ],
        )
    )
    return points


def _aim(verdict: Verdict) -> list[float]:
    return [] if verdict.target is None else [verdict.target]


def _target(verdict: Verdict, best: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    if verdict.target is None:
        return []
    data = pd.DataFrame({"value": [verdict.target], "words": [f"target {n.percent(verdict.target)}"]})
    rule = alt.Chart(data).mark_rule(color=style.QUIET, strokeWidth=1.5, strokeDash=[4, 4]).encode(y=y)
    # The line crosses from below: over it the left stays free, under it the right, whichever is wider.
    if bool((best["value"] >= verdict.target).iloc[: len(best) // 2].any()):
        return [rule, style.words(data, x=alt.value("width"), y=y, text="words:N", align="right", dx=-4, dy=11)]
    return [rule, style.words(data, x=alt.value(6), y=y, text="words:N", dy=-9)]


def _budget(verdict: Verdict, frame: pd.DataFrame, x: alt.X) -> list[alt.Chart]:
    """Mark the budget, where that is what plans are compared at."""
    usd, ends = verdict.budget_usd, (float(frame["total_usd"].min()), float(frame["total_usd"].max()))
    if verdict.target is not None or usd is None or not 0 < ends[0] <= usd <= ends[1]:
        return []
    data = pd.DataFrame({"total_usd": [usd], "words": [f"budget {n.money(usd, verdict.currency)}"]})
    align, shift = style.side(usd, *ends)
    rule = alt.Chart(data).mark_rule(color=style.FLIP, strokeWidth=2.5).encode(x=x)
    # What is dear reaches much: low on the plot there is room.
    return [rule, style.words(data, x=x, y=alt.value(HEIGHT - 12), text="words:N", align=align, dx=shift)]
