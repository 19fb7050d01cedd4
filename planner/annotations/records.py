"""An export of a labelling tool, whichever it is from: its text, its records, and the answers in them."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulations.errors import InputError, suggestion

MOST_BYTES = 250_000_000
"""Of an export; reading one takes some ten times as much memory."""

_MOST_SECONDS = 1e9
_SEPARATORS = ",;\t"

Rows = list[tuple[str, dict[str, Any]]]
"""Places, such as `export.json, record 3`, and what stands there."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one person or model said of one item, as the tool has it.

    Attributes:
        item: name of the item.
        values: question -> what was answered, of any type.
        annotator: who answered; empty where the export does not say.
        seconds: of work on it.
        at: when it was answered.
        by_model: whether a model answered, and no person.
        skipped: why it gives no label; None where it does.
        label: the class in the answers to one question; None where that is no single class: spans, boxes, several
            labels, text.
    """

    item: str
    values: Mapping[str, Any] = field(default_factory=dict)
    annotator: str = ""
    seconds: float | None = None
    at: datetime | None = None
    by_model: bool = False
    skipped: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Export:
    """The answers to one question of an export.

    Attributes:
        answers: in the order of the file.
        skipped: why records give no label -> how many.
        question: that was answered; None where no question asks for a class.
        unread: columns of a table that mean nothing here.
    """

    answers: tuple[Record, ...]
    skipped: Mapping[str, int]
    question: str | None
    unread: tuple[str, ...] = ()


def choose_answers(records: Iterable[Record], question: str | None, where: str, unread: Sequence[str] = ()) -> Export:
    """Take the answers to one question: the one that is named, or else the only one that asks for a class.

    Raises:
        InputError: no such question, several and none is named, or no answer at all.
    """
    records = list(records)
    names = sorted({name for record in records for name in record.values})
    classes = [
        name for name in names if any(read_label(record.values[name]) for record in records if name in record.values)
    ]
    if question is not None and question not in names:
        raise InputError(f"{where}, --question: found '{question}'{suggestion(question, names or ['none'])}")
    if question is None and len(classes) > 1:
        raise InputError(f"{where}: found the questions {', '.join(classes)}; allowed: one of them, as --question NAME")
    chosen = question or (classes[0] if classes else None)
    answers, skipped = [], Counter[str]()
    for record in records:
        given = record.values.values() if chosen is None else [record.values.get(chosen)]
        labels = [label for label in map(read_label, given) if label != ""]
        if record.skipped or not labels:
            skipped[record.skipped or "without an answer"] += 1
            continue
        answers.append(replace(record, label=labels[0]))
    if not any(not answer.by_model for answer in answers):
        why = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items()) or "no record"
        raise InputError(f"{where}: found no person's answer ({why}); allowed: one or more")
    return Export(tuple(answers), dict(skipped), chosen, tuple(unread))


def read_label(value: Any) -> str | None:
    """Give the class that an answer names; empty where there is none, None where it is no single class.

    Examples:
        >>> read_label("spam"), read_label(["spam"]), read_label(3.0), read_label(True), read_label([])
        ('spam', 'spam', '3', 'true', '')
        >>> read_label(["spam", "advert"]), read_label({"start": 0, "end": 4})
        (None, None)
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or value in ([], {}) or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else None


