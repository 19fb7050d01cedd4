"""The charts of the study page: pictures for a file, on a white ground, drawn at the width of a phone and enlarged.

Notation: never lies at the edge of an axis, and is written there in words.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, cast

import altair as alt
import numpy as np
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.chart_style import another_field, log_ticks
from planner.render.image_export import FONT, GRID, INK, LINE
from research.study import Study
from research.study import words_units as words
from research.study.break_even import break_even_price
from research.study.imbalance import GROUPS
from research.study.measured import Saved
from research.study.scale import pays_at_bill, price_scale_map
from research.study.setups import SETUPS, Setup
from research.study.words_causes import imbalance_finding, models_finding

_WIDTH = 320
_LETTERS = 50
_FROM_USD, _TO_USD = 30.0, 100_000.0
_EDGE = 1.5
"""How far beyond the last number "never" lies, as a factor on a log axis."""

_KINDS = {False: "real data", True: "made by a generator"}
_HUES = (chart_style.GAIN, chart_style.FLIP, "#B5579A")


def study_charts(study: Study) -> Mapping[str, alt.TopLevelMixin]:
    """Draw every chart of the page, by the name of its file.

    Args:
        study: the figures.
    """
    return {
        "bill": _bill(study),
        "map": _map(study),
        "sets": _sets(study),
        "imbalance": _imbalance(study),
        "models": _models(study),
    }


def _bill(study: Study) -> alt.TopLevelMixin:
    bills = np.geomspace(_FROM_USD, _TO_USD, 141)
    shares = [(setup, bill, pays_at_bill(study.end, setup, float(bill))) for setup in SETUPS for bill in bills]
    rows = pd.DataFrame(
        [(words.setup_words(setup), bill, one.share, one.low, one.high) for setup, bill, one in shares],
        columns=["setup", "bill", "share", "low", "high"],
    )
    x = alt.X(
        "bill:Q",
        scale=alt.Scale(type="log", domain=[_FROM_USD, _TO_USD], nice=False),
        axis=chart_style.money_axis("What random's labels would cost", "USD", values=[100, 1_000, 10_000, 100_000]),
    )
    y = alt.Y(
        "share:Q", scale=alt.Scale(domain=[0, 1]), axis=chart_style.percent_axis("Data sets on which margin is cheaper")
    )
    names = [words.setup_words(setup) for setup in SETUPS]
    color = alt.Color(
        "setup:N", scale=alt.Scale(domain=names, range=list(_HUES)), legend=chart_style.legend(1), sort=names
    )
    band = alt.Chart(rows).mark_area(opacity=0.14, interpolate="step-after")
    line = alt.Chart(rows).mark_line(strokeWidth=2.5, interpolate="step-after")
    low = pays_at_bill(study.end, words.BUILT, 1_000.0)
    high = pays_at_bill(study.end, words.BUILT, 10_000.0)
    title = (
        f"With {words.BUILT.one_off_hours:g} hours of work margin is cheaper on {low.count} of {low.of} data sets "
        f"where random's labels cost $1,000, on {high.count} where they cost $10,000"
    )
    layers = [
        band.encode(x=x, y=another_field(y, "low:Q"), y2=alt.Y2("high:Q"), color=color),
        line.encode(x=x, y=y, color=color),
    ]
    return _finished(alt.layer(*layers).properties(width=_WIDTH, height=220), title, "Bands: 80% over data sets.")


def _map(study: Study) -> alt.TopLevelMixin:
    panels = [_panel(study, setup, last=setup is SETUPS[-1]) for setup in SETUPS]
    needs = [one.labels_random for one in study.end]
    title = "Price and scale decide together: what counts is their product, random's label bill"
    note = (
        f"Of {len(study.end)} data sets, those on which margin is cheaper. Measured where random needs "
        f"{n.count(min(needs))} to {n.count(max(needs))} labels; elsewhere the savings factor is assumed to stay."
    )
    return _finished(alt.vconcat(*panels, spacing=10), title, note)


def _panel(study: Study, setup: Setup, *, last: bool) -> alt.LayerChart:
    rows = pd.DataFrame(
        [
            (n.price(c.price_usd).removesuffix(".00"), _short(c.labels), c.share.count, c.share.share)
            for c in price_scale_map(study.end, setup)
        ],
        columns=["price", "labels", "count", "share"],
    )
    prices, scales = list(dict.fromkeys(rows["price"]))[::-1], list(dict.fromkeys(rows["labels"]))
    title = "Labels that random needs" if last else None
    x = alt.X("labels:O", sort=scales, axis=alt.Axis(title=title, labels=last, ticks=last, labelAngle=0))
    y = alt.Y("price:O", sort=prices, axis=alt.Axis(title="Label price"))
    color = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=["#F2F2F2", "#006B4E"]), legend=None)
    ink = alt.condition("datum.share > 0.7", alt.value("white"), alt.value(INK))
    layers = [
        alt.Chart(rows).mark_rect(stroke="white").encode(x=x, y=y, color=color),
        alt.Chart(rows).mark_text(fontSize=chart_style.FONT_SIZE).encode(x=x, y=y, text="count:Q", color=ink),
    ]
    told = alt.Title(words.setup_words(setup), anchor="start", fontSize=12, fontWeight="normal", color=INK)
    return cast(alt.LayerChart, alt.layer(*layers).properties(width=_WIDTH, height=150, title=told))


def _short(labels: int) -> str:
    return n.short_money(labels, "")


def _sets(study: Study) -> alt.TopLevelMixin:
    costs = {one.dataset: break_even_price(one, words.BUILT) for one in study.end}
    known = [end for cost in costs.values() for end in (cost.low, cost.middle, cost.high) if end is not None]
    least, most = min(known) / 1.15, max(known) * _EDGE
    rows = pd.DataFrame(
        [
            {
                "dataset": one.dataset,
                "kind": _KINDS[one.made_up],
                "price": most if costs[one.dataset].middle is None else costs[one.dataset].middle,
                "low": most if costs[one.dataset].low is None else costs[one.dataset].low,
                "high": most if costs[one.dataset].high is None else costs[one.dataset].high,
                "never": costs[one.dataset].middle is None,
            }
            for one in study.end
        ]
    )
    order = list(rows.sort_values(["price", "low"])["dataset"])
    ticks = log_ticks(least, most / _EDGE)
    axis = chart_style.money_axis("Label price at which both cost the same", "USD", values=ticks)
    x = alt.X("price:Q", scale=alt.Scale(type="log", domain=[least, most], nice=False), axis=axis)
    never = int(rows["never"].sum())
    middle = rows.loc[~rows["never"], "price"].astype(float)
    ends = [n.money(n.significant(float(end), 2)) for end in (middle.min(), middle.max())]
    needs = [one.labels_random for one in study.end]
    title = (
        f"Where random needs {n.count(min(needs))} to {n.count(max(needs))} labels, {words.BUILT.one_off_hours:g} "
        f"hours of work break even at {ends[0]} to {ends[1]} a label; on {never} of {len(rows)} data sets at no price"
    )
    return _finished(_dots(rows, x, order), title, f"80% intervals over seeds; {words.setup_words(words.BUILT)}.")


def _dots(rows: pd.DataFrame, x: alt.X, order: Sequence[str]) -> alt.LayerChart:
    """Draw a dot with its interval a data set; a hollow mark and a word where it is never."""
    y = alt.Y("dataset:N", sort=list(order), axis=alt.Axis(title=None, labelLimit=200))
    color = alt.Color("kind:N", scale=alt.Scale(domain=list(_KINDS.values()), range=[_HUES[1], "#A67C00"]))
    color = color.legend(chart_style.legend(1))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=list(_KINDS.values()), range=["circle", "diamond"]), legend=None)
    layers = [
        alt.Chart(rows).mark_rule(strokeWidth=2).encode(x=another_field(x, "low:Q"), x2="high:Q", y=y, color=color),
        alt.Chart(rows[~rows["never"]])
        .mark_point(filled=True, opacity=1, size=90)
        .encode(x=x, y=y, color=color, shape=shape),
        alt.Chart(rows[rows["never"]].assign(word=n.NEVER))
        .mark_text(align="right", dx=-4, dy=-7, fontSize=11)
        .encode(x=x, y=y, color=color, text="word"),
    ]
    return cast(alt.LayerChart, alt.layer(*layers).properties(width=230, height=22 * len(rows)))


def _imbalance(study: Study) -> alt.TopLevelMixin:
    rows = pd.DataFrame([_factor_row(one) for one in study.end])
    floor = _floor(rows)
    rows = rows.fillna({"factor": floor, "low": floor, "high": floor})
    domain = [floor, float(rows["high"].max()) * 1.15]
    x = alt.X(
        "imbalance:Q",
        scale=alt.Scale(type="log", domain=[0.9, float(rows["imbalance"].max()) * 1.4], nice=False),
        axis=chart_style.count_axis("Largest class ÷ smallest class", values=[1, 3, 10, 30, 100]),
    )
    y = alt.Y("factor:Q", **_factor_scale(domain))
    color = alt.Color("kind:N", scale=alt.Scale(domain=list(_KINDS.values()), range=[_HUES[1], "#A67C00"]))
    color = color.legend(chart_style.legend(1))
    named = rows[(rows["imbalance"] >= GROUPS[1][0]) | (rows["factor"] == floor)]
    layers = [
        alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(color=chart_style.QUIET, strokeDash=[5, 4]).encode(y="y:Q"),
        alt.Chart(rows).mark_rule(strokeWidth=2).encode(x=x, y=another_field(y, "low:Q"), y2="high:Q", color=color),
        alt.Chart(rows[rows["factor"] > floor])
        .mark_point(filled=True, opacity=1, size=80)
        .encode(x=x, y=y, color=color, shape=_kind_shape()),
        *_names(named, x, y),
    ]
    title = imbalance_finding(study)
    return _finished(alt.layer(*layers).properties(width=_WIDTH, height=240), title, "80% intervals over seeds.")


def _names(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Write names beside their points, towards the wider side."""
    middle = float(np.sqrt(rows["imbalance"].max()))
    sides = ((rows[rows["imbalance"] <= middle], "left", 8), (rows[rows["imbalance"] > middle], "right", -8))
    return [
        chart_style.text_mark(part, x=x, y=y, text="name", align=align, dx=dx, dy=-8)
        for part, align, dx in sides
        if len(part)
    ]


