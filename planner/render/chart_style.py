"""Colours, axes, text sizes and shared channels of all charts.

Every colour keeps a contrast of at least 3 against a white and against a near-black page, so that one chart serves
light, dark and print; hues are spaced for the common kinds of colour blindness and never carry a meaning alone.
"""

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import altair as alt
import pandas as pd

from planner.render import image_export
from planner.render.numbers import capital, metric_name, percent, plan_name, symbol

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
FILE_WIDTH_PX = 560
FONT_SIZE = 12
PADDING_PX = {"left": 5, "top": 5, "right": 5, "bottom": 5}  # each side named, or Streamlit leaves 20 below


CHANNELS: Mapping[str, Any] = {
    "x": alt.X, "x2": alt.X2, "y": alt.Y, "y2": alt.Y2, "text": alt.Text, "detail": alt.Detail, "order": alt.Order
}  # fmt: skip
VALUES: Mapping[str, Any] = {"x": alt.XValue, "y": alt.YValue}

_SCALES = (("1e9", "B"), ("1e6", "M"), ("1e3", "k"))
_TICKS: tuple[tuple[tuple[float, ...], int], ...] = (  # leading digits, and how many decades apart, the finest first
    ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), 1),
    ((1, 1.5, 2, 3, 5, 7), 1),
    ((1, 2, 5), 1),
    ((1, 3), 1),
    ((1,), 1),
    ((1,), 2),
    ((1,), 3),
)


def mark(kind: str, data: pd.DataFrame, **options: Any) -> alt.Chart:
    """Make a layer of marks: area, bar, line, point, rect, rule, text or tick.

    Of the options positions, words, details, tooltips and all that is of an altair class are channels, the rest style.
    """
    channels = {
        key: _typed_channel(key, value)
        for key, value in options.items()
        if key in CHANNELS or key == "tooltip" or isinstance(value, alt.SchemaBase)
    }
    style = {key: value for key, value in options.items() if key not in channels}
    return cast(alt.Chart, getattr(alt.Chart(data), f"mark_{kind}")(**style).encode(**channels))


def point_mark(data: pd.DataFrame, size: int, **options: Any) -> alt.Chart:
    """Make a layer of filled points."""
    return mark("point", data, **({"filled": True, "size": size, "opacity": 1} | options))


def text_mark(data: pd.DataFrame, **options: Any) -> alt.Chart:
    """Make a layer of text in the quiet colour; `options` place it, and may hold `align`, `dx` and `dy`."""
    return mark("text", data, **({"color": QUIET, "fontSize": FONT_SIZE, "align": "left"} | options))


def band(data: pd.DataFrame, x: alt.X, y: alt.Y, low: str, high: str, **options: Any) -> alt.Chart:
    """Make a band from one field up to another, along the axes of a line."""
    return mark("area", data, x=x, y=another_field(y, f"{low}:Q"), y2=f"{high}:Q", **options)


def lines_with_intervals(
    data: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color, tooltip: list[alt.Tooltip], *, size: int = 30
) -> list[alt.Chart]:
    """Draw lines with a point at each place, over the bands of the intervals `low` to `high`, where there are any."""
    known = data[data["low"].notna() & data["high"].notna()]
    return [
        band(known, x, y, "low", "high", opacity=0.16, color=color),
        mark("line", data, strokeWidth=2.5, x=x, y=y, color=color),
        point_mark(data, size, x=x, y=y, color=color, tooltip=tooltip),
    ]


def quiet_rule(at: Mapping[str, float], **options: Any) -> alt.Chart:
    """Make a quiet line through one place, given as the field of `x` or `y` and its value."""
    data = pd.DataFrame({field: [value] for field, value in at.items()})
    return mark("rule", data, color=QUIET, **({"strokeWidth": 1.5} | options))


def target_marks(target: float, field: str, y: alt.Y, *, level: float | None = None, **options: Any) -> list[alt.Chart]:
    """Draw the target as a line with its name; `level` is where it lies, if elsewhere than at the target itself."""
    data = pd.DataFrame({field: [target if level is None else level], "words": [f"target {percent(target)}"]})
    rule = mark("rule", data, color=QUIET, strokeWidth=1.5, y=y, **options)
    return [rule, text_mark(data, x=alt.value(6), y=y, text="words:N", dy=-9)]


def tooltip(**titles: str | tuple[str, str]) -> list[alt.Tooltip]:
    """List what a mark tells: its fields with their titles, and of numbers the format."""
    return [
        alt.Tooltip(f"{field}:N", title=title)
        if isinstance(title, str)
        else alt.Tooltip(f"{field}:Q", title=title[0], format=title[1])
        for field, title in titles.items()
    ]


