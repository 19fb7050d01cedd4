"""Recording a curve table with its provenance in the library that ships, beside what was recorded there before.

Anyone can then see and repeat how the curves were made.
"""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Any

import pandas as pd

from planner import __version__
from planner.evidence import (
    CURVES_FILE,
    FINE_TUNED,
    PROVENANCE_FILE,
    PUBLISHED_FILE,
    SAVINGS_FILE,
    SOURCES_FILE,
    read_account,
    read_library,
)
from planner.render.numbers import count
from planner.transfer.savings_fit import fit_settings, savings_table
from research.archives.published import ORIGINALS, SOURCES
from simulations.curve_table import COLUMNS, TIMING_COLUMNS, base_name, validate_curves
from simulations.errors import InputError
from simulations.files import write_whole

PUBLISHED_COLUMNS = (*(name for name in COLUMNS if name not in TIMING_COLUMNS), "source")
"""Of the published curves: nobody says how many seconds they took."""

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "numba")
NEURAL = "torch"

_CURVE = ["dataset", "learner", "strategy", "batch_size", "initial_size"]
_CAMPAIGN = [*_CURVE, "seed"]
_ORDER = [*_CAMPAIGN, "trajectory", "round", "metric"]


@dataclass(frozen=True, eq=False)
class Merged:
    """A table and what it was made of.

    Attributes:
        table: all rows, in the order in which a store gives them.
        kept: those recorded before; None where there was nothing.
        added: campaigns that were not there.
        replaced: campaigns that were, and were simulated again.
    """

    table: pd.DataFrame
    kept: pd.DataFrame | None
    added: int
    replaced: int


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
        raise InputError(f"recording: the curve table lacks the columns {', '.join(missing)}; record a simulated store")
    # Seconds differ from run to run; four digits tell what they can and keep the file small.
    rounded = table[list(COLUMNS)].round(dict.fromkeys(TIMING_COLUMNS, 4))
    curves, said = folder / CURVES_FILE, folder / PROVENANCE_FILE
    merged = merge_curves(read_library(curves) if curves.is_file() else None, rounded)
    before = _account(said) if merged.kept is not None else None
    text = _json(_provenance(merged, rounded, before, licences, command))
    _write({curves: _parquet(merged.table), said: text})
    return merged


def record_savings(curves: pd.DataFrame, folder: Path, published: pd.DataFrame | None = None) -> int:
    """Fit what strategies saved, and write it as Parquet; give the number of settings.

    Plans draw on it, and need not fit it anew.

    Args:
        curves: those recorded.
        folder: where the file goes.
        published: curves that others published; of them the strategies that are recorded too, and learners under our
            names.
    """
    strategies = sorted(set(curves["strategy"]) - {"random"})
    found = []
    checked = validate_curves(curves, where="recorded curves")
    for table in (checked, *([] if published is None else [with_our_learners(published)])):
        fitted, failed = fit_settings(table, strategies, sorted(table["metric"].unique()))
        found += [finding for finding, _ in fitted]
        for sentence in failed:
            print(f"labelplan: {sentence}", file=sys.stderr)
    _write({folder / SAVINGS_FILE: _parquet(savings_table(found))})
    return len(found)


_OUR_NAMES = {"clip-linear": "linear", "clip-mlp": "mlp", FINE_TUNED: "finetuned"}


def with_our_learners(published: pd.DataFrame) -> pd.DataFrame:
    """Name the learners of published curves as ours are.

    What is trained on unlabelled items too is another model, and left out where the same data set has models without.
    """
    plain = ~published["learner"].str.contains("semi-supervised")
    kept = plain | ~published["dataset"].isin(published.loc[plain, "dataset"])
    named = published["learner"].map(base_name)
    return published[kept].assign(learner=named.map(_OUR_NAMES).fillna(named)[kept]).drop(columns="source")


def record_published(table: pd.DataFrame, folder: Path, *, command: str) -> str:
    """Write published curves as Parquet, and a JSON file on where they come from, in the place of what was there.

    Args:
        table: as `research.archives.published` reads it.
        folder: where both files go; made if missing.
        command: the command that wrote them.

    Returns:
        A sentence on what was recorded.

    Raises:
        InputError: they cannot be written.
    """
    ordered = table[list(PUBLISHED_COLUMNS)].sort_values([*_ORDER], ignore_index=True)
    names = dict(zip(table["dataset"], table["source"], strict=True))
    data = {one.name: one.data for one in ORIGINALS.values()}
    said = {
        **origin(ordered, command),
        "sources": {name: SOURCES[name] for name in sorted(set(names.values()))},
        "datasets": {name: {"source": source, "data": data[name]} for name, source in sorted(names.items())},
    }
    _write({folder / PUBLISHED_FILE: _parquet(ordered), folder / SOURCES_FILE: _json(said)})
    return f"Recorded in {folder}: {count(len(ordered))} published points of {count(len(names))} data sets."


