"""How likely each plan is the best one, along the price of a vote or along what a point of the metric is worth."""

import itertools

import altair as alt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.analysed import SHORT_FROM_USD, analysed, by_plan, named
from planner.report.names import metric_name, plan_name, price_unit

MARKED = 5  # every fifth point has a mark: shapes tell lines apart where hues do not
MOST_TURNS = 3
EQUAL = 1e-9  # chances that differ by rounding


def acceptability_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw each plan's chance of being the best by the price of a vote, with the price paid.

    Args:
        verdict: read for `analysis.by_price`, `plans`, `al_plan`, `price_usd`, `votes_per_item` and `currency`.

    Returns:
        A chart whose title says which plan has the lowest mean cost, up to which price; at a budget, which is the
        likelier to reach more.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    unit = price_unit(verdict.votes_per_item)
    frame, what = chances_by_price(verdict)
    title = _title(what, frame, verdict.currency, f"per {unit}", f"at every price per {unit}")
    axis = f"Price per {unit} (wide: {what[0].lower()}{what[1:]})"
    return _traced(verdict, frame, title, axis, paid=verdict.price_usd)


def worth_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw each plan's chance of being the best by what a point of the metric is worth.

    Args:
        verdict: read for `analysis.by_value`, `plans`, `al_plan`, `metric` and `currency`.

    Returns:
        A chart whose title says which plan has the highest mean net value, up to which worth of a point.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    frame = chances_by_worth(verdict)
    title = _title("Most value beyond its cost", frame, verdict.currency, "a point", "whatever a point is worth,")
    axis = f"Worth of a point of {metric_name(verdict.metric)} (wide: most net value)"
    return _traced(verdict, frame, title, axis, paid=None)


def chances_by_price(verdict: Verdict) -> tuple[pd.DataFrame, str]:
    """Give each plan's chance of being the best along the price of a vote.

    Returns:
        Columns `at`, `plan`, `p_best` and `best`, and what a plan is the best by.
    """
    frame = analysed(verdict).by_price.rename(columns={"price_usd": "at", "best_on_average": "best"})
    if verdict.target is not None:
        return frame, "Lowest mean cost"
    # At a budget a plan that it does not even start is the cheapest and reaches nothing: chances tell, and ties don't.
    top = frame["p_best"] >= frame.groupby("at")["p_best"].transform("max") - EQUAL
    alone = top.groupby(frame["at"]).transform("sum") == 1
    return frame.assign(best=top & alone), "Likelier to reach more"


def chances_by_worth(verdict: Verdict) -> pd.DataFrame:
    """Give each plan's chance of being the best along the worth of a point, with the same columns."""
    return analysed(verdict).by_value.rename(columns={"value_per_point_usd": "at", "best_on_average": "best"})


def turns(frame: pd.DataFrame) -> list[tuple[str, float]]:
    """Follow the plan that is the best.

    Args:
        frame: columns `at` (ascending), `plan`, `best`.

    Returns:
        Each plan in turn, with the last place at which it is the best.
    """
    best = frame[frame["best"]].sort_values("at", kind="stable")
    runs = itertools.groupby(zip(best["plan"], best["at"], strict=True), key=lambda pair: pair[0])
    return [(str(plan), float(list(run)[-1][1])) for plan, run in runs]


def _title(what: str, frame: pd.DataFrame, currency: str, unit: str, everywhere: str) -> str:
    found, decided = turns(frame), frame.loc[frame["best"], "at"]
    if not found:
        return f"{what}: no plan, {everywhere} shown"
    if len(found) == 1:
        low, high = (_about(float(end), currency) for end in (decided.min(), decided.max()))
        return f"{what}: {plan_name(found[0][0])}, {everywhere} from {low} to {high}"
    *before, (last, _) = found
    if len(before) >= MOST_TURNS:
        plans = dict.fromkeys(plan_name(plan) for plan, _ in found)
        return f"{what}: changes {len(before)} times between {', '.join(plans)}; {plan_name(last)} at the end"
    ends = [f"{plan_name(plan)} up to about {_about(at, currency)}" for plan, at in before]
    return f"{what}: {', '.join(ends)} {unit}, {plan_name(last)} beyond"


