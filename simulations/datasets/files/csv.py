"""CSV files: one header line, one row an item, commas, semicolons or tabs between cells."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulations.datasets.files.cells import read_batches
from simulations.datasets.files.columns import Wanted, choose_columns
from simulations.datasets.files.labels import Raw
from simulations.errors import SimulationInputError

_SEPARATORS = (",", ";", "\t")
_BLOCK, _LARGEST_BLOCK = 1 << 22, 1 << 27
_NOT_UTF8 = "is not UTF-8 text; save it as CSV in UTF-8"


def read_csv(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read a CSV file in pieces of some megabytes.

    Raises:
        SimulationInputError: see `choose_columns` and `read_batches`; and where rows have other numbers of cells
            than the header, or the file is empty or not UTF-8.
    """
    names, separator, skipped = _header(path, called)
    features = choose_columns(names, wanted, called)

    def batches() -> Iterator[Any]:
        return _batches(path, called, names, separator, skipped, [wanted.label, *features])

    return read_batches(batches, wanted.label, features, one_hot=wanted.one_hot, called=called)


def _header(path: Path, called: str) -> tuple[list[str], str, int]:
    """Read the column names, tell the separator, and count the lines to skip."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            for number, line in enumerate(source, start=1):
                if line.strip():
                    separator = max(_SEPARATORS, key=line.count)
                    return [name.strip() for name in next(csv.reader([line], delimiter=separator))], separator, number
    except UnicodeDecodeError as error:
        raise SimulationInputError(f"{called}: {_NOT_UTF8}") from error
    raise SimulationInputError(f"{called}: is empty; a header line and a row for each item are needed")


def _batches(
    path: Path, called: str, names: list[str], separator: str, skipped: int, columns: list[str]
) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow

    ragged: list[str] = []
    # Each column of each block has a cost of its own, so a wide table is read in larger ones.
    block = min(_LARGEST_BLOCK, max(_BLOCK, len(columns) << 14))

    def refuse(row: Any) -> str:
        at = "" if row.number is None else f", row {row.number - skipped}"
        ragged.append(
            f"{called}{at}: found {row.actual_columns} cells; allowed: {row.expected_columns}, as in the header"
        )
        return "error"

    # Every cell is read as text first, so that a cell that is no number can be named.
    try:
        yield from arrow.open_csv(
            path,
            read_options=arrow.ReadOptions(use_threads=False, block_size=block, column_names=names, skip_rows=skipped),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise SimulationInputError(ragged[0] if ragged else _told(called, str(error))) from error


def _told(called: str, error: str) -> str:
    if "UTF8" in error:
        return f"{called}: {_NOT_UTF8}"
    if "Empty CSV" in error:
        return f"{called}: has no rows under its header; a row for each item is needed"
    first = error.splitlines()[0]
    return f"{called}: is not a readable CSV file ({first}); allowed: a header line and a row for each item"
