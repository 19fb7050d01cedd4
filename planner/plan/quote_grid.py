"""The quotes of a plan as a grid of text cells that a person edits, and the plan that an edited grid makes.

A cell shows what the plan gives, and labelplan's own value where a usual field is left out; such a cell stays left out
until it is changed. Comments of the plan file survive for quotes that are kept.

Words:
    origin  place of a row's quote among the quotes the grid was made from; None for a row added since
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import AoT

from planner.plan.inputs import ALTERNATIVES, belongs, value_text
from planner.plan.plan import Plan
from planner.plan.quote import NEEDS, Quote
from planner.plan.quote_cells import parse_cell, quote_field_kinds
from planner.plan.quote_files import MOST_QUOTES, quote_fault
from simulations.errors import InputError

WHERE = "the table"


@dataclass(frozen=True)
class Row:
    """One quote as typed: field to text, and its origin."""

    cells: Mapping[str, str]
    origin: int | None = None


@dataclass(frozen=True)
class QuoteGrid:
    """Quotes as typed: the fields with a column, in the order of a plan file, and a row a quote."""

    fields: tuple[str, ...]
    rows: tuple[Row, ...]

    def texts(self) -> list[dict[str, str]]:
        """Give every row with a text for every column."""
        return [{field: row.cells.get(field, "") for field in self.fields} for row in self.rows]


@dataclass(frozen=True)
class GridResult:
    """What an edited grid makes: a plan, or one sentence for each row that cannot be used."""

    plan: Plan | None
    faults: tuple[str, ...] = ()


def grid_from_plan(plan: Plan, more: Sequence[str] = ()) -> QuoteGrid:
    """Lay a plan's quotes out, with columns for the fields in use and for `more`."""
    rows = tuple(Row(_cell_texts(vendor), i) for i, vendor in enumerate(plan.vendors))
    return QuoteGrid(_fields_in_use(rows, more), rows)


def choose_columns(grid: QuoteGrid, more: Sequence[str]) -> QuoteGrid:
    """Give a grid with a column for each field in use, and for those asked for; the others go."""
    return QuoteGrid(_fields_in_use(grid.rows, more), grid.rows)


def apply_cell_edits(grid: QuoteGrid, changes: Mapping[str, Any], more: Sequence[str] = ()) -> QuoteGrid:
    """Make the changes that a table editor tells, with a column for each field used then and for `more`.

    Changes are `edited_rows` (place of a row -> field -> value), `deleted_rows` (places) and `added_rows` (field ->
    value); what names no row or column of the grid is left out.
    """
    edits = {int(place): cells for place, cells in changes.get("edited_rows", {}).items()}
    deleted = {int(place) for place in changes.get("deleted_rows", ())}
    rows = tuple(
        Row({**row.cells, **_cell_edits(edits.get(i, {}), grid.fields)}, row.origin)
        for i, row in enumerate(grid.rows)
        if i not in deleted
    )
    new = (_cell_edits(cells, grid.fields) for cells in changes.get("added_rows", ()))
    rows += tuple(Row(cells) for cells in new if any(cells.values()))
    return QuoteGrid(_fields_in_use(rows, (*more, *grid.fields)), rows)


def plan_from_grid(grid: QuoteGrid, made_from: Plan, plan: Plan) -> GridResult:
    """Put the quotes of a grid, whose origins count those of the plan it was made from, in the place of a plan's."""
    if not 1 <= len(grid.rows) <= MOST_QUOTES:
        return GridResult(None, (f"{WHERE}: found {len(grid.rows):,} quotes; allowed: 1 to {MOST_QUOTES:,}",))
    document, faults = tomlkit.parse(made_from.to_toml()), list[str]()
    # None where the quote is labelplan's own.
    quotes, tables = document.get("vendors", ()), []
    before = list(quotes) if isinstance(quotes, AoT) else [tomlkit.item(dict(table)) for table in quotes]
    for number, row in enumerate(grid.rows, start=1):
        place = f"row {number}"
        try:
            table = _row_table(row, made_from, before)
        except ValueError as error:
            name = row.cells.get("name", "")
            faults.append(f'{place} "{name[:60]}" {error}' if name else f"{place} {error}")
            continue
        fault = quote_fault(table.unwrap(), place)
        faults += [fault] if fault else []
        tables.append(table)
    if faults:
        return GridResult(None, tuple(faults))
    try:
        return GridResult(plan.with_quotes(tables, where=WHERE, instead=True))
    except InputError as error:
        return GridResult(None, (str(error),))


def _cell_texts(vendor: Quote) -> dict[str, str]:
    """Give the texts of a quote: what it gives, and what is assumed in usual fields of its billing."""
    texts = dict.fromkeys(quote_field_kinds(), "")
    for field in texts:
        extra: Any = Quote.model_fields[field].json_schema_extra
        if field in vendor.model_fields_set or (not extra["rare"] and belongs(vendor, field)):
            texts[field] = value_text(getattr(vendor, field))
    return texts


def _fields_in_use(rows: Sequence[Row], more: Sequence[str]) -> tuple[str, ...]:
    """List the fields in use: those with a text in some row, those a row's billing needs, and those asked for."""
    used = {"name", "billing", "delivered_error_rate", "vote_error_rate", *more}
    for row in rows:
        used |= {field for field, text in row.cells.items() if text}
        # Of several that would do, such as a price or tiers, the first is offered where none is given.
        used |= {
            need[0]
            for need in NEEDS.get(row.cells.get("billing") or "per_item", ())
            if not any(row.cells.get(field) for field in need)
        }
    return tuple(field for field in quote_field_kinds() if field in used)


def _cell_edits(cells: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    return {field: "" if text is None else str(text).strip() for field, text in cells.items() if field in fields}


def _row_table(row: Row, made_from: Plan, before: Sequence[Any]) -> Any:
    """Give a row's quote as a table of a plan file, changed only where its cells were.

    Raises:
        ValueError: a cell cannot be read, in one sentence.
    """
    if not row.cells.get("name"):
        raise ValueError("name: found nothing; allowed: a name by which the vendor is told from others")
    own = row.origin is not None and row.origin < len(before)
    table = before[row.origin] if own else tomlkit.table()  # type: ignore[index]
    shown = {} if row.origin is None else _cell_texts(made_from.vendors[row.origin])
    if not own:
        table["name"] = row.cells["name"]
    changed = {field: text for field, text in row.cells.items() if text != shown.get(field, "")}
    for field, text in sorted(changed.items(), key=lambda item: bool(item[1])):  # cleared cells first
        if not text:
            table.pop(field, None)
            continue
        for other in ALTERNATIVES.get(field, ()):
            if other not in changed:
                table.pop(other, None)  # naming one takes the other's place
        try:
            table[field] = parse_cell(field, text, decimal_comma=False)
        except ValueError as error:
            raise ValueError(f"{field}: {error}") from error
    if not own:
        table.add(tomlkit.nl())  # the file stays readable
    return table
