"""The curve table, the contract between the simulator and the planner: columns, validation and reading.

A tidy table, one row per trajectory, round and metric. Metrics are fractions in [0, 1], higher is better.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulations.arrays import Bools
from simulations.errors import ALLOWED_METRIC, InputError, is_loss, nearest
from simulations.files import check_rows
from simulations.trajectory import QUERIES_MARK, STREAM_MARK

IDENTITY_COLUMNS = (
    "dataset",
    "kind",
    "classes",
    "imbalance",
    "learner",
    "strategy",
    "batch_size",
    "initial_size",
    "seed",
)
NOISE_COLUMN = "label_error_rate"
"""Share of wrong answers where a noisy oracle was simulated; 0 for clean labels, and when the column is absent."""

STATED_COLUMN = "standard_error"
"""Of values that are themselves means; a curve has it for every point or for none."""

TIMING_COLUMNS = ("fit_seconds", "score_seconds", "select_seconds")
COLUMNS = (
    *IDENTITY_COLUMNS,
    "round",
    "labels",
    "metric",
    "value",
    "test_size",
    "pool_size",
    NOISE_COLUMN,
    *TIMING_COLUMNS,
    "trajectory",
)

CURVE_KEYS = ("dataset", "learner", "strategy", "batch_size", "initial_size", "metric")
"""What makes one curve: rows that share these are one curve's anchors, and its seeds are replicates."""

KINDS = ("tabular", "text", "image", "sequence", "generation")

TEXT_COLUMNS = ("dataset", "kind", "learner", "strategy", "metric", "trajectory")
INTEGER_COLUMNS = ("classes", "batch_size", "initial_size", "seed", "round", "labels", "test_size", "pool_size")
REAL_COLUMNS = ("imbalance", "value", NOISE_COLUMN, *TIMING_COLUMNS)
FRACTION_COLUMNS = ("value", NOISE_COLUMN)

_HOW_ITEMS_CAME = {
    "pool": "their items were chosen from a pool",
    "stream": "their items passed by in a stream",
    "queries": "their items were made up",
}
_LOWEST = {"classes": 1, "imbalance": 1.0, "labels": 1, "test_size": 1, "pool_size": 1, "batch_size": 1}
_LARGEST = 1e15

MOST_ROWS = 5_000_000
"""Of a table in Parquet."""

_FRACTION = "a fraction from 0 to 1 (0.93, not 93)"


