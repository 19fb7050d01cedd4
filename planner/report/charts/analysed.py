"""What the charts of the decision share: the analysis they draw, the plans they name, and axes for any input."""

from typing import Literal

import altair as alt
import pandas as pd

from planner.decision.analysis import Analysis
from planner.decision.solve.levers import VOTE_PRICE, Lever
from planner.decision.verdict import Verdict
from planner.report.charts import style
from planner.report.names import plan_name

MOST_PLANS = 6  # lines or marks that can still be told apart
SHAPES = ("square", "circle", "diamond", "triangle-up", "cross", "triangle-down")
SHORT_FROM_USD = 10_000.0  # longer amounts push words off a phone
MANY_TIMES = 3.0  # a scale whose end is more than so many times its start is even in ratio


def analysed(verdict: Verdict) -> Analysis:
    """Give what was asked beyond the verdict.

    Raises:
        ValueError: nothing was asked; a page shows no such chart then.
    """
    if verdict.analysis is None:
        raise ValueError("the verdict was asked for alone: it has no analysis to draw")
    return verdict.analysis


def named(verdict: Verdict, order: pd.Series) -> dict[str, str]:
    """Give each plan the name it goes by in a chart: its own for the first few, one for all others together.

    Args:
        verdict: random and its chosen strategy keep their names.
        order: plan -> what ranks the others, highest first.

    Returns:
        Plan -> name, those with their own first.
    """
    ranked = [str(name) for name in order.sort_values(ascending=False, kind="stable").index]
    first = [name for name in ("random", verdict.al_plan) if name in ranked]
    listed = [*first, *(name for name in ranked if name not in first)]
    if len(listed) <= MOST_PLANS:
        return {name: plan_name(name) for name in listed}
    own, others = listed[: MOST_PLANS - 1], listed[MOST_PLANS - 1 :]
    return {name: plan_name(name) for name in own} | dict.fromkeys(others, f"{len(others)} others")


def by_plan(verdict: Verdict, names: dict[str, str]) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape plans by name: a plan has the hue that it has in every other chart, the rest are quiet."""
    scale = style.colours(plan_name(name) for name in verdict.plans).to_dict()
    hues = dict(zip(scale["domain"], scale["range"], strict=True))
    shown = list(dict.fromkeys(names.values()))
    palette = [hues.get(name, style.QUIET) for name in shown]
    return (
        alt.Color("plan:N", scale=alt.Scale(domain=shown, range=palette), legend=style.legend()),
        alt.Shape("plan:N", scale=alt.Scale(domain=shown, range=list(SHAPES[: len(shown)])), legend=style.legend()),
    )


def input_scale(low: float, high: float) -> alt.Scale:
    """Give the scale of an input: even in ratio where that can be and shows more."""
    kind: Literal["log", "linear"] = "log" if low > 0 and high > MANY_TIMES * low else "linear"
    return alt.Scale(type=kind, domain=[low, high], nice=False)


def input_axis(found: Lever, low: float, high: float, title: str, currency: str) -> style.Axis:
    """Give the axis of an input in its own unit."""
    ticks = style.log_ticks(low, high) if low > 0 and high > MANY_TIMES * low else None
    options = {} if ticks is None else {"values": ticks}
    if found.path == VOTE_PRICE or "USD" in found.unit:
        return style.money_axis(title, currency, **options)
    if found.domain.shape == "logit_normal":
        return style.percent_axis(title, **options)
    return style.count_axis(title, **options)
