"""Charts of the verdict: futures, chance by price, tornado, bills, scenarios, value of information, pilots.

Quantile dot plots gave people the best decisions among the displays compared by Fernandes et al. (2018),
"Uncertainty Displays Using Quantile Dotplots or CDFs Improve Transit Decision-Making".

Charts of information and pilots raise the `ValueError` of `analysis_of` where the verdict alone was asked for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.decision import Verdict
from planner.decision.pilot.value import PilotValue
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.verdict import option_words, words
from planner.render.verdict.analysis_words import NOTHING_USD, analysis_of, approximate, learnt_values, nearest_pilot
from planner.render.verdict.assumptions import A, B
from planner.render.verdict.value_charts import SHORT_FROM_USD, cell_edges

BINS = 24
STEP_PX = 15  # height of one dot in a stack
LEAST_ROWS = 7
OUTCOMES = {1: "AL is better", -1: "AL is worse", 0: "no difference"}
OUTCOME_LOOKS = {  # hue and shape
    OUTCOMES[1]: (chart_style.GAIN, "circle"),
    OUTCOMES[-1]: (chart_style.LOSS, "diamond"),
    OUTCOMES[0]: (chart_style.QUIET, "square"),
}
BAR_PX = 42  # words above, bar below: long names need no margin, so a phone shows them whole
BILL_BAR_PX = 52
SHOWN_USD = 0.5  # lines of less are left out of the bars
MOST_BARS = 10
KINDS = {True: "flips the verdict", False: "leaves it as it is"}
SCENARIO_PX = 62


def dots(
    futures: Sequence[float], currency: str = "USD", *, at_budget: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place the dots of savings, or of gains at a budget, ascending.

    Far tails are gathered at the edge, so that two wild futures do not squeeze the other forty-eight into one stack;
    what was gathered is told in `tails`.

    Returns:
        Columns `saving, place, height, outcome, words` (one row a future; USD, or fractions of the metric), and `tails`
        with columns `place, words, align` (none, one or two rows).
    """
    savings = np.asarray(futures, dtype=np.float64)
    write = n.points if at_budget else partial(n.about, currency=currency)
    short = n.points if at_budget else partial(n.short_money, currency=currency)
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
            "saving": savings,
            "place": place,
            "height": height.to_numpy(),
            "outcome": [OUTCOMES[sign] for sign in np.sign(np.round(savings, 4 if at_budget else 2))],
            "words": [write(saving) for saving in savings],
        }
    )
    return frame, _tail_words(frame, low, high, short)


def _stake_axis(verdict: Verdict, saving: str, gain: str, **options: Any) -> chart_style.Axis:
    """Make an axis of savings in money or, at a budget, of gains in points."""
    if verdict.gain is None:
        return chart_style.money_axis(saving, verdict.currency, **options)
    return chart_style.points_axis(f"{gain}, points", **options)


