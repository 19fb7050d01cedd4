"""The tables of `labelplan curves`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from planner.curves.label_savings import LabelSavings, PooledSavings
from planner.render import numbers as n
from planner.render.column_groups import (
    Group,
    count_words,
    factor_range,
    factor_words,
    families,
    family_title,
    in_chunks,
    in_points,
    print_groups,
    print_wrapped,
)
from planner.render.numbers import metric_name

Point = tuple[float | None, int | None]
"""Where savings are read: at a share of random's last count, or at a count."""

_PER_POINT = 30  # columns that one point takes on the way, and over data sets
_PER_POOLED = 23
_SHARES = {1.0: "all labels", 0.5: "half", 0.25: "a quarter"}


def print_curves(summary: pd.DataFrame) -> None:
    """Print one line a curve, data set by data set: where it ends, its area and savings beside random's."""
    rows = [{str(name): cell for name, cell in row.items()} for row in summary.to_dict(orient="records")]
    metric = metric_name(str(rows[0]["metric"]))
    print_wrapped(
        f"{n.capital(metric)} at the last label count: mean, and 80% of the seeds. Area: mean height of "
        f"the curve over log labels minus random's, in points (hundredths). Saves: labels random needs ÷ labels the "
        f"strategy needs for the best {metric} random has had, and its 80% interval over seeds; 'never' is not within "
        f"the labels measured. Missed: seeds in which the strategy never gets there. Near a plateau savings are "
        f"inflated: a hair of {metric} is worth many labels there."
    )
    columns = ["", "labels", metric, "80% of seeds", "area", "saves", "80% range", "missed"]
    print_groups(columns, [_end_group(family) for family in families(rows)])
    for row in rows:
        if row["reason"] is not None:
            where = ", ".join(str(row[key]) for key in ("dataset", "learner", "strategy"))
            print(f"Warning: {n.plain(where)}: {row['reason']}")


def print_savings(savings: Sequence[LabelSavings]) -> None:
    """Print what is saved along the way: at label counts of random before its last, with the values there."""
    rows = [asdict(one) for one in savings if one.at is not None and one.share != 1]
    if not rows:
        return
    metric = metric_name(rows[0]["metric"])
    print_wrapped(f"On the way there: {metric}, and what is saved at the {metric} that random has with fewer labels:")
    for chunk in in_chunks(_points(rows), _names(rows), _PER_POINT):
        columns = ["", *(name for point in chunk for name in ("", _point_words(point)))]
        print_groups(columns, [(family_title(family[0]), _along_rows(family, chunk)) for family in families(rows)])


def print_pooled(pooled: Sequence[PooledSavings]) -> None:
    """Print one line a strategy over data sets, saying what it is not."""
    rows = [asdict(one) for one in pooled]
    if all(len(row["datasets"]) < 2 for row in rows):
        return
    print_wrapped(
        "Over data sets: geometric mean of the savings factors, with an 80% t interval over data sets. It sums up what "
        "was measured; it is no forecast for a new task. '≤': on so many data sets the mean curve never gets there, "
        "the most it can have saved is counted for them, and there is no interval."
    )
    for chunk in in_chunks(_points(rows), _names(rows), _PER_POOLED):
        print_groups(["", *map(_point_words, chunk)], [_pooled_group(family, chunk) for family in families(rows)])


def _names(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["strategy"] for row in rows}


def _points(rows: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Give the points that savings were read at, label counts first, each rising."""
    found = {(row["share"], None if row["share"] else row["at"]) for row in rows}
    return sorted(found, key=lambda point: (point[0] is not None, point[0] or point[1]))


def _point_words(point: Point) -> str:
    share, at = point
    return f"at {_SHARES[share]}" if share is not None else f"at {n.count(at or 0)}"


def _end_group(family: Sequence[Mapping[str, Any]]) -> Group:
    seeds = sorted({row["seeds"] for row in family})
    count = n.count(seeds[0]) if len(seeds) == 1 else f"{n.count(seeds[0])} to {n.count(seeds[-1])}"
    return f"{family_title(family[0])} · {count} seed{'s' * (seeds != [1])}", [_end_row(row) for row in family]


def _end_row(row: Mapping[str, Any]) -> list[str]:
    name = f"  {n.plain(row['strategy'])}"
    if row["value"] is None:
        return [name, *("unknown", "unknown"), *[""] * 5]
    area = "" if row["area_difference"] is None else in_points(row["area_difference"])
    span = "" if row["q10"] is None else f"{_percent(row['q10'])} to {_percent(row['q90'])}"
    return [name, n.count(row["labels"]), f"{_percent(row['value'])}%", span, area, *_saved_cells(row)]


def _saved_cells(row: Mapping[str, Any]) -> tuple[str, str, str]:
    if row["unreached"] is None:
        return "", "", ""
    span = "" if row["p_never"] is None else factor_range(row["savings_q10"], row["savings_q90"])
    return factor_words(row["savings_factor"]), span, f"{row['unreached']}/{row['pairs']}"


def _along_rows(family: Sequence[Mapping[str, Any]], chunk: Sequence[Point]) -> list[list[str]]:
    """Give random's values and label counts, then each strategy's values and savings there."""
    cells = {(row["strategy"], point): row for row in family for point in _points([row])}
    theirs = [next((row for row in family if _points([row]) == [point]), None) for point in chunk]
    table = [["  random", *(cell for row in theirs for cell in _random_cells(row))]]
    for name in dict.fromkeys(row["strategy"] for row in family):
        found = [cells.get((name, point)) for point in chunk]
        table.append([f"  {n.plain(name)}", *(cell for row in found for cell in _along_cells(row))])
    return table


def _random_cells(row: Mapping[str, Any] | None) -> tuple[str, str]:
    return ("", "") if row is None else (f"{_percent(row['value'])}%", f"{n.count(row['at'])} labels")


def _along_cells(row: Mapping[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return "", ""
    value = "" if row["value_strategy"] is None else f"{_percent(row['value_strategy'])}%"
    return value, _factor_with_span(row)


def _pooled_group(family: Sequence[Mapping[str, Any]], chunk: Sequence[Point]) -> Group:
    sets = len({name for row in family for name in row["datasets"]})
    cells = {(row["strategy"], point): _pooled_words(row, sets) for row in family for point in _points([row])}
    names = dict.fromkeys(row["strategy"] for row in family)
    title = f"{family_title(family[0])} · {count_words(sets, 'data set')}"
    return title, [[f"  {n.plain(name)}", *(cells.get((name, point), "") for point in chunk)] for name in names]


def _pooled_words(row: Mapping[str, Any], sets: int) -> str:
    if row["factor"] is None:
        return "unknown"
    if row["unreached"]:
        return f"≤×{row['factor']:.2f} ({len(row['unreached'])} never)"
    few = f", {len(row['datasets'])} sets" if len(row["datasets"]) < sets else ""
    span = "" if row["q10"] is None else f" ({factor_range(row['q10'], row['q90'])}{few})"
    return factor_words(row["factor"], at_least=row["bound"] == "at_least") + span


def _factor_with_span(row: Mapping[str, Any]) -> str:
    span = "" if row["p_never"] is None else f" ({factor_range(row['q10'], row['q90'])})"
    if row["factor"] is None and row["q90"] is None:
        return n.NEVER  # "never (never)" says it twice
    return factor_words(row["factor"], at_least=row["at_least"]) + span


def _percent(fraction: float) -> str:
    """Write percent without the sign, with one decimal at least, so that columns line up."""
    text = n.percent(fraction).removesuffix("%")
    return text if "." in text else f"{text}.0"
