"""How the chance that active learning is the better plan moves with the price of a vote (or label)."""

import math

import altair as alt
import pandas as pd

from planner.decision.verdict import LABEL_RANDOM_TO, USE_AL_FROM, Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style
from planner.report.names import price_unit


def price_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the chance by price, with the price paid, the even odds and the chances that settle nothing.

    Args:
        verdict: read for `chance_by_price` (columns `price_usd, p_al_cheaper`), `price_usd`, `break_even_p50_usd`,
            `votes_per_item` and `currency`.

    Returns:
        A chart whose title states the break-even price, or that there is none.
    """
    frame = verdict.chance_by_price.assign(
        price=[n.price(price, verdict.currency) for price in verdict.chance_by_price["price_usd"]],
        chance=[n.chance(p) for p in verdict.chance_by_price["p_al_cheaper"]],
    )
    low, high = float(frame["price_usd"].min()), float(frame["price_usd"].max())
    unit = price_unit(verdict.votes_per_item)
    x = alt.X(
        "price_usd:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=style.money_axis(
            f"Price per {unit} (shaded: too close to call)", verdict.currency, values=style.log_ticks(low, high)
        ),
    )
    # Room above 100% holds the words at the price paid, so that nothing is clipped.
    y = alt.Y(
        "p_al_cheaper:Q",
        scale=alt.Scale(domain=[0, 1.14], nice=False),
        axis=style.percent_axis(words.chance_label(verdict), values=[0, LABEL_RANDOM_TO, 0.5, USE_AL_FROM, 1]),
    )
    line = (
        alt.Chart(frame)
        .mark_line(color=style.GAIN, strokeWidth=3)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("price:N", title="Price"), alt.Tooltip("chance:N", title="Chance")])
    )
    layers = [_undecided(), line, *_paid(verdict, x, y, low, high), *_even_odds(verdict, x, y, low, high)]
    finding = words.break_even_finding(verdict)
    paid = n.price_per(verdict.price_usd, unit, verdict.currency)
    description = (
        f"Line by price per {unit}. {words.chance_label(verdict)}: from {frame['chance'].iloc[0]} at "
        f"{frame['price'].iloc[0]} to {frame['chance'].iloc[-1]} at {frame['price'].iloc[-1]}. {finding}. "
        f"You pay {paid}: {n.chance(verdict.p_al_cheaper)}."
    )
    return style.finish([*layers], finding, description)


def _undecided() -> alt.Chart:
    """Shade the chances that settle nothing."""
    band = pd.DataFrame({"low": [LABEL_RANDOM_TO], "high": [USE_AL_FROM]})
    shade: alt.Chart = alt.Chart(band).mark_rect(color=style.QUIET, opacity=0.14).encode(y="low:Q", y2="high:Q")
    return shade


def _paid(verdict: Verdict, x: alt.X, y: alt.Y, low: float, high: float) -> list[alt.Chart]:
    at = min(max(verdict.price_usd, low), high)
    data = pd.DataFrame(
        {
            "price_usd": [at],
            "p_al_cheaper": [1.07],
            "foot": [0.0],
            "words": [f"you pay {n.price(verdict.price_usd, verdict.currency)}"],
        }
    )
    align, shift = style.side(at, low, high)
    rule = (
        alt.Chart(data).mark_rule(color=style.FLIP, strokeWidth=2.5).encode(x=x, y=alt.Y("foot:Q"), y2=alt.datum(1.14))
    )
    return [rule, style.words(data, x=x, y=y, text="words:N", align=align, dx=shift)]


def _even_odds(verdict: Verdict, x: alt.X, y: alt.Y, low: float, high: float) -> list[alt.Chart]:
    even = verdict.break_even_p50_usd
    if not even or not low <= even <= high:  # none, or already at a price of 0
        return []
    data = pd.DataFrame({"price_usd": [even], "p_al_cheaper": [0.5], "words": [n.price(even, verdict.currency)]})
    point = alt.Chart(data).mark_point(filled=True, size=110, opacity=1, color=style.GAIN).encode(x=x, y=y)
    # Away from the rule at the price paid; a rising line leaves the upper left and the lower right free.
    where = (math.log(even) - math.log(low)) / (math.log(high) - math.log(low))
    left = where > 0.85 or (where > 0.2 and even <= verdict.price_usd)
    align, shift, drop = ("right", -8, -12) if left else ("left", 8, 12)
    return [point, style.words(data, x=x, y=y, text="words:N", align=align, dx=shift, dy=drop)]