def futures_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the fifty futures, under a title that states the expected saving, or gain, and its range."""
    at_budget = verdict.gain is not None
    frame, tails = dots(verdict.futures, verdict.currency, at_budget=at_budget)
    # The two rows on top hold the words about the tails, where no stack reaches them.
    rows = max(LEAST_ROWS, int(frame["height"].max()) + 1 + len(tails))
    tails = tails.assign(height=[rows - row for row in range(len(tails))])
    x = alt.X(
        "place:Q",
        axis=_stake_axis(
            verdict, "Saving; each dot is one of 50 futures", "Gain; each dot is one of 50 futures", grid=False
        ),
        scale=alt.Scale(zero=False, nice=False, padding=12),
    )
    y = alt.Y("height:Q", axis=None, scale=alt.Scale(domain=[0.4, rows + 0.4]))
    present = {word: OUTCOME_LOOKS[word] for word in OUTCOMES.values() if (frame["outcome"] == word).any()}
    # Shape says the outcome once more, for readers who do not see the hues apart.
    looks = chart_style.looks_by("outcome", present)
    tooltip = chart_style.tooltip(words="Gain" if at_budget else "Saving", outcome="So")
    layers = [chart_style.point_mark(frame, 90, x=x, y=y, tooltip=tooltip, **looks)]
    layers += [
        chart_style.text_mark(part, x=x, y=y, text="words:N", align=str(align), dx=6 if align == "right" else -6)
        for align, part in tails.groupby("align")
    ]
    title = words.futures_finding(verdict)
    description = (
        f"Dot plot of fifty equally likely {'gains' if at_budget else 'savings'} from active learning, "
        f"from {frame['words'].iloc[0]} to {frame['words'].iloc[-1]}. {title}."
    )
    return chart_style.finish(layers, title, description, height=STEP_PX * rows)


def _tail_words(frame: pd.DataFrame, low: float, high: float, write: Callable[[float], str]) -> pd.DataFrame:
    rows = []
    for part, furthest, text, align in (
        (frame[frame["saving"] > high], max, "{} further out, up to {} →", "right"),
        (frame[frame["saving"] < low], min, "← {} further out, down to {}", "left"),
    ):
        if len(part):
            far = write(float(furthest(part["saving"])))
            rows.append((part["place"].iloc[0], text.format(len(part), far), align))
    return pd.DataFrame(rows, columns=["place", "words", "align"])


def price_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the chance by price, with the price paid, the break-even and the prices at which it is too close to call."""
    frame = verdict.chance_by_price.assign(
        price=[n.price(price, verdict.currency) for price in verdict.chance_by_price["price_usd"]],
        chance=[n.share(p) for p in verdict.chance_by_price["p_al_cheaper"]],
    )
    low, high = float(frame["price_usd"].min()), float(frame["price_usd"].max())
    unit = words.price_unit(verdict)
    words_of_axis = (f"Price per {unit} (shaded: too close to call)", verdict.currency)
    x = chart_style.log_x("price_usd", low, high, chart_style.money_axis, *words_of_axis)
    y = chart_style.chance_axis("p_al_cheaper", words.chance_label(verdict))
    tooltip = chart_style.tooltip(price="Price", chance="Chance")
    line = chart_style.mark("line", frame, color=chart_style.GAIN, strokeWidth=3, x=x, y=y, tooltip=tooltip)
    begin = chart_style.another_field(x, "begin:Q")
    shade = chart_style.mark(
        "rect", undecided_prices(frame), color=chart_style.QUIET, opacity=0.14, x=begin, x2="end:Q"
    )
    you_pay = f"you pay {n.price(verdict.price_usd, verdict.currency)}"
    price_line = chart_style.named_line(you_pay, verdict.price_usd, x, low, high)
    layers = [shade, line, *price_line, *_break_even_mark(verdict, x, y, low, high)]
    finding = words.break_even_finding(verdict)
    paid = n.price_per(verdict.price_usd, unit, verdict.currency)
    description = (
        f"Line by price per {unit}. {words.chance_label(verdict)}: from {frame['chance'].iloc[0]} at "
        f"{frame['price'].iloc[0]} to {frame['chance'].iloc[-1]} at {frame['price'].iloc[-1]}. {finding}. "
        f"You pay {paid}: {n.share(verdict.p_al_cheaper)}."
    )
    return chart_style.finish(layers, finding, description)