def _write(contents: Mapping[Path, bytes]) -> None:
    """Write files of one folder, each whole or not at all."""
    for path, content in contents.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise InputError(f"{path.parent}: cannot be written ({error.strerror})") from error


def _json(said: Mapping[str, Any]) -> bytes:
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()


def _account(path: Path) -> dict[str, Any] | None:
    """Read what is said of the curves before; one that says nothing readable is written anew."""
    try:
        return read_account(path)
    except InputError:
        return None


def _parquet(table: pd.DataFrame) -> bytes:
    """Give the table as a Parquet file with a part a learner and metric: a plan reads some alone."""
    import pyarrow
    from pyarrow import parquet

    parts = [
        pyarrow.Table.from_pandas(rows, preserve_index=False)
        for _, rows in table.groupby(["learner", "metric"], sort=True)
    ]
    sink = pyarrow.BufferOutputStream()
    with parquet.ParquetWriter(sink, parts[0].schema, compression="zstd") as writer:
        for part in parts:
            writer.write_table(part.cast(writer.schema))
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


def merged_sentence(merged: Merged, folder: str) -> str:
    """Say what a recording added, and what was there before."""
    told = f"Recorded in {folder}: {count(merged.added)} simulated campaigns that were not there"
    if merged.kept is None:
        return f"{told}; nothing was."
    kept = merged.kept["trajectory"].nunique()
    return f"{told}, {count(merged.replaced)} again; {count(kept)} others that were there stay."


def merge_curves(recorded: pd.DataFrame | None, new: pd.DataFrame) -> Merged:
    """Add curves to those recorded; a campaign (a curve's seed) that is in both is taken from the new ones.

    Args:
        recorded: what is there; None for nothing.
        new: what is added.

    Raises:
        InputError: a curve's seeds would come from two versions of its data, model or settings.
    """
    mine = new[[*_CAMPAIGN, "trajectory"]].drop_duplicates()
    if recorded is None:
        return Merged(new.sort_values(_ORDER, ignore_index=True), None, len(mine), 0)
    again = pd.MultiIndex.from_frame(recorded[_CAMPAIGN]).isin(pd.MultiIndex.from_frame(mine[_CAMPAIGN]))
    kept = recorded.loc[~again, list(new.columns)]
    _check_versions(recorded.loc[again, [*_CAMPAIGN, "trajectory"]].drop_duplicates(), mine, kept)
    table = pd.concat([kept, new]).sort_values(_ORDER, ignore_index=True)
    replaced = len(recorded.loc[again, _CAMPAIGN].drop_duplicates())
    return Merged(table, kept, len(mine) - replaced, replaced)


def _check_versions(old: pd.DataFrame, new: pd.DataFrame, kept: pd.DataFrame) -> None:
    """Refuse to replace some seeds of a curve by campaigns of another content and to keep its others."""
    both = old.merge(new, on=_CAMPAIGN, suffixes=("_old", "_new"))
    changed = both[both["trajectory_old"] != both["trajectory_new"]]
    mixed = changed.merge(kept[_CURVE].drop_duplicates(), on=_CURVE)
    if len(mixed):
        one = mixed.iloc[0]
        raise InputError(
            f"recording: {one['dataset']}, {one['learner']}, {one['strategy']}, batch size {one['batch_size']}: data "
            "or settings are others than when it was recorded, and some of its recorded seeds are not simulated anew; "
            "simulate all of them, or record into another folder"
        )


def merge_recordings(
    before: Mapping[str, Any] | None, kept: pd.DataFrame | None, last: Mapping[str, Any], new: pd.DataFrame
) -> list[dict[str, Any]]:
    """Put a recording beside those before it, of which only what is still in the table stays.

    Args:
        before: the provenance so far; None where there is none.
        kept: the rows of before that are still there.
        last: the new recording's origin.
        new: its rows.
    """
    still = {} if kept is None else _learners(kept)
    past = [] if before is None else before["recordings"]
    held = [{**one, "curves": _within(one["curves"], still)} for one in past]
    return [*(one for one in held if one["curves"]), {**last, "curves": _learners(new)}]


def _learners(table: pd.DataFrame) -> dict[str, list[str]]:
    return {str(name): sorted(map(str, rows.unique())) for name, rows in table.groupby("dataset")["learner"]}


def _within(curves: Mapping[str, Sequence[str]], still: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Take what is there still: data set -> learners."""
    found = {name: [one for one in learners if one in still.get(name, ())] for name, learners in curves.items()}
    return {name: learners for name, learners in found.items() if learners}
