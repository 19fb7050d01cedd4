"""The curves on which every strategy stands beside random, and what each saved there."""

from pathlib import Path
from typing import Any

import pandas as pd

from planner.evidence.kept import kept_curves, kept_json

__all__ = ["FORMAT", "SAVINGS_FILE", "STRATEGIES_FILE", "recorded_comparison", "recorded_strategies"]

STRATEGIES_FILE = "strategies.parquet"
SAVINGS_FILE = "strategies.json"

FORMAT = 1
"""Raised whenever the file of savings is laid out in another way."""

_COMMAND = "make evidence-strategies"


def recorded_strategies(path: Path | None = None) -> pd.DataFrame:
    """Read the curves of every strategy.

    Args:
        path: another file than the one that ships.

    Raises:
        InputError: there is none, or it cannot be read; the sentence says how to go on.
    """
    return kept_curves(STRATEGIES_FILE, path, called="curves of the strategies", command=_COMMAND)


def recorded_comparison(path: Path | None = None) -> dict[str, Any]:
    """Read what every strategy saved, as it was when the curves were recorded.

    Args:
        path: another file than the one that ships.

    Returns:
        `format, labelplan, made_on, command, machine, versions, rows, datasets` and `strategies`, a list of
        `StrategySavings.to_dict()`.

    Raises:
        InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
    """
    return kept_json(SAVINGS_FILE, path, FORMAT, called="savings of the strategies", command=_COMMAND)
