"""Charts of the value of information and of pilots.

Of a verdict that was asked for alone all raise the `ValueError` of `analysis_of`.
"""

import altair as alt
import pandas as pd

from planner.decision.pilot.value import PilotValue
from planner.decision.verdict import Verdict
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.verdict.analysis_words import NOTHING_USD, WORTH_TELLING, analysis_of, approximate, learnt_name
from planner.render.verdict.value_charts import SHORT_FROM_USD

BAR_PX = 42  # words above, bar below, as in the tornado
MOST_BARS = 8
WORTH, COST, NET = "worth", "cost", "net"
LOOKS = {WORTH: (chart_style.GAIN, "circle"), COST: (chart_style.LOSS, "diamond"), NET: (chart_style.FLIP, "square")}
KINDS = {True: "knowing everything", False: "learning one input"}


def learnt_frame(verdict: Verdict) -> pd.DataFrame:
    """Lay out the values of information: everything first, then the inputs, most worth learning first.

    Returns:
        Columns `rank, name, usd, low_usd, high_usd, kind, head, words`; inputs worth next to nothing are left out.
    """
    found = analysis_of(verdict).information
    least_usd = max(NOTHING_USD, WORTH_TELLING * found.losses.evpi_usd)
    worth_most = [one for one in found.ranked if one.evppi_usd >= least_usd][:MOST_BARS]
    rows = [("everything", found.losses.evpi_usd, found.losses.evpi_se_usd, KINDS[True])]
    rows += [(learnt_name(one.name, verdict), one.evppi_usd, one.se_usd, KINDS[False]) for one in worth_most]
    return pd.DataFrame(
        [
            {
                "rank": f"{rank:02}",
                "name": name,
                "usd": usd,
                "low_usd": max(usd - se, 0.0),
                "high_usd": usd + se,
                "kind": kind,
                "head": f"{name}: "
                + (
                    approximate(usd, verdict)
                    if usd < SHORT_FROM_USD
                    else n.short_money(n.significant(usd, 2), verdict.currency)
                ),
                "words": f"{name}: {approximate(usd, verdict)} ± {approximate(se, verdict)}",
            }
            for rank, (name, usd, se, kind) in enumerate(rows)
        ]
    )


