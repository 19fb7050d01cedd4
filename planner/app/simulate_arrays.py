"""Simulates campaigns on arrays in memory, with a learner of the simulator or any scikit-learn classifier."""

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import Grid, parse_grid
from simulations.learners.registry import with_estimator
from simulations.record import Record
from simulations.run import Progress, into_tasks, run_grid
from simulations.store import Store, curve_table

LEAST_LABELS, LABELS_A_CLASS = 10, 2
TEST_SHARE, MOST_TEST_ITEMS = 4, 2_000


def simulate_arrays(
    features: Any,
    labels: npt.NDArray[Any],
    learner: Any,
    *,
    data: Mapping[str, Any],
    grid: Mapping[str, Any],
    store: Path | None,
    progress: Progress | None,
) -> pd.DataFrame:
    """Simulate campaigns and give their curve table; see `planner.api.simulate`.

    `data` and `grid` are settings as a grid file has them, of the data set and of the rest; sizes may be None.
    """
    rows = features.toarray() if hasattr(features, "toarray") else np.asarray(features)
    if labels.ndim != 1 or len(labels) != len(rows):
        raise InputError(f"simulate: found X of shape {rows.shape} and y of {labels.shape}; allowed: a label a row")
    by_name = isinstance(learner, str)
    if store is not None and not by_name:
        raise InputError(
            "simulate, store: found with a learner that is an object; allowed: with one by its name, as what is kept "
            "must say what it was made with"
        )
    first, test = grid["initial_size"], data["test_size"]
    if first is None:
        first = max(LEAST_LABELS, LABELS_A_CLASS * len(np.unique(labels)))
    if test is None:
        test = min(max(len(labels) // TEST_SHARE, 1), MOST_TEST_ITEMS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, features=rows, labels=labels.astype(str) if labels.dtype.kind == "O" else labels)
        name = learner if by_name else type(learner).__name__
        block = {
            **grid,
            "datasets": [{"name": "file", "path": str(path), **data, "test_size": test}],
            "learners": [name],
            "initial_size": first,
            "batch_sizes": [size or first for size in grid["batch_sizes"]],
        }
        with nullcontext() if by_name else with_estimator(name, learner):
            parsed = parse_grid({"grid": [block]}, where="simulate")
            if by_name:
                return _in_store(parsed, store or Path(folder) / "store", progress)
            return _in_this_process(parsed, progress)


def _in_store(grid: Grid, folder: Path, progress: Progress | None) -> pd.DataFrame:
    store = Store(folder)
    summary = run_grid(grid, store, progress=progress)
    if summary.interrupted:
        raise KeyboardInterrupt
    if summary.failed:
        raise InputError(f"simulate: {summary.failed[0]}")
    table = store.frame()
    return table[table["trajectory"].isin({t.key for t in grid.trajectories})].reset_index(drop=True)


def _in_this_process(grid: Grid, progress: Progress | None) -> pd.DataFrame:
    """Run what no other process knows the learner of."""
    found: list[Record] = []
    for task in into_tasks(grid.trajectories, 1):
        found += run_lanes(task)
        if progress is not None:
            progress(len(found), len(grid))
    return curve_table(found)
