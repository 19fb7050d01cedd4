"""Charts of cost against value: acceptability, frontier, and the map over two inputs.

Of a verdict that was asked for alone all raise the `ValueError` of `analysis_of`.
"""

import itertools
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.decision import Verdict, sensitivity, state
from planner.decision.solve_inputs import VOTE_PRICE, SolveInput
from planner.plan import parse_plan, paths
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.verdict import words
from planner.render.verdict.analysis_words import analysis_of

MOST_PLANS = 6  # lines or marks that can still be told apart
SHAPES = ("square", "circle", "diamond", "triangle-up", "cross", "triangle-down")
SHORT_FROM_USD = 10_000.0  # longer amounts push words off a phone
MARKED = 5  # every fifth point has a mark: shapes tell lines apart where hues do not
MOST_TURNS = 3
EQUAL = 1e-9  # chances that differ by rounding
EFFICIENT = "efficient"
HEIGHT = 300
LINES = {  # level -> words, hue and dashes, which say once more which line is which
    state.LABEL_RANDOM_TO: ("label random beyond", chart_style.LOSS, [2, 3]),
    0.5: ("as good on average", chart_style.QUIET, [1, 0]),
    state.USE_AL_FROM: ("use AL beyond", chart_style.GAIN, [8, 3]),
}
MANY_TIMES = 3.0  # a scale whose end is more than so many times its start is even in ratio


def chart_names(verdict: Verdict, order: pd.Series) -> dict[str, str]:
    """Give each plan the name it goes by in a chart: its own for the first few, one for all others together.

    Random and the chosen strategy keep their names; `order`, plan to a figure, ranks the others, highest first. Plans
    with their own name come first.
    """
    ranked = [str(name) for name in order.sort_values(ascending=False, kind="stable").index]
    first = [name for name in ("random", verdict.al_plan) if name in ranked]
    listed = [*first, *(name for name in ranked if name not in first)]
    if len(listed) <= MOST_PLANS:
        return {name: n.plan_name(name) for name in listed}
    own, others = listed[: MOST_PLANS - 1], listed[MOST_PLANS - 1 :]
    return {name: n.plan_name(name) for name in own} | dict.fromkeys(others, f"{len(others)} others")


def _looks_of_plans(verdict: Verdict, names: dict[str, str]) -> dict[str, Any]:
    """Colour and shape plans by name: a plan has the hue that it has in every other chart, the rest are quiet."""
    hues = chart_style.plan_hues(n.plan_name(name) for name in verdict.plans)
    shown = zip(dict.fromkeys(names.values()), SHAPES, strict=False)
    return chart_style.looks_by("plan", {name: (hues.get(name, chart_style.QUIET), shape) for name, shape in shown})


def acceptability_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw each plan's chance of being the best by the price of a vote, with the price paid."""
    unit = words.price_unit(verdict)
    frame, what = chances_by_price(verdict)
    title = _chances_title(what, frame, verdict.currency, f"per {unit}", f"at every price per {unit}")
    axis = f"Price per {unit} (wide: {what[0].lower()}{what[1:]})"
    return _draw_chances(verdict, frame, title, axis, paid=verdict.price_usd)


def worth_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw each plan's chance of being the best by what a point of the metric is worth."""
    frame = chances_by_worth(verdict)
    what = "Most value beyond its cost"
    title = _chances_title(what, frame, verdict.currency, "a point", "whatever a point is worth,")
    axis = f"Worth of a point of {n.metric_name(verdict.metric)} (wide: most net value)"
    return _draw_chances(verdict, frame, title, axis, paid=None)


def chances_by_price(verdict: Verdict) -> tuple[pd.DataFrame, str]:
    """Give each plan's chance of being the best along the price of a vote, and what a plan is the best by.

    Returns:
        Columns `at`, `plan`, `p_best` and `best`, and the words.
    """
    frame = analysis_of(verdict).by_price.rename(columns={"price_usd": "at", "best_on_average": "best"})
    if verdict.target is not None:
        return frame, "Lowest mean cost"
    # At a budget a plan that it does not even start is the cheapest and reaches nothing: chances tell, and ties don't.
    top = frame["p_best"] >= frame.groupby("at")["p_best"].transform("max") - EQUAL
    alone = top.groupby(frame["at"]).transform("sum") == 1
    return frame.assign(best=top & alone), "Likelier to reach more"


