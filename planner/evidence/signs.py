"""The curves that published findings are checked on, beside the recorded library, and what was found on them."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import pandas as pd

from planner.curves.table import read_curves
from planner.errors import InputError

__all__ = ["FINDINGS_FILE", "FORMAT", "SIGNS_FILE", "recorded_findings", "recorded_signs"]

SIGNS_FILE = "signs.parquet"
FINDINGS_FILE = "findings.json"

FORMAT = 1
"""Raised whenever the findings file is laid out in another way."""

_WAY_ON = "'make evidence-signs' writes it anew, and everything else works without it"


def recorded_signs(path: Path | None = None) -> pd.DataFrame:
    """Read the curves that were simulated for the findings.

    Args:
        path: another file than the one that ships.

    Raises:
        InputError: there is none, or it cannot be read; the sentence says how to go on.
    """
    if path is None:
        with as_file(files(__package__) / SIGNS_FILE) as shipped:
            return recorded_signs(shipped)
    if not path.is_file():
        raise InputError(f"curves of the findings: {path.name} is missing; {_WAY_ON}")
    try:
        return read_curves(path)
    except InputError as error:
        raise InputError(f"curves of the findings: {error}; {_WAY_ON}") from error


def recorded_findings(path: Path | None = None) -> dict[str, Any]:
    """Read the findings as they were judged when the curves were recorded.

    Args:
        path: another file than the one that ships.

    Returns:
        `format, labelplan, made_on, command, machine, versions, rows, datasets` and `findings`, a list of
        `Finding.to_dict()`.

    Raises:
        InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
    """
    if path is None:
        with as_file(files(__package__) / FINDINGS_FILE) as shipped:
            return recorded_findings(shipped)
    if not path.is_file():
        raise InputError(f"findings: {path.name} is missing; {_WAY_ON}")
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"findings: {path.name} cannot be read ({str(error).splitlines()[0]}); {_WAY_ON}") from error
    stated = found.get("format") if isinstance(found, dict) else None
    if stated != FORMAT:
        raise InputError(f"findings: {path.name} has the format {stated!r}; allowed: {FORMAT}; {_WAY_ON}")
    return cast(dict[str, Any], found)
