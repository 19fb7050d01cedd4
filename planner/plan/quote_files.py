"""Read quotes from CSV, JSON and spreadsheet files, each checked as a quote of the plan is, and write quotes as CSV.

Words:
    table   one quote as a plan file would hold it: field to number, text of a range, boolean, date or list of tiers
    row     a row as a spreadsheet counts it: the header, comments and empty rows count too
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.plan.inputs import value_text
from planner.plan.plan import fault_sentence, first_fault
from planner.plan.presets import presets
from planner.plan.quote import Quote
from planner.plan.quote_cells import Row, check_column, parse_cell, parse_date, parse_number, quote_field_kinds
from planner.plan.quote_sheets import tables_from_workbook
from simulations.errors import InputError, suggestion
from simulations.files import guard_formula, strip_guard

MOST_BYTES = 1_000_000
MOST_QUOTES = 1_000

_DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?')

Table = dict[str, Any]


def read_quotes(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Read the quotes of a CSV or JSON file as tables of a plan, in the file's order.

    CSV: one quote a row under a header of field names; an empty cell is a field left out; tiers stand in one cell,
    `0-50000: 0.035; 50000-: 0.025`; a line that begins with # is a comment. JSON: a list of objects, or that list
    under `vendors`.

    Raises:
        InputError: in one sentence naming file, row or quote and field; one fault refuses the whole file.
    """
    if path.suffix.lower() not in (".csv", ".json", ".xlsx"):
        raise InputError(f"{path}: found a file that ends in '{path.suffix}'; allowed: .csv, .json or .xlsx")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the file of quotes in it")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file of quotes") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return parse_quotes(content, str(path))


def parse_quotes(raw: bytes, where: str) -> tuple[Mapping[str, Any], ...]:
    """Read the quotes in the bytes of a file, of the kind that its name `where` says, or else that it begins as.

    Raises:
        InputError: as `read_quotes`.
    """
    suffix = Path(where).suffix.lower()
    if suffix == ".xlsx":
        rows = tables_from_workbook(raw, where)
    else:
        text = _decode_text(raw, where)
        is_json = suffix == ".json" or (suffix != ".csv" and text.lstrip()[0] in "[{")
        rows = (_rows_from_json if is_json else _rows_from_csv)(text, where)
    _check_quotes(rows, where)
    return tuple(table for _, table, _ in rows)


def _decode_text(raw: bytes, where: str) -> str:
    if len(raw) > MOST_BYTES:
        raise InputError(f"{where}: found more than {MOST_BYTES:,} bytes; allowed: up to {MOST_QUOTES:,} quotes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not a text file in UTF-8; a spreadsheet saves one as 'CSV UTF-8'") from error
    if "\0" in text or not text.strip():
        raise InputError(
            f"{where}: found {'no text file' if text.strip() else 'nothing'}; allowed: quotes, CSV or JSON"
        )
    return text


def _check_quotes(tables: Sequence[Row], where: str) -> None:
    """Refuse a file without quotes, with too many, with a name twice, or with a quote that is none."""
    if not tables:
        raise InputError(f"{where}: found no quote; allowed: 1 to {MOST_QUOTES:,}")
    if len(tables) > MOST_QUOTES:
        raise InputError(f"{where}: found {len(tables):,} quotes; allowed: up to {MOST_QUOTES:,}")
    seen: dict[str, str] = {}
    for place, table, cells in tables:
        name = table.get("name")
        if name is None:
            raise InputError(f"{where}, {place} name: missing; allowed: a name for each quote")
        if fault := quote_fault(table, place, cells):
            raise InputError(f"{where}, {fault}")
        if name in seen:
            raise InputError(
                f'{where}, {place} name: found "{name[:60]}", which {seen[name]} has; allowed: a different name for '
                "each quote"
            )
        seen[name] = place


