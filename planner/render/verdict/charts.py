"""Charts of the verdict: futures, chance by price, tornado, bills, scenarios.

Quantile dot plots gave people the best decisions among the displays compared by Fernandes et al. (2018),
"Uncertainty Displays Using Quantile Dotplots or CDFs Improve Transit Decision-Making".
"""

import math
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from planner.decision.state import LABEL_RANDOM_TO, USE_AL_FROM, SensitivityBar
from planner.decision.verdict import Verdict
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.verdict import words
from planner.render.verdict.assumptions import A, B

BINS = 24
STEP_PX = 15  # height of one dot in a stack
LEAST_ROWS = 7
OUTCOMES = {1: "AL costs less", -1: "AL costs more", 0: "no difference"}
OUTCOME_LOOKS = {  # hue and shape
    OUTCOMES[1]: (chart_style.GAIN, "circle"),
    OUTCOMES[-1]: (chart_style.LOSS, "diamond"),
    OUTCOMES[0]: (chart_style.QUIET, "square"),
}
BAR_PX = 42  # words above, bar below: long names need no margin, so a phone shows them whole
BILL_BAR_PX = 52
MOST_BARS = 10
KINDS = {True: "flips the verdict", False: "leaves it as it is"}
SCENARIO_PX = 62


def dots(futures_usd: Sequence[float], currency: str = "USD") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place the dots of savings, ascending.

    Far tails are gathered at the edge, so that two wild futures do not squeeze the other forty-eight into one stack;
    what was gathered is told in `tails`.

    Returns:
        Columns `saving_usd, place_usd, height, outcome, words` (one row a future), and `tails` with columns
        `place_usd, words, align` (none, one or two rows).
    """
    savings = np.asarray(futures_usd, dtype=np.float64)
    # To scale is drawn the middle 80% and once its width on either side.
    q10, q90 = np.quantile(savings, [0.1, 0.9])
    low, high = float(max(savings.min(), q10 - (q90 - q10))), float(min(savings.max(), q90 + (q90 - q10)))
    width = max(high - low, 1e-9 + abs(high) * 1e-6) / BINS
    # Bins start at zero, and what is gathered stays on its side of it: no stack mixes savings with extra costs.
    bins = np.floor(np.clip(savings, low, high) / width)
    bins = np.where(savings < 0, np.minimum(bins, -1), np.maximum(bins, 0))
    place = (bins + 0.5) * width
    height = pd.Series(bins).groupby(bins).cumcount() + 1
    frame = pd.DataFrame(
        {
            "saving_usd": savings,
            "place_usd": place,
            "height": height.to_numpy(),
            "outcome": [OUTCOMES[sign] for sign in np.sign(np.round(savings, 2)).astype(int)],
            "words": [n.about(saving, currency) for saving in savings],
        }
    )
    return frame, _tail_words(frame, low, high, currency)


def futures_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the fifty futures, under a title that states the usual saving and its range."""
    frame, tails = dots(verdict.futures_usd, verdict.currency)
    # The two rows on top hold the words about the tails, where no stack reaches them.
    rows = max(LEAST_ROWS, int(frame["height"].max()) + 1 + len(tails))
    tails = tails.assign(height=[rows - row for row in range(len(tails))])
    x = alt.X(
        "place_usd:Q",
        axis=chart_style.money_axis("Saving; each dot is one of 50 futures", verdict.currency, grid=False),
        scale=alt.Scale(zero=False, nice=False, padding=12),
    )
    y = alt.Y("height:Q", axis=None, scale=alt.Scale(domain=[0.4, rows + 0.4]))
    present = {word: OUTCOME_LOOKS[word] for word in OUTCOMES.values() if (frame["outcome"] == word).any()}
    # Shape says the outcome once more, for readers who do not see the hues apart.
    looks = chart_style.looks_by("outcome", present)
    tooltip = chart_style.tooltip(words="Saving", outcome="So")
    layers = [chart_style.point_mark(frame, 90, x=x, y=y, tooltip=tooltip, **looks)]
    layers += [
        chart_style.text_mark(part, x=x, y=y, text="words:N", align=str(align), dx=6 if align == "right" else -6)
        for align, part in tails.groupby("align")
    ]
    title = words.futures_finding(verdict)
    description = (
        f"Dot plot of fifty equally likely savings from active learning, from {frame['words'].iloc[0]} "
        f"to {frame['words'].iloc[-1]}. {title}."
    )
    return chart_style.finish(layers, title, description, height=STEP_PX * rows)


def _tail_words(frame: pd.DataFrame, low: float, high: float, currency: str) -> pd.DataFrame:
    rows = []
    for part, furthest, text, align in (
        (frame[frame["saving_usd"] > high], max, "{} further out, up to {} →", "right"),
        (frame[frame["saving_usd"] < low], min, "← {} further out, down to {}", "left"),
    ):
        if len(part):
            far = n.short_money(float(furthest(part["saving_usd"])), currency)
            rows.append((part["place_usd"].iloc[0], text.format(len(part), far), align))
    return pd.DataFrame(rows, columns=["place_usd", "words", "align"])


