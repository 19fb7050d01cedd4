"""`labelplan simulate`: runs a grid of simulated labelling campaigns into a store."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from planner.cli.output import AsJson, print_answer
from simulations.process import Stop, stoppable

_LINE_SECONDS = 5.0
"""How often a log file gets a line of progress."""


def simulate(
    path: Annotated[Path, typer.Argument(metavar="GRID.toml", help="What to run; see examples/grid.toml.")],
    store: Annotated[Path, typer.Option(help="Folder that keeps finished trajectories.")],
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Run only part I of N, for job arrays.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Give up what takes longer per trajectory; 1800 if unset."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:8786", help="Run on a Dask cluster; the store is written here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would run and the time it takes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a grid of simulated labelling campaigns; running again goes on where it stopped."""
    with stoppable() as stop:
        try:
            options = {"shard": shard, "processes": processes, "time_limit": time_limit, "scheduler": scheduler}
            if dry_run:
                status = _preview(path, store, shard, as_json=as_json)
            else:
                status = _run(path, store, stop, options, as_json=as_json)
        except (KeyboardInterrupt, Exception) as error:
            # A signal in the middle of an import comes out as whatever error the module makes of it.
            if isinstance(error, Exception) and (stop.number is None or stop.began):
                raise
            words = "stopped; what was finished is kept" if stop.began else "stopped before anything ran"
            print(f"labelplan: {words}", file=sys.stderr)
            status = stop.status
    if stop.number is not None:
        # The process ends with this status now, and not by a signal more.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    raise typer.Exit(status)


def _preview(path: Path, store: Path, shard: str | None, *, as_json: bool) -> int:
    """Say what a run would do, and give the exit status."""
    from planner.app.runner import preview_grid
    from planner.render.simulation_words import print_preview

    preview = preview_grid(path, store, shard=shard)
    answer = {**asdict(preview), "to_run": preview.to_run}
    print_answer(answer, lambda: print_preview(preview), as_json=as_json)
    return 0


def _run(path: Path, store: Path, stop: Stop, options: dict[str, Any], *, as_json: bool) -> int:
    """Run a grid, say where the store stands, and give the exit status."""
    from planner.app.runner import is_compiled, simulate_grid
    from planner.render.simulation_words import print_run

    with _show_progress(path.name, compiled=is_compiled()) as advance:
        summary = simulate_grid(path, store, advance, **options)
    answer = {**asdict(summary), "remaining": summary.remaining, "store": str(store)}
    print_answer(answer, lambda: print_run(summary, store), as_json=as_json)
    return stop.status if summary.interrupted else 1 if summary.failed else 0


@contextmanager
def _show_progress(name: str, *, compiled: bool) -> Iterator[Callable[[float, int], None]]:
    """Show a bar with the time left on standard error, as soon as there is something to run."""
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
    written = perf_counter()

    def advance(done: float, to_run: int) -> None:
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
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
