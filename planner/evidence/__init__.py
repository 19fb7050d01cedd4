"""The curves shipped with labelplan: recorded by simulation on proxy data, read like any other curve table."""

import json
from functools import cache
from importlib.resources import as_file, files
from typing import Any, cast

import pandas as pd

from planner.curves.table import read_curves
from planner.errors import InputError

CURVES_FILE = "curves.parquet"
PROVENANCE_FILE = "provenance.json"


@cache
def recorded_curves() -> pd.DataFrame:
    """Read the recorded curve table.

    Raises:
        InputError: the installation has none, or it cannot be read.
    """
    with as_file(files(__package__) / CURVES_FILE) as path:
        if not path.is_file():
            raise InputError(
                f"recorded curves: {CURVES_FILE} is missing from this installation; 'make evidence' rebuilds it"
            )
        return read_curves(path)


def provenance() -> dict[str, Any]:
    """Say how the recorded curves were made: versions, commands, seeds, machine, date, licences."""
    return cast(dict[str, Any], json.loads((files(__package__) / PROVENANCE_FILE).read_text(encoding="utf-8")))


__all__ = ["CURVES_FILE", "PROVENANCE_FILE", "provenance", "recorded_curves"]