def chances_by_worth(verdict: Verdict) -> pd.DataFrame:
    """Give each plan's chance of being the best along the worth of a point, with the same columns."""
    return analysis_of(verdict).by_value.rename(columns={"value_per_point_usd": "at", "best_on_average": "best"})


def _best_plan_runs(frame: pd.DataFrame) -> list[tuple[str, float]]:
    """Follow the best plan along `at` (ascending): each in turn, with the last place at which it is the best."""
    best = frame[frame["best"]].sort_values("at", kind="stable")
    runs = itertools.groupby(zip(best["plan"], best["at"], strict=True), key=lambda pair: pair[0])
    return [(str(plan), float(list(run)[-1][1])) for plan, run in runs]


def _chances_title(what: str, frame: pd.DataFrame, currency: str, unit: str, everywhere: str) -> str:
    decided = frame.loc[frame["best"], "at"]
    if decided.empty:
        return f"{what}: no plan, {everywhere} shown"
    low, high = (_grid_amount(float(end), currency) for end in (decided.min(), decided.max()))
    runs = [(plan, f"about {_grid_amount(at, currency)}") for plan, at in _best_plan_runs(frame)]
    return _turns_words(what, runs, unit, f"{everywhere} from {low} to {high}")


def _turns_words(what: str, runs: list[tuple[str, str]], unit: str, everywhere: str) -> str:
    """Say which plan is the best up to where, in turns; with one plan alone where that is."""
    *before, (last, _) = [(n.plan_name(plan), end) for plan, end in runs]
    if not before:
        return f"{what}: {last}, {everywhere}"
    if len(before) >= MOST_TURNS:
        plans = dict.fromkeys([*(plan for plan, _ in before), last])
        return f"{what}: {', '.join(plans)} in turns, {last} beyond {before[-1][1]} {unit}"
    return f"{what}: {', '.join(f'{plan} up to {end}' for plan, end in before)} {unit}, {last} beyond"


def _grid_amount(usd: float, currency: str) -> str:
    """Write a place on a grid, which is known to two digits."""
    usd = float(f"{usd:.2g}")
    return n.price(usd, currency).removesuffix(".00") if usd < SHORT_FROM_USD else n.short_money(usd, currency)


def _draw_chances(
    verdict: Verdict, frame: pd.DataFrame, title: str, axis: str, *, paid: float | None
) -> alt.LayerChart:
    names = chart_names(verdict, frame.groupby("plan", sort=False)["p_best"].max())
    frame = frame.assign(
        strategy=frame["plan"],
        plan=frame["plan"].map(names),
        price=[n.price(usd, verdict.currency) for usd in frame["at"]],
        chance=[n.share(p) for p in frame["p_best"]],
    )
    low, high = float(frame["at"].min()), float(frame["at"].max())
    x = chart_style.log_x("at", low, high, chart_style.money_axis, axis, verdict.currency)
    y = chart_style.chance_axis("p_best", "Chance of being the best plan")
    layers = _chance_lines(frame, _looks_of_plans(verdict, names), x, y)
    if paid is not None and low <= paid <= high:
        layers += chart_style.named_line(f"you pay {n.price(paid, verdict.currency)}", paid, x, low, high)
    ends = [
        f"{n.plan_name(str(plan))} {part['chance'].iloc[0]} to {part['chance'].iloc[-1]}"
        for plan, part in frame.groupby("strategy", sort=False)
    ]
    first, last = frame["price"].iloc[0], frame["price"].iloc[-1]
    along = f"Lines by {axis[0].lower()}{axis[1:]}, from {first} to {last}"
    return chart_style.finish(layers, title, f"{along}. {title}. Chances: {', '.join(ends)}.")


