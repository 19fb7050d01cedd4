"""Recording the findings: the curves simulated for them, trimmed, and the verdicts with where they come from."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from planner.backtest.findings.checks import judge_findings
from planner.backtest.findings.generation import METRIC as GENERATION_METRIC
from planner.curves.table import IDENTITY_COLUMNS, NOISE_COLUMN, one_metric, validate_curves
from planner.errors import InputError
from planner.evidence import recorded_curves
from planner.evidence.record import origin
from planner.evidence.signs import FINDINGS_FILE, FORMAT, SIGNS_FILE, recorded_signs

__all__ = ["findings_of", "record_findings", "trimmed"]

KEPT = (*IDENTITY_COLUMNS, "labels", "metric", "value", "test_size", "pool_size", NOISE_COLUMN)
"""What the findings are computed from; seconds, rounds and hashes stay in the store."""


METRICS = ("accuracy", GENERATION_METRIC)
"""The metrics that findings are computed from."""


def trimmed(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows and the columns that findings are computed from.

    Raises:
        InputError: a column is missing.
    """
    missing = [name for name in KEPT if name not in table.columns]
    if missing:
        raise InputError(f"curves of the findings: the columns {', '.join(missing)} are missing; give a store's curves")
    rows = validate_curves(table)
    one_metric(rows, "accuracy")  # raises where there is none, since nearly all findings are of it
    kept = rows.loc[rows["metric"].isin(METRICS), list(KEPT)]
    return kept.sort_values([*IDENTITY_COLUMNS, "labels"], ignore_index=True)


def findings_of(signs: pd.DataFrame) -> list[dict[str, Any]]:
    """Judge every finding on the recorded library and the given curves.

    Args:
        signs: from `recorded_signs`.
    """
    table = pd.concat([recorded_curves(), signs], ignore_index=True)
    return [finding.to_dict() for finding in judge_findings(table)]


def record_findings(table: pd.DataFrame, folder: Path, *, command: str) -> dict[str, Any]:
    """Write the curves as Parquet and the findings as JSON, and give the latter.

    Args:
        table: the curve table of the findings' store.
        folder: where both files go; made if missing.
        command: the command that wrote them.

    Raises:
        InputError: the table lacks a column, or the folder cannot be written.
    """
    rows = trimmed(table)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(folder / SIGNS_FILE, compression="zstd", index=False)
        # Judged on what was written, so that whoever reads the file finds the same.
        found = {**_provenance(rows, command), "findings": findings_of(recorded_signs(folder / SIGNS_FILE))}
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        (folder / FINDINGS_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    return found


def _provenance(rows: pd.DataFrame, command: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        **origin(rows, command, "torch"),
        "datasets": sorted(map(str, rows["dataset"].unique())),
    }
