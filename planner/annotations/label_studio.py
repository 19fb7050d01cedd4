"""Exports of Label Studio: its JSON, and its JSON-MIN and CSV, which have one row an annotation.

Formats: https://labelstud.io/guide/task_format and https://labelstud.io/guide/export.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from planner.annotations.records import (
    Record,
    objects_under,
    parse_objects,
    parse_table,
    read_item,
    read_name,
    read_seconds,
    read_time,
    shortened,
)
from simulations.errors import InputError

_CLASS_KEYS = ("choices", "rating", "taxonomy", "selected")
"""Under which a result has a class, where it has nothing beside it that places it in the item."""

_NO_CLASS = {"part": "of the item, a text or a number"}


def read(text: str, where: str, item: str | None) -> Iterator[Record]:
    """Read an export; `item` names the field of a task's data that names items, its id when None.

    Raises:
        InputError: it cannot be read, or a record is none of Label Studio's.
    """
    is_json = text.lstrip()[0] in "[{"
    for place, record in (parse_objects if is_json else parse_table)(text, where):
        if "annotations" in record:
            yield from _read_task(record, place, item)
        elif "annotation_id" in record or "annotator" in record:
            yield _read_row(record, place, item)
        else:
            raise InputError(
                f"{place}: found {shortened([*record])}; allowed: a task with annotations, or a row of JSON-MIN or CSV "
                "with annotation_id"
            )


def _read_task(task: Mapping[str, Any], place: str, item: str | None) -> Iterator[Record]:
    name = read_item(task, item, ("id",), place)
    annotations = objects_under(task, "annotations", place)
    if not annotations:
        yield Record(name, skipped="not labelled")
    for number, annotation in enumerate(annotations, start=1):
        here = f"{place}, annotation {number}"
        yield Record(
            name,
            _read_results(annotation, here),
            read_name(annotation.get("completed_by")),
            read_seconds(annotation.get("lead_time"), f"{here}, lead_time"),
            read_time(annotation.get("created_at"), f"{here}, created_at"),
            skipped="cancelled" if annotation.get("was_cancelled") else None,
        )
    # A task that is exported without its predictions lists their numbers.
    predictions = task.get("predictions")
    for prediction in predictions if isinstance(predictions, list) else ():
        if isinstance(prediction, dict):
            model = read_name(prediction.get("model_version")) or "prediction"
            yield Record(name, _read_results(prediction, place), model, by_model=True)


def _read_results(annotation: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Give what each control was answered with; `_NO_CLASS` where that is no class of the whole item."""
    found: dict[str, Any] = {}
    for result in objects_under(annotation, "result", place):
        value, name = result.get("value"), read_name(result.get("from_name")) or "result"
        key = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
        whole = key in _CLASS_KEYS and name not in found
        found[name] = _read_choice(value[key]) if whole and isinstance(value, dict) else _NO_CLASS
    return found


def _read_choice(value: Any) -> Any:
    """Give a choice; one place in a taxonomy, a list in a list, as the names on the way there."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        return " / ".join(map(str, value[0]))
    return value


def _read_row(row: Mapping[str, Any], place: str, item: str | None) -> Record:
    """Read a row of JSON-MIN or CSV: the item's data, its id, what was answered, and then who did and when."""
    names = [*row]
    begin = names.index("id") + 1 if "id" in names else 0
    end = next(at for at, name in enumerate(names) if name in ("annotator", "annotation_id"))
    return Record(
        read_item(row, item, ("id",), place),
        {name: _read_cell(row[name]) for name in names[begin:end]},
        read_name(row.get("annotator")),
        read_seconds(row.get("lead_time"), f"{place}, lead_time"),
        read_time(row.get("created_at"), f"{place}, created_at"),
    )


def _read_cell(value: Any) -> Any:
    """Give what a cell answers; what is more than a class stands in a CSV as JSON."""
    if isinstance(value, str) and value[:2] in ("[{", '{"'):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return value["choices"] if isinstance(value, dict) and [*value] == ["choices"] else value