def price_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the chance by price, with the price paid, the even odds and the chances that settle nothing.

    The title states the break-even price, or that there is none.
    """
    frame = verdict.chance_by_price.assign(
        price=[n.price(price, verdict.currency) for price in verdict.chance_by_price["price_usd"]],
        chance=[n.chance(p) for p in verdict.chance_by_price["p_al_cheaper"]],
    )
    low, high = float(frame["price_usd"].min()), float(frame["price_usd"].max())
    unit = n.price_unit(verdict.votes_per_item)
    words_of_axis = (f"Price per {unit} (shaded: too close to call)", verdict.currency)
    x = chart_style.log_x("price_usd", low, high, chart_style.money_axis, *words_of_axis)
    # Room above 100% holds the words at the price paid, so that nothing is clipped.
    y = alt.Y(
        "p_al_cheaper:Q",
        scale=alt.Scale(domain=[0, 1.14], nice=False),
        axis=chart_style.percent_axis(words.chance_label(verdict), values=[0, LABEL_RANDOM_TO, 0.5, USE_AL_FROM, 1]),
    )
    tooltip = chart_style.tooltip(price="Price", chance="Chance")
    line = chart_style.mark("line", frame, color=chart_style.GAIN, strokeWidth=3, x=x, y=y, tooltip=tooltip)
    undecided = pd.DataFrame({"low": [LABEL_RANDOM_TO], "high": [USE_AL_FROM]})
    shade = chart_style.mark("rect", undecided, color=chart_style.QUIET, opacity=0.14, y="low:Q", y2="high:Q")
    paid_marks = chart_style.paid_marks(verdict.price_usd, verdict.currency, x, y, low, high)
    layers = [shade, line, *paid_marks, *_even_odds(verdict, x, y, low, high)]
    finding = words.break_even_finding(verdict)
    paid = n.price_per(verdict.price_usd, unit, verdict.currency)
    description = (
        f"Line by price per {unit}. {words.chance_label(verdict)}: from {frame['chance'].iloc[0]} at "
        f"{frame['price'].iloc[0]} to {frame['chance'].iloc[-1]} at {frame['price'].iloc[-1]}. {finding}. "
        f"You pay {paid}: {n.chance(verdict.p_al_cheaper)}."
    )
    return chart_style.finish(layers, finding, description)


def _even_odds(verdict: Verdict, x: alt.X, y: alt.Y, low: float, high: float) -> list[alt.Chart]:
    even = verdict.break_even_p50_usd
    if not even or not low <= even <= high:  # none, or already at a price of 0
        return []
    data = pd.DataFrame({"price_usd": [even], "p_al_cheaper": [0.5], "words": [n.price(even, verdict.currency)]})
    point = chart_style.point_mark(data, 110, color=chart_style.GAIN, x=x, y=y)
    # Away from the rule at the price paid; a rising line leaves the upper left and the lower right free.
    where = (math.log(even) - math.log(low)) / (math.log(high) - math.log(low))
    left = where > 0.85 or (where > 0.2 and even <= verdict.price_usd)
    align, shift, drop = ("right", -8, -12) if left else ("left", 8, 12)
    return [point, chart_style.text_mark(data, x=x, y=y, text="words:N", align=align, dx=shift, dy=drop)]


def bars(sensitivity: Sequence[SensitivityBar], currency: str = "USD") -> pd.DataFrame:
    """Lay the bars out, widest first.

    Returns:
        Columns `rank, words, low_usd, high_usd, kind, at_low, at_high`, one row a bar; `low_usd <= high_usd`.
    """
    widest = sorted(sensitivity, key=lambda bar: abs(bar.saving_high_usd - bar.saving_low_usd), reverse=True)
    # The title names every input that flips the verdict, so none of them may be missing, however narrow.
    shown = [bar for rank, bar in enumerate(widest) if rank < MOST_BARS or bar.flips]
    return pd.DataFrame(
        {
            "rank": [str(i) for i in range(len(shown))],
            "words": [words.bar_words(bar, currency) for bar in shown],
            "low_usd": [min(bar.saving_low_usd, bar.saving_high_usd) for bar in shown],
            "high_usd": [max(bar.saving_low_usd, bar.saving_high_usd) for bar in shown],
            "kind": [KINDS[bar.flips] for bar in shown],
            "at_low": [n.about(bar.saving_low_usd, currency) for bar in shown],
            "at_high": [n.about(bar.saving_high_usd, currency) for bar in shown],
        }
    )


def tornado_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the tornado, under a title that says which inputs could change the verdict."""
    frame = bars(verdict.sensitivity, verdict.currency)
    y = chart_style.rows_y("rank")
    ends = [*frame["low_usd"], *frame["high_usd"]]
    x = alt.X(
        "low_usd:Q",
        scale=alt.Scale(domain=chart_style.domain(ends), nice=False),
        axis=chart_style.money_axis("Usual saving from active learning", verdict.currency),
    )
    hues = {KINDS[True]: chart_style.FLIP, KINDS[False]: chart_style.QUIET}
    color = chart_style.colour_by("kind", {kind: hue for kind, hue in hues.items() if kind in {*frame["kind"]}})
    tooltip = chart_style.tooltip(words="Input", at_low="Saving at its low value", at_high="Saving at its high value")
    swing = chart_style.mark(
        "bar", frame, height=13, yOffset=9, cornerRadius=2, x=x, x2="high_usd:Q", y=y, color=color, tooltip=tooltip
    )
    names = chart_style.text_mark(frame, x=alt.value(4), y=y, text="words:N", dy=-9)
    # Short ticks rather than one rule: a rule would run through the words.
    tick = {"orient": "vertical", "color": chart_style.QUIET, "size": 21, "thickness": 2, "yOffset": 9}
    zero = chart_style.mark("tick", frame.assign(zero=0.0), **tick, x="zero:Q", y=y)
    title = words.settle_sentence(verdict).removesuffix(".")
    description = f"Tornado of the usual saving. {title}. " + "; ".join(
        f"{row.words}: saving {row.at_low} to {row.at_high}" for row in frame.itertuples()
    )
    return chart_style.finish([swing, zero, names], title, description, height=BAR_PX * max(1, len(frame)))


