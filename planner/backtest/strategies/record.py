"""Recording the comparison of strategies: their curves, trimmed, and the savings with where they come from."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from planner.backtest.findings.record import trimmed
from planner.backtest.strategies.compare import compare_strategies
from planner.errors import InputError
from planner.evidence.record import origin
from planner.evidence.strategies import FORMAT, SAVINGS_FILE, STRATEGIES_FILE, recorded_strategies

__all__ = ["comparison_of", "record_strategies"]


def comparison_of(curves: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare the strategies of recorded curves, as plain JSON data."""
    return [one.to_dict() for one in compare_strategies(curves)]


def record_strategies(table: pd.DataFrame, folder: Path, *, command: str) -> dict[str, Any]:
    """Write the curves as Parquet and the savings as JSON, and give the latter.

    Args:
        table: the curve table of the strategies' store.
        folder: where both files go; made if missing.
        command: the command that wrote them.

    Raises:
        InputError: the table lacks a column, or the folder cannot be written.
    """
    rows = trimmed(table)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(folder / STRATEGIES_FILE, compression="zstd", index=False)
        # Compared on what was written, so that whoever reads the file finds the same.
        found = {
            "format": FORMAT,
            **origin(rows, command, "torch"),
            "datasets": sorted(map(str, rows["dataset"].unique())),
            "strategies": comparison_of(recorded_strategies(folder / STRATEGIES_FILE)),
        }
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        (folder / SAVINGS_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    return found
