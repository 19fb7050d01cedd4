"""Simulates campaigns on arrays in memory, with a learner of the simulator or any scikit-learn classifier."""

import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
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
from simulations.run import into_tasks, run_grid
from simulations.store import Store, curve_table

Progress = Callable[[int, int], None]
"""Takes how much is done, and of how much."""

LEAST_LABELS, LABELS_A_CLASS = 10, 2
TEST_SHARE, MOST_TEST_ITEMS = 4, 2_000


@dataclass(frozen=True)
class Campaign:
    """What is simulated; see `planner.api.simulate`."""

    strategies: tuple[str, ...]
    learner: Any
    initial_labels: int | None
    batch_size: int | None
    rounds: int
    seeds: int
    test_size: int | None
    kind: str
    name: str


def simulate_arrays(
    features: Any, labels: npt.NDArray[Any], campaign: Campaign, *, store: Path | None, progress: Progress | None
) -> pd.DataFrame:
    """Simulate campaigns and give their curve table; see `planner.api.simulate`.

    Raises:
        InputError: the data, a name or a number cannot be used.
    """
    rows = features.toarray() if hasattr(features, "toarray") else np.asarray(features)
    if labels.ndim != 1 or len(labels) != len(rows):
        raise InputError(f"simulate: found X of shape {rows.shape} and y of {labels.shape}; allowed: a label a row")
    by_name = isinstance(campaign.learner, str)
    if store is not None and not by_name:
        raise InputError(
            "simulate, store: found with a learner that is an object; allowed: with one by its name, as what is kept "
            "must say what it was made with"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, features=rows, labels=labels.astype(str) if labels.dtype.kind == "O" else labels)
        learner = campaign.learner if by_name else type(campaign.learner).__name__
        with nullcontext() if by_name else with_estimator(learner, campaign.learner):
            grid = _grid(path, learner, labels, campaign)
            if by_name:
                table = _in_store(grid, store or Path(folder) / "store", progress)
            else:
                table = curve_table(_in_this_process(grid, progress))
    return table.assign(dataset=campaign.name)


def _grid(path: Path, learner: str, labels: npt.NDArray[Any], campaign: Campaign) -> Grid:
    first = campaign.initial_labels
    if first is None:
        first = max(LEAST_LABELS, LABELS_A_CLASS * len(np.unique(labels)))
    test = campaign.test_size
    if test is None:
        test = min(max(len(labels) // TEST_SHARE, 1), MOST_TEST_ITEMS)
    data = {"name": "file", "path": str(path), "test_size": test, "kind": campaign.kind}
    block = {
        "datasets": [data],
        "learners": [learner],
        "strategies": list(campaign.strategies),
        "batch_sizes": [campaign.batch_size or first],
        "initial_size": first,
        "rounds": campaign.rounds,
        "seeds": campaign.seeds,
    }
    return parse_grid({"grid": [block]}, where="simulate")


def _in_store(grid: Grid, folder: Path, progress: Progress | None) -> pd.DataFrame:
    store = Store(folder)
    summary = run_grid(grid, store, progress=progress)
    if summary.interrupted:
        raise KeyboardInterrupt
    if summary.failed:
        raise InputError(f"simulate: {summary.failed[0]}")
    wanted = {t.key for t in grid.trajectories}
    table = store.frame()
    return table[table["trajectory"].isin(wanted)].reset_index(drop=True)


def _in_this_process(grid: Grid, progress: Progress | None) -> list[Record]:
    """Run what no other process knows the learner of."""
    found: list[Record] = []
    for task in into_tasks(grid.trajectories, 1):
        found += run_lanes(task)
        if progress is not None:
            progress(len(found), len(grid))
    return found