def _models(study: Study) -> alt.TopLevelMixin:
    pairs = [pair for model in study.models for pair in model.pairs]
    linear = {one.dataset: one for one, _ in pairs} or {one.dataset: one for one in study.end}
    rows = pd.DataFrame([_factor_row(one) for one in (*linear.values(), *(other for _, other in pairs))])
    floor = _floor(rows)
    rows = rows.fillna({"factor": floor, "low": floor, "high": floor})
    names = list(dict.fromkeys(rows["learner"]))
    x = alt.X("factor:Q", **_factor_scale([floor, float(rows["high"].max()) * 1.1]))
    y = alt.Y("dataset:N", sort=sorted(linear), axis=alt.Axis(title=None, labelLimit=200))
    offset = alt.YOffset("learner:N", sort=names, scale=alt.Scale(paddingOuter=0.3))
    color = alt.Color("learner:N", sort=names, scale=alt.Scale(domain=names, range=list(_HUES[: len(names)])))
    color = color.legend(chart_style.legend(3))
    layers = [
        alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(color=chart_style.QUIET, strokeDash=[5, 4]).encode(x="x:Q"),
        alt.Chart(rows)
        .mark_rule(strokeWidth=2)
        .encode(x=another_field(x, "low:Q"), x2="high:Q", y=y, yOffset=offset, color=color),
        alt.Chart(rows[rows["factor"] > floor])
        .mark_point(filled=True, opacity=1, size=60)
        .encode(x=x, y=y, yOffset=offset, color=color),
        alt.Chart(rows[rows["factor"] == floor].assign(word=n.NEVER))
        .mark_text(align="left", dx=4, dy=-6, fontSize=10)
        .encode(x=x, y=y, yOffset=offset, color=color, text="word"),
    ]
    height = len(linear) * (18 * len(names) + 8)
    chart = alt.layer(*layers).properties(width=230, height=height)
    return _finished(chart, models_finding(study), "80% intervals over seeds.")


