"""CSV files: one header line, one row an item, commas, semicolons or tabs between cells."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulations.datasets.files.cells import read_batches
from simulations.datasets.files.columns import Wanted, choose_columns
from simulations.datasets.files.labels import Raw
from simulations.errors import InputError

_SEPARATORS = (",", ";", "\t")
_BLOCK, _LARGEST_BLOCK = 1 << 22, 1 << 27
_LONGEST_NAME = 1000
_NOT_UTF8 = "is not UTF-8 text; save it as CSV in UTF-8"


def read_csv(path: Path, called: str, wanted: Wanted) -> Raw:
    """Read a CSV file in pieces of some megabytes.

    Raises:
        InputError: see `choose_columns` and `read_batches`; and where rows have other numbers of cells
            than the header, or the file is empty or not UTF-8.
    """
    names, separator, skipped = read_header(path, called)
    features = choose_columns(names, wanted, called)

    def batches() -> Iterator[Any]:
        return _batches(path, called, names, separator, skipped, [wanted.label, *features])

    return read_batches(batches, wanted, features, called=called)


def read_header(path: Path, called: str) -> tuple[list[str], str, int]:
    """Read the column names, tell the separator, and count the lines to skip.

    The separator is the one that makes the most cells of the header, so one within quotes counts for nothing.
    """
    try:
        read = [(*_first_record(path, separator), separator) for separator in _SEPARATORS]
        names, skipped, separator = max(read, key=lambda one: len(one[0]))
        if any(len(name) > _LONGEST_NAME for name in names):
            raise csv.Error
    except UnicodeDecodeError as error:
        raise InputError(f"{called}: {_NOT_UTF8}") from error
    except csv.Error as error:  # also of the reader itself, which gives up on far longer cells
        raise InputError(
            f"{called}: a column name has more than {_LONGEST_NAME:,} characters, as after a quote that does not end; "
            "allowed: one header line of shorter names"
        ) from error
    if not names:
        raise InputError(f"{called}: is empty; a header line and a row for each item are needed")
    # A name that was broken over lines is asked for, and told, in one.
    return [re.sub(r"\s*[\r\n]\s*", " ", name.strip()) for name in names], separator, skipped


def _first_record(path: Path, separator: str) -> tuple[list[str], int]:
    """Read the cells of the first line that is not blank, and the lines up to its end; no cells where there is none."""
    with path.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.reader(source, delimiter=separator)
        for cells in reader:
            if separator.join(cells).strip():
                return cells, reader.line_num
    return [], 0


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
        raise InputError(ragged[0] if ragged else _told(called, str(error))) from error


def _told(called: str, error: str) -> str:
    if "UTF8" in error:
        return f"{called}: {_NOT_UTF8}"
    if "Empty CSV" in error or "Could not skip" in error:  # the latter where the header ends the file
        return f"{called}: has no rows under its header; a row for each item is needed"
    first = error.splitlines()[0]
    return f"{called}: is not a readable CSV file ({first}); allowed: a header line and a row for each item"