def bill_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the mean bills as stacked bars, one a plan, under a title that states their totals."""
    frame = pd.DataFrame(
        [
            {
                "plan": n.plan_name(plan.name),
                "line": n.line_name(line),
                "order": order,
                "amount_usd": float(plan.lines_usd.get(line, 0.0)),
                "words": n.dollars(plan.lines_usd.get(line, 0.0), verdict.currency),
            }
            for plan in verdict.plans.values()
            for order, line in enumerate(words.bill_lines(verdict.plans))
        ],
        columns=["plan", "line", "order", "amount_usd", "words"],
    )
    lines, plans = (list(dict.fromkeys(frame[name])) for name in ("line", "plan"))
    totals = {
        name: n.dollars(float(part["amount_usd"].sum()), verdict.currency) for name, part in frame.groupby("plan")
    }
    heads = pd.DataFrame({"plan": plans, "words": [f"{name}: {totals[name]}" for name in plans]})
    y = chart_style.rows_y("plan", plans)
    x = alt.X("amount_usd:Q", stack="zero", axis=chart_style.money_axis("Mean bill", verdict.currency))
    hues = {line: chart_style.BILL[i % len(chart_style.BILL)] for i, line in enumerate(lines)}
    color = chart_style.colour_by("line", hues, columns=3)
    tooltip = chart_style.tooltip(plan="Plan", line="Line", words="Mean")
    stack = chart_style.mark(
        "bar", frame, height=18, yOffset=11, x=x, y=y, order="order:Q", color=color, tooltip=tooltip
    )
    names = chart_style.text_mark(heads, x=alt.value(4), y=y, text="words:N", dy=-11)
    title = "The mean bill: " + ", ".join(f"{name} {totals[name]}" for name in plans)
    description = f"Stacked bars of the mean bill by line. {title}."
    return chart_style.finish([stack, names], title, description, height=BILL_BAR_PX * len(plans))


def scenarios_chart(first: Verdict, second: Verdict) -> alt.LayerChart:
    """Draw the savings of two verdicts, A and B, as ranges below each other, under both usual savings."""
    rows = []
    for name, verdict in ((A, first), (B, second)):
        saving = verdict.saving_usd
        usual, span = n.about(saving.q50, verdict.currency), n.about_range(saving, verdict.currency)
        head = f"{name}: {words.headline(verdict).lower()}, chance {n.chance(verdict.p_al_cheaper)}"
        row = {"scenario": name, "low": saving.q10, "middle": saving.q50, "high": saving.q90, "head": head}
        rows.append(row | {"usual": usual, "words": f"{usual} ({span})"})
    frame = pd.DataFrame(rows)
    x = alt.X(
        "low:Q",
        scale=alt.Scale(domain=chart_style.domain([*frame["low"], *frame["high"]]), nice=False),
        axis=chart_style.money_axis("Saving from active learning, 80% range", second.currency),
    )
    y = alt.Y("scenario:N", sort=None, axis=None)
    style = {"color": chart_style.FLIP, "yOffset": 8}
    ranges = chart_style.mark("rule", frame, strokeWidth=7, opacity=0.55, **style, x=x, x2="high:Q", y=y)
    middle = chart_style.another_field(x, "middle:Q")
    middles = chart_style.point_mark(frame, 150, **style, x=middle, y=y, tooltip=chart_style.tooltip(words="Saving"))
    at_zero = pd.DataFrame({"at": [0.0]})
    zero = chart_style.mark(
        "rule", at_zero, color=chart_style.QUIET, strokeDash=[4, 3], x=chart_style.another_field(x, "at:Q")
    )
    names = chart_style.text_mark(frame, x=alt.value(4), y=y, text="head:N", dy=-14)
    title = f"Usual saving {frame['usual'].iloc[0]} in A and {frame['usual'].iloc[1]} in B"
    description = f"Ranges of the saving in two scenarios. {title}; {'; '.join(frame['words'])}."
    return chart_style.finish([zero, ranges, middles, names], title, description, height=SCENARIO_PX * len(frame))
