"""Plain lines and tables for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from planner.render import numbers as n


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
            value = "too far" if point["q50"] is None else n.percent(point["q50"])
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
        words_of_check = ""
        if curve["check"] is not None:
            words_of_check = curve["check"]["words"]
            print(f"{title}: the fit is {curve['check']['verdict']}. {words_of_check}")
        # What the check has just said is not said again.
        print_warnings(f"{title}: {text}" for text in curve["warnings"] if text not in words_of_check)


def print_catalog(entries: Iterable[Mapping[str, Any]]) -> None:
    """Print one line a strategy, learner or data set."""
    print_table(
        ["name", "family", "summary"], [[entry["name"], entry["family"], entry["summary"]] for entry in entries]
    )


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
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(n.plain(cell).replace("[", r"\[") for cell in row))
    console = Console(highlight=False)
    # A file or a pipe has no width to respect: nothing may be cut there.
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    console.print(table)
