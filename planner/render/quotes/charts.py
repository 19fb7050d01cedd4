"""Vendors in charts: cost of each option with each of them, and days against money."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from planner.decision.buying import Buying, Deal
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.quotes import words as quote_words

HEAD_PX, ROW_PX, GAP_PX = 20, 15, 8  # the vendor's name, one plan under it, and room to the next vendor
DAYS_PX = 320
LOG_FROM = 8.0  # times the smallest, from where a log axis shows more
MOST_COLOURED = 6  # vendors that a legend can name and hues tell apart
NAME_LETTERS = 22
KINDS = {
    quote_words.CHOSEN: (chart_style.GAIN, "diamond"),
    quote_words.OTHER: ("#0077BB", "circle"),
    quote_words.LATE: (chart_style.LOSS, "triangle-up"),
    quote_words.APART: (chart_style.QUIET, "square"),
}


def _stacked_rows(groups: Iterable[Iterable[dict[str, object]]]) -> pd.DataFrame:
    """Lay vendors' rows out top down, each vendor's below the room for its name: `y` is in pixels."""
    rows, y = [], 0.0
    for group in groups:
        y += HEAD_PX
        for row in group:
            rows.append(row | {"y": y + ROW_PX / 2})
            y += ROW_PX
        y += GAP_PX
    return pd.DataFrame(rows)


def cost_frame(buying: Buying) -> pd.DataFrame:
    """Lay out every vendor's cost for every plan, top down: one row a deal, with `y` in pixels."""
    vendors = buying.vendors
    return _stacked_rows((_deal_row(deal, buying.currency) for deal in buying.of_vendor(one)) for one in vendors)


def cost_chart(buying: Buying) -> alt.LayerChart:
    """Draw the cost of every plan with every vendor: a dot at the median on its 80% range, the chosen ones marked."""
    frame = cost_frame(buying)
    height, y = _rows_axis(frame)
    budget = buying.target is None
    axis = "The vendor's bill (diamond: cheapest label)" if budget else "Cost to the target (diamond: lowest mean)"
    x = _money_axis(alt.X, frame, axis, buying.currency)
    hues = chart_style.plan_hues(frame["plan"])
    color = chart_style.colour_by("plan", hues, columns=2 if len(hues) > 1 else 0)
    apart = {"test": f"datum.kind === '{quote_words.APART}'", "value": 0.45}
    faint = alt.OpacityValue(1.0, condition=apart)
    shared: dict[str, Any] = {"y": y, "color": color, "opacity": faint, "tooltip": _tooltip()}
    low = chart_style.another_field(x, "low_usd:Q")
    ranges = chart_style.mark("rule", frame, strokeWidth=3, x=low, x2="high_usd:Q", **shared)
    chosen = frame["kind"] == quote_words.CHOSEN
    marks = [
        chart_style.mark("point", part, filled=True, size=size, shape=shape, x=x, **shared)
        for part, size, shape in ((frame[~chosen], 70, "circle"), (frame[chosen], 230, "diamond"))
        if len(part)
    ]
    title = quote_words.cost_finding(buying)
    description = f"Cost by vendor and plan; a diamond marks the chosen. {title}. " + "; ".join(
        f"{row.vendor}, {row.plan}: {row.cost}" for row in frame.itertuples()
    )
    notes = {}
    for vendor in buying.vendors:
        deals = buying.of_vendor(vendor)
        alone, late = deals[0].p_cheapest is None, all(deal.late for deal in deals)
        notes[vendor] = [quote_words.APART] * alone + [quote_words.LATE] * late
    names = _vendor_heads(frame, notes, y, quote_words.MOST_LETTERS)
    return chart_style.finish([ranges, *marks, names], title, description, height=height)


