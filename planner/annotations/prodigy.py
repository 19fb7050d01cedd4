"""Exports of Prodigy: JSON Lines, an answer a line, as `prodigy db-out` writes them.

Format: https://prodi.gy/docs/api-interfaces.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.annotations.records import Record, parse_objects, read_item, read_label, read_name, read_time, shortened
from simulations.errors import InputError

_ANSWERS = ("accept", "reject", "ignore")
_QUESTION = "label"


def read(text: str, where: str, item: str | None) -> Iterator[Record]:
    """Read an export; `item` names the field of a task or its meta that names items, its input's hash when None.

    Raises:
        InputError: it cannot be read, or a line is none of Prodigy's.
    """
    for place, task in parse_objects(text, where):
        answer = task.get("answer")
        if answer not in _ANSWERS:
            raise InputError(f"{place}, answer: found {shortened(answer)}; allowed: {', '.join(_ANSWERS)}")
        yes_or_no = "label" in task and "accept" not in task and "options" not in task
        rejected = answer == "reject" and not yes_or_no
        yield Record(
            read_item(task, item, ("_input_hash", "text", "image"), place),
            _read_values(task, answer) if yes_or_no else {_QUESTION: _read_choice(task)},
            read_name(task.get("_annotator_id") or task.get("_session_id")),
            at=read_time(task.get("_timestamp"), f"{place}, _timestamp"),
            skipped="ignored" if answer == "ignore" else "rejected" if rejected else None,
        )


def _read_values(task: Mapping[str, Any], answer: str) -> dict[str, str]:
    """Give the answer to whether a label holds; each label is a question of its own."""
    label = read_label(task["label"]) or "label"
    return {label: label if answer == "accept" else f"not {label}"}


def _read_choice(task: Mapping[str, Any]) -> Any:
    """Give the options chosen; what was marked in the item where there is no choice."""
    if "accept" in task or "options" in task:
        return task.get("accept")
    return {"marked": "in the item"}