def colour_by(field: str, hues: Mapping[str, str], columns: int = 2) -> alt.Color:
    """Colour by a field: its values in the order of the legend, each with its hue; no columns, no legend."""
    scale = alt.Scale(domain=list(hues), range=list(hues.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=legend(columns) if columns else None)


def looks_by(field: str, looks: Mapping[str, tuple[str, str]], columns: int = 2) -> dict[str, Any]:
    """Give colour and shape of points by a field, value to hue and shape: for readers who do not see hues apart."""
    scale = alt.Scale(domain=list(looks), range=[shape for _, shape in looks.values()])
    shapes = alt.Shape(f"{field}:N", scale=scale, legend=legend(columns) if columns else None)
    return {"color": colour_by(field, {value: hue for value, (hue, _) in looks.items()}, columns), "shape": shapes}


def log_scale(low: float, high: float) -> alt.Scale:
    """Make a log scale that ends where the data do."""
    return alt.Scale(type="log", domain=[low, high], nice=False)


def log_x(field: str, low: float, high: float, axis: Callable[..., Axis], *words: str) -> alt.X:
    """Make a log axis across that ends where the data do: `axis` makes it of its words and of round ticks."""
    high = high if high > low else 2 * low
    return alt.X(f"{field}:Q", scale=log_scale(low, high), axis=axis(*words, values=log_ticks(low, high)))


def fraction_domain(ends: Iterable[float], above: float = 0.02) -> list[float]:
    """Give the domain of an axis of fractions, with a little room inside 0 and 1."""
    listed = [float(end) for end in ends]
    return [max(0.0, min(listed) - 0.02), min(1.0, max(listed) + above)]


def chance_axis(field: str, title: str) -> alt.Y:
    """Make an axis of chances; the room above 100% holds the words of a line, so that nothing is clipped."""
    axis = percent_axis(title, values=[0, 0.25, 0.5, 0.75, 1])
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 1.14], nice=False), axis=axis)


def named_line(words: str, at: float, x: alt.X, low: float, high: float, y_px: int = 16) -> list[alt.Chart]:
    """Draw a line up through a place on a log axis from `low` to `high`, with its words at a height from the top."""
    at = min(max(at, low), high)
    data = pd.DataFrame({x.shorthand.removesuffix(":Q"): [at], "words": [words]})
    align, shift = side(at, low, high)
    rule = mark("rule", data, color=FLIP, strokeWidth=2.5, x=x)
    return [rule, text_mark(data, x=x, y=alt.value(y_px), text="words:N", align=align, dx=shift)]


def rows_y(field: str, sort: Sequence[str] | None = None) -> alt.Y:
    """Make the axis of bars whose names stand in the plot, above them."""
    return alt.Y(f"{field}:N", sort=sort, axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))


class PicturedChart(alt.LayerChart):
    """A chart that a notebook shows as a picture; with its own default Altair would load Vega from another host."""

    def _repr_mimebundle_(self, *args: Any, **kwds: Any) -> Any:
        """Give SVG, or a sentence where nothing draws it; a renderer that the user has enabled goes first."""
        if alt.renderers.active != "default":
            return super()._repr_mimebundle_(*args, **kwds)
        if not image_export.can_draw():
            return {"text/plain": f"{self.title}\n({image_export.NEEDS_LIBRARY})"}
        with alt.renderers.enable("svg"):
            return super(PicturedChart, fix_width(self.copy(deep=False)))._repr_mimebundle_()


def finish(layers: Sequence[Any], title: str, description: str, height: int = HEIGHT) -> alt.LayerChart:
    """Lay charts over one another and give them a finding, alternative text, and a width that follows the page.

    `height` is the plot's own: legend and axes come on top, so that a long legend does not squeeze the bars.
    """
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    size: dict[str, Any] = {"width": "container", "height": height, "autosize": fit, "padding": PADDING_PX}
    # Given at once, since `properties` checks each of them against the schema once more.
    return PicturedChart(layer=layers, title=title, description=description, **size)


ChartKind = TypeVar("ChartKind", bound=alt.LayerChart)


def fix_width(chart: ChartKind) -> ChartKind:
    """Give a finished chart a width of its own: a file has no page to follow, nor has a column of charts."""
    chart.width, chart.autosize, chart.padding = FILE_WIDTH_PX, alt.Undefined, alt.Undefined
    return chart


def money_axis(title: str, currency: str, **options: Any) -> Axis:
    """Make a money axis: −$10k, $0, $1.5M."""
    sign, size = json.dumps(symbol(currency)), "abs(datum.value)"
    steps = "".join(
        f"{size} >= {scale} ? format({size} / {scale}, ',.3~r') + '{letter}' : " for scale, letter in _SCALES
    )
    expression = f"(datum.value < 0 ? '−' : '') + {sign} + ({steps}format({size}, ',.3~r'))"
    return _axis_options(title, labelExpr=expression, **options)


