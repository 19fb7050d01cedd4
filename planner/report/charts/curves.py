"""Learning curves with their bands: solid where labels were measured, dashed beyond."""

import altair as alt
import pandas as pd

from planner.decision.verdict import Outlook, Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style
from planner.report.names import metric_name, plan_name

REACHES = ("measured", "forecast beyond it")


def pieces(curves: pd.DataFrame) -> pd.DataFrame:
    """Split each curve into runs that were measured and runs that are forecast, on either side of them.

    A forecast run takes the measured points next to it along, so that the line has no gap.

    Args:
        curves: columns `strategy, labels, q10, q50, q90, extrapolated`.

    Returns:
        The same columns with `plan` (the strategy as words), `reach` ("measured" or "forecast beyond it"), `piece` (the
        run's number, one line each) and `words`.
    """
    parts: list[pd.DataFrame] = []
    for _, curve in curves.groupby("strategy", sort=False):
        ordered = curve.sort_values("labels").reset_index(drop=True)
        beyond = ordered["extrapolated"].astype(bool)
        for _, run in ordered.groupby((beyond != beyond.shift()).cumsum()):
            far = bool(beyond[run.index[0]])
            reach = slice(max(0, run.index[0] - far), run.index[-1] + 1 + far)
            parts.append(ordered.iloc[reach].assign(reach=REACHES[far], piece=len(parts)))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(
        plan=[plan_name(name) for name in frame["strategy"]],
        words=[
            f"{n.percent(mid)} ({n.percent(low)} to {n.percent(high)})"
            for low, mid, high in zip(frame["q10"], frame["q50"], frame["q90"], strict=True)
        ],
    )


def curves_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the forecast of random and of the chosen strategies for the user's task.

    Args:
        verdict: read for `curves`, `plans`, `metric` and `target`.

    Returns:
        A chart whose title states the labels each plan usually needs.
    """
    low, high = float(verdict.curves["labels"].min()), float(verdict.curves["labels"].max())
    x = alt.X(
        "labels:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=style.count_axis("Labels bought (dashed: not measured)", values=style.log_ticks(low, high)),
    )
    name = metric_name(verdict.metric)
    y_scale, y_axis = _value_scale(verdict), style.percent_axis(name[0].upper() + name[1:])
    names = [plan_name(name) for name in verdict.curves["strategy"]]
    color = alt.Color("plan:N", scale=style.colours(dict.fromkeys(names)), legend=style.legend())
    band = (
        alt.Chart(verdict.curves.assign(plan=names))
        .mark_area(opacity=0.16)
        .encode(x=x, color=color, y=alt.Y("q10:Q", scale=y_scale, axis=y_axis), y2="q90:Q")
    )
    line = _line(verdict).encode(x=x, color=color, y=alt.Y("q50:Q", scale=y_scale, axis=y_axis))
    title = labels_finding(verdict)
    description = f"Curves of {metric_name(verdict.metric)} by labels bought, with 80% bands. {title}."
    return style.finish([band, line, *_target(verdict, y_scale)], title, description, height=300)


def labels_finding(verdict: Outlook) -> str:
    """Say how many labels each plan usually needs for the target, or what it usually reaches at the budget."""
    if verdict.target is None:
        reached = [f"{plan_name(plan.name)} {words.value_range(plan)}" for plan in verdict.plans.values()]
        return f"Usual {metric_name(verdict.metric)} for the budget: {', '.join(reached)}"
    needs = [f"{plan_name(plan.name)} {n.labels(plan.labels.q50)}" for plan in verdict.plans.values()]
    return f"Usual labels to {n.percent(verdict.target)} {metric_name(verdict.metric)}: {', '.join(needs)}"


def _line(verdict: Verdict) -> alt.Chart:
    dashes = alt.Scale(domain=list(REACHES), range=[[1, 0], [5, 4]])
    line: alt.Chart = (
        alt.Chart(pieces(verdict.curves))
        .mark_line(strokeWidth=2.5)
        .encode(
            detail="piece:N",
            strokeDash=alt.StrokeDash("reach:N", scale=dashes, legend=None),
            tooltip=[
                alt.Tooltip("plan:N", title="Plan"),
                alt.Tooltip("labels:Q", title="Labels", format=",.0f"),
                alt.Tooltip("words:N", title="Value (80% range)"),
                alt.Tooltip("reach:N", title="Where"),
            ],
        )
    )
    return line


def _value_scale(verdict: Verdict) -> alt.Scale:
    """Fit the values and the target, with a little room inside 0 and 1."""
    target = [] if verdict.target is None else [verdict.target]
    lowest = min([float(verdict.curves["q10"].min()), *target])
    highest = max([float(verdict.curves["q90"].max()), *target])
    return alt.Scale(domain=[max(0.0, lowest - 0.02), min(1.0, highest + 0.03)])


def _target(verdict: Verdict, y_scale: alt.Scale) -> list[alt.Chart]:
    if verdict.target is None:
        return []
    data = pd.DataFrame({"q50": [verdict.target], "words": [f"target {n.percent(verdict.target)}"]})
    y = alt.Y("q50:Q", scale=y_scale)
    rule = alt.Chart(data).mark_rule(color=style.QUIET, strokeWidth=1.5).encode(y=y)
    return [rule, style.words(data, x=alt.value(6), y=y, text="words:N", dy=-9)]