def undecided_prices(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the stretches of prices at which the verdict is too close to call: columns `begin, end`, one row each."""
    begins, ends = cell_edges(frame["price_usd"])
    close = frame["state"] == "too_close"
    stretches = pd.DataFrame({"begin": begins, "end": ends})[close].groupby((close != close.shift()).cumsum()[close])
    return stretches.agg({"begin": "first", "end": "last"}).reset_index(drop=True)


def _break_even_mark(verdict: Verdict, x: alt.X, y: alt.Y, low: float, high: float) -> list[alt.Chart]:
    even, by_price = verdict.break_even_mean_usd, verdict.chance_by_price
    if not even or not low <= even <= high:  # none, or already at a price of 0
        return []
    chance = float(np.interp(np.log(even), np.log(by_price["price_usd"]), by_price["p_al_cheaper"]))
    data = pd.DataFrame({"price_usd": [even], "p_al_cheaper": [chance], "words": [n.price(even, verdict.currency)]})
    point = chart_style.point_mark(data, 110, color=chart_style.GAIN, x=x, y=y)
    # Away from the rule at the price paid; a rising line leaves the upper left and the lower right free.
    where = (math.log(even) - math.log(low)) / (math.log(high) - math.log(low))
    left = where > 0.85 or (where > 0.2 and even <= verdict.price_usd)
    align, shift, drop = ("right", -8, -12) if left else ("left", 8, 12)
    return [point, chart_style.text_mark(data, x=x, y=y, text="words:N", align=align, dx=shift, dy=drop)]


def bars(verdict: Verdict) -> pd.DataFrame:
    """Lay the bars of the tornado out, widest first.

    Returns:
        Columns `rank, words, low, high, kind, at_low, at_high`, one row a bar; `low <= high`, in USD, or a fraction of
        the metric at a budget.
    """
    sensitivity, write = verdict.sensitivity, partial(words.stake, verdict)
    widest = sorted(sensitivity, key=lambda bar: abs(bar.expected_high - bar.expected_low), reverse=True)
    # The title names every input that flips the verdict, so none of them may be missing, however narrow.
    shown = [bar for rank, bar in enumerate(widest) if rank < MOST_BARS or bar.flips]
    return pd.DataFrame(
        {
            "rank": [str(i) for i in range(len(shown))],
            "words": [words.bar_words(bar, verdict.currency) for bar in shown],
            "low": [min(bar.expected_low, bar.expected_high) for bar in shown],
            "high": [max(bar.expected_low, bar.expected_high) for bar in shown],
            "kind": [KINDS[bar.flips] for bar in shown],
            "at_low": [write(bar.expected_low) for bar in shown],
            "at_high": [write(bar.expected_high) for bar in shown],
        }
    )


def tornado_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the tornado, under a title that says which inputs could change the verdict."""
    frame, saving = bars(verdict), "gain" if verdict.gain is not None else "saving"
    y = chart_style.rows_y("rank")
    ends = [*frame["low"], *frame["high"]]
    axis = _stake_axis(verdict, "Expected saving from active learning", "Expected gain from active learning")
    x = alt.X("low:Q", scale=alt.Scale(domain=chart_style.domain(ends), nice=False), axis=axis)
    hues = {KINDS[True]: chart_style.FLIP, KINDS[False]: chart_style.QUIET}
    color = chart_style.colour_by("kind", {kind: hue for kind, hue in hues.items() if kind in {*frame["kind"]}})
    tooltip = chart_style.tooltip(
        words="Input", at_low=f"Expected {saving} at its low value", at_high=f"Expected {saving} at its high value"
    )
    swing = chart_style.mark(
        "bar", frame, height=13, yOffset=9, cornerRadius=2, x=x, x2="high:Q", y=y, color=color, tooltip=tooltip
    )
    names = chart_style.text_mark(frame, x=alt.value(4), y=y, text="words:N", dy=-9)
    # Short ticks rather than one rule: a rule would run through the words.
    tick = {"orient": "vertical", "color": chart_style.QUIET, "size": 21, "thickness": 2, "yOffset": 9}
    zero = chart_style.mark("tick", frame.assign(zero=0.0), **tick, x="zero:Q", y=y)
    # What is told beside it looks further than these ranges do.
    title = words.settle_sentence(replace(verdict, analysis=None)).removesuffix(".")
    description = f"Tornado of the expected {saving}. {title}. " + "; ".join(
        f"{row.words}: {saving} {row.at_low} to {row.at_high}" for row in frame.itertuples()
    )
    return chart_style.finish([swing, zero, names], title, description, height=BAR_PX * max(1, len(frame)))


def bill_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the mean bills as stacked bars, one a plan, under a title that states their totals."""
    lines = words.bill_lines(verdict.plans)
    bills = {
        n.plan_name(plan.name): {n.line_name(line): plan.lines_usd.get(line, 0.0) for line in lines}
        for plan in verdict.plans.values()
    }
    totals = (f"{name} {n.dollars(sum(usd.values()), verdict.currency)}" for name, usd in bills.items())
    return _stack_bills(bills, f"The mean bill: {', '.join(totals)}", verdict.currency)


def options_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the mean bills of people's and a language model's options as stacked bars, the cheapest first.

    Raises:
        ValueError: the plan names no such option.
    """
    if verdict.options is None:
        raise ValueError("the plan names no option with a language model: there is nothing to draw")
    bills = option_words.grouped_bills(verdict.options)
    used = {group for usd in bills.values() for group, amount in usd.items() if amount >= SHOWN_USD}
    shown = {name: {group: x for group, x in usd.items() if group in used} for name, usd in bills.items()}
    return _stack_bills(shown, "What each option costs on average", verdict.currency)


def _stack_bills(bills: Mapping[str, Mapping[str, float]], title: str, currency: str) -> alt.LayerChart:
    """Draw a bar for each bill: its name to its lines, in USD."""
    rows = [
        (name, line, order, usd, n.dollars(usd, currency))
        for name, lines in bills.items()
        for order, (line, usd) in enumerate(lines.items())
    ]
    frame = pd.DataFrame(rows, columns=["plan", "line", "order", "amount_usd", "words"])
    lines = list(dict.fromkeys(frame["line"]))
    totals = [(name, f"{name}: {n.dollars(sum(usd.values()), currency)}") for name, usd in bills.items()]
    heads = pd.DataFrame(totals, columns=["plan", "words"])
    y = chart_style.rows_y("plan", [*bills])
    x = alt.X("amount_usd:Q", stack="zero", axis=chart_style.money_axis("Mean bill", currency))
    hues = {line: chart_style.BILL[i % len(chart_style.BILL)] for i, line in enumerate(lines)}
    color = chart_style.colour_by("line", hues, columns=3)
    tooltip = chart_style.tooltip(plan="Option", line="Line", words="Mean")
    stack = chart_style.mark(
        "bar", frame, height=18, yOffset=11, x=x, y=y, order="order:Q", color=color, tooltip=tooltip
    )
    names = chart_style.text_mark(heads, x=alt.value(4), y=y, text="words:N", dy=-11)
    description = f"Stacked bars of the mean bill by line. {title}."
    return chart_style.finish([stack, names], title, description, height=BILL_BAR_PX * len(bills))


def scenarios_chart(first: Verdict, second: Verdict) -> alt.LayerChart:
    """Draw what active learning saves, or gains, in two verdicts, A and B, as 80% ranges about the means.

    A target beside a budget has only what random would pay more for the same in common, and its usual amount.
    """
    alike, rows = (first.gain is None) == (second.gain is None), []
    for name, verdict in ((A, first), (B, second)):
        found = verdict.gain if alike and verdict.gain is not None else verdict.saving_usd
        usual = verdict.call.expected if alike else found.q50
        head = f"{name}: {words.headline(verdict).lower()}, chance {n.share(verdict.p_al_cheaper)}"
        write = partial(words.stake, verdict) if alike else partial(n.about, currency=verdict.currency)
        told = f"{'on average' if alike else 'usually'} {n.spread(replace(found, q50=usual), write)}"
        row = {"scenario": name, "low": found.q10, "middle": usual, "high": found.q90, "head": head}
        rows.append(row | {"words": told})
    frame = pd.DataFrame(rows)
    axis = chart_style.money_axis("What random would pay more for the same, 80% range", second.currency)
    if alike:
        axis = _stake_axis(second, "Mean saving and 80% range", "Mean gain and 80% range")
    scale = alt.Scale(domain=chart_style.domain([*frame["low"], *frame["high"]]), nice=False)
    x = alt.X("low:Q", scale=scale, axis=axis)
    y = alt.Y("scenario:N", sort=None, axis=None)
    style = {"color": chart_style.FLIP, "yOffset": 8}
    ranges = chart_style.mark("rule", frame, strokeWidth=7, opacity=0.55, **style, x=x, x2="high:Q", y=y)
    middle = chart_style.another_field(x, "middle:Q")
    middles = chart_style.point_mark(frame, 150, **style, x=middle, y=y, tooltip=chart_style.tooltip(words="Saving"))
    at_zero = pd.DataFrame({"at": [0.0]})
    at = chart_style.another_field(x, "at:Q")
    zero = chart_style.mark("rule", at_zero, color=chart_style.QUIET, strokeDash=[4, 3], x=at)
    names = chart_style.text_mark(frame, x=alt.value(4), y=y, text="head:N", dy=-14)
    title = f"On average active learning {words.ahead_words(first)} in A and {words.ahead_words(second)} in B"
    description = f"Ranges of the saving in two scenarios. {title}; {'; '.join(frame['words'])}."
    return chart_style.finish([zero, ranges, middles, names], title, description, height=SCENARIO_PX * len(frame))


MOST_LEARNT = 8
WORTH, COST, NET = "worth", "cost", "net"
PILOT_LOOKS = {
    WORTH: (chart_style.GAIN, "circle"),
    COST: (chart_style.LOSS, "diamond"),
    NET: (chart_style.FLIP, "square"),
}
LEARNT_KINDS = {True: "knowing everything", False: "learning one input"}


def learnt_frame(verdict: Verdict) -> pd.DataFrame:
    """Lay out the values of information: everything first, then the inputs, most worth learning first.

    Returns:
        Columns `rank, name, usd, low_usd, high_usd, kind, head, words`; inputs worth next to nothing are left out.
    """
    rows = []
    for rank, (name, usd, se) in enumerate(learnt_values(verdict)[: 1 + MOST_LEARNT]):
        worth = approximate(usd, verdict)
        head = worth if usd < SHORT_FROM_USD else n.short_money(n.significant(usd, 2), verdict.currency)
        row = {
            "rank": f"{rank:02}",
            "name": name,
            "usd": usd,
            "low_usd": max(usd - se, 0.0),
            "high_usd": usd + se,
            "kind": LEARNT_KINDS[rank == 0],
            "head": f"{name}: {head}",
            "words": f"{name}: {worth} ± {approximate(se, verdict)}",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def information_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the value of learning each input as bars, with a standard error to either side."""
    frame = learnt_frame(verdict)
    y = chart_style.rows_y("rank")
    x_scale = alt.Scale(domain=[0, max(float(frame["high_usd"].max()), 1.0)], nice=False)
    axis = chart_style.money_axis("Worth of knowing it before choosing", verdict.currency)
    x = alt.X("usd:Q", scale=x_scale, axis=axis)
    hues = {LEARNT_KINDS[True]: chart_style.QUIET, LEARNT_KINDS[False]: chart_style.FLIP}
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
    """Choose the kind of pilot to draw: the one that is told; None where none tells anything."""
    analysis = analysis_of(verdict)
    nearest = nearest_pilot(analysis)
    return analysis.best_pilot or (nearest and nearest[0])


def pilot_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw worth, cost and net value of one kind of pilot by size.

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
    looks = chart_style.looks_by("what", PILOT_LOOKS, columns=3)
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
    pilot, at = nearest_pilot(analysis_of(verdict)) or (pilot, 0)
    worth, cost = approximate(pilot.evsi_usd[at], verdict), approximate(pilot.cost_usd[at], verdict)
    toss_up = pilot.net_usd[at] > 0
    finding, rank = ("Whether a pilot pays is a toss-up", "come nearest") if toss_up else ("No pilot pays", "tell most")
    size = n.about_count(pilot.sizes[at])
    return f"{finding}: {size} labels ({_arms(pilot)}) {rank}, worth {worth} at a cost of {cost}"


def _arms(pilot: PilotValue) -> str:
    if pilot.kind == "random":
        return "random alone"
    return "each of random and " + ", ".join(n.plan_name(name) for name in pilot.strategies)
