"""How wide the columns of a table are, and how tall its rows.

Told with the rows, since a table on screen keeps the widths of what it showed first when its words become longer.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

LETTER_PX, MARGIN_PX = 6.3, 20
LEAST_PX, MOST_PX = 60, 420
LINE_PX, ROW_MARGIN_PX, MOST_LINES = 20, 15, 3
MOST_TALL_PX = 640


def columns_of(rows: Sequence[dict[str, str]], most_px: int = MOST_PX) -> dict[str, Any]:
    """Give each column the width of its longest words, up to a width from which on they wrap; all stretch alike."""
    return {name: st.column_config.TextColumn(width=min(width, most_px)) for name, width in widths_px(rows).items()}


def widths_px(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Give the width of each column in pixels.

    >>> widths_px([{"Plan": "random", "Why": "x" * 200}])
    {'Plan': 60, 'Why': 420}
    """
    names = dict.fromkeys(name for row in rows for name in row)
    longest = {name: max(len(name), *(len(row.get(name, "")) for row in rows)) for name in names}
    return {name: min(MOST_PX, max(LEAST_PX, _px(letters))) for name, letters in longest.items()}


def row_px(rows: Sequence[dict[str, str]]) -> int | None:
    """Give the height of rows in which long words wrap; None where none has to.

    >>> row_px([{"Why": "short"}]), row_px([{"Why": "x" * 100}])
    (None, 55)
    """
    longest = max((len(cell) for row in rows for cell in row.values()), default=0)
    lines = math.ceil(_px(longest) / MOST_PX)
    return None if lines <= 1 else LINE_PX * min(lines, MOST_LINES) + ROW_MARGIN_PX


def table_px(rows: Sequence[dict[str, str]]) -> int | Literal["auto"]:
    """Give the height of a table: rows that wrap have more room than the ten rows of one line that are usual."""
    tall = row_px(rows)
    return "auto" if tall is None else min(tall * len(rows) + ROW_MARGIN_PX + LINE_PX, MOST_TALL_PX)


def _px(letters: int) -> int:
    return math.floor(LETTER_PX * letters) + MARGIN_PX
