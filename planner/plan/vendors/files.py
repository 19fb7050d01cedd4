"""Quotes from a CSV or JSON file, each checked as a quote of the plan is, and quotes written as CSV.

Words:
    table   one quote as a plan file would hold it: field to number, text of a range, boolean, date or list of tiers
    row     a row as a spreadsheet counts it: the header, comments and empty rows count too
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.plan.faults import first_fault, sentence
from planner.plan.vendors.cells import kinds, write_cell
from planner.plan.vendors.csv_tables import tables_from_csv
from planner.plan.vendors.json_tables import tables_from_json
from planner.plan.vendors.quote import Vendor
from simulations.errors import InputError

MOST_BYTES = 1_000_000
MOST_QUOTES = 1_000

Table = dict[str, Any]


def read_quotes(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Read the quotes of a CSV or JSON file as tables of a plan, in the file's order.

    CSV: one quote a row under a header of field names; an empty cell is a field left out; tiers stand in one cell,
    `0-50000: 0.035; 50000-: 0.025`; a line that begins with # is a comment. JSON: a list of objects, or that list
    under `vendors`.

    Raises:
        InputError: in one sentence naming file, row or quote and field; one fault refuses the whole file.
    """
    if path.suffix.lower() not in (".csv", ".json"):
        raise InputError(f"{path}: found a file that ends in '{path.suffix}'; allowed: .csv or .json")
    return quotes_in(_bytes(path), str(path))


def quotes_in(raw: bytes, where: str) -> tuple[Mapping[str, Any], ...]:
    """Read the quotes in the bytes of a CSV or JSON file; see `read_quotes`.

    Args:
        raw: the file; JSON where its name says so, or begins like it where the name says neither.
        where: its name in messages.

    Raises:
        InputError: as `read_quotes`.
    """
    text = _text(raw, where)
    suffix = Path(where).suffix.lower()
    json = suffix == ".json" or (suffix != ".csv" and text.lstrip()[0] in "[{")
    tables = (tables_from_json if json else tables_from_csv)(text, where)
    _check(tables, where)
    return tuple(table for _, table in tables)


def read_vendors(path: Path) -> tuple[Vendor, ...]:
    """Read the quotes of a CSV or JSON file as vendors; see `read_quotes`.

    Raises:
        InputError: as `read_quotes`.
    """
    return tuple(Vendor.model_validate(dict(table)) for table in read_quotes(path))


def to_csv(vendors: Sequence[Vendor]) -> str:
    """Write quotes as CSV that `read_quotes` reads back to the same quotes, with the columns that some quote gives."""
    given = [vendor.model_fields_set | {"name", "billing"} for vendor in vendors]
    return _csv(list(zip(vendors, given, strict=True)), set[str]().union(*given))


def quotes_template_csv() -> str:
    """Give a CSV file to start from: every field as a column, the presets as example rows."""
    from planner.plan.vendors.presets import presets

    return (
        "# Quotes for labelplan: one a row; replace the examples by your own. An empty cell is a field left out.\n"
        "# A number may be a range such as 0.05 to 0.12; fractions are written 0.02; amounts have no currency sign.\n"
        + _csv([(preset.vendor, preset.given) for preset in presets()], kinds())
    )


def _csv(quotes: Sequence[tuple[Vendor, Collection[str]]], columns: Collection[str]) -> str:
    """Write of each quote the fields given, in the order of a plan file."""
    fields = [field for field in kinds() if field in columns]
    rows = [
        [write_cell(getattr(vendor, field)) if field in given else "" for field in fields] for vendor, given in quotes
    ]
    # Quotation marks keep a name that begins with # from being a comment, and a lone carriage return from ending a row.
    marked = any(row[0].startswith("#") or "\r" in "".join(row) for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if marked else csv.QUOTE_MINIMAL)
    writer.writerows([fields, *rows])
    return out.getvalue()


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the file of quotes in it")
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file of quotes") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _text(raw: bytes, where: str) -> str:
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


def _check(tables: Sequence[tuple[str, Table]], where: str) -> None:
    """Refuse a file without quotes, with too many, with a name twice, or with a quote that is none."""
    if not tables:
        raise InputError(f"{where}: found no quote; allowed: 1 to {MOST_QUOTES:,}")
    if len(tables) > MOST_QUOTES:
        raise InputError(f"{where}: found {len(tables):,} quotes; allowed: up to {MOST_QUOTES:,}")
    seen: dict[str, str] = {}
    for place, table in tables:
        name = table.get("name")
        if name is None:
            raise InputError(f"{where}, {place} name: missing; allowed: a name for each quote")
        if fault := quote_fault(table, place):
            raise InputError(f"{where}, {fault}")
        if name in seen:
            raise InputError(
                f'{where}, {place} name: found "{name[:60]}", which {seen[name]} has; allowed: a different name for '
                "each quote"
            )
        seen[name] = place


def quote_fault(table: Mapping[str, Any], place: str) -> str | None:
    """Say the plan's sentence of what is wrong with a quote, with its place in front; None where nothing is."""
    try:
        Vendor.model_validate(dict(table))
    except ValidationError as error:
        fault = first_fault(error)
        fault["loc"] = ("vendors", 0, *fault["loc"])
        return place + sentence(fault, {"vendors": [table]}).removeprefix("[[vendors]] no. 1")
    return None
