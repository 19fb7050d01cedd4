"""Reading the files of recorded evidence that may be missing: what they hold is shown, and nothing else rests on it."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import pandas as pd

from planner.curves.table import read_curves
from planner.errors import InputError

__all__ = ["kept_curves", "kept_json"]


def kept_curves(name: str, path: Path | None, *, called: str, command: str) -> pd.DataFrame:
    """Read a curve table.

    Args:
        name: the file that ships.
        path: another one.
        called: what it holds, for messages.
        command: what writes it anew.

    Raises:
        InputError: there is none, or it cannot be read; the sentence says how to go on.
    """
    if path is None:
        with as_file(files(__package__) / name) as shipped:
            return kept_curves(name, shipped, called=called, command=command)
    if not path.is_file():
        raise InputError(f"{called}: {path.name} is missing; {_way_on(command)}")
    try:
        return read_curves(path)
    except InputError as error:
        raise InputError(f"{called}: {error}; {_way_on(command)}") from error


def kept_json(name: str, path: Path | None, version: int, *, called: str, command: str) -> dict[str, Any]:
    """Read a JSON object with a `format`.

    Args:
        name: the file that ships.
        path: another one.
        version: the only format that is understood.
        called: what it holds, for messages.
        command: what writes it anew.

    Raises:
        InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
    """
    if path is None:
        with as_file(files(__package__) / name) as shipped:
            return kept_json(name, shipped, version, called=called, command=command)
    if not path.is_file():
        raise InputError(f"{called}: {path.name} is missing; {_way_on(command)}")
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{called}: {path.name} cannot be read ({str(error).splitlines()[0]}); {_way_on(command)}"
        ) from error
    stated = found.get("format") if isinstance(found, dict) else None
    if stated != version:
        raise InputError(f"{called}: {path.name} has the format {stated!r}; allowed: {version}; {_way_on(command)}")
    return cast(dict[str, Any], found)


def _way_on(command: str) -> str:
    return f"'{command}' writes it anew, and everything else works without it"
