"""Writes a chart to a file that opens offline: a page with the chart in it, or a picture."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simulations.errors import InputError

if TYPE_CHECKING:
    import altair as alt

SUFFIXES = (".html", ".svg", ".png")
_PNG_SCALE = 2.0  # pixels a point: sharp on paper and on fine screens


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
    if find_spec("vl_convert") is None:
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
