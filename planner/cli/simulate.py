"""`labelplan simulate`: runs a grid of simulated labelling campaigns into a store."""

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.output import AsJson, print_json
from simulations.signals import Stop, stoppable


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
    from planner.app.jobs import foreground as jobs
    from planner.render import terminal

    preview = jobs.preview_grid(path, store, shard=shard)
    if as_json:
        print_json(jobs.preview_dict(preview))
    else:
        terminal.print_preview(preview)
    return 0


def _run(path: Path, store: Path, stop: Stop, options: dict[str, Any], *, as_json: bool) -> int:
    """Run a grid, say where the store stands, and give the exit status."""
    from planner.app.jobs import foreground as jobs
    from planner.render import terminal

    summary = jobs.simulate_grid(path, store, **options)
    if as_json:
        print_json(jobs.summary_dict(summary, store))
    else:
        terminal.print_run(summary, store)
    return stop.status if summary.interrupted else 1 if summary.failed else 0
