"""The tables of `labelplan data`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from planner.render.terminal import print_table


def print_resources(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Print one line a data set or encoder, and where the cache is."""
    print_table(
        ["name", "kind", "download", "in the cache", "summary"],
        [[row["name"], row["kind"], size_words(row["download_bytes"]), _state(row), row["summary"]] for row in rows],
    )
    print(f"Cache: {folder}")


def print_resource(row: Mapping[str, Any]) -> None:
    """Print all that is known of one data set or encoder."""
    print(f"{row['name']}: {row['summary']}")
    print(f"  source   {row['paper']}")
    print(f"  licence  {row['licence']}. {row['terms']}")
    print(f"  archive  {row['package']} {row['version']}, {size_words(row['download_bytes'])}, sha256 {row['sha256']}")
    for member in row["members"]:
        print(f"  member   {member}")
    if row["needs"]:
        print(f"  needs    {', '.join(row['needs'])}")
    where = f"in {row['path']}" if row["cached"] else f"fetch it with: labelplan data get {row['name']}"
    print(f"  cache    {_state(row) or 'no'}; {where}")


def print_fetched(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print what was fetched, what was there, where it lies, and under which terms."""
    for row in rows:
        did = "is there now" if row["changed"] else "was there already"
        print(f"{row['name']}: {did}, {_state(row)} in {row['path']}")
        print(f"  {row['licence']}. {row['terms']}")


def print_encoded(facts: Mapping[str, Any]) -> None:
    """Print what was encoded and how to simulate it."""
    print(
        f"Wrote {facts['out']}: {facts['items']:,} items, {facts['features']:,} features, {facts['classes']:,} labels"
    )
    path, kind = Path(facts["out"]).absolute(), facts["kind"]
    print(f'In a grid file: datasets = [{{name = "file", path = "{path}", kind = "{kind}", scaling = "global"}}]')


def size_words(count: int) -> str:
    """Write bytes as people read them."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count / 1e3:,.1f} kB"


def _state(row: Mapping[str, Any]) -> str:
    if not row["cached"]:
        return ""
    size = size_words(row["cached_bytes"])
    return f"{size}, not encoded" if row["encoded"] is False else size
