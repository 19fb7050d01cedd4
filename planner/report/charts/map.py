"""Two inputs at once: the chance that active learning is the better, with the lines at which the verdict changes."""

import altair as alt
import numpy as np
import pandas as pd

from planner.decision.solve.levers import VOTE_PRICE, Lever
from planner.decision.two_way import TwoWay
from planner.decision.verdict import LABEL_RANDOM_TO, USE_AL_FROM, Verdict, state_of
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style
from planner.report.charts.analysed import MANY_TIMES, analysed, input_axis, input_scale
from planner.report.names import in_currency, price_unit

ZERO = "usual saving 0"
# Dashes say once more which line is which.
LINES = {
    f"chance {n.share(LABEL_RANDOM_TO)}": (style.LOSS, [2, 3]),
    f"chance {n.share(0.5)}": (style.QUIET, [1, 0]),
    f"chance {n.share(USE_AL_FROM)}": (style.GAIN, [8, 3]),
    ZERO: (style.FLIP, [5, 5]),
}


def map_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the map over two inputs, usually label price and pool size.

    Args:
        verdict: read for `analysis.map`, `p_al_cheaper`, `votes_per_item` and `currency`.

    Returns:
        A chart whose title states how far the chance runs, or which verdict holds all over the map.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    found = analysed(verdict).map
    x, y = _axis(alt.X, "x", found, verdict), _axis(alt.Y, "y", found, verdict)
    layers = [_cells(found, x, y, verdict), *_lines(found.lines, x, y), *_planned(found, x, y)]
    title = map_finding(verdict)
    grid = found.grid
    ends = [
        f"{name_of(one, verdict)} from {value_of(one, float(grid[axis].min()), verdict)} to "
        f"{value_of(one, float(grid[axis].max()), verdict)}"
        for one, axis in ((found.x, "x"), (found.y, "y"))
    ]
    description = (
        f"Map of the chance that active learning is better, green where it is likely. {'; '.join(ends)}. {title}."
    )
    return style.finish(layers, title, description, height=300)


def map_finding(verdict: Verdict) -> str:
    """Say how far the chance runs over the map, and whether the verdict changes on it."""
    p = analysed(verdict).map.grid["p_al_better"]
    low, high = n.chance(float(p.min())), n.chance(float(p.max()))
    span = low if low == high else f"{low} to {high}"
    states = {state_of(float(chance)) for chance in p}
    if len(states) == 1:
        return f"“{words.HEADLINES[states.pop()]}” all over this map: the chance is {span}"
    return f"The chance runs from {low} to {high} on this map; as planned it is {n.chance(verdict.p_al_cheaper)}"


def name_of(found: Lever, verdict: Verdict) -> str:
    """Name an input of a map with its unit."""
    if found.path == VOTE_PRICE:
        return f"Price per {price_unit(verdict.votes_per_item)}"
    label = in_currency(n.plain(found.label), verdict.currency)
    told = found.unit in ("", "fraction") or found.unit.lower() in label.lower()
    return label if told else f"{label} ({in_currency(found.unit, verdict.currency)})"


def value_of(found: Lever, value: float, verdict: Verdict) -> str:
    """Write a value of an input of a map."""
    return n.price(value, verdict.currency) if found.path == VOTE_PRICE else n.input_value(value, found.path)


def _axis(channel: type[alt.X] | type[alt.Y], side: str, found: TwoWay, verdict: Verdict) -> alt.X | alt.Y:
    one: Lever = getattr(found, side)
    low, high = float(found.grid[side].min()), float(found.grid[side].max())
    axis = input_axis(one, low, high, name_of(one, verdict), verdict.currency)
    return channel(f"{side}:Q", scale=input_scale(low, high), axis=axis)


def _cells(found: TwoWay, x: alt.X | alt.Y, y: alt.X | alt.Y, verdict: Verdict) -> alt.Chart:
    """Colour each setting's surroundings by its chance, as far as halfway to the next one."""
    frame = found.grid.assign(
        at_x=[value_of(found.x, float(value), verdict) for value in found.grid["x"]],
        at_y=[value_of(found.y, float(value), verdict) for value in found.grid["y"]],
        chance=[n.chance(float(p)) for p in found.grid["p_al_better"]],
        saving=[n.about(float(usd), verdict.currency) for usd in found.grid["saving_usd"]],
    )
    for side in ("x", "y"):
        before, after = edges(frame[side])
        frame = frame.assign(**{side: before, f"{side}2": after})
    hues = alt.Scale(domain=[0, LABEL_RANDOM_TO, 0.5, USE_AL_FROM, 1], range=[
        style.LOSS, style.LOSS, style.QUIET, style.GAIN, style.GAIN
    ])  # fmt: skip
    cells: alt.Chart = (
        alt.Chart(frame)
        .mark_rect(opacity=0.3)
        .encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            fill=alt.Fill("p_al_better:Q", scale=hues, legend=None),
            tooltip=[
                alt.Tooltip("at_x:N", title=name_of(found.x, verdict)),
                alt.Tooltip("at_y:N", title=name_of(found.y, verdict)),
                alt.Tooltip("chance:N", title=words.chance_label(verdict)),
                alt.Tooltip("saving:N", title="Usual saving"),
            ],
        )
    )
    return cells


def edges(places: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give where the cell of each place begins and ends, halfway between neighbours in the scale of the axis."""
    values = np.sort(places.unique())
    ratio = values[0] > 0 and values[-1] > MANY_TIMES * values[0]
    middles = np.sqrt(values[:-1] * values[1:]) if ratio else (values[:-1] + values[1:]) / 2
    begins = dict(zip(values, [values[0], *middles], strict=True))
    ends = dict(zip(values, [*middles, values[-1]], strict=True))
    return places.map(begins), places.map(ends)


def _lines(lines: pd.DataFrame, x: alt.X | alt.Y, y: alt.X | alt.Y) -> list[alt.Chart]:
    if lines.empty:
        return []
    frame = lines.assign(
        what=[
            ZERO if of == "saving_usd" else f"chance {n.share(level)}"
            for of, level in zip(lines["of"], lines["level"], strict=True)
        ]
    )
    shown = [name for name in LINES if (frame["what"] == name).any()]
    hues = alt.Scale(domain=shown, range=[LINES[name][0] for name in shown])
    dashes = alt.Scale(domain=shown, range=[LINES[name][1] for name in shown])
    legend = style.legend()
    return [
        alt.Chart(frame)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            order="step:O",
            detail="line:N",
            color=alt.Color("what:N", scale=hues, legend=legend),
            strokeDash=alt.StrokeDash("what:N", scale=dashes, legend=legend),
        )
    ]


def _planned(found: TwoWay, x: alt.X | alt.Y, y: alt.X | alt.Y) -> list[alt.Chart]:
    """Mark the plan as it is, where the map holds it."""
    at = {"x": found.x.planned, "y": found.y.planned}
    if not all(found.grid[side].min() <= value <= found.grid[side].max() for side, value in at.items()):
        return []
    data = pd.DataFrame({**{side: [value] for side, value in at.items()}, "words": ["your plan"]})
    mark = alt.Chart(data).mark_point(filled=True, shape="diamond", size=140, opacity=1, color=style.FLIP)
    return [mark.encode(x=x, y=y), style.words(data, x=x, y=y, text="words:N", dx=10, dy=-10)]