def _about(usd: float, currency: str) -> str:
    """Write a place on a grid, which is known to two digits."""
    usd = float(f"{usd:.2g}")
    return n.price(usd, currency).removesuffix(".00") if usd < SHORT_FROM_USD else n.short_money(usd, currency)


def _traced(verdict: Verdict, frame: pd.DataFrame, title: str, axis: str, *, paid: float | None) -> alt.LayerChart:
    names = named(verdict, frame.groupby("plan", sort=False)["p_best"].max())
    frame = frame.assign(
        strategy=frame["plan"],
        plan=frame["plan"].map(names),
        price=[n.price(usd, verdict.currency) for usd in frame["at"]],
        chance=[n.share(p) for p in frame["p_best"]],
        foot=0.0,
    )
    low, high = float(frame["at"].min()), float(frame["at"].max())
    x = alt.X(
        "at:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=style.money_axis(axis, verdict.currency, values=style.log_ticks(low, high)),
    )
    # Room above 100% holds the words at the price paid, so that nothing is clipped.
    y = alt.Y(
        "p_best:Q",
        scale=alt.Scale(domain=[0, 1.14], nice=False),
        axis=style.percent_axis("Chance of being the best plan", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    layers = [*_lines(verdict, frame, names, x, y), *_paid(verdict, paid, x, y, low, high)]
    return style.finish(layers, title, _description(frame, axis, title))


def _lines(verdict: Verdict, frame: pd.DataFrame, names: dict[str, str], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    color, shape = by_plan(verdict, names)
    tooltip = [
        alt.Tooltip("strategy:N", title="Plan"),
        alt.Tooltip("price:N", title="At"),
        alt.Tooltip("chance:N", title="Chance of being the best"),
    ]
    best = frame[frame["best"]]
    wide = best.assign(run=(best["strategy"] != best["strategy"].shift()).cumsum())
    own = frame["plan"] == frame["strategy"].map(plan_name)
    places = frame["at"].drop_duplicates().iloc[::MARKED]
    thin, full = (
        alt.Chart(part).mark_line(strokeWidth=width).encode(x=x, y=y, color=color, detail="strategy:N", tooltip=tooltip)
        for part, width in ((frame[~own], 1), (frame[own], 2.5))
    )
    return [
        alt.Chart(wide).mark_line(strokeWidth=9, opacity=0.3).encode(x=x, y=y, color=color, detail="run:N"),
        *([thin] if not own.all() else []),
        full,
        alt.Chart(frame[own & frame["at"].isin(places)])
        .mark_point(filled=True, size=55, opacity=1)
        .encode(x=x, y=y, color=color, shape=shape, tooltip=tooltip),
    ]


def _paid(verdict: Verdict, paid: float | None, x: alt.X, y: alt.Y, low: float, high: float) -> list[alt.Chart]:
    if paid is None or not low <= paid <= high:
        return []
    data = pd.DataFrame(
        {"at": [paid], "p_best": [1.07], "foot": [0.0], "words": [f"you pay {n.price(paid, verdict.currency)}"]}
    )
    align, shift = style.side(paid, low, high)
    rule = (
        alt.Chart(data).mark_rule(color=style.FLIP, strokeWidth=2.5).encode(x=x, y=alt.Y("foot:Q"), y2=alt.datum(1.14))
    )
    return [rule, style.words(data, x=x, y=y, text="words:N", align=align, dx=shift)]


def _description(frame: pd.DataFrame, axis: str, title: str) -> str:
    ends = [
        f"{plan_name(str(plan))} {part['chance'].iloc[0]} to {part['chance'].iloc[-1]}"
        for plan, part in frame.groupby("strategy", sort=False)
    ]
    first, last = frame["price"].iloc[0], frame["price"].iloc[-1]
    return f"Lines by {axis[0].lower()}{axis[1:]}, from {first} to {last}. {title}. Chances: {', '.join(ends)}."
