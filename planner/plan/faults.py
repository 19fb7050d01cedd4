"""Say what is wrong with a plan file in one sentence: what was found, where, and what is allowed."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from planner.plan.quote import Tier
from planner.plan.tables import TABLES
from simulations.errors import suggestion

Place = tuple[int | str, ...]

_ALLOWED = {
    "model_type": "a table of keys",
    "tuple_type": 'a list of names, such as ["margin", "entropy"]',
    "string_type": "text in quotes",
}
"""What a field may hold, by the type of pydantic's error."""


def first_fault(error: ValidationError) -> ErrorDetails:
    """Give the fault to tell first: a mistyped key before the key that is missing because of it."""
    faults = error.errors()
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def fault_sentence(error: ErrorDetails, raw: Mapping[str, Any]) -> str:
    """Turn pydantic's first fault into what, where and what is allowed.

    Args:
        error: the fault.
        raw: the plan file, for the names of its vendors.
    """
    place = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    if not place:
        return message
    where, key = _where(place, raw), next((part for part in reversed(place[1:]) if isinstance(part, str)), "")
    if error["type"] == "extra_forbidden":
        if len(place) == 1:
            return f"[{place[0]}]: unknown table{suggestion(str(place[0]), list(TABLES))}"
        model = Tier if "tiers" in place[2:-1] else TABLES[str(place[0])]
        return f"{where} {key}: unknown key{suggestion(key, list(model.model_fields))}"
    if error["type"] == "missing":
        return f"{where} {key}: missing; allowed: {'a price above 0' if key == 'price_usd' else 'a value'}"
    if error["type"] != "value_error":
        found = repr(error["input"])
        message = f"found {found if len(found) <= 80 else found[:77] + '...'}; allowed: {_allowed(error, key)}"
    # A fault of a whole table names the field itself.
    return f"{where} {key}: {message}".replace(" : ", ": ") if key != "tiers" else f"{where} {message}"


def _where(place: Place, raw: Mapping[str, Any]) -> str:
    """Name the table, a vendor by number and name, a tier by number."""
    if place[0] != "vendors" or len(place) < 2:
        return f"[{place[0]}]"
    where = f"[[vendors]] no. {int(place[1]) + 1}"
    try:
        name = raw["vendors"][place[1]]["name"]
    except (KeyError, IndexError, TypeError):
        name = None
    if isinstance(name, str):
        where += f' "{name[:60]}"'
    return where + (f", tier {int(place[3]) + 1}" if len(place) > 3 and place[2] == "tiers" else "")


def _allowed(error: ErrorDetails, key: str) -> str:
    if error["loc"][0] == "vendors" and not key:
        return "one or more quotes, each under its own line [[vendors]]"
    if error["type"].startswith("date"):
        return "a date such as 2026-03-31"
    if error["type"].startswith("bool"):
        return "true or false"
    if key == "tiers":
        return "tiers such as [{to_units = 50_000, price_usd = 0.035}, {from_units = 50_000, price_usd = 0.025}]"
    return _ALLOWED.get(error["type"]) or str(error.get("ctx", {}).get("expected", error["msg"]))
