"""Charts as files and as inline pictures of the report.

Pictures are drawn by vl-convert; without it the tables stand alone. The greys named here are what the page's style
sheet turns light on a dark screen.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from simulations.errors import InputError

if TYPE_CHECKING:
    import altair as alt

SUFFIXES = (".html", ".svg", ".png")
_PNG_SCALE = 2.0  # pixels a point: sharp on paper and on fine screens
WIDTH_PX = 400  # drawn at phone size and enlarged, so that words stay legible on a phone
INK, LINE, GRID = "#404040", "#888888", "#dddddd"
# Places are measured here and drawn with the reader's fonts: these two are equally wide, any other is narrower.
FONT = "Verdana, DejaVu Sans, sans-serif"


def check_chart_path(option: str, path: Path) -> None:
    """Refuse a path that no chart can be written to.

    Args:
        option: what the user typed, for messages.
        path: the file.

    Raises:
        InputError: another kind of file, no such folder, or the extra that draws is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{option}: found '{path.name}'; allowed: a name ending in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}")
    if not can_draw():
        raise InputError(f"{option}: drawing needs vl-convert: pip install 'labelplan[report]'")


def save_chart(chart: "alt.TopLevelMixin", path: Path) -> None:
    """Write a chart; `check_chart_path` says beforehand whether it can be.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        if path.suffix.lower() == ".html":
            # Everything inside: the page fetches nothing when it is opened.
            chart.save(str(path), format="html", inline=True)
        else:
            picture: Literal["svg", "png"] = "png" if path.suffix.lower() == ".png" else "svg"
            chart.save(str(path), format=picture, scale_factor=_PNG_SCALE)
    except OSError as error:
        raise InputError(f"{path}: the chart cannot be written ({error.strerror})") from error


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
    return find_spec("vl_convert") is not None


def figure(name: str, chart: Any, table: Sequence[dict[str, str]], *, drawn: bool) -> Figure:
    """Make a figure of a chart, with a name of its own on the page, its table in words, and a picture if `drawn`."""
    title, description = str(chart.title), str(chart.description)
    return Figure(name, title, description, _draw_svg(name, chart, description) if drawn else None, table)


def _draw_svg(name: str, chart: Any, description: str) -> Markup:
    """Draw a chart as inline SVG; the page shows its title, so the picture does not repeat it."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(_in_report_style(chart).to_json())
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


def _in_report_style(chart: Any) -> Any:
    """Give a chart the report's size, font and greys."""
    ink = {"labelColor": INK, "titleColor": INK}
    lines = {"domainColor": LINE, "tickColor": LINE, "gridColor": GRID}
    sizes = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    plain = chart.properties(title="", width=WIDTH_PX).configure(font=FONT, background="transparent")
    return plain.configure_axis(**sizes, **ink, **lines).configure_legend(**ink).configure_view(stroke=None)
