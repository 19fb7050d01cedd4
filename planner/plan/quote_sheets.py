"""Quotes in spreadsheets (.xlsx): a template to send to vendors, and what they fill in, read back cell by cell.

The sheet of quotes has three rows above the first vendor: what a column is with its unit, one line of help, and the
name of the field, by which it is read. A sheet that begins with the row of field names is read as well.
"""

import io
import unicodedata
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from planner.plan.inputs import value_text
from planner.plan.presets import presets
from planner.plan.quantity import shortened
from planner.plan.quote import Quote
from planner.plan.quote_cells import Row, allowed_texts, check_column, parse_cell, quote_field_kinds
from simulations.errors import InputError

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SHEET = "Quotes"
EXAMPLES = "Examples"
FIRST_FIELDS = (
    "name",
    "billing",
    "kind",
    "price_usd",
    "votes_per_item",
    "delivered_error_rate",
    "vote_error_rate",
    "turnaround_days",
    "throughput_per_day",
    "platform_fee_usd_per_item",
    "fee_rate",
    "minimum_order_usd",
    "set_up_usd",
    "valid_until",
)
"""The columns that matter most; all others follow in the order of a plan file."""

ROWS_TO_FILL = 200  # rows that have drop-downs
HEADER_WITHIN = 10  # rows in which the field names are looked for
MOST_ROWS = 2_000
MOST_UNPACKED_BYTES = 50_000_000
WIDTH = 18


Tables = Mapping[str, Sequence[Mapping[str, str]]]
"""By title, rows from column name to text."""


