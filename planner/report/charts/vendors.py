"""Vendors in pictures: what each plan costs with each of them, and days against money."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from planner.decision.buying import Buying, Deal
from planner.report import numbers as n
from planner.report import words_vendors
from planner.report.charts import style
from planner.report.charts.placing import place_names
from planner.report.names import plan_name

HEAD_PX, ROW_PX, GAP_PX = 20, 15, 8  # the vendor's name, one plan under it, and room to the next vendor
DAYS_PX = 320
LOG_FROM = 8.0  # times the smallest, from where a log axis shows more
MOST_NAMED = 6
NAME_LETTERS = 22
_PLACES = ("align", "dx", "dy")
KINDS = {
    words_vendors.CHOSEN: (style.GAIN, "diamond"),
    words_vendors.OTHER: ("#0077BB", "circle"),
    words_vendors.LATE: (style.LOSS, "triangle-up"),
    words_vendors.APART: (style.QUIET, "square"),
}


def cost_frame(buying: Buying) -> pd.DataFrame:
    """Lay out every vendor's cost for every plan, top down.

    Returns:
        Columns `vendor, plan, kind, y, low_usd, usd, high_usd, cost, days, note`, one row a deal; `y` is in pixels.
    """
    rows, y = [], 0
    for vendor in buying.vendors:
        y += HEAD_PX
        for deal in buying.of_vendor(vendor):
            rows.append(_row(deal, buying.currency) | {"y": y + ROW_PX / 2})
            y += ROW_PX
        y += GAP_PX
    return pd.DataFrame(rows)


def cost_chart(buying: Buying) -> alt.LayerChart:
    """Draw the cost of every plan with every vendor: a dot at the median on its 80% range, the chosen ones marked.

    Returns:
        A chart whose title says who is the cheapest for what.
    """
    frame = cost_frame(buying)
    height = int(frame["y"].max() + ROW_PX / 2 + GAP_PX)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    axis_title = "Cost to the target (diamond: lowest mean)"
    if buying.target is None:
        axis_title = "The vendor's bill (diamond: cheapest label)"
    scale, axis = _money(frame, axis_title, buying.currency)
    plans = list(dict.fromkeys(frame["plan"]))
    color = alt.Color("plan:N", scale=style.colours(plans), legend=style.legend() if len(plans) > 1 else None)
    apart = {"test": f"datum.kind === '{words_vendors.APART}'", "value": 0.45}
    faint = alt.OpacityValue(1.0, condition=apart)
    tooltip = _tooltip()
    x = alt.X("usd:Q", scale=scale, axis=axis)
    ranges = (
        alt.Chart(frame)
        .mark_rule(strokeWidth=3)
        .encode(
            x=alt.X("low_usd:Q", scale=scale, axis=axis),
            x2=alt.X2("high_usd:Q"),
            y=y,
            color=color,
            opacity=faint,
            tooltip=tooltip,
        )
    )
    chosen = frame["kind"] == words_vendors.CHOSEN
    marks = [
        alt.Chart(part)
        .mark_point(filled=True, size=size, shape=shape)
        .encode(x=x, y=y, color=color, opacity=faint, tooltip=tooltip)
        for part, size, shape in ((frame[~chosen], 70, "circle"), (frame[chosen], 230, "diamond"))
        if len(part)
    ]
    title = words_vendors.cost_finding(buying)
    description = f"Cost by vendor and plan; a diamond marks the chosen. {title}. " + "; ".join(
        f"{row.vendor}, {row.plan}: {row.cost}" for row in frame.itertuples()
    )
    names = style.words(_heads(buying, frame), x=alt.value(2), y=y, text="words:N")
    return style.finish([ranges, *marks, names], title, description, height=height)


def days_chart(buying: Buying, plan: str | None) -> alt.LayerChart:
    """Draw days against cost for one plan, a cross of 80% ranges a vendor, with the deadline where there is one.

    Returns:
        A chart whose title names the cheapest and the fastest vendor.
    """
    deals = buying.of_plan(plan)
    frame = pd.DataFrame([_row(deal, buying.currency) for deal in deals])
    frame["kind"] = frame["kind"].where(~frame["late"], words_vendors.LATE)
    days = [*frame["low_days"], *frame["high_days"], *([buying.deadline_days] if buying.deadline_days else [])]
    x_scale, x_options = _scale(days)
    x_axis = style.count_axis("Calendar days (lines: 80% ranges)", **x_options)
    y_scale, y_axis = _money(frame, f"Cost, {words_vendors.plan_words(plan)}", buying.currency)
    x = alt.X("days:Q", scale=x_scale, axis=x_axis)
    y = alt.Y("usd:Q", scale=y_scale, axis=y_axis)
    present = [kind for kind in KINDS if (frame["kind"] == kind).any()]
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=present, range=[KINDS[kind][0] for kind in present]),
        legend=style.legend(),
    )
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=present, range=[KINDS[kind][1] for kind in present]))
    base = alt.Chart(frame)
    named = _named(frame, x_scale, y_scale)
    # Of many crosses only those that are named stand out.
    strength: dict[str, Any] = {"strokeWidth": 1.5, "opacity": 0.55 if len(named) == len(frame) else 0.22}
    across = base.mark_rule(**strength).encode(
        x=alt.X("low_days:Q", scale=x_scale, axis=x_axis), x2=alt.X2("high_days:Q"), y=y, color=color
    )
    up = base.mark_rule(**strength).encode(
        x=x, y=alt.Y("low_usd:Q", scale=y_scale, axis=y_axis), y2=alt.Y2("high_usd:Q"), color=color
    )
    points = base.mark_point(filled=True, size=150, opacity=1).encode(
        x=x, y=y, color=color, shape=shape, tooltip=_tooltip()
    )
    title = _days_finding(deals, buying.currency)
    description = f"Days against cost by vendor. {title}. " + "; ".join(
        f"{row.vendor}: {row.days_words}, {row.cost}" for row in frame.itertuples()
    )
    layers = [across, up, points, _names(named, x, y), *_deadline(buying, x)]
    return style.finish(layers, title, description, height=DAYS_PX)


def winning_frame(buying: Buying) -> pd.DataFrame:
    """Lay out the prices at which vendors would win, top down; those without a price have no row.

    Returns:
        Columns `vendor, plan, y, now_usd, usd, words`, one row for each vendor and plan; `y` is in pixels.
    """
    rows, y = [], 0.0
    for vendor in buying.vendors:
        y += HEAD_PX
        for one in (one for one in buying.winning if one.vendor == vendor):
            row = {
                "vendor": n.plain(vendor),
                "plan": plan_name(one.plan),
                "y": y + ROW_PX / 2,
                "now_usd": one.vote_usd,
                "usd": one.at_most_usd,
                "words": words_vendors.winning_words(one, buying.currency),
                "now": n.price(one.vote_usd, buying.currency),
            }
            rows.append(row)
            y += ROW_PX
        y += GAP_PX
    return pd.DataFrame(rows)


def winning_chart(buying: Buying) -> alt.LayerChart:
    """Draw what a vote costs now, and up to which price each vendor would be the cheapest for each plan.

    Returns:
        A chart whose title names the quote that is the nearest to winning.
    """
    every = winning_frame(buying)
    frame = every[every["usd"].notna() & (every["usd"] > 0) & (every["now_usd"] > 0)]
    height = int(every["y"].max() + ROW_PX / 2 + GAP_PX)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    scale, options = _scale([*frame["usd"], *frame["now_usd"]])
    axis = style.money_axis("Price of a vote (bar: now, dot: wins up to)", buying.currency, **options)
    x = alt.X("usd:Q", scale=scale, axis=axis)
    plans = list(dict.fromkeys(every["plan"]))
    color = alt.Color("plan:N", scale=style.colours(plans), legend=style.legend())
    shown = {"vendor": "Vendor", "plan": "Plan", "now": "A vote costs now", "words": "Cheapest"}
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]
    base = alt.Chart(frame)
    gap = base.mark_rule(strokeWidth=1.5, opacity=0.6).encode(x=x, x2=alt.X2("now_usd:Q"), y=y, color=color)
    now = base.mark_tick(orient="vertical", color=style.QUIET, size=ROW_PX, thickness=3).encode(
        x=alt.X("now_usd:Q", scale=scale, axis=axis), y=y, tooltip=tooltip
    )
    dots = base.mark_point(filled=True, size=90, opacity=1, shape="circle").encode(
        x=x, y=y, color=color, tooltip=tooltip
    )
    title = words_vendors.winning_finding(buying)
    description = f"Price of a vote now and price up to which each vendor would win. {title}. " + "; ".join(
        f"{row.vendor}, {row.plan}: now {row.now}, {row.words}" for row in every.itertuples()
    )
    names = style.words(_winning_heads(buying, every), x=alt.value(2), y=y, text="words:N")
    return style.finish([gap, now, dots, names], title, description, height=height)


def _winning_heads(buying: Buying, frame: pd.DataFrame) -> pd.DataFrame:
    """Write each vendor's name, and the plans for which it has no price."""
    rows = []
    for vendor in buying.vendors:
        own = [one for one in buying.winning if one.vendor == vendor]
        none = [one for one in own if one.at_most_usd is None]
        said = {words_vendors.winning_words(one, buying.currency) for one in none}
        notes = [f"{plan_name(one.plan)} {words_vendors.winning_words(one, buying.currency)}" for one in none]
        if len(none) == len(own) and len(said) == 1:
            notes = [*said]
        top = float(frame.loc[frame["vendor"] == n.plain(vendor), "y"].min())
        text = " · ".join([words_vendors.short(vendor, NAME_LETTERS if notes else words_vendors.MOST_LETTERS), *notes])
        rows.append({"words": text, "y": top - ROW_PX / 2 - HEAD_PX / 2 + 2})
    return pd.DataFrame(rows)