def _factor_row(one: Saved) -> dict[str, Any]:
    never = one.savings.factor is None
    return {
        "dataset": one.dataset,
        "name": f"{one.dataset}, {n.NEVER}" if never else one.dataset,
        "kind": _KINDS[one.made_up],
        "learner": one.savings.learner,
        "imbalance": one.imbalance,
        "factor": one.savings.factor,
        "low": one.savings.q10,
        "high": one.savings.q90,
    }


def _floor(rows: pd.DataFrame) -> float:
    return min(0.8, float(rows[["factor", "low", "high"]].min().min()) / 1.2)


def _factor_scale(domain: Sequence[float]) -> dict[str, Any]:
    ticks = [one for one in (0.5, 1, 2, 3, 5, 7, 10) if domain[0] <= one <= domain[1]]
    scale = alt.Scale(type="log", domain=list(domain), nice=False)
    return {"scale": scale, "axis": chart_style.count_axis("Savings factor of margin", values=ticks)}


def _kind_shape() -> alt.Shape:
    return alt.Shape("kind:N", scale=alt.Scale(domain=list(_KINDS.values()), range=["circle", "diamond"]), legend=None)


def _finished(chart: Any, title: str, note: str) -> alt.TopLevelMixin:
    """Give a chart its finding, its note, and a ground and inks of its own: a file knows no page around it."""
    lines, notes = textwrap.wrap(title, _LETTERS), textwrap.wrap(note, _LETTERS + 8)
    head = alt.Title(
        lines,
        subtitle=notes,
        anchor="start",
        frame="bounds",
        fontSize=13,
        subtitleFontSize=11,
        color=INK,
        subtitleColor=INK,
        offset=10,
    )
    whole = chart.properties(title=head, background="white", padding=10, description=f"{title}. {note}")
    whole = whole.configure(font=FONT).configure_view(stroke=None).configure_legend(labelColor=INK, titleColor=INK)
    return cast(
        alt.TopLevelMixin,
        whole.configure_axis(
            labelColor=INK, titleColor=INK, domainColor=LINE, tickColor=LINE, gridColor=GRID, titleFontWeight="normal"
        ),
    )
