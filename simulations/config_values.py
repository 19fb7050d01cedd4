"""Strict reading of a grid file's values: each that is not understood is an error that names the nearest known one."""

import math
from collections.abc import Mapping
from typing import Any

from simulations.errors import InputError, unknown_name
from simulations.trajectory import Scalar

_LARGEST = 10**15
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}


def read_list(value: Any, key: str, where: str) -> list[Any]:
    """Read a list, or a single entry for a list of one."""
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise InputError(f"{where}, {key}: the list is empty; at least one entry is needed")
    return entries


def read_count(value: Any, key: str, lowest: int, where: str) -> int:
    """Read a whole number from `lowest` to 10^15."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= _LARGEST:
        most = " and at most 10^15" if isinstance(value, int) and value > _LARGEST else ""
        raise InputError(
            f"{where}, {key}: found {quote_value(value)}; allowed: a whole number of at least {lowest}{most}"
        )
    return value


def read_name(entry: Any, key: str, where: str) -> tuple[str, dict[str, Any]]:
    """Read `"name"` or `{name = "…", setting = …}`."""
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        return entry["name"], {k: v for k, v in entry.items() if k != "name"}
    raise InputError(f'{where}, {key}: found {quote_value(entry)}; allowed: a name or {{name = "…", setting = …}}')


def fill_settings(name: str, defaults: Mapping[str, Scalar], given: Mapping[str, Any], where: str) -> dict[str, Scalar]:
    """Lay the settings given over the defaults, each of its default's type."""
    complete = dict(defaults)
    for key, value in given.items():
        if key not in defaults:
            raise unknown_name("setting", key, defaults or ["none"], where=f"{where}, {name}")
        complete[key] = _convert(value, defaults[key], f"{where}, {name}, {key}")
    return complete


def quote_value(value: Any) -> str:
    """Show a value in a message: as Python writes it, cut short when it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write out whole numbers of many thousands of digits
        return "a number of thousands of digits"
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= 60 else f"{text[:60]}…"


def _convert(value: Any, default: Scalar, where: str) -> Scalar:
    kind = type(default)
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is int) and _is_usable(value):
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and _is_usable(value):
        return float(value)
    raise InputError(f"{where}: found {quote_value(value)}; allowed: {_KINDS[kind]}")


def _is_usable(value: Scalar) -> bool:
    """Tell whether a setting can be written down and computed with: neither NaN nor beyond any use."""
    if isinstance(value, str):
        return len(value) <= 4096
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= _LARGEST
