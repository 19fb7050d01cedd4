"""A table of answers as anybody can write one: the columns item and label, and annotator, seconds and date if known."""

from collections.abc import Iterator

from planner.annotations.records import Record, parse_table, read_item, read_name, read_seconds, read_time
from simulations.errors import InputError

COLUMNS = ("item", "label", "annotator", "seconds", "date")


def read(text: str, where: str, item: str | None) -> Iterator[Record]:
    """Read a table; `item` names the column that names items, `item` when None.

    Raises:
        InputError: it cannot be read, or has no column of items or of labels.
    """
    own = item or COLUMNS[0]
    for place, row in parse_table(text, where):
        for name in (own, "label"):
            if name not in row:
                raise InputError(f"{where}, header: found {', '.join(row)}; allowed: {own} and label among them")
        yield Record(
            read_item(row, None, [own], place),
            {"label": row["label"]},
            read_name(row.get("annotator")),
            read_seconds(row.get("seconds", "").strip(), f"{place}, seconds"),
            read_time(row.get("date", "").strip(), f"{place}, date"),
        )


def unread_columns(text: str, where: str, item: str | None) -> list[str]:
    """List the columns of a table that mean nothing here."""
    _, row = parse_table(text, where)[0]
    return [name for name in row if name not in (item or COLUMNS[0], *COLUMNS[1:])]
