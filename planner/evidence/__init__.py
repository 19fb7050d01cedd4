"""The curves shipped with labelplan, recorded by simulation on proxy data, and curves that others published.

The library holds curves of several learners. What a task draws on are those of the linear heads, which were recorded on
every data set, and those of its own learner; curves of a third model say less of it than they would blur. Of published
curves it draws on what strategies saved.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulations.curve_table import TEXT_COLUMNS, base_name
from simulations.errors import InputError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

CURVES_FILE = "curves.parquet"
PROVENANCE_FILE = "provenance.json"
SAVINGS_FILE = "savings.parquet"
PUBLISHED_FILE = "published.parquet"
SOURCES_FILE = "published.json"
NOTICES_FILE = "NOTICES.txt"

FINE_TUNED = "clip-finetuned"
"""The learner whose every layer is trained; others are heads on frozen features, or have no pretrained part."""

_WAY_ON = {
    CURVES_FILE: "'make evidence' rebuilds it, or rest the plan on curves of your own ([evidence] store)",
    SAVINGS_FILE: "'make evidence' writes it anew",
    PROVENANCE_FILE: "'make evidence' writes it anew, and the curves work without it",
    PUBLISHED_FILE: "'python -m research.evidence published' writes it anew, and all else works without it",
}
_WAY_ON[SOURCES_FILE] = _WAY_ON[PUBLISHED_FILE]
"""What to do where a file is not as it was shipped."""

BASE_LEARNER = "linear"
"""Recorded on every data set of the library; its curves speak for every task."""


def recorded_curves(learner: str | None = BASE_LEARNER, metric: str | None = None) -> pd.DataFrame:
    """Read the recorded curves that speak for tasks with a learner: the linear ones, and the learner's own.

    Args:
        learner: as `labelplan list recorded` names it; the linear curves alone where it is None or not recorded.
        metric: in which they were measured; all that there are where it is None or not recorded.

    Raises:
        InputError: the installation has none, they cannot be read, or none is linear.
    """
    held = _learners()
    if BASE_LEARNER not in set(held["learner"]):
        raise InputError(
            f"recorded curves: {CURVES_FILE} holds no curve of the learner {BASE_LEARNER} (found: "
            f"{', '.join(sorted(set(held['learner'])))}); 'make evidence' rebuilds it"
        )
    own = learner if learner is not None and learner in set(held["learner"]) else BASE_LEARNER
    return _curves_of(own, metric if metric in set(held["metric"]) else None)


def recorded_savings(learner: str | None = BASE_LEARNER) -> pd.DataFrame:
    """Read what strategies saved on recorded and published curves of the linear heads, and of a learner.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    table = recorded_savings_table()
    return table[table["learner"].isin([BASE_LEARNER, learner])]


@cache
def recorded_savings_table() -> pd.DataFrame:
    """Read what strategies saved on all recorded and published curves.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_library(shipped(SAVINGS_FILE))


@cache
def recorded_table() -> pd.DataFrame:
    """Read the whole recorded curve table, all learners of it.

    Raises:
        InputError: the installation has none, or it cannot be read.
    """
    return read_library(shipped(CURVES_FILE))


def provenance() -> dict[str, Any]:
    """Say how the recorded curves were made: versions, commands, seeds, machine, date, licences.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_account(shipped(PROVENANCE_FILE))


@cache
def published_curves() -> pd.DataFrame:
    """Read the curves that others published, of active learning and of random labelling beside it.

    Returns:
        A curve table without seconds, and with `source`; `imbalance` is NaN where it is not known.

    Raises:
        InputError: the installation has none, or they cannot be read.
    """
    return read_library(shipped(PUBLISHED_FILE))


