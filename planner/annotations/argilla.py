"""Exports of Argilla: records as JSON or JSON Lines, of its versions 1 and 2.

Formats: https://docs.argilla.io/latest/reference/argilla/records/records and .../records/responses.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.annotations.records import Record, objects_under, parse_objects, read_item, read_name, read_time


def read(text: str, where: str, item: str | None) -> Iterator[Record]:
    """Read an export; `item` names the field or metadata that names items, the record's id when None.

    Raises:
        InputError: it cannot be read, or a record is none of Argilla's.
    """
    for place, record in parse_objects(text, where):
        name = read_item(record, item, ("id", "external_id", "_server_id"), place)
        answered = [*_read_responses(name, record, place)]
        yield from answered or [Record(name, skipped="not labelled")]
        yield from _read_suggestions(name, record, place)


def _read_responses(name: str, record: Mapping[str, Any], place: str) -> Iterator[Record]:
    """Give one record a person, with the answers to all questions."""
    responses = record.get("responses")
    if isinstance(responses, list):  # version 1: a person's answers stand together
        for response in objects_under(record, "responses", place):
            values = response.get("values")
            given = {
                question: value.get("value") if isinstance(value, dict) else value
                for question, value in (values if isinstance(values, dict) else {}).items()
            }
            at = read_time(response.get("updated_at") or response.get("inserted_at"), f"{place}, updated_at")
            skipped = _skipped(response.get("status"))
            yield Record(name, given, read_name(response.get("user_id")), at=at, skipped=skipped)
        return
    people: dict[tuple[str, int], dict[str, Any]] = {}
    status: dict[tuple[str, int], str | None] = {}
    for question, entries in (responses if isinstance(responses, dict) else {}).items():
        for number, entry in enumerate(objects_under({question: entries}, question, place)):
            user = read_name(entry.get("user_id"))
            person = (user, 0 if user else number)
            people.setdefault(person, {})[question] = entry.get("value")
            status[person] = status.get(person) or _skipped(entry.get("status"))
    for person, values in people.items():
        yield Record(name, values, person[0], skipped=status[person])


def _skipped(status: Any) -> str | None:
    """Say why a response gives no label: a draft, or discarded; one without a status was submitted."""
    return None if status in (None, "submitted") else read_name(status)


def _read_suggestions(name: str, record: Mapping[str, Any], place: str) -> Iterator[Record]:
    suggestions = record.get("suggestions")
    if isinstance(suggestions, dict):
        suggestions = [
            {"question_name": question, **entry} for question, entry in suggestions.items() if isinstance(entry, dict)
        ]
    for entry in objects_under({"suggestions": suggestions}, "suggestions", place):
        values = {read_name(entry.get("question_name")): entry.get("value")}
        yield Record(name, values, read_name(entry.get("agent")) or "suggestion", by_model=True)