def information_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the value of learning each input as bars, with a standard error to either side.

    The title states what is most worth learning, and what everything would be worth.
    """
    frame = learnt_frame(verdict)
    y = chart_style.rows_y("rank")
    x_scale = alt.Scale(domain=[0, max(float(frame["high_usd"].max()), 1.0)], nice=False)
    axis = chart_style.money_axis("Worth of knowing it before choosing", verdict.currency)
    x = alt.X("usd:Q", scale=x_scale, axis=axis)
    hues = {KINDS[True]: chart_style.QUIET, KINDS[False]: chart_style.FLIP}
    color = chart_style.colour_by("kind", {kind: hues[kind] for kind in dict.fromkeys(frame["kind"])})
    tooltip = chart_style.tooltip(words="Learning")
    bars = chart_style.mark("bar", frame, height=13, yOffset=9, cornerRadius=2, x=x, y=y, color=color, tooltip=tooltip)
    style = {"color": chart_style.LOSS, "strokeWidth": 2.5, "yOffset": 9}
    errors = chart_style.mark("rule", frame, **style, x=chart_style.another_field(x, "low_usd:Q"), x2="high_usd:Q", y=y)
    names = chart_style.text_mark(frame, x=alt.value(4), y=y, text="head:N", dy=-9)
    title = information_finding(verdict)
    description = f"Bars of what it is worth to know before choosing, ± a standard error. {title}. " + "; ".join(
        frame["words"]
    )
    return chart_style.finish([bars, errors, names], title, description, height=BAR_PX * len(frame))


def information_finding(verdict: Verdict) -> str:
    """Say what is most worth learning, or that nothing is."""
    whole, *inputs = learnt_frame(verdict).to_dict(orient="records")
    everything = approximate(float(whole["usd"]), verdict)
    if whole["usd"] < NOTHING_USD:
        return "Nothing is worth learning before choosing"
    if not inputs:
        return f"Knowing everything would be worth {everything}; no single input alone is worth learning"
    most = f"{inputs[0]['name']}, {approximate(float(inputs[0]['usd']), verdict)}"
    return f"Most worth learning: {most} of the {everything} that knowing everything would be worth"


def shown_pilot(verdict: Verdict) -> PilotValue | None:
    """Choose the kind of pilot to draw: the best one, or the one that loses least; None where all are worth nothing."""
    analysis = analysis_of(verdict)
    if analysis.best_pilot is not None:
        return analysis.best_pilot
    pilots = list(analysis.pilots.values())
    if all(max(pilot.evsi_usd) < NOTHING_USD for pilot in pilots):
        return None
    return max(pilots, key=lambda pilot: max(pilot.net_usd))


def pilot_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw worth, cost and net value of one kind of pilot by size.

    The title states the best size and its net value, or that none pays.

    Raises:
        ValueError: no pilot is worth anything.
    """
    pilot = shown_pilot(verdict)
    if pilot is None:
        raise ValueError("no pilot is worth anything: there is none to draw")
    amounts = {WORTH: pilot.evsi_usd, COST: pilot.cost_usd, NET: pilot.net_usd}
    frame = pd.DataFrame(
        [
            {
                "size": size,
                "what": what,
                "usd": usd[i],
                "low_usd": usd[i] - pilot.evsi_se_usd[i],
                "high_usd": usd[i] + pilot.evsi_se_usd[i],
                "words": approximate(usd[i], verdict),
            }
            for what, usd in amounts.items()
            for i, size in enumerate(pilot.sizes)
        ]
    )
    low, high = min(pilot.sizes), max(pilot.sizes)
    x = chart_style.log_x("size", low, high, chart_style.count_axis, f"Labels in the pilot ({_arms(pilot)})")
    y = alt.Y("usd:Q", axis=chart_style.money_axis("Worth, cost and net", verdict.currency))
    looks = chart_style.looks_by("what", LOOKS, columns=3)
    tooltip = chart_style.tooltip(what="Its", size=("Labels", ",.0f"), words="Amount")
    zero = chart_style.quiet_rule({"usd": 0.0}, y=y)
    worth = frame[frame["what"] == WORTH]
    errors = chart_style.mark("area", worth, color=chart_style.GAIN, opacity=0.16, x=x, y="low_usd:Q", y2="high_usd:Q")
    lines = chart_style.mark("line", frame, strokeWidth=2.5, x=x, y=y, color=looks["color"])
    points = chart_style.point_mark(frame, 70, x=x, y=y, tooltip=tooltip, **looks)
    title = pilot_finding(verdict)
    description = f"Lines of worth (± a standard error), cost and net value by labels in the pilot. {title}."
    return chart_style.finish([errors, zero, lines, points], title, description)


def pilot_finding(verdict: Verdict) -> str:
    """Say which pilot pays most, or how far the best is from paying."""
    pilot = shown_pilot(verdict)
    assert pilot is not None
    if pilot is analysis_of(verdict).best_pilot and pilot.best.size is not None:
        net = approximate(pilot.best.net_usd or 0.0, verdict)
        return f"A pilot of {n.about_count(pilot.best.size)} labels ({_arms(pilot)}) is worth {net} more than it costs"
    at = max(range(len(pilot.sizes)), key=lambda i: pilot.net_usd[i])
    worth, cost = approximate(pilot.evsi_usd[at], verdict), approximate(pilot.cost_usd[at], verdict)
    finding = "Whether a pilot pays is a toss-up" if pilot.net_usd[at] > 0 else "No pilot pays"
    size = n.about_count(pilot.sizes[at])
    return f"{finding}: {size} labels ({_arms(pilot)}) come nearest, worth {worth} at a cost of {cost}"


def _arms(pilot: PilotValue) -> str:
    if pilot.kind == "random":
        return "random alone"
    return "each of random and " + ", ".join(n.plan_name(name) for name in pilot.strategies)
