"""Vendors in charts: cost of each option with each of them, and days against money.

Notation:
    own     (2, 4)  left, top, right, bottom of a name in pixels, on the narrowest and on the widest plot
    others, marks (n, 2, 4)  the same of names that have a place, and of points

The width of the plot follows the page while names keep their size. The gap between two names is linear in that width,
so that two which stand apart on the narrowest and the widest plot, the same one first, do so on all between.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.decision.buying import Buying, Deal
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.quotes import words as quote_words
from simulations.arrays import Floats

PLOTS_PX = (250, 1_500)  # the plot of a phone of 390 pixels, and of a wide screen
LETTER_PX, LINE_PX = 6.6, 13.0  # of a letter and a line of a chart's words, on the safe side
AWAY_PX, RISE_PX, POINT_PX = 9, 13, 7
HEAD_PX, ROW_PX, GAP_PX = 20, 15, 8  # the vendor's name, one plan under it, and room to the next vendor
DAYS_PX = 320
LOG_FROM = 8.0  # times the smallest, from where a log axis shows more
MOST_NAMED = 6
NAME_LETTERS = 22
KINDS = {
    quote_words.CHOSEN: (chart_style.GAIN, "diamond"),
    quote_words.OTHER: ("#0077BB", "circle"),
    quote_words.LATE: (chart_style.LOSS, "triangle-up"),
    quote_words.APART: (chart_style.QUIET, "square"),
}


@dataclass(frozen=True)
class LabelPlace:
    """Where a name stands, seen from its point: so many pixels to the right and downwards.

    It begins at the point (`left`), ends there (`right`), or is over or under it (`center`).
    """

    align: str
    dx: int
    dy: int

    def box(self, x: float, y: float, letters: int) -> tuple[float, float, float, float]:
        """Give left, top, right and bottom of a name of so many letters whose point is at (x, y)."""
        width = LETTER_PX * letters
        left = x + self.dx - width * {"left": 0.0, "center": 0.5, "right": 1.0}[self.align]
        middle = y + self.dy
        return left, middle - LINE_PX / 2, left + width, middle + LINE_PX / 2


# A name beside its point stands level with it or higher or lower, as there is room.
PLACES = tuple(
    LabelPlace(align, dx, dy)
    for dy in (-RISE_PX, RISE_PX, 0, -2 * RISE_PX, 2 * RISE_PX)
    for align, dx in (("left", AWAY_PX), ("right", -AWAY_PX), ("center", 0))
    if dy or dx
)


def place_names(
    names: Sequence[str], points: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]], height_px: int
) -> list[LabelPlace | None]:
    """Choose a place for each name, the most important first; None for one that fits nowhere.

    `points` of the names and all `others` to leave free are x and y from the left and the top, as shares of the plot.
    """
    taken: list[Floats] = []
    # A box a point and plot, (points, plots, 4): left, top, right and bottom in pixels.
    middles_px = np.array([[(x * width, y * height_px) * 2 for width in PLOTS_PX] for x, y in others])
    marks = middles_px.reshape(-1, len(PLOTS_PX), 4) + POINT_PX * np.array([-1, -1, 1, 1])
    found: list[LabelPlace | None] = []
    for name, (x, y) in zip(names, points, strict=True):
        fitting = []
        for place in PLACES:
            own = np.array([place.box(x * width, y * height_px, len(name)) for width in PLOTS_PX])
            inside = own[0, :2].min() >= 0 and own[0, 2] <= PLOTS_PX[0] and own[0, 3] <= height_px
            if inside and _are_apart(own, np.array(taken).reshape(-1, 2, 4)):
                fitting.append((place, own))
        # To cover a point is bad, and to leave a name out is worse.
        clear = [one for one in fitting if _are_apart(one[1], marks)]
        best = next(iter(clear or fitting), None)
        found.append(None if best is None else best[0])
        taken += [] if best is None else [best[1]]
    return found


def _are_apart(own: Floats, others: Floats) -> bool:
    """Say whether a name stands apart from all others at every width: above, below, or always on the same side."""
    above = (own[0, 3] <= others[:, 0, 1]) | (others[:, 0, 3] <= own[0, 1])
    before, after = (own[:, 2] <= others[:, :, 0]).all(axis=1), (others[:, :, 2] <= own[:, 0]).all(axis=1)
    return bool((above | before | after).all())


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
    """Draw the cost of every plan with every vendor: a dot at the median on its 80% range, the chosen ones marked.

    The title says who is the cheapest for what.
    """
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

    The title names the cheapest and the fastest vendor.
    """
    deals = buying.of_plan(plan)
    frame = pd.DataFrame([_deal_row(deal, buying.currency) for deal in deals])
    frame["kind"] = frame["kind"].where(~frame["late"], quote_words.LATE)
    days = [*frame["low_days"], *frame["high_days"], *([buying.deadline_days] if buying.deadline_days else [])]
    x_scale, x_options = _scale(days)
    x = alt.X("days:Q", scale=x_scale, axis=chart_style.count_axis("Calendar days (lines: 80% ranges)", **x_options))
    y = _money_axis(alt.Y, frame, f"Cost, {quote_words.plan_words(plan)}", buying.currency)
    present = {kind: look for kind, look in KINDS.items() if (frame["kind"] == kind).any()}
    color = chart_style.colour_by("kind", {kind: look[0] for kind, look in present.items()})
    # Without a legend of its own: altair joins those of one field.
    shapes = alt.Scale(domain=list(present), range=[look[1] for look in present.values()])
    shape = alt.Shape("kind:N", scale=shapes)
    named = _choose_names(frame, x["scale"], y["scale"])
    # Of many crosses only those that are named stand out.
    style: dict[str, Any] = {"strokeWidth": 1.5, "opacity": 0.55 if len(named) == len(frame) else 0.22, "color": color}
    across = chart_style.mark(
        "rule", frame, x=chart_style.another_field(x, "low_days:Q"), x2="high_days:Q", y=y, **style
    )
    up = chart_style.mark("rule", frame, x=x, y=chart_style.another_field(y, "low_usd:Q"), y2="high_usd:Q", **style)
    points = chart_style.point_mark(frame, 150, x=x, y=y, color=color, shape=shape, tooltip=_tooltip())
    title = _days_finding(deals, buying.currency)
    description = f"Days against cost by vendor. {title}. " + "; ".join(
        f"{row.vendor}: {row.days_words}, {row.cost}" for row in frame.itertuples()
    )
    # One layer of names, each at its own place: a browser takes long for many.
    placing: dict[str, Any] = {column: {"expr": f"datum.{column}"} for column in ("align", "dx", "dy")}
    names = chart_style.text_mark(named[["days", "usd", "name", *placing]], x=x, y=y, text="name:N", **placing)
    layers = [across, up, points, names]
    if buying.deadline_days is not None:
        data = pd.DataFrame({"days": [buying.deadline_days], "words": [f"deadline, {n.days(buying.deadline_days)}"]})
        layers += [
            chart_style.mark("rule", data, color=chart_style.LOSS, strokeWidth=1.5, strokeDash=[5, 4], x=x),
            chart_style.text_mark(data, x=x, y=alt.value(8), text="words:N", align="right", dx=-5),
        ]
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
    """Draw what a vote costs now, and up to which price each vendor would be the cheapest for each plan.

    The title names the quote that is the nearest to winning.
    """
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
        "name": quote_words.short_name(deal.vendor, NAME_LETTERS),
        "plan": n.plan_name(deal.plan) if deal.plan is not None else "the vendor's bill",
        "kind": quote_words.APART if not compared else quote_words.CHOSEN if deal.cheapest else quote_words.OTHER,
        "late": deal.late,
        "compared": compared,
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