def _row(deal: Deal, currency: str) -> dict[str, object]:
    usd, days = deal.total_usd, deal.days
    return {
        "vendor": n.plain(deal.vendor),
        "name": words_vendors.short(deal.vendor, NAME_LETTERS),
        "plan": plan_name(deal.plan) if deal.plan is not None else "the vendor's bill",
        "kind": words_vendors.kind_of(deal),
        "late": deal.late,
        "compared": deal.p_cheapest is not None,
        "cheapest": deal.cheapest,
        "mean_usd": deal.mean_usd,
        "low_usd": usd.q10,
        "usd": usd.q50,
        "high_usd": usd.q90,
        "cost": f"{n.about(usd.q50, currency)} ({n.about_range(usd, currency)})",
        "low_days": days.q10,
        "days": days.q50,
        "high_days": days.q90,
        "days_words": f"{n.days(days.q50)} ({n.days_range(days)})",
    }


def _heads(buying: Buying, frame: pd.DataFrame) -> pd.DataFrame:
    """Write each vendor's name above its rows, with what a reader must not overlook."""
    rows = []
    for vendor in buying.vendors:
        deals = buying.of_vendor(vendor)
        own = frame[frame["vendor"] == n.plain(vendor)]
        notes = [words_vendors.APART] if deals[0].p_cheapest is None else []
        notes += [words_vendors.LATE] if all(deal.late for deal in deals) else []
        text = " · ".join([words_vendors.short(vendor), *notes])
        rows.append({"words": text, "y": float(own["y"].min()) - ROW_PX / 2 - HEAD_PX / 2 + 2})
    return pd.DataFrame(rows)


