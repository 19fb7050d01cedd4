"""Charts as files and as inline pictures of the report.

Pictures are drawn by vl-convert; without it the tables stand alone. The greys named here are what the page's style
sheet turns light on a dark screen.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from simulations.errors import InputError

if TYPE_CHECKING:
    import altair as alt

SUFFIXES = (".html", ".svg", ".png")
NEEDS_LIBRARY = "drawing needs vl-convert: pip install 'labelplan[report]'"
_PNG_SCALE = 2.0  # pixels a point: sharp on paper and on fine screens
WIDTH_PX = 400  # drawn at phone size and enlarged, so that words stay legible on a phone
INK, LINE, GRID = "#404040", "#888888", "#dddddd"
# Places are measured here and drawn with the reader's fonts: these two are equally wide, any other is narrower.
FONT = "Verdana, DejaVu Sans, sans-serif"


def check_chart_path(option: str, path: Path) -> None:
    """Refuse a path that no chart can be written to; `option` is what the user typed.

    Raises:
        InputError: another kind of file, no such folder, or the extra that draws is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{option}: found '{path.name}'; allowed: a name ending in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}")
    if not can_draw():
        raise InputError(f"{option}: {NEEDS_LIBRARY}")


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


def can_draw() -> bool:
    """Say whether the library that draws is installed."""
    return find_spec("vl_convert") is not None


def draw_svg(name: str, chart: Any) -> Markup:
    """Draw a chart as inline SVG, with ids that begin with `name`; the page shows its title, the picture does not."""
    import vl_convert

    ink = {"labelColor": INK, "titleColor": INK}
    lines = {"domainColor": LINE, "tickColor": LINE, "gridColor": GRID}
    sizes = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    styled = chart.properties(title="", width=WIDTH_PX).configure(font=FONT, background="transparent")
    styled = styled.configure_axis(**sizes, **ink, **lines).configure_legend(**ink).configure_view(stroke=None)
    svg = vl_convert.vegalite_to_svg(styled.to_json())
    # Ids are unique in a picture, not on a page with a dozen of them.
    for place, old in enumerate(re.findall(r'\bid="([^"]+)"', svg)):
        svg = svg.replace(f'id="{old}"', f'id="{name}-{place}"').replace(f"url(#{old})", f"url(#{name}-{place})")
    label = Markup('<svg role="img" aria-label="{}" ').format(str(chart.description))
    # The picture is vl-convert's own output, in which every text of the user is already escaped.
    return Markup(svg.replace("<svg ", str(label), 1))