def quotes_workbook(quotes: Sequence[Quote] = (), tables: Tables | None = None) -> bytes:
    """Write a spreadsheet of quotes with drop-downs, units and help, and of further tables by their sheet's title.

    Without quotes it is the template that vendors fill in, with the presets on a sheet of examples.
    """
    from openpyxl import Workbook  # a fifth of a second, which few commands need

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _write_quotes(sheet, [(quote, quote.model_fields_set) for quote in quotes])
    if not quotes:
        _write_quotes(book.create_sheet(EXAMPLES), [(preset.vendor, {*preset.table()}) for preset in presets()])
    for title, rows in (tables or {}).items():
        _write_table(book.create_sheet(title[:31]), rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_quotes(sheet: "Worksheet", quotes: Sequence[tuple[Quote, Collection[str]]]) -> None:
    """Write of each quote the fields named, under the three rows that say what a column is."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    names = (*FIRST_FIELDS, *(name for name in Quote.model_fields if name not in FIRST_FIELDS))
    for column, name in enumerate(names, start=1):
        info = Quote.model_fields[name]
        extra = info.json_schema_extra
        unit = str(extra["unit"]) if isinstance(extra, dict) else ""
        letter = get_column_letter(column)
        title, help_, field = (sheet.cell(row, column) for row in (1, 2, 3))
        title.value = f"{info.title or name} ({unit})" if unit else info.title or name
        title.font = Font(bold=True)
        help_.value, field.value = info.description or "", name
        help_.font = field.font = Font(italic=True, color="666666")
        title.alignment = help_.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter].width = WIDTH
        for row, (quote, given) in enumerate(quotes, start=4):
            if name in given:
                _write_cell(sheet.cell(row, column), _cell_value(name, getattr(quote, name)))
        if choices := allowed_texts(name):
            listed = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            listed.error = f"One of: {', '.join(choices)}"
            listed.add(f"{letter}4:{letter}{3 + ROWS_TO_FILL}")
            sheet.add_data_validation(listed)
    sheet.freeze_panes = "B4"


def _cell_value(name: str, value: Any) -> bool | float | date | str:
    """Give a field as a spreadsheet holds it: single numbers as numbers, ranges and tiers as text."""
    if isinstance(value, bool | date):
        return value
    text = value_text(value)
    try:
        return float(text) if quote_field_kinds()[name] == "number" else text
    except ValueError:
        return text


def _write_cell(cell: Any, value: bool | float | date | str) -> None:
    """Write a value; text stays text, whatever it begins with, and signs that no sheet can hold become spaces."""
    if isinstance(value, str):
        cell.value = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in value)
        cell.data_type = "s"
    else:
        cell.value = value


def _write_table(sheet: "Worksheet", rows: Sequence[Mapping[str, str]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for column, name in enumerate(rows[0] if rows else (), start=1):
        sheet.cell(1, column, name).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
        for row, cells in enumerate(rows, start=2):
            _write_cell(sheet.cell(row, column), cells[name])
    sheet.freeze_panes = "A2"


def tables_from_workbook(raw: bytes, where: str) -> list[Row]:
    """Read the quotes of a spreadsheet, not yet checked as quotes.

    Raises:
        InputError: in one sentence naming the cell, what was found and what is allowed.
    """
    book, formulas = _open(raw, where, values=True), _open(raw, where, values=False)
    title = SHEET if SHEET in book.sheetnames else book.sheetnames[0]
    sheet, typed = book[title], formulas[title]
    if sheet.max_row > MOST_ROWS:
        raise InputError(f"{where}, sheet {title}: found {sheet.max_row:,} rows; allowed: up to {MOST_ROWS:,}")
    if merged := sorted(map(str, sheet.merged_cells.ranges)):
        raise InputError(f"{where}, sheet {title}: found the merged cells {merged[0]}; allowed: one value a cell")
    header = _header_row(sheet, where)
    columns: dict[int, str] = {}
    for column in range(1, sheet.max_column + 1):
        cell = sheet.cell(header, column)
        name = str(cell.value or "").strip()
        if not name:
            continue
        check_column(name, columns.values(), f"{where}, cell {cell.coordinate}")
        columns[column] = name
    found = []
    for number in range(header + 1, sheet.max_row + 1):
        table: dict[str, Any] = {}
        cells: dict[str, str] = {}
        for column in range(1, sheet.max_column + 1):
            cell, formula = sheet.cell(number, column), typed.cell(number, column)
            place = f"{where}, cell {cell.coordinate}"
            if cell.value is None and formula.value is not None:
                raise InputError(f"{place}: found a formula without a value; allowed: a value, as spreadsheets save it")
            if cell.value is None or not str(cell.value).strip():
                continue
            if (field := columns.get(column)) is None:
                text = shortened(str(cell.value))
                raise InputError(f'{place}: found "{text}" in a column without a field name; allowed: one above it')
            table[field], cells[field] = _read_value(cell.value, field, place), cell.coordinate
        if table:
            found.append((f"row {number}", table, cells))
    return found


def _open(raw: bytes, where: str, *, values: bool) -> "Workbook":
    """Open a workbook, with the values that its formulas had when it was saved, or with the formulas."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > MOST_UNPACKED_BYTES:
            raise InputError(f"{where}: found {size:,} bytes unpacked; allowed: up to {MOST_UNPACKED_BYTES:,}")
        return load_workbook(io.BytesIO(raw), data_only=values)
    except InputError:
        raise
    except Exception as error:  # the library raises what its parts raise: of archives, of XML, of keys
        raise InputError(f"{where}: not a spreadsheet that can be read; allowed: one saved as .xlsx") from error


def _header_row(sheet: "Worksheet", where: str) -> int:
    for number in range(1, min(sheet.max_row, HEADER_WITHIN) + 1):
        if any(cell.value == "name" for cell in sheet[number]):
            return number
    raise InputError(
        f"{where}, sheet {sheet.title}: found no row of field names with 'name' in it among the first {HEADER_WITHIN}; "
        "allowed: as 'labelplan init quotes.xlsx' writes it"
    )


def _read_value(value: Any, field: str, place: str) -> Any:
    """Read the value of a cell as its field wants it."""
    kind = quote_field_kinds()[field]
    if isinstance(value, datetime):
        value = value.date()
    kinds: Mapping[type, tuple[str, ...]] = {bool: ("bool",), int: ("number", "text"), float: ("number", "text")}
    kinds = {**kinds, date: ("date",), str: ("number", "bool", "date", "tiers", "text")}
    if kind not in kinds.get(type(value), ()):
        allowed = {"bool": "TRUE or FALSE", "date": "a date", "tiers": "tiers such as 0-50000: 0.035; 50000-: 0.025"}
        raise InputError(
            f"{place}, {field}: found {shortened(str(value))}; allowed: "
            f"{allowed.get(kind, 'a number, or a range such as 0.05 to 0.12')}"
        )
    if not isinstance(value, str):
        return str(value) if kind == "text" else value
    try:
        return parse_cell(field, value.strip(), decimal_comma=False)
    except ValueError as error:
        raise InputError(f"{place}, {field}: {error}") from error
