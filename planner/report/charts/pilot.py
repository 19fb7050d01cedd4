"""What a pilot is worth and what it costs, by its size."""

import altair as alt
import pandas as pd

from planner.decision.pilot import PilotValue
from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.analysed import analysed
from planner.report.names import plan_name
from planner.report.words_information import NOTHING_USD

WORTH, COST, NET = "worth", "cost", "net"
LOOKS = {WORTH: (style.GAIN, "circle"), COST: (style.LOSS, "diamond"), NET: (style.FLIP, "square")}


def shown_pilot(verdict: Verdict) -> PilotValue | None:
    """Choose the kind of pilot to draw: the best one, or the one that loses least; None where all are worth nothing."""
    analysis = analysed(verdict)
    if analysis.best_pilot is not None:
        return analysis.best_pilot
    pilots = list(analysis.pilots.values())
    if all(max(pilot.evsi_usd) < NOTHING_USD for pilot in pilots):
        return None
    return max(pilots, key=lambda pilot: max(pilot.net_usd))


def pilot_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw worth, cost and net value of one kind of pilot by size.

    Args:
        verdict: read for `analysis.pilots` and `currency`; at least one pilot was worth anything.

    Returns:
        A chart whose title states the best size and its net value, or that none pays.

    Raises:
        ValueError: the verdict was asked for alone, or no pilot is worth anything.
    """
    pilot = shown_pilot(verdict)
    if pilot is None:
        raise ValueError("no pilot is worth anything: there is none to draw")
    frame = _frame(pilot, verdict.currency)
    low, high = min(pilot.sizes), max(pilot.sizes)
    x = alt.X(
        "size:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=style.count_axis(f"Labels in the pilot ({_arms(pilot)})", values=style.log_ticks(low, high)),
    )
    y = alt.Y("usd:Q", axis=style.money_axis("Worth, cost and net", verdict.currency))
    shown = list(LOOKS)
    color = alt.Color(
        "what:N", scale=alt.Scale(domain=shown, range=[LOOKS[what][0] for what in shown]), legend=style.legend(3)
    )
    shape = alt.Shape(
        "what:N", scale=alt.Scale(domain=shown, range=[LOOKS[what][1] for what in shown]), legend=style.legend(3)
    )
    tooltip = [
        alt.Tooltip("what:N", title="Its"),
        alt.Tooltip("size:Q", title="Labels", format=",.0f"),
        alt.Tooltip("words:N", title="Amount"),
    ]
    zero = alt.Chart(pd.DataFrame({"usd": [0.0]})).mark_rule(color=style.QUIET, strokeWidth=1.5).encode(y=y)
    errors = (
        alt.Chart(frame[frame["what"] == WORTH])
        .mark_area(color=style.GAIN, opacity=0.16)
        .encode(x=x, y=alt.Y("low_usd:Q"), y2="high_usd:Q")
    )
    lines = alt.Chart(frame).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color)
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=x, y=y, color=color, shape=shape, tooltip=tooltip)
    )
    title = pilot_finding(verdict)
    description = f"Lines of worth (± a standard error), cost and net value by labels in the pilot. {title}."
    return style.finish([errors, zero, lines, points], title, description)


def pilot_finding(verdict: Verdict) -> str:
    """Say which pilot pays most, or how far the best is from paying."""
    pilot = shown_pilot(verdict)
    assert pilot is not None
    assert verdict.analysis is not None
    if pilot is verdict.analysis.best_pilot and pilot.best.size is not None:
        net = n.about(pilot.best.net_usd, verdict.currency, digits=2)
        return f"A pilot of {n.about_count(pilot.best.size)} labels ({_arms(pilot)}) is worth {net} more than it costs"
    at = max(range(len(pilot.sizes)), key=lambda i: pilot.net_usd[i])
    worth, cost = (n.about(usd[at], verdict.currency, digits=2) for usd in (pilot.evsi_usd, pilot.cost_usd))
    finding = "Whether a pilot pays is a toss-up" if pilot.net_usd[at] > 0 else "No pilot pays"
    size = n.about_count(pilot.sizes[at])
    return f"{finding}: {size} labels ({_arms(pilot)}) come nearest, worth {worth} at a cost of {cost}"


def _arms(pilot: PilotValue) -> str:
    if pilot.kind == "random":
        return "random alone"
    return "each of random and " + ", ".join(plan_name(name) for name in pilot.strategies)


def _frame(pilot: PilotValue, currency: str) -> pd.DataFrame:
    amounts = {WORTH: pilot.evsi_usd, COST: pilot.cost_usd, NET: pilot.net_usd}
    return pd.DataFrame(
        [
            {
                "size": size,
                "what": what,
                "usd": usd[i],
                "low_usd": usd[i] - pilot.evsi_se_usd[i],
                "high_usd": usd[i] + pilot.evsi_se_usd[i],
                "words": n.about(usd[i], currency, digits=2),
            }
            for what, usd in amounts.items()
            for i, size in enumerate(pilot.sizes)
        ]
    )