def days_chart(buying: Buying, plan: str | None) -> alt.LayerChart:
    """Draw days against cost for one plan, a cross of 80% ranges a vendor, with the deadline where there is one.

    A few vendors have a colour each, many that of their kind.
    """
    deals = buying.of_plan(plan)
    frame = pd.DataFrame([_deal_row(deal, buying.currency) for deal in deals])
    frame["kind"] = frame["kind"].where(~frame["late"], quote_words.LATE)
    days = [*frame["low_days"], *frame["high_days"], *([buying.deadline_days] if buying.deadline_days else [])]
    x_scale, x_options = _scale(days)
    x = alt.X("days:Q", scale=x_scale, axis=chart_style.count_axis("Calendar days (lines: 80% ranges)", **x_options))
    y = _money_axis(alt.Y, frame, f"Cost, {quote_words.plan_words(plan)}", buying.currency)
    looks = chart_style.looks_by("kind", {kind: look for kind, look in KINDS.items() if kind in {*frame["kind"]}})
    few = len(frame) <= MOST_COLOURED
    if few:
        kinds = frame["kind"].map(lambda kind: "" if kind == quote_words.OTHER else f" · {kind}")
        frame["who"] = frame["vendor"].map(quote_words.short_name) + kinds
        shapes = [KINDS[kind][1] for kind in frame["kind"]]
        own_looks = zip(chart_style.SERIES, shapes, strict=False)
        looks = chart_style.looks_by("who", dict(zip(frame["who"], own_looks, strict=True)), columns=1)
    style: dict[str, Any] = {"strokeWidth": 1.5, "opacity": 0.55 if few else 0.22, "color": looks["color"]}
    low_days, low_usd = chart_style.another_field(x, "low_days:Q"), chart_style.another_field(y, "low_usd:Q")
    layers = [
        chart_style.mark("rule", frame, x=low_days, x2="high_days:Q", y=y, **style),
        chart_style.mark("rule", frame, x=x, y=low_usd, y2="high_usd:Q", **style),
        chart_style.point_mark(frame, 150, x=x, y=y, tooltip=_tooltip(), **looks),
    ]
    if buying.deadline_days is not None:
        data = pd.DataFrame({"days": [buying.deadline_days], "words": [f"deadline, {n.days(buying.deadline_days)}"]})
        layers += [
            chart_style.mark("rule", data, color=chart_style.LOSS, strokeWidth=1.5, strokeDash=[5, 4], x=x),
            chart_style.text_mark(data, x=x, y=alt.value(8), text="words:N", align="right", dx=-5),
        ]
    title = _days_finding(deals, buying.currency)
    description = f"Days against cost by vendor. {title}. " + "; ".join(
        f"{row.vendor}: {row.days_words}, {row.cost}" for row in frame.itertuples()
    )
    return chart_style.finish(layers, title, description, height=DAYS_PX)


def _winning_frame(buying: Buying) -> pd.DataFrame:
    """Lay out the prices at which vendors would win, top down, one row for each vendor and plan.

    Returns:
        Columns `vendor, plan, now_usd, usd, words, now, y`; `y` is in pixels, and no `usd` is no price.
    """
    return _stacked_rows(
        [
            {
                "vendor": n.plain(vendor),
                "plan": n.plan_name(one.plan),
                "now_usd": one.vote_usd,
                "usd": one.at_most_usd,
                "words": quote_words.winning_words(one, buying.currency),
                "now": n.price(one.vote_usd, buying.currency),
            }
            for one in buying.winning
            if one.vendor == vendor
        ]
        for vendor in buying.vendors
    )


def winning_chart(buying: Buying) -> alt.LayerChart:
    """Draw what a vote costs now, and up to which price each vendor would be the cheapest for each plan."""
    every = _winning_frame(buying)
    frame = every[every["usd"].notna() & (every["usd"] > 0) & (every["now_usd"] > 0)]
    height, y = _rows_axis(every)
    scale, options = _scale([*frame["usd"], *frame["now_usd"]])
    axis = chart_style.money_axis("Price of a vote (bar: now, dot: wins up to)", buying.currency, **options)
    x = alt.X("usd:Q", scale=scale, axis=axis)
    color = chart_style.colour_by("plan", chart_style.plan_hues(every["plan"]))
    tooltip = chart_style.tooltip(vendor="Vendor", plan="Plan", now="A vote costs now", words="Cheapest")
    gap = chart_style.mark("rule", frame, strokeWidth=1.5, opacity=0.6, x=x, x2="now_usd:Q", y=y, color=color)
    tick = {"orient": "vertical", "color": chart_style.QUIET, "size": ROW_PX, "thickness": 3}
    now = chart_style.mark("tick", frame, **tick, x=chart_style.another_field(x, "now_usd:Q"), y=y, tooltip=tooltip)
    dots = chart_style.point_mark(frame, 90, shape="circle", x=x, y=y, color=color, tooltip=tooltip)
    title = quote_words.winning_finding(buying)
    description = f"Price of a vote now and price up to which each vendor would win. {title}. " + "; ".join(
        f"{row.vendor}, {row.plan}: now {row.now}, {row.words}" for row in every.itertuples()
    )
    notes = {vendor: _winning_notes(buying, vendor) for vendor in buying.vendors}
    names = _vendor_heads(every, notes, y, NAME_LETTERS)
    return chart_style.finish([gap, now, dots, names], title, description, height=height)