def _tooltip() -> list[alt.Tooltip]:
    shown = {
        "vendor": "Vendor",
        "plan": "Plan",
        "cost": "Cost (80% range)",
        "days_words": "Days",
        "kind": "Beside others",
    }
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in shown.items()]


def _money(frame: pd.DataFrame, title: str, currency: str) -> tuple[alt.Scale, style.Axis]:
    scale, options = _scale([*frame["low_usd"], *frame["high_usd"]])
    return scale, style.money_axis(title, currency, **options)


def _scale(values: list[float]) -> tuple[alt.Scale, dict[str, object]]:
    """Choose a log axis where values lie far apart, else one from 0."""
    low, high = min(values), max(values)
    if low > 0 and high > LOG_FROM * low:
        low, high = low / 1.25, high * 1.25
        return alt.Scale(type="log", domain=[low, high], nice=False), {"values": style.log_ticks(low, high, most=5)}
    return alt.Scale(domain=[0, max(high * 1.06, 1e-9)], nice=False), {}


def _days_finding(deals: Sequence[Deal], currency: str) -> str:
    compared = [deal for deal in deals if deal.p_cheapest is not None]
    fast = min(compared, key=lambda deal: (deal.days.q50 or 0.0, not deal.cheapest))
    cheap = next(deal for deal in compared if deal.cheapest)
    late = sum(deal.late for deal in deals)
    told = f"; {late} of {len(deals)} usually late" if late else ""
    fastest = f"{words_vendors.short(fast.vendor)} ({n.days(fast.days.q50)})"
    if len(deals) == 1:
        return f"{fastest} for {n.about(fast.total_usd.q50, currency)}{told}"
    if cheap is fast:
        return f"Cheapest and fastest: {fastest}{told}"
    cheapest = f"{words_vendors.short(cheap.vendor)} ({n.about(cheap.total_usd.q50, currency)})"
    return f"Cheapest: {cheapest}; fastest: {fastest}{told}"


