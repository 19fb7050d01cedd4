"""Recording a curve table with its provenance, so that anyone can see and repeat how it was made."""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Any

import pandas as pd

from planner import __version__
from planner.curves.table import COLUMNS, TIMING_COLUMNS
from planner.errors import InputError
from planner.evidence import CURVES_FILE, PROVENANCE_FILE

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "numba")


def record_curves(table: pd.DataFrame, folder: Path, *, licences: Mapping[str, str], command: str) -> None:
    """Write the table as Parquet, and a JSON file on where it comes from.

    Args:
        table: a curve table with every column of the contract.
        folder: where both files go; made if missing.
        licences: data set -> licence of its data (the curves themselves are ours).
        command: the command that wrote them.

    Raises:
        InputError: the table lacks a column or the folder cannot be written.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InputError(f"--record: the curve table lacks the columns {', '.join(missing)}; record a simulated store")
    # Seconds differ from run to run; three digits tell what they can and keep the file small.
    rounded = table[list(COLUMNS)].round(dict.fromkeys(TIMING_COLUMNS, 4))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rounded.to_parquet(folder / CURVES_FILE, compression="zstd", index=False)
        text = json.dumps(_provenance(rounded, licences, command), indent=2) + "\n"
        (folder / PROVENANCE_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--record {folder}: cannot be written ({error.strerror})") from error


def _provenance(table: pd.DataFrame, licences: Mapping[str, str], command: str) -> dict[str, Any]:
    sets = {
        name: {
            "licence": licences.get(str(name), "unknown"),
            "learners": sorted(rows["learner"].unique()),
            "strategies": sorted(rows["strategy"].unique()),
            "seeds": int(rows["seed"].nunique()),
            "trajectories": int(rows["trajectory"].nunique()),
            "most_labels": int(rows["labels"].max()),
        }
        for name, rows in table.groupby("dataset")
    }
    return {**origin(table, command), "datasets": sets}


def origin(table: pd.DataFrame, command: str, *packages: str) -> dict[str, Any]:
    """Say when, where and with what a table was made.

    Args:
        table: what was made.
        command: the command that made it.
        packages: further packages whose versions count.
    """
    return {
        "labelplan": __version__,
        "made_on": datetime.now(UTC).date().isoformat(),
        "command": command,
        "machine": machine(),
        "versions": {"python": platform.python_version(), **package_versions(*packages)},
        "rows": len(table),
    }


def machine() -> str:
    """Name the class of this machine: processor, cores, system."""
    return f"{platform.machine()}, {cpu_count()} cores, {platform.system()}"


def package_versions(*more: str) -> dict[str, str]:
    """Give the versions of the packages that a simulated curve depends on, and of others that are asked for."""
    found = {}
    for name in (*PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