def read_curves(path: Path, *, metric: str | None = None, test_size: int | None = None) -> pd.DataFrame:
    """Read and validate a curve table from a `.csv` or `.parquet` file; see `validate_curves`.

    Raises:
        InputError: the file is missing, unreadable, or breaks the contract (names row, column and what is allowed).
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give a CSV or Parquet curve table")
    return _read_table(path, str(path), metric, test_size)


def parse_curves(data: bytes, *, where: str, metric: str | None = None, test_size: int | None = None) -> pd.DataFrame:
    """Read and validate a curve table in memory, whose name `where` says whether it is Parquet; see `read_curves`."""
    return _read_table(BytesIO(data), where, metric, test_size)


def _read_table(source: Path | BytesIO, where: str, metric: str | None, test_size: int | None) -> pd.DataFrame:
    try:
        frame = _read_parquet(source, where) if where.endswith(".parquet") else _read_csv(source, where)
    except InputError:
        raise
    except (ValueError, OSError) as error:  # pandas' parser errors and pyarrow's are both ValueErrors
        raise InputError(f"{where}: cannot be read as a curve table ({str(error).splitlines()[0]})") from error
    _check_repeats(frame, where)
    return validate_curves(frame, where=where, metric=metric, test_size=test_size)


def _read_parquet(source: Path | BytesIO, where: str) -> pd.DataFrame:
    from pyarrow import parquet

    with parquet.ParquetFile(source) as file:
        check_rows(file.metadata, MOST_ROWS, where)
    return pd.read_parquet(source)


def _read_csv(source: Path | BytesIO, where: str) -> pd.DataFrame:
    frame = pd.read_csv(source, skipinitialspace=True, comment="#")
    # pandas takes a cell too many for row names, which shifts every column, and renames a column that comes twice.
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(f"{where}: the rows have more cells than the header; allowed: one cell under each column name")
    for name in map(str, frame.columns):
        base, dot, number = name.rpartition(".")
        if dot and number.isdecimal() and base in frame.columns:
            raise InputError(f"{where}: column '{base}' comes twice; allowed: each column once")
    return frame


def validate_curves(
    frame: pd.DataFrame, *, where: str = "curve table", metric: str | None = None, test_size: int | None = None
) -> pd.DataFrame:
    """Check a curve table against the contract and fill the defaults of a user's pilot; no row is dropped.

    Args:
        frame: at least `labels` and `value`; extra columns are kept as they are.
        where: the name used in messages.
        metric: what a missing `metric` column means; `accuracy` when not given.
        test_size: what a missing `test_size` column means; left absent (unknown) when not given.

    Raises:
        InputError: on the first fault found, naming row (1 = first data row), column, what was found, what is allowed.
    """
    frame = frame.rename(columns=lambda name: str(name).strip()).reset_index(drop=True)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"{where}: column '{twice[0]}' comes twice; allowed: each column once")
    for name in ("labels", "value"):
        if name not in frame.columns:
            found = ", ".join(map(str, frame.columns)) or "none"
            raise InputError(f"{where}: column '{name}' is missing (found: {found}); labels and value are needed")
    if frame.empty:
        raise InputError(f"{where}: the table has no rows; at least one measured point is needed")
    defaults: dict[str, str | int | float] = {"dataset": "pilot", "strategy": "random", "seed": 0, "learner": "yours"}
    defaults |= {NOISE_COLUMN: 0.0, "metric": metric or "accuracy"}
    if test_size is not None:
        defaults["test_size"] = test_size
    for name, default in defaults.items():
        if name not in frame.columns:
            frame[name] = default
    for name in (*INTEGER_COLUMNS, *REAL_COLUMNS):
        if name in frame.columns:
            frame[name] = read_numbers(frame[name], where, whole=name in INTEGER_COLUMNS)
    if "batch_size" not in frame.columns:
        frame["batch_size"] = 1
    for name in FRACTION_COLUMNS:
        _refuse_cells(frame[name] > 1, frame[name], where, _FRACTION)
    for name in TEXT_COLUMNS:
        if name in frame.columns:
            _refuse_cells(_is_empty(frame[name]), frame[name], where, "a name")
    losses = [name for name in frame["metric"].unique() if is_loss(str(name))]
    _refuse_cells(frame["metric"].isin(losses), frame["metric"], where, ALLOWED_METRIC)
    if "kind" in frame.columns:
        _refuse_cells(~frame["kind"].isin(KINDS), frame["kind"], where, ", ".join(KINDS))
    _check_noise(frame, where)
    if STATED_COLUMN in frame.columns:
        frame[STATED_COLUMN] = _stated_errors(frame, where)
    return frame


def read_numbers(column: pd.Series, where: str, *, whole: bool) -> pd.Series:
    """Give a column as numbers from 0 on, or from the least that it may hold; else an InputError names the cell."""
    name = str(column.name)
    lowest = _LOWEST.get(name, 0)
    allowed = _FRACTION if name in FRACTION_COLUMNS else f"a {'whole ' if whole else ''}number of at least {lowest:g}"
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(numbers) | (numbers < lowest) | (numbers > _LARGEST)
    if whole:
        bad |= np.where(np.isfinite(numbers), numbers, 0.0) % 1 != 0
    _refuse_cells(bad, column, where, allowed)
    return pd.Series(numbers.astype(np.int64) if whole else numbers, index=column.index, name=name)


def _stated_errors(frame: pd.DataFrame, where: str) -> pd.Series:
    """Give the standard errors as numbers, NaN for curves that have none."""
    cells = frame[STATED_COLUMN]
    stated = pd.to_numeric(cells, errors="coerce")
    empty = _is_empty(cells)
    _refuse_cells(~empty & ~stated.between(0.0, 1.0), cells.astype(str), where, "a fraction from 0 to 1")
    some = (~empty).groupby([frame[key] for key in CURVE_KEYS if key in frame.columns]).transform("any")
    allowed = "a fraction from 0 to 1 for every point of a curve, or for none of them"
    _refuse_cells(some & empty, cells.where(~empty), where, allowed)
    return stated.astype(float)


def _check_noise(frame: pd.DataFrame, where: str) -> None:
    """Refuse clean and noisy rows under one name: curves are told apart by their data set's name."""
    noisy = frame[NOISE_COLUMN] > 0
    if not noisy.any():
        return
    mixed = noisy & frame["dataset"].isin(frame.loc[~noisy, "dataset"].unique())
    name = frame["dataset"].iloc[int(np.argmax(mixed.to_numpy()))]
    allowed = f"0, as in other rows of '{name}'; noisy curves have a name of their own ('{name} [flip rate=0.1]')"
    _refuse_cells(mixed, frame[NOISE_COLUMN], where, allowed)