def read_text(path: Path) -> str:
    """Read an export's text, without the mark that some editors put in front.

    Raises:
        InputError: it cannot be read, is too large, is not UTF-8, or is empty.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the file that the tool exported") from error
    if len(content) > MOST_BYTES:
        raise InputError(
            f"{path}: found more than {MOST_BYTES:,} bytes; allowed: up to that many, such as a part of the project"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; export it again as JSON, JSON Lines or CSV") from error
    if not text.strip():
        raise InputError(f"{path}: is empty; allowed: one answer or more")
    return text


def parse_objects(text: str, where: str) -> Rows:
    """Read JSON, a list of objects or one, or JSON Lines, an object a line; each with its place.

    Raises:
        InputError: not JSON, with line and column, or something that is no object.
    """
    first, _, rest = text.strip().partition("\n")
    if rest and first.startswith("{") and first.rstrip().endswith("}"):
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        found = [(f"{where}, line {number}", _parse_json(line, where, number)) for number, line in lines]
    else:
        whole = _parse_json(text, where, 1)
        records = whole if isinstance(whole, list) else [whole]
        found = [(f"{where}, record {number}", record) for number, record in enumerate(records, start=1)]
    for place, record in found:
        if not isinstance(record, dict):
            raise InputError(f"{place}: found {shortened(record)}; allowed: an object, such as {{...}}")
    return found


def _parse_json(text: str, where: str, line: int) -> Any:
    try:
        # NaN and Infinity, which are no JSON, stand for what is missing.
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        place = f"{where}, line {line + error.lineno - 1}, column {error.colno}"
        raise InputError(f"{place}: is not JSON ({error.msg}); allowed: the export as the tool wrote it") from error
    except (ValueError, RecursionError) as error:
        first = str(error).partition(";")[0]
        raise InputError(f"{where}, line {line}: cannot be read as JSON ({first})") from error


def parse_table(text: str, where: str) -> Rows:
    """Read a table with a header, its cells separated by commas, semicolons or tabs; each row with its place.

    Raises:
        InputError: no CSV, a column twice, no row, or one with other cells than the header.
    """
    first = next(line for line in text.splitlines() if line.strip())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count), strict=True)
    try:
        rows = [(number, cells) for number, cells in enumerate(reader, start=1) if any(map(str.strip, cells))]
    except csv.Error as error:
        raise InputError(f"{where}, line {reader.line_num}: is not CSV ({error})") from error
    names = [name.strip() for name in rows[0][1]]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise InputError(f"{where}, header: found the column '{twice}' twice; allowed: each column once")
    for number, cells in rows[1:]:
        if len(cells) != len(names):
            raise InputError(
                f"{where}, row {number}: found {len(cells)} cells; allowed: {len(names)}, as in the header"
            )
    if len(rows) == 1:
        raise InputError(f"{where}: found a header alone; allowed: a row for each answer below it")
    return [(f"{where}, row {number}", dict(zip(names, cells, strict=True))) for number, cells in rows[1:]]


def objects_under(record: Mapping[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    """Give the list of objects under a key; none where the key is absent, an InputError where it is something else."""
    found = record.get(key) or []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise InputError(f"{place}, {key}: found {shortened(found)}; allowed: a list of objects")
    return found


def read_item(record: Mapping[str, Any], named: str | None, own: Sequence[str], place: str) -> str:
    """Give an item's name: under the field that is named, there or one level below, or else the tool's own.

    Raises:
        InputError: the item has none.
    """
    inner = [part for part in record.values() if isinstance(part, dict)] if named else []
    for key in (named,) if named else own:
        for part in (*inner, record):
            name = read_label(part.get(key))
            if name:
                return name
    found = ", ".join(record) or "none"
    allowed = f"'{named}', as --item asks for" if named else " or ".join(own)
    raise InputError(f"{place}: found the fields {found[:200]}; allowed: with {allowed}, the item's name")


def read_name(value: Any) -> str:
    """Give who answered: a name or a number, or the e-mail address or number of a user; empty where nobody is named."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("email", "username", "id") if value.get(key)), None)
    return read_label(value) or ""


def read_seconds(value: Any, place: str) -> float | None:
    """Read a working time; None where there is none.

    Raises:
        InputError: it is no number of seconds from 0 on.
    """
    if value is None or value == "":
        return None
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds <= _MOST_SECONDS:
        raise InputError(f"{place}: found {shortened(value)}; allowed: seconds of at least 0, such as 12.5")
    return seconds


def read_time(value: Any, place: str) -> datetime | None:
    """Read a date or time, ISO 8601 or seconds since 1970, UTC where it names no zone; None where there is none.

    Raises:
        InputError: it is neither.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    raise InputError(f"{place}: found {shortened(value)}; allowed: a date such as 2026-03-31 or 2026-03-31T14:05:00Z")


def shortened(value: Any) -> str:
    """Quote a value of JSON, cut to a bearable length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"
