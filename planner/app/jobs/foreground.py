"""A grid run by the command line itself, with a progress bar on standard error, and its summary as JSON."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from simulations import jit
from simulations.grid import load_grid
from simulations.run import RunSummary, run_grid
from simulations.store import Store
from simulations.work_estimate import WorkEstimate, estimate

if TYPE_CHECKING:
    from simulations.run import Advance

_LINE_SECONDS = 5.0


def simulate_grid(path: Path, store: Path, **options: Any) -> RunSummary:
    """Run a grid file into a store, with progress and time left on standard error.

    Args:
        path: the grid file.
        store: the store's folder.
        options: `processes`, `shard`, `time_limit` and `scheduler`, as `simulations.run.run_grid` takes them.

    Raises:
        InputError: the grid, the store or an option cannot be used.
    """
    grid = load_grid(path)
    with _progress(path.name) as tell:
        return run_grid(grid, Store(store), progress=tell, advance=tell, **options)


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


@contextmanager
def _progress(name: str) -> Iterator["Advance"]:
    """Show a bar with time left, from the first word that there is something to run."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(f"Simulating {name}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("trajectories, elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    # Lanes in lockstep end together, so the time left is judged by the whole run and not by the last half minute.
    bar = Progress(*columns, console=console, speed_estimate_period=1e9)
    task = bar.add_task("run", total=None)
    written, compiled = perf_counter(), jit.kept()

    def tell(done: float, to_run: int) -> None:
        nonlocal written
        if to_run and not bar.live.is_started:
            if not compiled:
                console.print(
                    "The first run compiles the inner loops of the engine, which takes about 15 seconds, once."
                )
            bar.start()
        bar.update(task, completed=done, total=to_run)
        # A log file shows no bar: a line now and then says that work goes on.
        if not console.is_terminal and done and (done == to_run or perf_counter() - written > _LINE_SECONDS):
            written = perf_counter()
            left = bar.tasks[0].time_remaining
            eta = "" if left is None or done == to_run else f", about {left:,.0f} s left"
            print(f"{int(done)} of {to_run} trajectories{eta}", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()
