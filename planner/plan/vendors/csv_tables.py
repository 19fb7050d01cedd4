"""Quotes out of CSV text: the rows as a spreadsheet counts them, the header checked, each cell read by its column.

Words:
    row     a row as a spreadsheet counts it: the header, comments and empty rows count too
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from planner.plan.vendors.cells import kinds, parse_cell
from simulations.errors import InputError
from simulations.names import suggestion

_DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?')

Table = dict[str, Any]


def tables_from_csv(text: str, where: str) -> list[tuple[str, Table]]:
    """Read quotes from CSV text.

    Args:
        text: the file.
        where: its name in messages.

    Returns:
        For each quote its place, such as `row 3`, and its table.

    Raises:
        InputError: in one sentence.
    """
    text, delimiter, first = _dialect(text, where)
    rows = _rows(text, delimiter, first, where)
    _, header = next(rows, (0, []))
    fields = [name.strip() for name in header]
    _check_header(fields, where)
    tables = []
    for number, cells in rows:
        if len(cells) != len(fields):
            raise InputError(
                f"{where}, row {number}: found {len(cells)} cells; allowed: {len(fields)}, as in the header"
            )
        place = f"row {number}"
        tables.append((place, _table(fields, cells, f"{where}, {place}", decimal_comma=delimiter == ";")))
    return tables


def _dialect(text: str, where: str) -> tuple[str, str, int]:
    """Give the text after a line `sep=;`, the delimiter of its header, and the number of its first row."""
    first = 1
    line, _, rest = text.partition("\n")
    if match := _SEPARATOR_LINE.fullmatch(line.strip("\r")):
        text, first = rest, 2
    header = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    found = [delimiter for delimiter in _DELIMITERS if delimiter in header]
    if len(found) > 1:
        raise InputError(
            f"{where}, header: found cells separated in different ways; allowed: by commas or by semicolons"
        )
    return text, found[0] if found else match[1] if match else ",", first


def _rows(text: str, delimiter: str, first: int, where: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that are neither empty nor comments, each with its number."""
    skipped = [first - 1]
    number = first - 1
    reader = csv.reader(_without_comments(text, skipped), delimiter=delimiter, strict=True)
    try:
        for count, cells in enumerate(reader, start=1):
            number = count + skipped[0]
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise InputError(f"{where}, row {number + 1}: not CSV ({error})") from error


def _without_comments(text: str, skipped: list[int]) -> Iterator[str]:
    """Give the lines without comments, counting those; a # inside a cell of several lines is none."""
    quoted = False
    for line in io.StringIO(text, newline=""):
        if not quoted and line.lstrip().startswith("#"):
            skipped[0] += 1
            continue
        quoted ^= line.count('"') % 2 == 1
        yield line


def _check_header(fields: Sequence[str], where: str) -> None:
    for field in fields:
        if field and field not in kinds():
            raise InputError(f"{where}, header: found the unknown column '{field[:60]}'{suggestion(field, kinds())}")
        if field and fields.count(field) > 1:
            raise InputError(f"{where}, header: found the column '{field}' twice; allowed: once")
    if "name" not in fields:
        raise InputError(f"{where}, header: found no column 'name'; allowed: field names, name among them")


def _table(fields: Sequence[str], cells: Sequence[str], where: str, *, decimal_comma: bool) -> Table:
    table: Table = {}
    for field, cell in zip(fields, map(str.strip, cells), strict=True):
        if not cell:
            continue
        if not field:
            raise InputError(f'{where}: found "{cell[:60]}" in a column without a name; allowed: a field name above it')
        try:
            table[field] = parse_cell(field, cell, decimal_comma=decimal_comma)
        except ValueError as error:
            raise InputError(f"{where}, column {field}: {error}") from error
    return table
