"""The curves that published findings are checked on, beside the recorded library, and what was found on them."""

from pathlib import Path
from typing import Any

import pandas as pd

from planner.evidence.kept import kept_curves, kept_json

__all__ = ["FINDINGS_FILE", "FORMAT", "SIGNS_FILE", "recorded_findings", "recorded_signs"]

SIGNS_FILE = "signs.parquet"
FINDINGS_FILE = "findings.json"

FORMAT = 1
"""Raised whenever the findings file is laid out in another way."""

_COMMAND = "make evidence-signs"


def recorded_signs(path: Path | None = None) -> pd.DataFrame:
    """Read the curves that were simulated for the findings.

    Args:
        path: another file than the one that ships.

    Raises:
        InputError: there is none, or it cannot be read; the sentence says how to go on.
    """
    return kept_curves(SIGNS_FILE, path, called="curves of the findings", command=_COMMAND)


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
    return kept_json(FINDINGS_FILE, path, FORMAT, called="findings", command=_COMMAND)