def quote_fault(table: Mapping[str, Any], place: str, cells: Mapping[str, str] | None = None) -> str | None:
    """Say the plan's sentence of what is wrong with a quote, with its place in front; None where nothing is.

    Where the cells of its fields are known, the place is the cell of the field at fault.
    """
    try:
        Quote.model_validate(dict(table))
    except ValidationError as error:
        fault = first_fault(error)
        field = str(fault["loc"][0]) if fault["loc"] else fault["msg"].removeprefix("Value error, ").partition(":")[0]
        if cells and field in cells:
            place = f"cell {cells[field]}"
        fault["loc"] = ("vendors", 0, *fault["loc"])
        return place + fault_sentence(fault, {"vendors": [table]}).removeprefix("[[vendors]] no. 1")
    return None


def _rows_from_csv(text: str, where: str) -> list[Row]:
    text, delimiter, first = _read_dialect(text, where)
    fields, rows = read_csv_rows(text, where, delimiter=delimiter, first=first)
    for i, field in enumerate(fields):
        if field:
            check_column(field, fields[:i], f"{where}, header")
    if "name" not in fields:
        raise InputError(f"{where}, header: found no column 'name'; allowed: field names, name among them")
    tables: list[Row] = []
    for number, cells in rows:
        place = f"row {number}"
        tables.append((place, _csv_table(fields, cells, f"{where}, {place}", decimal_comma=delimiter == ";"), {}))
    return tables


def _read_dialect(text: str, where: str) -> tuple[str, str, int]:
    """Give the text after a line `sep=;`, the delimiter of its header, and the number of its first row."""
    first = 1
    line, _, rest = text.partition("\n")
    if match := _SEPARATOR_LINE.fullmatch(line.strip("\r")):
        text, first = rest, 2
    header = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    delimiters = [delimiter for delimiter in _DELIMITERS if delimiter in header]
    if len(delimiters) > 1:
        raise InputError(
            f"{where}, header: found cells separated in different ways; allowed: by commas or by semicolons"
        )
    return text, delimiters[0] if delimiters else match[1] if match else ",", first


def read_csv_rows(
    text: str, where: str, *, first: int = 1, **dialect: Any
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read the header of a CSV text and its rows, each with its number; empty ones and comments are left out.

    The first row has the number `first`; the dialect is that of `csv.reader`.

    Raises:
        InputError: it is no CSV, or a row has not as many cells as the header.
    """
    skipped, number = [first - 1], first - 1
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(_without_comments(text, skipped), strict=True, **dialect)
    try:
        for count, cells in enumerate(reader, start=1):
            number = count + skipped[0]
            cells = [strip_guard(cell.strip()) for cell in cells]
            if any(cells):
                found.append((number, cells))
    except csv.Error as error:
        raise InputError(f"{where}, row {number + 1}: not CSV ({error})") from error
    (_, header), *rows = found or [(0, [])]
    for number, cells in rows:
        if len(cells) != len(header):
            raise InputError(
                f"{where}, row {number}: found {len(cells)} cells; allowed: {len(header)}, as in the header"
            )
    return header, rows


def _without_comments(text: str, skipped: list[int]) -> Iterator[str]:
    """Give the lines without comments, counting those; a # inside a cell of several lines is none."""
    quoted = False
    for line in io.StringIO(text, newline=""):
        if not quoted and line.lstrip().startswith("#"):
            skipped[0] += 1
            continue
        quoted ^= line.count('"') % 2 == 1
        yield line


def _csv_table(fields: Sequence[str], cells: Sequence[str], where: str, *, decimal_comma: bool) -> Table:
    table: Table = {}
    for field, cell in zip(fields, cells, strict=True):
        if not cell:
            continue
        if not field:
            raise InputError(f'{where}: found "{cell[:60]}" in a column without a name; allowed: a field name above it')
        try:
            table[field] = parse_cell(field, cell, decimal_comma=decimal_comma)
        except ValueError as error:
            raise InputError(f"{where}, column {field}: {error}") from error
    return table


def _rows_from_json(text: str, where: str) -> list[Row]:
    try:
        raw = json.loads(
            text,
            object_pairs_hook=_distinct_keys,
            parse_constant=_refuse_constant,
            # What a float cannot hold stays text, so that the fault shows what was found.
            parse_float=lambda text: float(text) if abs(float(text)) < 1e300 else text,
            parse_int=lambda text: int(text) if len(text) < 100 else text,
        )
    except RecursionError as error:
        raise InputError(f"{where}: found lists inside lists without end; allowed: a list of quotes") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not a JSON file ({error})") from error
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    if isinstance(raw, dict):
        if unknown := [key for key in raw if key != "vendors"]:
            raise InputError(f"{where}: found the unknown key '{unknown[0][:60]}'; allowed: vendors")
        raw = raw.get("vendors")
    if not isinstance(raw, list):
        raise InputError(f'{where}: found no list of quotes; allowed: [{{...}}, {{...}}] or {{"vendors": [...]}}')
    return [(f"quote {i + 1}", _json_table(item, f"{where}, quote {i + 1}"), {}) for i, item in enumerate(raw)]


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"found the key '{twice[:60]}' twice in one quote; allowed: once")
    return table


