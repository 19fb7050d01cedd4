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
from planner.evidence.library import CURVES_FILE, FORMAT, FORMAT_KEY, PROVENANCE_FILE, read_library, read_provenance
from planner.evidence.merging import Merged, merge_curves, merge_recordings
from simulations.errors import InputError
from simulations.files import write_whole

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "numba")
NEURAL = "torch"


def record_curves(table: pd.DataFrame, folder: Path, *, licences: Mapping[str, str], command: str) -> Merged:
    """Write the table as Parquet, and a JSON file on where it comes from.

    Curves that the folder holds already stay, but for those of which the table has the same seed. Either file is
    written whole or not at all.

    Args:
        table: a curve table with every column of the contract.
        folder: where both files go; made if missing.
        licences: data set -> licence of its data (the curves themselves are ours).
        command: the command that wrote them.

    Returns:
        The table as it was written, and what was there before.

    Raises:
        InputError: the table lacks a column, what the folder holds cannot be read or kept, or it cannot be written.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InputError(f"--record: the curve table lacks the columns {', '.join(missing)}; record a simulated store")
    # Seconds differ from run to run; four digits tell what they can and keep the file small.
    rounded = table[list(COLUMNS)].round(dict.fromkeys(TIMING_COLUMNS, 4))
    curves, said = folder / CURVES_FILE, folder / PROVENANCE_FILE
    merged = merge_curves(read_library(curves) if curves.is_file() else None, rounded)
    before = _account(said) if merged.kept is not None else None
    text = json.dumps(_provenance(merged, rounded, before, licences, command), indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(curves, _parquet(merged.table))
        write_whole(said, text.encode())
    except OSError as error:
        raise InputError(f"--record {folder}: cannot be written ({error.strerror})") from error
    return merged


def _account(path: Path) -> dict[str, Any] | None:
    """Read what is said of the curves before; one that says nothing readable is written anew."""
    try:
        return read_provenance(path)
    except InputError:
        return None


def _parquet(table: pd.DataFrame) -> bytes:
    """Give the table as a Parquet file that states its format."""
    import pyarrow
    from pyarrow import parquet

    written = pyarrow.Table.from_pandas(table, preserve_index=False)
    stated = {**(written.schema.metadata or {}), FORMAT_KEY: str(FORMAT)}
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(written.replace_schema_metadata(stated), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _provenance(
    merged: Merged, new: pd.DataFrame, before: Mapping[str, Any] | None, licences: Mapping[str, str], command: str
) -> dict[str, Any]:
    """Say where all curves come from: the last recording on top, every recording below, and each data set's facts."""
    held = {} if before is None else before["datasets"]
    sets = {
        name: {
            "licence": licences.get(str(name)) or held.get(name, {}).get("licence", "unknown"),
            "learners": sorted(rows["learner"].unique()),
            "strategies": sorted(rows["strategy"].unique()),
            "seeds": int(rows["seed"].nunique()),
            "trajectories": int(rows["trajectory"].nunique()),
            "most_labels": int(rows["labels"].max()),
        }
        for name, rows in merged.table.groupby("dataset")
    }
    last = origin(new, command, NEURAL)
    return {
        "format": FORMAT,
        **last,
        "rows": len(merged.table),
        "datasets": sets,
        "recordings": merge_recordings(before, merged.kept, last, new),
    }


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
