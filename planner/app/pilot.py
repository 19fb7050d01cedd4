"""A pilot's learning curves from labels in hand: the simulator replays labelling at random, on labelled items alone."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from planner.annotations.records import parse_table, read_label, read_text
from planner.app.annotations import import_export
from planner.app.answers import stored_curves
from planner.app.uploads import join_columns
from simulations.datasets import pool_size
from simulations.datasets.cells import split_names
from simulations.datasets.dataset import MOST_ITEMS, check_extent
from simulations.datasets.own_files import FORMATS, read_shapes
from simulations.errors import InputError, one_line, suggestion
from simulations.files import check_rows
from simulations.grid import Grid, parse_grid
from simulations.run import Advance, RunSummary, run_grid
from simulations.store import Store

FEWEST_POINTS = 4
"""Label counts that a forecast needs."""

_ITEM_NAMES = ("item", "id")
_LABEL = "label"
_ROW = "row of the file"


@dataclass(frozen=True)
class Pilot:
    """Curves of random labels on a held-out part, and how the run ended.

    Attributes:
        table: a curve table; without rows where nothing was finished.
        run: how it ended.
        notes: sentences on labels and items that are not used.
    """

    table: pd.DataFrame
    run: RunSummary
    notes: tuple[str, ...]

    def means(self) -> list[dict[Hashable, Any]]:
        """Give a row for each metric and number of labels: the mean value over seeds."""
        means = self.table.groupby(["metric", "labels"], sort=True)["value"].mean()
        return means.reset_index().to_dict(orient="records")


def learn_pilot(
    data: Path,
    settings: Mapping[str, Any],
    *,
    labels: Path | None,
    item: str | None,
    learner: str,
    points: int,
    seeds: int,
    processes: int | None = None,
    advance: Advance | None = None,
) -> Pilot:
    """Train on growing random sets of the labelled items, and measure each model on a held-out part of them.

    Each seed holds another part out and orders the rest anew; its sets are nested.

    Args:
        data: features, as a grid file names them: .csv, .tsv, .parquet or .npz.
        settings: of the data set `file`, such as `label`, `drop` and `one_hot`.
        labels: a CSV of items and labels; the data's own column of labels counts when None.
        item: the column of `data` that names items; of an .npz items are its rows, from 1 on.
        learner: one of the simulator's.
        points: label counts at which it is measured.
        seeds: repeats.
        processes: worker processes; all cores when None.
        advance: see `simulations.run.run_grid`.

    Raises:
        InputError: a file or an option cannot be used, or there are too few labels.
    """
    if labels is not None and settings.get("label"):
        raise InputError("--label: found with --labels; allowed: one of them, as both say what the labels are")
    if labels is None and item is not None:
        raise InputError("--item: found without --labels; allowed: beside it, whose items it names")
    with TemporaryDirectory(prefix="labelplan-") as folder:
        chosen, notes = {**settings, "called": data.name, "path": str(data.absolute())}, list[str]()
        if labels is not None:
            path, item_column, notes = join_labels(data, labels, item, Path(folder))
            chosen |= {"path": str(path)}
            if path.suffix != ".npz":
                chosen |= {
                    "label": _LABEL,
                    "drop": join_columns([*split_names(settings.get("drop") or ""), item_column]),
                }
        grid = _plan_grid(chosen, learner, points, seeds)
        store = Store(Path(folder) / "store")
        run = run_grid(grid, store, processes=processes, progress=advance, advance=advance)
        table = stored_curves(store.directory)[0] if run.done else pd.DataFrame(columns=["labels"])
    return Pilot(table, run, (*notes, *run.ended))


def _plan_grid(dataset: Mapping[str, Any], learner: str, points: int, seeds: int) -> Grid:
    """Spread the label counts evenly over the pool that is left beside the held-out part."""
    block = {
        "datasets": [{"name": "file", **{key: value for key, value in dataset.items() if value}}],
        "learners": [learner],
        "strategies": ["random"],
        "batch_sizes": [1],
        "initial_size": 1,
        "initial_set": "random",
        "rounds": 0,
        "seeds": seeds,
    }
    grid = parse_grid({"grid": block}, where="pilot")
    pool, _ = pool_size(grid.trajectories[0].dataset)
    if pool < FEWEST_POINTS:
        raise InputError(f"{dataset['called']}: found {pool} labels to learn from; allowed: {FEWEST_POINTS} or more")
    step = max(1, pool // points)
    rounds = min(points, pool // step) - 1
    return Grid(tuple(replace(t, initial_size=step, batch_size=step, rounds=rounds) for t in grid.trajectories))


def join_labels(data: Path, labels: Path, item: str | None, folder: Path) -> tuple[Path, str, list[str]]:
    """Write the labelled items with their features into a folder, as a file of the same kind.

    Returns:
        The file, the column that names items, and sentences on what is not used.

    Raises:
        InputError: a file cannot be read, an item comes twice, or none has a label.
    """
    label_of = import_export(labels, "csv").summary.labels
    kind = data.suffix.lower()
    if kind not in FORMATS:
        raise InputError(f"{data}: found a '{kind}' file; allowed: {', '.join(FORMATS)}")
    if not data.is_file():
        raise InputError(f"{data}: there is no such file; give features of the labelled items")
    features: Any = _read_array(data) if kind == ".npz" else _read_frame(data, kind)
    column = _ROW if kind == ".npz" else _item_column(data, list(features.columns), item)
    names = range(1, len(features) + 1) if kind == ".npz" else features[column].tolist()
    items = [read_label(name) or "" for name in names]
    if not items:
        raise InputError(f"{data}: found no items; allowed: one or more")
    known = pd.Series(items)
    if known.duplicated().any():
        raise InputError(
            f"{data}, {column}: found '{known[known.duplicated()].iloc[0]}' twice; allowed: each item once"
        )
    kept = known.isin([*label_of]).to_numpy()
    if not kept.any():
        raise InputError(f"{labels}: found no item of {data}, {column}; allowed: names such as '{items[0]}'")
    told = [label_of[name] for name, keep in zip(items, kept, strict=True) if keep]
    notes = [
        f"{count:,} {what}"
        for count, what in (
            (len(label_of) - int(kept.sum()), f"labelled items are not in {data.name}"),
            (len(items) - int(kept.sum()), f"items of {data.name} have no label, and are not used"),
        )
        if count
    ]
    path = folder / f"labelled{'.csv' if kind == '.tsv' else kind}"
    if kind == ".npz":
        np.savez(path, features=features[kept], labels=np.array(told))
    elif kind == ".parquet":
        features[kept].assign(**{_LABEL: told}).to_parquet(path, index=False)
    else:
        features[kept].assign(**{_LABEL: told}).to_csv(path, index=False)
    return path, column, notes


def _item_column(data: Path, columns: list[str], item: str | None) -> str:
    found = [name for name in ([item] if item else _ITEM_NAMES) if name in columns]
    if not found:
        allowed = suggestion(item, columns) if item else f"; allowed: {' or '.join(_ITEM_NAMES)}, or --item COLUMN"
        raise InputError(f"{data}: found no column '{item or _ITEM_NAMES[0]}' that names items{allowed}")
    return found[0]


def _read_array(data: Path) -> Any:
    try:
        shape, *_ = read_shapes(data)["features"]  # in the header, before it fills the memory
        if len(shape) != 2:
            raise InputError(f"{data}, array 'features': found the shape {shape}; allowed: (items, columns)")
        check_extent(*shape, str(data))
        with np.load(data, allow_pickle=False) as arrays:
            return arrays["features"]
    except InputError:
        raise
    except Exception as error:  # zipfile, its decompressors and numpy's headers raise all kinds on damaged bytes
        raise InputError(f"{data}: is no .npz file with an array 'features' ({one_line(error)})") from error


def _read_frame(data: Path, kind: str) -> pd.DataFrame:
    from pyarrow.parquet import read_metadata

    if kind != ".parquet":
        return pd.DataFrame([row for _, row in parse_table(read_text(data), str(data))])
    try:
        facts = read_metadata(data)
        check_rows(facts, MOST_ITEMS, str(data))
        check_extent(facts.num_rows, facts.num_columns, str(data))
        return pd.read_parquet(data)
    except InputError:
        raise
    except (ValueError, OSError) as error:  # pyarrow's errors are both
        raise InputError(f"{data}: cannot be read ({one_line(error)})") from error