def _check_repeats(frame: pd.DataFrame, where: str) -> None:
    """Refuse a row that repeats another in every cell, where a column `seed` tells measurements apart.

    It would count as a replicate that never was. Without that column, rows at one label count are replicates, and two
    of them may well agree: on a test set of 200 items, two trainings often have the same accuracy.
    """
    if "seed" not in {str(name).strip() for name in frame.columns}:
        return
    repeats = frame.duplicated().to_numpy()
    if not repeats.any():
        return
    row = int(np.argmax(repeats))
    alike = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = int(np.argmax(alike == alike[row]))
    raise InputError(
        f"{where}, row {row + 1}: repeats row {first + 1} in every cell; allowed: each measurement once, and "
        "replicates under seeds of their own"
    )


def _is_empty(column: pd.Series) -> pd.Series:
    return column.isna() | (column.astype(str).str.strip() == "")


def _refuse_cells(bad: pd.Series | Bools, column: pd.Series, where: str, allowed: str) -> None:
    """Raise an InputError that names the first bad cell, if any: its row (1 = first data row), column and content."""
    if not bad.any():
        return
    row = int(np.argmax(np.asarray(bad)))
    cell: Any = column.iloc[row]
    if isinstance(cell, np.generic):
        cell = cell.item()  # as a reader would type it
    found = "" if isinstance(cell, float) and np.isnan(cell) else cell
    raise InputError(f"{where}, row {row + 1}, column '{column.name}': found {found!r}; allowed: {allowed}")


def base_name(name: str) -> str:
    """Give the name of a data set, learner or strategy without its settings, which stand in brackets behind it.

    Examples:
        >>> base_name("synthetic-rare [n=1000, test_size=300]")
        'synthetic-rare'
    """
    return name.partition(" [")[0]


def one_metric(table: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Take the rows of one metric of a validated table; of accuracy, or the only one it holds, when it is not named.

    A metric that the table does not have is an InputError.
    """
    held = sorted(set(table["metric"]))
    wanted = metric or (held[0] if len(held) == 1 else "accuracy")
    if wanted not in held:
        near = nearest(wanted, held)
        hint = "" if near is None else f"did you mean '{near}'? "
        raise InputError(f"--metric: found '{wanted}', of which there is no value; {hint}allowed: {', '.join(held)}")
    return table[table["metric"] == wanted]


def clean_curves(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take the rows that were simulated with clean labels: only those say what a label is worth before its errors.

    Returns:
        The clean rows, which may be none, or all where there is no column of error rates; and a sentence on the data
        sets left aside, if any.
    """
    if NOISE_COLUMN not in table.columns:
        return table, []
    return _split_off(table, table[NOISE_COLUMN] > 0, "they were simulated with wrong answers")


def scenario_curves(table: pd.DataFrame, scenario: str) -> tuple[pd.DataFrame, list[str]]:
    """Take the rows of a scenario of `simulations.trajectory.SCENARIOS`, and a sentence on each that is left aside."""
    sentences = []
    for other, why in _HOW_ITEMS_CAME.items():
        if other != scenario:
            names = table["dataset"].astype(str)
            streams, queries = (names.str.contains(mark, regex=False) for mark in (STREAM_MARK, QUERIES_MARK))
            rows = {"pool": ~streams & ~queries, "stream": streams, "queries": queries}
            table, said = _split_off(table, rows[other], why)
            sentences += said
    return table, sentences


def _split_off(table: pd.DataFrame, left: pd.Series, why: str) -> tuple[pd.DataFrame, list[str]]:
    """Leave rows of a table aside, which may be all, and name their data sets in a sentence."""
    if not left.any():
        return table, []
    names = ", ".join(map(str, table.loc[left, "dataset"].unique()))
    return table[~left], [f"Not used as proxies, as {why}: {names}."]
