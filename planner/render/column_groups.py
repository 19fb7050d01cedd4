"""Columns of plain text in groups, for terminals of any width."""

import math
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from planner.render import numbers as n

Group = tuple[str, list[list[str]]]
"""A title, and rows of cells."""


def print_groups(columns: Sequence[str], groups: Sequence[Group]) -> None:
    """Print groups of rows under one line of column names, each under its own title; all columns line up.

    Where that is too wide for the terminal, ranges are written with a dash, and columns stand closer.
    """
    gap = "  "
    if _wide(columns, groups, gap):
        groups = [(title, [[*map(_dashed, row)] for row in rows]) for title, rows in groups]
        gap = " " if _wide(columns, groups, gap) else gap
    widths = _widths(columns, groups)
    print(_line(columns, widths, gap))
    for title, rows in groups:
        print(title)
        for row in rows:
            print(_line(row, widths, gap))
    print()


def print_wrapped(text: str) -> None:
    """Print a paragraph within the width of the terminal."""
    print(textwrap.fill(n.plain(text), min(width(), 120), break_on_hyphens=False))


def width() -> int:
    """Give the columns of the terminal; 120 where the output goes elsewhere."""
    return shutil.get_terminal_size((120, 24)).columns


def in_chunks(items: Sequence[Any], names: Iterable[str], each: int) -> Iterator[Sequence[Any]]:
    """Cut items of `each` columns of text, gaps included, into parts that fit the terminal beside the rows' names."""
    size = max(1, (width() - max(map(len, names)) - 2) // each)
    yield from (items[start : start + size] for start in range(0, len(items), size))


def family_title(row: Mapping[str, Any]) -> str:
    """Name a family: data set, learner and schedule."""
    start = "" if row["initial_size"] is None else f"{n.count(row['initial_size'])} labels, then "
    dataset = [n.plain(row["dataset"])] if "dataset" in row else []
    return " · ".join([*dataset, n.plain(row["learner"]), f"{start}batches of {n.count(row['batch_size'])}"])


def in_points(fraction: float) -> str:
    """Write a difference in hundredths of the metric."""
    text = f"{100 * fraction:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", n.MINUS)


def factor_words(factor: float | None, *, at_least: bool = False) -> str:
    """Write a savings factor; None is "never"."""
    return n.NEVER if factor is None else f"{'≥' if at_least else ''}×{factor:.2f}"


def factor_range(low: float | None, high: float | None) -> str:
    """Write the two ends of an interval of savings factors."""
    return n.NEVER if high is None else f"{n.NEVER if low is None else f'{low:.2f}'} to {high:.2f}"


def factor_spread(factor: float | None, low: float | None, high: float | None, no_end: str = n.NEVER) -> str:
    """Write a savings factor with its interval; `no_end` stands for an upper end that is missing."""
    if factor is None or math.isnan(factor):
        return n.NEVER
    known = [end is not None and not math.isnan(end) for end in (low, high)]
    if not any(known):
        return factor_words(factor)
    ends = (f"{low:.2f}" if known[0] else n.NEVER, f"{high:.2f}" if known[1] else no_end)
    return f"{factor_words(factor)} ({' to '.join(ends)})"


def count_words(number: int, thing: str) -> str:
    """Count things: 1 seed, 1,200 seeds."""
    return f"{n.count(number)} {thing}{'s' * (number != 1)}"


def families(rows: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Part rows by family, in the order in which families come, with random first in each."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(family_title(row), []).append(row)
    return [sorted(family, key=lambda row: str(row["strategy"]) != "random") for family in found.values()]


def _line(cells: Sequence[str], widths: Sequence[int], gap: str) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return gap.join([first[0].ljust(first[1]), *(cell.rjust(wide) for cell, wide in rest)]).rstrip()


def _widths(columns: Sequence[str], groups: Sequence[Group]) -> list[int]:
    rows = (row for _, group in groups for row in group)
    return [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]


def _wide(columns: Sequence[str], groups: Sequence[Group], gap: str) -> bool:
    return sum(_widths(columns, groups)) + len(gap) * (len(columns) - 1) > width()


def _dashed(cell: str) -> str:
    # Between signed numbers a dash would read as a minus.
    return cell if any(sign in cell for sign in ("+", n.MINUS)) else cell.replace(" to ", "–")
