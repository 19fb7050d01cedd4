"""Runs a grid file in this process, or says what that would take."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulations import jit
from simulations.grid import load_grid
from simulations.run import Advance, RunSummary, run_grid
from simulations.store import Store
from simulations.work_estimate import WorkEstimate, estimate


def is_compiled() -> bool:
    """Whether the inner loops of the engine are compiled already, which takes the first run about 15 seconds."""
    return jit.kept()


def simulate_grid(path: Path, store: Path, advance: Advance | None = None, **options: Any) -> RunSummary:
    """Run a grid file into a store.

    Args:
        path: the grid file.
        store: the store's folder.
        advance: told how many trajectories are done, and of how many; rounds count as parts.
        options: `processes`, `shard`, `time_limit` and `scheduler`, as `simulations.run.run_grid` takes them.

    Raises:
        InputError: the grid, the store or an option cannot be used.
    """
    return run_grid(load_grid(path), Store(store), progress=advance, advance=advance, **options)


def preview_grid(path: Path, store: Path, *, shard: str | None = None) -> WorkEstimate:
    """Say what `simulate_grid` would do, without doing it.

    Raises:
        InputError: the grid, the shard or the store cannot be used.
    """
    return estimate(load_grid(path), Store(store), shard=shard)


def summary_dict(summary: RunSummary, store: Path) -> dict[str, Any]:
    """Give a run's summary as `labelplan simulate --json` prints it."""
    return {**asdict(summary), "remaining": summary.remaining, "store": str(store)}


def preview_dict(preview: WorkEstimate) -> dict[str, Any]:
    """Give a preview as `labelplan simulate --dry-run --json` prints it."""
    return {**asdict(preview), "to_run": preview.to_run}