def _rows_axis(frame: pd.DataFrame) -> tuple[int, alt.Y]:
    """Give the height of rows laid out in pixels, and their axis."""
    height = int(frame["y"].max() + ROW_PX / 2 + GAP_PX)
    return height, alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)


def _winning_notes(buying: Buying, vendor: str) -> list[str]:
    """Name the plans for which a vendor has no price."""
    own = [one for one in buying.winning if one.vendor == vendor]
    none = {one.plan: quote_words.winning_words(one, buying.currency) for one in own if one.at_most_usd is None}
    if len(none) == len(own) and len({*none.values()}) == 1:
        return [*none.values()][:1]
    return [f"{n.plan_name(plan)} {words}" for plan, words in none.items()]


def _deal_row(deal: Deal, currency: str) -> dict[str, object]:
    usd, days = deal.total_usd, deal.days
    compared = deal.p_cheapest is not None
    return {
        "vendor": n.plain(deal.vendor),
        "plan": n.plan_name(deal.plan) if deal.plan is not None else "the vendor's bill",
        "kind": quote_words.APART if not compared else quote_words.CHOSEN if deal.cheapest else quote_words.OTHER,
        "late": deal.late,
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


def _vendor_heads(frame: pd.DataFrame, notes: Mapping[str, list[str]], y: alt.Y, noted_letters: int) -> alt.Chart:
    """Write each vendor's name above its rows, with its notes; names with notes have so many letters at most."""
    rows = []
    for vendor, own in notes.items():
        name = quote_words.short_name(vendor, noted_letters if own else quote_words.MOST_LETTERS)
        first = float(frame.loc[frame["vendor"] == n.plain(vendor), "y"].min())
        rows.append({"words": " · ".join([name, *own]), "y": first - ROW_PX / 2 - HEAD_PX / 2 + 2})
    return chart_style.text_mark(pd.DataFrame(rows), x=alt.value(2), y=y, text="words:N")


def _tooltip() -> list[alt.Tooltip]:
    return chart_style.tooltip(
        vendor="Vendor", plan="Plan", cost="Cost (80% range)", days_words="Days", kind="Beside others"
    )


def _money_axis(
    channel: type[chart_style.Channel], frame: pd.DataFrame, title: str, currency: str
) -> chart_style.Channel:
    scale, options = _scale([*frame["low_usd"], *frame["high_usd"]])
    return channel("usd:Q", scale=scale, axis=chart_style.money_axis(title, currency, **options))


def _scale(values: list[float]) -> tuple[alt.Scale, dict[str, object]]:
    """Choose a log axis where values lie far apart, else one from 0."""
    low, high = min(values), max(values)
    if low > 0 and high > LOG_FROM * low:
        low, high = low / 1.25, high * 1.25
        return chart_style.log_scale(low, high), {"values": chart_style.log_ticks(low, high, most=5)}
    return alt.Scale(domain=[0, max(high * 1.06, 1e-9)], nice=False), {}


def _days_finding(deals: Sequence[Deal], currency: str) -> str:
    compared = [deal for deal in deals if deal.p_cheapest is not None]
    fast = min(compared, key=lambda deal: (deal.days.q50 or 0.0, not deal.cheapest))
    cheap = next(deal for deal in compared if deal.cheapest)
    late = sum(deal.late for deal in deals)
    told = f"; {late} of {len(deals)} usually late" if late else ""
    fastest = f"{quote_words.short_name(fast.vendor)} ({n.days(fast.days.q50)})"
    if len(deals) == 1:
        return f"{fastest} for {n.about(fast.total_usd.q50, currency)}{told}"
    if cheap is fast:
        return f"Cheapest and fastest: {fastest}{told}"
    cheapest = f"{quote_words.short_name(cheap.vendor)} ({n.about(cheap.total_usd.q50, currency)})"
    return f"Cheapest: {cheapest}; fastest: {fastest}{told}"