def published_sources() -> dict[str, Any]:
    """Say where the published curves come from: papers, licences, and what was done to them.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_account(shipped(SOURCES_FILE))


def shipped(name: str) -> Path:
    """Give a file that is shipped beside this module."""
    return Path(__file__).parent / name


@lru_cache(maxsize=4)
def _curves_of(learner: str, metric: str | None) -> pd.DataFrame:
    return read_library(shipped(CURVES_FILE), learners=(BASE_LEARNER, learner), metric=metric)


def read_library(path: Path, *, learners: Sequence[str] | None = None, metric: str | None = None) -> pd.DataFrame:
    """Read a recorded table, of curves or of savings fitted to them, that was checked when it was recorded.

    Args:
        path: of the file.
        learners: those to read; all where None.
        metric: the one to read; all where None.

    Raises:
        InputError: there is none, or it cannot be read; the sentence says how to go on.
    """
    from pyarrow import compute, parquet

    with one_sentence(path):
        schema = parquet.read_schema(path)
        # Names repeat: read as places in a dictionary they take a tenth of the time.
        file = parquet.ParquetFile(path, read_dictionary=[name for name in schema.names if name in TEXT_COLUMNS])
        wanted = {"learner": learners, "metric": None if metric is None else [metric]}
        filters = {name: set(values) for name, values in wanted.items() if values is not None}
        ranges = {name: _ranges(file, name) for name in filters}
        parts = [
            i
            for i in range(file.num_row_groups)
            if all(any(part[i][0] <= value <= part[i][1] for value in filters[name]) for name, part in ranges.items())
        ]
        table = file.read_row_groups(parts)
        for name, values in filters.items():
            if any(low != high for low, high in (ranges[name][i] for i in parts)):
                table = table.filter(compute.field(name).isin(list(values)))
        found: pd.DataFrame = table.cast(schema).to_pandas()
        return found


@cache
def _learners() -> pd.DataFrame:
    """Read which learners were recorded, and in which metrics each was measured: a row a pair."""
    from pyarrow import parquet

    path = shipped(CURVES_FILE)
    with one_sentence(path):
        file = parquet.ParquetFile(path)
        ranges = {name: _ranges(file, name) for name in ("learner", "metric")}
        if all(low == high for part in ranges.values() for low, high in part):
            pairs = pd.DataFrame({name: [low for low, _ in part] for name, part in ranges.items()})
        else:
            pairs = file.read(columns=list(ranges)).to_pandas()
        return pairs.drop_duplicates(ignore_index=True)


def _ranges(file: "ParquetFile", name: str) -> list[tuple[str, str]]:
    """Give the first and the last name, in their order, that a column holds in each part of a file."""
    at = file.schema_arrow.names.index(name)
    groups = (file.metadata.row_group(i).column(at).statistics for i in range(file.num_row_groups))
    return [(found.min, found.max) for found in groups]


def read_account(path: Path) -> dict[str, Any]:
    """Read where curves come from: `labelplan, made_on, command, machine, versions, rows`, and more of each kind.

    Of our own: `datasets`, data set -> its licence and what is recorded of it, and `recordings`, oldest first, each
    with the above and `curves`, data set -> learners. Of published curves: `sources`, source -> `paper, licence` and
    how its curves were read, and `datasets`, data set -> `source, data`.

    Raises:
        InputError: as `read_library` does.
    """
    with one_sentence(path):
        account = json.loads(path.read_bytes())
        if not isinstance(account, dict):
            raise ValueError("it holds no JSON object")
    return account


@contextmanager
def one_sentence(path: Path, called: str = "recorded curves", way_on: str | None = None) -> Iterator[None]:
    """Make one sentence of whatever is wrong with a file, which was checked when it was recorded.

    It names what the file holds, the fault, and how to go on, by `_WAY_ON` unless told.
    """
    way_on = way_on or _WAY_ON[path.name]
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{called}: {path.name} is missing; {way_on}") from error
    except (OSError, ValueError) as error:  # pyarrow's and JSON's errors are ValueErrors
        fault = str(error).splitlines()[0]
        raise InputError(f"{called}: {path.name} cannot be read ({fault}); {way_on}") from error


@dataclass(frozen=True)
class Coverage:
    """What is recorded of one data set with one learner.

    Attributes:
        kind: of data; None where the table does not tell.
        classes: of the data set; None where the table does not tell.
        imbalance: largest over smallest class share; None where the table does not tell.
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
    classes: int | None
    imbalance: float | None
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
            classes=int(rows["classes"].iloc[0]) if "classes" in rows else None,
            imbalance=float(rows["imbalance"].iloc[0]) if "imbalance" in rows else None,
            learner=str(learner),
            strategies=_random_first(rows),
            metrics=tuple(sorted(map(str, rows["metric"].unique()))),
            initial_sizes=_whole_numbers(rows["initial_size"]),
            batch_sizes=_whole_numbers(rows["batch_size"]),
            seeds=_fewest_seeds(rows),
            campaigns=int(rows["trajectory"].nunique()),
            last_labels=int(rows["labels"].max()),
            pool_size=int(rows["pool_size"].max()),
            licence=facts.get(dataset, {}).get("licence"),
            recorded=tuple(i for i, curves in enumerate(made) if learner in curves.get(dataset, ())),
        )
        for (dataset, learner), rows in table.groupby(["dataset", "learner"], sort=True)
    ]


@dataclass(frozen=True)
class PublishedCoverage:
    """What others published of one data set with one learner.

    Attributes:
        fine_tuned: whether every layer of a pretrained model is trained.
        strategies: random first.
        seeds: replicates of the curve that has fewest.
        first_labels: labels at the first point.
        last_labels: labels at the end of the longest curve.
        data: what the data set is; None, as source and licence, where it is not told.
        source: who published it.
        licence: of the curves.
    """

    dataset: str
    data: str | None
    kind: str
    learner: str
    fine_tuned: bool
    strategies: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    first_labels: int
    last_labels: int
    seeds: int
    source: str
    licence: str | None


def published_coverage(table: pd.DataFrame, sources: Mapping[str, Any] | None) -> list[PublishedCoverage]:
    """List what a table of published curves holds, in the order of data sets and learners."""
    origin = {"sources": {}, "datasets": {}} if sources is None else sources
    return [
        PublishedCoverage(
            dataset=str(dataset),
            data=origin["datasets"].get(dataset, {}).get("data"),
            kind=str(rows["kind"].iloc[0]),
            learner=str(learner),
            fine_tuned=base_name(str(learner)) == FINE_TUNED,
            strategies=_random_first(rows),
            batch_sizes=_whole_numbers(rows["batch_size"]),
            first_labels=int(rows["labels"].min()),
            last_labels=int(rows["labels"].max()),
            seeds=_fewest_seeds(rows),
            source=str(rows["source"].iloc[0]),
            licence=origin["sources"].get(rows["source"].iloc[0], {}).get("licence"),
        )
        for (dataset, learner), rows in table.groupby(["dataset", "learner"], sort=True)
    ]


def _random_first(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(map(str, rows["strategy"].unique()), key=lambda name: (name != "random", name)))


def _whole_numbers(column: pd.Series) -> tuple[int, ...]:
    return tuple(sorted(map(int, column.unique())))


def _fewest_seeds(rows: pd.DataFrame) -> int:
    return int(rows.groupby(["strategy", "batch_size", "initial_size"])["seed"].nunique().min())
