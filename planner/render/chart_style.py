"""Colours, axes, text sizes and shared channels of all charts.

Every colour keeps a contrast of at least 3 against a white and against a near-black page, so that one chart serves
light, dark and print; hues are spaced for the common kinds of colour blindness and never carry a meaning alone.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import altair as alt
import pandas as pd

from planner.render.numbers import plan_name, symbol

GAIN = "#009E73"  # active learning costs less
LOSS = "#D55E00"  # active learning costs more
FLIP = "#0077BB"  # changes the verdict
QUIET = "#7F7F7F"  # rules, bands, words inside a chart
BILL = ("#0077BB", "#A67C00", "#B5579A", "#5B8C2A", "#7B6FD0", "#C2556A", "#009E73", QUIET)
SERIES = (GAIN, "#0077BB", "#B5579A", "#A67C00", "#7B6FD0", "#5B8C2A", "#C2556A", QUIET)
RANDOM = LOSS

Axis = dict[str, Any]
"""An axis as a plain dictionary: altair copies all eighty fields of its own again and again for each layer with it."""

HEIGHT = 260
FONT_SIZE = 12
PADDING_PX = {"left": 5, "top": 5, "right": 5, "bottom": 5}  # each side named, or Streamlit leaves 20 below


def text_mark(data: pd.DataFrame, **encoding: Any) -> alt.Chart:
    """Make a layer of text in the quiet colour; `encoding` places it, and may hold `align`, `dx` and `dy`."""
    placing = {key: encoding.pop(key) for key in ("align", "dx", "dy") if key in encoding}
    mark: dict[str, Any] = {"color": QUIET, "fontSize": FONT_SIZE, "align": "left"} | placing
    layer: alt.Chart = (
        alt.Chart(data).mark_text(**mark).encode(**{key: _channel(key, x) for key, x in encoding.items()})
    )
    return layer


def finish(layers: Sequence[Any], title: str, description: str, height: int = HEIGHT) -> alt.LayerChart:
    """Lay charts over one another and give them a finding, alternative text, and a width that follows the page.

    `height` is the plot's own: legend and axes come on top, so that a long legend does not squeeze the bars.
    """
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    # Given at once, since `properties` checks each of them against the schema once more.
    whole = alt.layer(
        *layers,
        title=title,
        description=description,
        width="container",
        height=height,
        autosize=fit,
        padding=PADDING_PX,
    )
    return cast(alt.LayerChart, whole)


def money_axis(title: str, currency: str, **options: Any) -> Axis:
    """Make a money axis: −$10k, $0, $1.5M."""
    sign, size = json.dumps(symbol(currency)), "abs(datum.value)"
    steps = "".join(
        f"{size} >= {scale} ? format({size} / {scale}, ',.3~r') + '{letter}' : " for scale, letter in _SCALES
    )
    expression = f"(datum.value < 0 ? '−' : '') + {sign} + ({steps}format({size}, ',.3~r'))"
    return _axis(title, labelExpr=expression, **options)


def count_axis(title: str, **options: Any) -> Axis:
    """Make an axis of counts: 500, 20k, 1.5M."""
    steps = "".join(f"datum.value >= {s} ? format(datum.value / {s}, ',.3~r') + '{k}' : " for s, k in _SCALES)
    return _axis(title, labelExpr=f"{steps}format(datum.value, ',.3~r')", **options)


def percent_axis(title: str, **options: Any) -> Axis:
    """Make an axis of fractions shown as percent."""
    return _axis(title, labelExpr="format(100 * datum.value, '.3~r') + '%'", **options)


def colours(names: Iterable[str], random: str = "random") -> alt.Scale:
    """Give each plan a colour that stays its own: random always the same, the others in their order."""
    listed = list(names)
    others = [name for name in listed if name != random]
    chosen = {name: SERIES[i % len(SERIES)] for i, name in enumerate(others)} | {random: RANDOM}
    return alt.Scale(domain=listed, range=[chosen[name] for name in listed])


def legend(columns: int = 2) -> alt.Legend:
    """Make a legend above the plot, in few columns so that a phone shows all of it."""
    return alt.Legend(
        orient="top",
        title=None,
        columns=columns,
        labelLimit=170,
        symbolSize=110,
        symbolOpacity=1,
        labelFontSize=FONT_SIZE,
    )


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Choose at most `most` round ticks on a log axis from `low` to `high` (both positive), so that none overlap.

    >>> log_ticks(0.01, 10)
    [0.01, 0.1, 1.0, 10.0]
    >>> log_ticks(900, 6_000)
    [1000.0, 2000.0, 5000.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads, step in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
        ticks = [float(f"{lead}e{decade}") for decade in decades[::step] for lead in leads]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) <= most:
            return ticks if len(ticks) > 1 else [low, high]
    return [low, high]


def side(position: float, low: float, high: float) -> tuple[str, int]:
    """Choose alignment and offset of words at a log position, so that they run towards the wider side."""
    left_half = math.log(position) < (math.log(low) + math.log(high)) / 2
    return ("left", 5) if left_half else ("right", -5)


def domain(values: Sequence[float], share: float = 0.04) -> list[float]:
    """Give a linear domain around values and zero, with a little room at both ends."""
    low, high = min((0.0, *values)), max((0.0, *values))
    room = share * (high - low) or 1.0
    return [low - room, high + room]


_CHANNELS: Mapping[str, Any] = {"x": alt.XValue, "y": alt.YValue}


def _channel(name: str, given: Any) -> Any:
    """Name the class of a channel: altair would look for the one that fits among all of its own, at every chart."""
    if name == "text" and isinstance(given, str):
        return alt.Text(given)
    if name in _CHANNELS and isinstance(given, dict) and given.keys() == {"value"}:
        return _CHANNELS[name](given["value"])
    return given


_SCALES = (("1e9", "B"), ("1e6", "M"), ("1e3", "k"))


def _axis(title: str, **options: Any) -> Axis:
    return {"title": title, "labelOverlap": "greedy", "tickCount": 5, "gridOpacity": 0.35, "titlePadding": 8} | options


_LEADS = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9))
_ENOUGH = 3

Channel = TypeVar("Channel", alt.X, alt.Y)


def another_field(channel: Channel, shorthand: str) -> Channel:
    """Give a channel with the same scale and axis that reads another field."""
    moved = channel.copy()
    moved.shorthand = shorthand
    return moved


def close_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Choose round ticks on a log axis that may span less than a decade, where those of `log_ticks` are too few.

    >>> close_ticks(0.8, 1.25), close_ticks(0.21, 0.83)
    ([0.8, 0.9, 1.0, 1.2], [0.3, 0.5, 0.7])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads in _LEADS:
        ticks = [float(f"{lead}e{decade}") for decade in decades for lead in leads]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) > most:
            return log_ticks(low, high, most)
        if len(ticks) >= _ENOUGH:
            return ticks
    return ticks if ticks else [low, high]


def kept_colours(names: Sequence[str], shown: Iterable[str]) -> alt.Color:
    """Colour strategies by their place among all that could be shown, so that ticking one off recolours none.

    Args:
        names: all strategies, in order.
        shown: those drawn, as words.
    """
    domain = [plan_name(name) for name in names]
    hues = dict(zip(domain, colours(domain).to_dict()["range"], strict=True))
    drawn = set(shown)
    listed = [name for name in domain if name in drawn]
    scale = alt.Scale(domain=listed, range=[hues[name] for name in listed])
    return alt.Color("plan:N", scale=scale, legend=legend())


def drawn(chart: Any) -> pd.DataFrame:
    """Give the rows of a chart's largest layer: the marks themselves, and not a rule or a word beside them.

    Args:
        chart: an altair chart, layered or not.

    Raises:
        ValueError: it draws no table.
    """
    frames = list(_frames(chart))
    if not frames:
        raise ValueError("the chart draws no table")
    return max(frames, key=len)


def _frames(chart: Any) -> Iterator[pd.DataFrame]:
    layers = getattr(chart, "layer", None)
    if isinstance(getattr(chart, "data", None), pd.DataFrame):
        yield chart.data
    if isinstance(layers, list):
        for layer in layers:
            yield from _frames(layer)
