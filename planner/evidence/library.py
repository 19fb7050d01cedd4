"""Read the recorded library's two files, the curves and where they come from, and list what they hold.

A file without a stated format is of format 1: the first ones stated none.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simulations.curve_table import COLUMNS, read_curves
from simulations.errors import InputError

CURVES_FILE = "curves.parquet"
PROVENANCE_FILE = "provenance.json"

FORMAT = 1
"""Of both files; raised whenever one of them is laid out so that an older labelplan would misread it."""

FORMAT_KEY = "labelplan.format"
"""In the Parquet file's own metadata."""

_ORIGIN = {
    "labelplan": str,
    "made_on": str,
    "command": str,
    "machine": str,
    "versions": dict,
    "rows": int,
    "datasets": dict,
    "recordings": list,
}
"""What a provenance states, by type."""

_FACTS = {"licence", "learners", "strategies", "seeds", "trajectories", "most_labels"}

_REBUILD_CURVES = "delete it and 'make evidence' rebuilds it, or rest the plan on curves of your own ([evidence] store)"
_REBUILD_ORIGIN = "'make evidence' writes it anew, and the curves work without it"


def read_library(path: Path) -> pd.DataFrame:
    """Read a recorded curve table.

    Raises:
        InputError: there is none, it cannot be read, another version wrote it, or it lacks a column; the sentence says
            how to go on.
    """
    if not path.is_file():
        raise InputError(
            f"recorded curves: {path.name} is missing from this installation; 'make evidence' rebuilds it, or rest the "
            "plan on curves of your own ([evidence] store)"
        )
    with _one_sentence(path, _REBUILD_CURVES):
        _check_schema(path)
        return read_curves(path)


def read_provenance(path: Path) -> dict[str, Any]:
    """Read where a recorded curve table comes from.

    Its `recordings`, oldest first, hold `labelplan, made_on, command, machine, versions, rows` and `curves`, data set
    -> learners.

    Raises:
        InputError: there is none, it cannot be read, or another version wrote it; the sentence says how to go on.
    """
    if not path.is_file():
        raise InputError(f"recorded curves: {path.name}, which says how they were made, is missing; {_REBUILD_ORIGIN}")
    with _one_sentence(path, _REBUILD_ORIGIN):
        provenance = json.loads(path.read_bytes())
        if not isinstance(provenance, dict):
            raise InputError("holds no JSON object")
        _check_format(provenance.get("format", 1))
        if missing := _missing_part(provenance):
            raise InputError(f"lacks {missing}")
    return provenance


@contextmanager
def _one_sentence(path: Path, way_on: str) -> Iterator[None]:
    """Make one sentence of whatever is wrong with a file."""
    try:
        yield
    except InputError as error:
        fault = str(error).removeprefix(f"{path}: ")
        raise InputError(f"recorded curves: {path.name} {fault}; {way_on}") from error
    except (OSError, ValueError) as error:  # pyarrow's and JSON's errors are ValueErrors
        fault = str(error).splitlines()[0]
        raise InputError(f"recorded curves: {path.name} cannot be read ({fault}); {way_on}") from error


def _check_schema(path: Path) -> None:
    """Refuse another format, and a lack of columns, which would be filled in as for a pilot."""
    from pyarrow import parquet

    schema = parquet.read_schema(path)
    stated = (schema.metadata or {}).get(FORMAT_KEY.encode(), b"1").decode(errors="replace")
    _check_format(int(stated) if stated.isdecimal() else stated)
    if missing := [name for name in COLUMNS if name not in schema.names]:
        raise InputError(f"lacks the columns {', '.join(missing)}, as another version of labelplan wrote it")


def _missing_part(provenance: Mapping[str, Any]) -> str | None:
    """Name the first part that is not there, or of another type, of those that are shown."""
    for name, kind in _ORIGIN.items():
        if not isinstance(provenance.get(name), kind):
            return name
    for dataset, facts in provenance["datasets"].items():
        if not isinstance(facts, dict) or not facts.keys() >= _FACTS:
            return f"{', '.join(sorted(_FACTS))} of {dataset}"
    parts = {*_ORIGIN, "curves"} - {"datasets", "recordings"}
    if any(not isinstance(part, dict) or not part.keys() >= parts for part in provenance["recordings"]):
        return "what belongs to each of its recordings"
    return None


def _check_format(stated: object) -> None:
    if isinstance(stated, bool) or stated != FORMAT:
        raise InputError(f"has the format {stated!r}; allowed: {FORMAT}")


@dataclass(frozen=True)
class Coverage:
    """What is recorded of one data set with one learner.

    Attributes:
        kind: of data; None where the table does not tell.
        learner: its name with settings that are not usual.
        strategies: random first.
        seeds: replicates of the curve that has fewest.
        campaigns: simulated, over all strategies, schedules and seeds.
        last_labels: labels at the end of the longest curve.
        pool_size: items that could be labelled; the largest.
        licence: of the data; None where it is not told.
        recorded: places in the list of recordings that it comes from; empty where it is not told.
    """

    dataset: str
    kind: str | None
    learner: str
    strategies: tuple[str, ...]
    metrics: tuple[str, ...]
    initial_sizes: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    seeds: int
    campaigns: int
    last_labels: int
    pool_size: int
    licence: str | None
    recorded: tuple[int, ...]


def coverage(table: pd.DataFrame, provenance: Mapping[str, Any] | None) -> list[Coverage]:
    """List what a recorded table holds, in the order of data sets and learners.

    Without a provenance neither licences nor recordings are told.
    """
    made = [] if provenance is None else [recording["curves"] for recording in provenance["recordings"]]
    facts = {} if provenance is None else provenance["datasets"]
    return [
        Coverage(
            dataset=str(dataset),
            kind=str(rows["kind"].iloc[0]) if "kind" in rows else None,
            learner=str(learner),
            strategies=tuple(sorted(map(str, rows["strategy"].unique()), key=lambda name: (name != "random", name))),
            metrics=tuple(sorted(map(str, rows["metric"].unique()))),
            initial_sizes=tuple(sorted(map(int, rows["initial_size"].unique()))),
            batch_sizes=tuple(sorted(map(int, rows["batch_size"].unique()))),
            seeds=int(rows.groupby(["strategy", "batch_size", "initial_size"])["seed"].nunique().min()),
            campaigns=int(rows["trajectory"].nunique()),
            last_labels=int(rows["labels"].max()),
            pool_size=int(rows["pool_size"].max()),
            licence=facts.get(dataset, {}).get("licence"),
            recorded=tuple(i for i, curves in enumerate(made) if learner in curves.get(dataset, ())),
        )
        for (dataset, learner), rows in table.groupby(["dataset", "learner"], sort=True)
    ]
