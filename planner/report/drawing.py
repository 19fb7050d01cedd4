"""Figures of the report: a chart as inline SVG beside its table, legible on paper, on a phone, on light and on dark.

Pictures are drawn by vl-convert; without it the tables stand alone. The greys named here are what the page's style
sheet turns light on a dark screen.
"""

import importlib.util
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

WIDTH_PX = 400  # drawn at phone size and enlarged, so that words stay legible on a phone
INK, LINE, GRID = "#404040", "#888888", "#dddddd"
# Places are measured here and drawn with the reader's fonts: these two are equally wide, any other is narrower.
FONT = "Verdana, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class Figure:
    """One figure: its finding, what it is for those who do not see it, the picture if there is one, and its table."""

    name: str
    title: str
    description: str
    svg: Markup | None
    table: Sequence[dict[str, str]]


def can_draw() -> bool:
    """Say whether the library that draws is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def figure(name: str, chart: Any, table: Sequence[dict[str, str]], *, drawn: bool) -> Figure:
    """Make a figure of a chart.

    Args:
        name: unlike that of any other figure on the page.
        chart: an altair chart with a title and a description.
        table: what it shows, in words.
        drawn: draw it.
    """
    title, description = str(chart.title), str(chart.description)
    return Figure(name, title, description, _svg(name, chart, description) if drawn else None, table)


def _svg(name: str, chart: Any, description: str) -> Markup:
    """Draw a chart as inline SVG; the page shows its title, so the picture does not repeat it."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(_plain(chart).to_json())
    # Ids are unique in a picture, not on a page with a dozen of them.
    numbers = itertools.count()
    names: dict[str, str] = {}
    for found in re.findall(r'\bid="([^"]+)"', svg):
        names.setdefault(found, f"{name}-{next(numbers)}")
    for old, new in names.items():
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    label = Markup('<svg role="img" aria-label="{}" ').format(description)
    # The picture is vl-convert's own output, in which every text of the user is already escaped.
    return Markup(svg.replace("<svg ", str(label), 1))


def _plain(chart: Any) -> Any:
    """Give a chart the report's size, font and greys."""
    plain = chart.properties(title="", width=WIDTH_PX).configure(font=FONT, background="transparent")
    plain = plain.configure_axis(
        labelFontSize=11,
        titleFontSize=11,
        titleFontWeight="normal",
        labelColor=INK,
        titleColor=INK,
        domainColor=LINE,
        tickColor=LINE,
        gridColor=GRID,
    )
    return plain.configure_legend(labelColor=INK, titleColor=INK).configure_view(stroke=None)