def _chance_lines(frame: pd.DataFrame, looks: dict[str, Any], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    tooltip = chart_style.tooltip(strategy="Plan", price="At", chance="Chance of being the best")
    best = frame[frame["best"]]
    wide = best.assign(run=(best["strategy"] != best["strategy"].shift()).cumsum())
    own = frame["plan"] == frame["strategy"].map(n.plan_name)
    places = frame["at"].drop_duplicates().iloc[::MARKED]
    drawn: dict[str, Any] = {"x": x, "y": y, "color": looks["color"]}
    told = drawn | {"tooltip": tooltip}
    thin, full = (
        chart_style.mark("line", part, strokeWidth=width, detail="strategy:N", **told)
        for part, width in ((frame[~own], 1), (frame[own], 2.5))
    )
    return [
        chart_style.mark("line", wide, strokeWidth=9, opacity=0.3, detail="run:N", **drawn),
        *([thin] if not own.all() else []),
        full,
        chart_style.point_mark(frame[own & frame["at"].isin(places)], 55, shape=looks["shape"], **told),
    ]


def frontier_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw mean cost against mean value, the efficient options joined by a line."""
    frontier = analysis_of(verdict).frontier
    names = chart_names(verdict, (frontier["state"] == EFFICIENT).groupby(frontier["plan"], sort=False).sum())
    frame = frontier.assign(
        plan=frontier["plan"].map(names),
        cost=[n.about(usd, verdict.currency) for usd in frontier["total_usd"]],
        reaches=[n.percent(value) for value in frontier["value"]],
    )
    target = [] if verdict.target is None else [verdict.target]
    ends = chart_style.fraction_domain([frame["value"].min(), frame["value"].max(), *target])
    axis = chart_style.percent_axis(f"Mean {n.metric_name(verdict.metric)}")
    low, high = float(frame["total_usd"].min()), float(frame["total_usd"].max())
    ratio = low > 0 and high > 2 * low
    scale = alt.Scale(type="log", nice=False, padding=8) if ratio else alt.Scale(nice=False, zero=False, padding=8)
    ticks = {"values": chart_style.log_ticks(low, high, most=5)} if ratio else {}
    cost = chart_style.money_axis("Mean cost (faint: others reach as much for less)", verdict.currency, **ticks)
    x = alt.X("total_usd:Q", scale=scale, axis=cost)
    y = alt.Y("value:Q", scale=alt.Scale(domain=ends, nice=False), axis=axis)
    best = frame[frame["state"] == EFFICIENT]
    line = chart_style.mark("line", best, color=chart_style.QUIET, strokeWidth=1.5, x=x, y=y)
    looks = _looks_of_plans(verdict, names)
    tooltip = chart_style.tooltip(plan="Plan", labels=("Labels", ",.0f"), cost="Mean cost", reaches="Mean value")
    points = [
        chart_style.point_mark(part, size, opacity=opacity, x=x, y=y, tooltip=tooltip, **looks)
        for part, opacity, size in ((frame[frame["state"] != EFFICIENT], 0.25, 30), (best, 1.0, 75))
    ]
    title = frontier_finding(verdict)
    description = (
        f"Mean {n.metric_name(verdict.metric)} by mean cost, for each plan at many label counts; options that "
        f"others beat are faint. {title}."
    )
    layers = [points[0], line, points[1], *_target_marks(verdict, best, y), *_budget_marks(verdict, low, high, x)]
    return chart_style.finish(layers, title, description, height=HEIGHT)


def frontier_finding(verdict: Verdict) -> str:
    """Say which plan buys value for the least money, up to which value."""
    frontier = analysis_of(verdict).frontier
    found = _best_plan_runs(frontier.assign(at=frontier["value"], best=frontier["state"] == EFFICIENT))
    runs, metric = [(plan, n.percent(value)) for plan, value in found], n.metric_name(verdict.metric)
    return _turns_words("Most value for money", runs, metric, f"up to its {runs[-1][1]} {metric}")


def _target_marks(verdict: Verdict, best: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    if verdict.target is None:
        return []
    rule, words_left = chart_style.target_marks(verdict.target, "value", y, strokeDash=[4, 4])
    # The line crosses from below: over it the left stays free, under it the right, whichever is wider.
    if not (best["value"] >= verdict.target).iloc[: len(best) // 2].any():
        return [rule, words_left]
    right = {"x": alt.value("width"), "y": y, "align": "right", "dx": -4, "dy": 11}
    return [rule, chart_style.text_mark(rule.data, text="words:N", **right)]


def _budget_marks(verdict: Verdict, low: float, high: float, x: alt.X) -> list[alt.Chart]:
    """Mark the budget, where that is what plans are compared at."""
    usd = verdict.budget_usd
    if verdict.target is not None or usd is None or not 0 < low <= usd <= high:
        return []
    # What is dear reaches much: low on the plot there is room.
    return chart_style.named_line(f"budget {n.money(usd, verdict.currency)}", usd, x, low, high, y_px=HEIGHT - 12)


def map_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the map over two inputs, usually label price and pool size."""
    found = analysis_of(verdict).map
    x, y = _input_axis(alt.X, "x", found, verdict), _input_axis(alt.Y, "y", found, verdict)
    layers = [_map_cells(found, x, y, verdict)]
    if not found.lines.empty:
        frame = found.lines.assign(what=[LINES[level][0] for level in found.lines["level"]])
        shown = [look for level, look in LINES.items() if level in {*frame["level"]}]
        color = chart_style.colour_by("what", {name: hue for name, hue, _ in shown}, columns=1)
        dashes = alt.Scale(domain=[name for name, _, _ in shown], range=[dash for _, _, dash in shown])
        dash = alt.StrokeDash("what:N", scale=dashes, legend=chart_style.legend())
        order = {"order": "step:O", "detail": "line:N"}
        layers.append(chart_style.mark("line", frame, strokeWidth=2.5, x=x, y=y, color=color, strokeDash=dash, **order))
    title, grid = map_finding(verdict), found.grid
    at = {"x": found.x.planned, "y": found.y.planned}
    if all(grid[side].min() <= value <= grid[side].max() for side, value in at.items()):
        plan = pd.DataFrame([{**at, "words": "your plan"}])
        layers.append(chart_style.point_mark(plan, 140, shape="diamond", color=chart_style.FLIP, x=x, y=y))
        layers.append(chart_style.text_mark(plan, x=x, y=y, text="words:N", dx=10, dy=-10))
    ends = [
        f"{name_of(one, verdict)} from {value_of(one, float(grid[axis].min()), verdict)} to "
        f"{value_of(one, float(grid[axis].max()), verdict)}"
        for one, axis in ((found.x, "x"), (found.y, "y"))
    ]
    description = f"Map of the verdict, green where active learning is ahead on average. {'; '.join(ends)}. {title}."
    return chart_style.finish(layers, title, description, height=300)


def map_finding(verdict: Verdict) -> str:
    """Say how far the expected saving, or gain, runs over the map, and whether the verdict changes on it."""
    grid = analysis_of(verdict).map.grid
    what, now = "gain" if verdict.gain is not None else "saving", words.stake(verdict, verdict.call.expected)
    low, high = (words.stake(verdict, float(end)) for end in (grid["expected"].min(), grid["expected"].max()))
    states = {*grid["state"]}
    if len(states) == 1:
        span = low if low == high else f"from {low} to {high}"
        return f"“{words.HEADLINES[states.pop()]}” all over this map: the expected {what} is {span}"
    return f"The expected {what} runs from {low} to {high} on this map; as planned it is {now}"


def name_of(found: SolveInput, verdict: Verdict) -> str:
    """Name an input of a map with its unit."""
    if found.path == VOTE_PRICE:
        return f"Price per {words.price_unit(verdict)}"
    label = n.in_currency(n.plain(found.label), verdict.currency)
    told = found.unit in ("", "fraction") or found.unit.lower() in label.lower()
    return label if told else f"{label} ({n.in_currency(found.unit, verdict.currency)})"


def value_of(found: SolveInput, value: float, verdict: Verdict) -> str:
    """Write a value of an input of a map."""
    return n.price(value, verdict.currency) if found.path == VOTE_PRICE else n.input_value(value, found.path)


def _input_axis(
    channel: type[alt.X] | type[alt.Y], side: str, found: sensitivity.TwoWay, verdict: Verdict
) -> alt.X | alt.Y:
    """Make the axis of an input in its own unit, even in ratio where that can be and shows more."""
    one: SolveInput = getattr(found, side)
    low, high = float(found.grid[side].min()), float(found.grid[side].max())
    ratio, title = low > 0 and high > MANY_TIMES * low, name_of(one, verdict)
    ticks = {"values": chart_style.log_ticks(low, high)} if ratio else {}
    if one.path == VOTE_PRICE or "USD" in one.unit:
        axis = chart_style.money_axis(title, verdict.currency, **ticks)
    else:
        write = chart_style.percent_axis if one.domain.shape == "logit_normal" else chart_style.count_axis
        axis = write(title, **ticks)
    scale = alt.Scale(type="log" if ratio else "linear", domain=[low, high], nice=False)
    return channel(f"{side}:Q", scale=scale, axis=axis)


def _map_cells(found: sensitivity.TwoWay, x: alt.X | alt.Y, y: alt.X | alt.Y, verdict: Verdict) -> alt.Chart:
    """Colour each setting's surroundings by its chance, as far as halfway to the next one."""
    frame = found.grid.assign(
        at_x=[value_of(found.x, float(value), verdict) for value in found.grid["x"]],
        at_y=[value_of(found.y, float(value), verdict) for value in found.grid["y"]],
        chance=[n.share(float(p)) for p in found.grid["p_al_better"]],
        saving=[words.stake(verdict, float(ahead)) for ahead in found.grid["expected"]],
    )
    for side in ("x", "y"):
        before, after = cell_edges(frame[side])
        frame = frame.assign(**{side: before, f"{side}2": after})
    hues = alt.Scale(domain=[0, state.LABEL_RANDOM_TO, 0.5, state.USE_AL_FROM, 1], range=[
        chart_style.LOSS, chart_style.LOSS, chart_style.QUIET, chart_style.GAIN, chart_style.GAIN
    ])  # fmt: skip
    fill = alt.Fill("share:Q", scale=hues, legend=None)
    tooltip = chart_style.tooltip(
        at_x=name_of(found.x, verdict),
        at_y=name_of(found.y, verdict),
        chance=words.chance_label(verdict),
        saving="Expected gain" if verdict.gain is not None else "Expected saving",
    )
    return chart_style.mark("rect", frame, opacity=0.3, x=x, x2="x2:Q", y=y, y2="y2:Q", fill=fill, tooltip=tooltip)


def cell_edges(places: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give where the cell of each place begins and ends, halfway between neighbours in the scale of the axis."""
    values = np.sort(places.unique())
    ratio = values[0] > 0 and values[-1] > MANY_TIMES * values[0]
    middles = np.sqrt(values[:-1] * values[1:]) if ratio else (values[:-1] + values[1:]) / 2
    begins = dict(zip(values, [values[0], *middles], strict=True))
    ends = dict(zip(values, [*middles, values[-1]], strict=True))
    return places.map(begins), places.map(ends)


def map_choices(verdict: Verdict) -> dict[str, str]:
    """Give the inputs that a map may run over, path to name: those of the usual map first."""
    usual = analysis_of(verdict).map
    plan = parse_plan(verdict.plan_toml)
    # The price of a vote, under the name that stands for all vendors, is there already.
    hidden = {paths.vendor(0, "price_usd")} if len(plan.vendors) == 1 else set()
    named = {bar.input: n.input_label(bar.label, verdict.currency) for bar in verdict.sensitivity}
    others = {path: name for path, name in named.items() if path not in hidden}
    return {one.path: name_of(one, verdict) for one in (usual.x, usual.y)} | others