def _refuse_constant(word: str) -> float:
    raise ValueError(f"found {word}; allowed: a number")


def _json_table(item: Any, where: str) -> Table:
    if not isinstance(item, dict):
        raise InputError(f"{where}: found {json.dumps(item)[:60]}; allowed: an object, a quote's fields and values")
    table: Table = {}
    for field, value in item.items():
        if field not in quote_field_kinds():
            raise InputError(f"{where}: found the unknown field '{field[:60]}'{suggestion(field, quote_field_kinds())}")
        if value is None:
            continue
        try:
            table[field] = _json_value(field, value)
        except ValueError as error:
            raise InputError(f"{where}, field {field}: {error}") from error
    return table


def _json_value(field: str, value: Any) -> Any:
    """Read a value of JSON as strictly as a cell: no number may pass for a date or for true."""
    kind = quote_field_kinds()[field]
    if kind == "number" and isinstance(value, str):
        return parse_number(value.strip(), decimal_comma=False)
    wanted: Mapping[str, tuple[type, str]] = {
        "bool": (bool, "true or false"),
        "date": (str, "a date such as 2026-03-31, in quotes"),
        "tiers": (list, 'tiers such as [{"to_units": 50000, "price_usd": 0.035}, {"from_units": 50000, …}]'),
        "text": (str, "text in quotes"),
    }
    if kind in wanted and not isinstance(value, wanted[kind][0]):
        raise ValueError(f"found {json.dumps(value)[:60]}; allowed: {wanted[kind][1]}")
    return parse_date(value) if kind == "date" else value


def quotes_to_csv(vendors: Sequence[Quote]) -> str:
    """Write quotes as CSV that `read_quotes` reads back to the same quotes, with the columns that some quote gives."""
    given = [vendor.model_fields_set | {"name", "billing"} for vendor in vendors]
    return _write_csv(list(zip(vendors, given, strict=True)), set[str]().union(*given))


def quotes_template_csv() -> str:
    """Give a CSV file to start from: every field as a column, the presets as example rows."""
    return (
        "# Quotes for labelplan: one a row; replace the examples by your own. An empty cell is a field left out.\n"
        "# A number may be a range such as 0.05 to 0.12; fractions are written 0.02; amounts have no currency sign.\n"
        + _write_csv([(preset.vendor, preset.table().keys()) for preset in presets()], quote_field_kinds())
    )


def _write_csv(quotes: Sequence[tuple[Quote, Collection[str]]], columns: Collection[str]) -> str:
    """Write of each quote the fields given, in the order of a plan file."""
    fields = [field for field in quote_field_kinds() if field in columns]
    rows = [
        [guard_formula(value_text(getattr(vendor, field))) if field in given else "" for field in fields]
        for vendor, given in quotes
    ]
    # Quotation marks keep a name that begins with # from being a comment, and a lone carriage return from ending a row.
    marked = any(row[0].startswith("#") or "\r" in "".join(row) for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if marked else csv.QUOTE_MINIMAL)
    writer.writerows([fields, *rows])
    return out.getvalue()