def count_axis(title: str, **options: Any) -> Axis:
    """Make an axis of counts: 500, 20k, 1.5M."""
    steps = "".join(f"datum.value >= {s} ? format(datum.value / {s}, ',.3~r') + '{k}' : " for s, k in _SCALES)
    return _axis_options(title, labelExpr=f"{steps}format(datum.value, ',.3~r')", **options)


def percent_axis(title: str, **options: Any) -> Axis:
    """Make an axis of fractions shown as percent."""
    return _axis_options(title, labelExpr="format(100 * datum.value, '.3~r') + '%'", **options)


def points_axis(title: str, **options: Any) -> Axis:
    """Make an axis of differences of a metric, fractions shown as points."""
    return _axis_options(title, labelExpr="format(100 * datum.value, '.3~r')", **options)


def metric_axis(metric: str) -> Axis:
    """Make an axis of a metric's values, with its name as title."""
    return percent_axis(capital(metric_name(metric)))


def plan_hues(names: Iterable[str]) -> dict[str, str]:
    """Give each plan a colour that stays its own: random always the same, the others in their order."""
    listed = list(dict.fromkeys(names))
    others = [name for name in listed if name != "random"]
    chosen = dict(zip(others, itertools.cycle(SERIES), strict=False)) | {"random": RANDOM}
    return {name: chosen[name] for name in listed}


def legend(columns: int = 2) -> alt.Legend:
    """Make a legend above the plot, in few columns so that a phone shows all of it."""
    limit_px = 170 if columns > 1 else 300
    sizes: dict[str, Any] = {"labelLimit": limit_px, "symbolSize": 110, "symbolOpacity": 1, "labelFontSize": FONT_SIZE}
    return alt.Legend(orient="top", title=None, columns=columns, **sizes)


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Choose the finest round ticks on a log axis from `low` to `high` (both positive) of which at most `most` fit.

    >>> log_ticks(0.01, 10), log_ticks(10, 500), log_ticks(0.8, 1.25)
    ([0.01, 0.1, 1.0, 10.0], [10.0, 20.0, 50.0, 100.0, 200.0, 500.0], [0.8, 0.9, 1.0, 1.2])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads, step in _TICKS:
        ticks = [float(f"{lead}e{decade}") for decade in decades[::step] for lead in leads]
        inside = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(inside) <= most:
            return inside if len(inside) > 1 else [low, high]
    return [low, high]


def side(position: float, low: float, high: float) -> tuple[str, int]:
    """Choose alignment and offset of words at a log position, so that they run towards the wider side."""
    left_half = math.log(position) < (math.log(low) + math.log(high)) / 2
    return ("left", 5) if left_half else ("right", -5)


def domain(values: Sequence[float]) -> list[float]:
    """Give a linear domain around values and zero, with a little room at both ends."""
    low, high = min((0.0, *values)), max((0.0, *values))
    room = 0.04 * (high - low) or 1.0
    return [low - room, high + room]


def _typed_channel(name: str, given: Any) -> Any:
    """Name the class of a channel: altair would look for the one that fits among all of its own, at every chart."""
    if name in CHANNELS and isinstance(given, str):
        return CHANNELS[name](given)
    if name in VALUES and isinstance(given, dict) and given.keys() == {"value"}:
        return VALUES[name](given["value"])
    return given


def _axis_options(title: str, **options: Any) -> Axis:
    return {"title": title, "labelOverlap": "greedy", "tickCount": 5, "gridOpacity": 0.35, "titlePadding": 8} | options


Channel = TypeVar("Channel", alt.X, alt.Y)


def another_field(channel: Channel, shorthand: str) -> Channel:
    """Give a channel with the same scale and axis that reads another field."""
    moved = channel.copy()
    moved.shorthand = shorthand
    return moved


def strategy_colours(names: Sequence[str], shown: Iterable[str]) -> alt.Color:
    """Colour the strategies shown by their place among all names, so that ticking one off recolours none."""
    drawn = set(shown)
    hues = plan_hues(plan_name(name) for name in names)
    return colour_by("plan", {name: hue for name, hue in hues.items() if name in drawn})


def chart_rows(chart: Any) -> pd.DataFrame:
    """Give the rows of a chart's largest layer: the marks themselves, and not a rule or a word beside them.

    Raises:
        ValueError: it draws no table.
    """
    return max(_chart_frames(chart), key=len)


def _chart_frames(chart: Any) -> Iterator[pd.DataFrame]:
    if isinstance(getattr(chart, "data", None), pd.DataFrame):
        yield chart.data
    layers = getattr(chart, "layer", None)
    for layer in layers if isinstance(layers, list) else ():
        yield from _chart_frames(layer)