def _choose_names(frame: pd.DataFrame, x_scale: alt.Scale, y_scale: alt.Scale) -> pd.DataFrame:
    """Choose the vendors to name, with a place (`align, dx, dy`) for each that does not stand over another's name.

    Of many they are the cheapest and the fastest, which the title tells.
    """
    fast = frame["compared"] & (frame["days"] == frame["days"].where(frame["compared"]).min())
    marked = frame["compared"] & (frame["cheapest"] | fast)
    few = frame if len(frame) <= MOST_NAMED else frame[marked].head(2)
    # The first has the first choice of places.
    rows = few.assign(marked=marked).sort_values(["marked", "usd"], ascending=[False, True], kind="stable")
    across, up = x_scale.to_dict(), y_scale.to_dict()
    every, points = (
        [
            (_axis_share(across, days), 1 - _axis_share(up, usd))
            for days, usd in zip(part["days"], part["usd"], strict=True)
        ]
        for part in (frame, rows)
    )
    places = place_names(list(rows["name"]), points, every, DAYS_PX)
    found = [place for place in places if place is not None]
    return rows[[place is not None for place in places]].assign(
        align=[place.align for place in found], dx=[place.dx for place in found], dy=[place.dy for place in found]
    )


def _axis_share(scale: Mapping[str, Any], value: float) -> float:
    """Give the share of an axis, by its scale's specification, that lies before a value."""
    low, high = scale["domain"]
    if scale.get("type") == "log":
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))
