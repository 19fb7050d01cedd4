"""Quotes out of JSON text, as strictly as out of CSV: no key twice, no number that passes for a date or for true."""

import json
from collections.abc import Mapping
from typing import Any

from planner.plan.vendors.cells import kinds, parse_date, parse_number
from simulations.errors import InputError
from simulations.names import suggestion

Table = dict[str, Any]


def tables_from_json(text: str, where: str) -> list[tuple[str, Table]]:
    """Read quotes from JSON text: a list of objects, or that list under `vendors`.

    Args:
        text: the file.
        where: its name in messages.

    Returns:
        For each quote its place, such as `quote 3`, and its table.

    Raises:
        InputError: in one sentence.
    """
    try:
        raw = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_float, parse_int=_int)
    except RecursionError as error:
        raise InputError(f"{where}: found lists inside lists without end; allowed: a list of quotes") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not a JSON file ({error})") from error
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    if isinstance(raw, dict):
        for key in raw:
            if key != "vendors":
                raise InputError(f"{where}: found the unknown key '{key[:60]}'; allowed: vendors")
        raw = raw.get("vendors")
    if not isinstance(raw, list):
        raise InputError(f'{where}: found no list of quotes; allowed: [{{...}}, {{...}}] or {{"vendors": [...]}}')
    return [(f"quote {i + 1}", _table(item, f"{where}, quote {i + 1}")) for i, item in enumerate(raw)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"found the key '{twice[:60]}' twice in one quote; allowed: once")
    return table


def _no_number(word: str) -> float:
    raise ValueError(f"found {word}; allowed: a number")


def _int(text: str) -> int | str:
    return int(text) if len(text) < 100 else text


def _float(text: str) -> float | str:
    # What a float cannot hold stays text, so that the fault shows what was found.
    return float(text) if abs(float(text)) < 1e300 else text


def _table(item: Any, where: str) -> Table:
    if not isinstance(item, dict):
        raise InputError(f"{where}: found {json.dumps(item)[:60]}; allowed: an object, a quote's fields and values")
    table: Table = {}
    for field, value in item.items():
        if field not in kinds():
            raise InputError(f"{where}: found the unknown field '{field[:60]}'{suggestion(field, kinds())}")
        if value is None:
            continue
        try:
            table[field] = _json_value(field, value)
        except ValueError as error:
            raise InputError(f"{where}, field {field}: {error}") from error
    return table


def _json_value(field: str, value: Any) -> Any:
    """Read a value of JSON as strictly as a cell: no number may pass for a date or for true."""
    kind = kinds()[field]
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