def _named(frame: pd.DataFrame, x_scale: alt.Scale, y_scale: alt.Scale) -> pd.DataFrame:
    """Choose the vendors to name, with a place for each: of many the cheapest and the fastest, which the title tells.

    Returns:
        Rows of the frame with `align, dx, dy`; without those whose name would stand over another one's.
    """
    fast = frame["compared"] & (frame["days"] == frame["days"].where(frame["compared"]).min())
    marked = frame["compared"] & (frame["cheapest"] | fast)
    few = frame if len(frame) <= MOST_NAMED else frame[marked].head(2)
    # The first has the first choice of places.
    rows = few.assign(marked=marked).sort_values(["marked", "usd"], ascending=[False, True], kind="stable")
    across, up = x_scale.to_dict(), y_scale.to_dict()
    every, points = (
        [(_share(across, days), 1 - _share(up, usd)) for days, usd in part[["days", "usd"]].to_numpy(dtype=float)]
        for part in (frame, rows)
    )
    places = place_names(list(rows["name"]), points, every, DAYS_PX)
    kept = pd.DataFrame(rows[[place is not None for place in places]])
    found = [place for place in places if place is not None]
    return kept.assign(
        align=[place.align for place in found], dx=[place.dx for place in found], dy=[place.dy for place in found]
    )


def _share(scale: Mapping[str, Any], value: float) -> float:
    """Give the share of an axis, by its scale's specification, that lies before a value."""
    low, high = scale["domain"]
    if scale.get("type") == "log":
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))


def _names(named: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Write vendors' names beside their points, each at its own place; one layer, as a browser takes long for many."""
    columns = ["days", "usd", "name", *_PLACES]
    placing: dict[str, Any] = {column: {"expr": f"datum.{column}"} for column in _PLACES}
    return style.words(named[columns], x=x, y=y, text="name:N", **placing)


def _deadline(buying: Buying, x: alt.X) -> list[alt.Chart]:
    if buying.deadline_days is None:
        return []
    data = pd.DataFrame({"days": [buying.deadline_days], "words": [f"deadline, {n.days(buying.deadline_days)}"]})
    rule: alt.Chart = alt.Chart(data).mark_rule(color=style.LOSS, strokeWidth=1.5, strokeDash=[5, 4]).encode(x=x)
    return [rule, style.words(data, x=x, y=alt.value(8), text="words:N", align="right", dx=-5)]
