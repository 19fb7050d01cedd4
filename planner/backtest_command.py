"""`labelplan backtest`: forecasts measured curves from their first part, and scores what was said of the rest."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.errors import InputError

if TYPE_CHECKING:
    from planner.backtest.curve import CurveSet
    from planner.backtest.pairs import Pair
    from planner.backtest.run import Backtest
    from planner.backtest.scoring import Settings

LCDB, RECORDED = "lcdb", "recorded"

Progress = Callable[[int, int], None]


def backtest(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CURVES",
            help="A curve table (CSV or Parquet), an archive of learning curves (LCDB, vision scaling benchmark), "
            "'lcdb' (fetched once by 'labelplan data get lcdb'), or 'recorded'.",
        ),
    ] = LCDB,
    cuts: Annotated[
        str, typer.Option(help="Percent of the label range that is observed, and 'few' for 5 to 8 points.")
    ] = "10,20,50,few",
    peers: Annotated[str, typer.Option(help="Peers to compare with: all, none, or some of them.")] = "all",
    sample: Annotated[int | None, typer.Option(min=1, help="Curves a data set at most, chosen by name.")] = None,
    reserved: Annotated[
        bool, typer.Option("--reserved", help="The reserved OpenML data sets, and nothing else.")
    ] = False,
    cross_validate: Annotated[
        int | None,
        typer.Option(min=2, max=20, help="Parts of the data sets, each forecast with a prior learned on the others."),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Forecast the gap between random and each strategy.")] = False,
    metric: Annotated[str | None, typer.Option(help="Which metric of a curve table; accuracy by default.")] = None,
    test_size: Annotated[int | None, typer.Option(min=1, help="Test items, where the table does not say.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    draws: Annotated[int, typer.Option(min=100, max=20_000, help="Sample paths of a forecast.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws: the same seed gives the same answer.")] = 0,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .html, .svg or .png.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Test the forecast on measured curves: cut each, forecast what lies beyond, and score it beside its peers."""
    from planner.backtest.forecasters import peer_names
    from planner.backtest.scoring import Settings
    from planner.backtest.tasks import cut_names
    from planner.report.charts.save import check_chart_path

    if chart is not None:
        check_chart_path("--chart", chart)  # before minutes of work, not after
    asked = None if peers == "all" else [name.strip() for name in peers.split(",") if peers != "none"]
    settings = Settings(cuts=cut_names(cuts), peers=peer_names(asked), n_draws=draws, seed=seed, folds=cross_validate)
    if cross_validate is not None and (pairs or reserved):
        other, why = ("--pairs", "learns from curves, not pairs") if pairs else ("--reserved", "would learn from them")
        raise InputError(f"--cross-validate: does not go with {other}, as it {why}")
    started = time.monotonic()
    with _stoppable() as progress:
        if pairs:
            found = _test_pairs(source, settings, sample, metric, test_size, reserved, jobs, progress)
        else:
            found = _test_curves(source, settings, sample, metric, test_size, reserved, jobs, progress)
    if chart is not None:
        from planner.report.charts.backtest import backtest_chart
        from planner.report.charts.save import save_chart

        save_chart(backtest_chart(found.to_dict()), chart)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, allow_nan=False))
        return
    from planner.report.terminal_backtest import print_backtest

    print_backtest(found.to_dict(), seconds=time.monotonic() - started)
    if chart is not None:
        print(f"Chart: {chart}")


def _test_curves(
    source: str,
    settings: "Settings",
    sample: int | None,
    metric: str | None,
    test_size: int | None,
    reserved: bool,
    jobs: int,
    progress: Progress,
) -> "Backtest":
    from planner.backtest.choose import choose_curves
    from planner.backtest.cross_validation import cross_validate
    from planner.backtest.learning import CURVES_A_DATA_SET
    from planner.backtest.run import run_backtest

    found = _curves(source, metric, test_size)
    curves = choose_curves(found, reserved=reserved, sample=sample)
    if settings.folds is None:
        return run_backtest(curves, settings, jobs=jobs, progress=progress)
    learned_from = choose_curves(found, sample=CURVES_A_DATA_SET).curves
    return cross_validate(curves, learned_from, settings, settings.folds, jobs=jobs, progress=progress)


def _curves(source: str, metric: str | None, test_size: int | None) -> "CurveSet":
    from planner.backtest.lcdb import read_lcdb_folder
    from planner.backtest.own_curves import read_recorded
    from planner.backtest.sources import read_source

    if source == RECORDED:
        return read_recorded(metric)
    if source == LCDB:
        return read_lcdb_folder(_fetched_lcdb())
    return read_source(Path(source), metric=metric, test_size=test_size)


def _fetched_lcdb() -> Path:
    """Give the folder of LCDB in the cache, its files checked; what is missing is told with the command to fetch it."""
    from simulations.cache import find_resource
    from simulations.cache.fetch import opened

    stored = opened(find_resource(LCDB))
    for name in stored.hashes:
        stored.path(name)
    return stored.folder


def _test_pairs(
    source: str,
    settings: "Settings",
    sample: int | None,
    metric: str | None,
    test_size: int | None,
    reserved: bool,
    jobs: int,
    progress: Progress,
) -> "Backtest":
    from planner.backtest.pair_forecast import forecast_pair
    from planner.backtest.run import run_pairs

    if sample is not None:
        raise InputError("--sample: does not go with --pairs, which takes every strategy beside random")
    title, found = _pairs(source, metric, test_size, reserved)
    return run_pairs(found, title, settings, joint=forecast_pair, jobs=jobs, progress=progress)


def _pairs(source: str, metric: str | None, test_size: int | None, reserved: bool) -> "tuple[str, list[Pair]]":
    from planner.backtest.pairs import pairs_from_table
    from planner.backtest.sources import is_curve_table
    from planner.curves import read_curves
    from planner.evidence import recorded_curves

    if source == RECORDED:
        return "the recorded curves", pairs_from_table(recorded_curves(), metric, reserved=reserved)
    if source == LCDB or not is_curve_table(Path(source)):
        raise InputError(
            f"--pairs: '{source}' holds curves of random draws alone; allowed: a curve table with random and other "
            f"strategies, or '{RECORDED}'"
        )
    table = read_curves(Path(source), metric=metric, test_size=test_size)
    return Path(source).name, pairs_from_table(table, metric, reserved=reserved)


@contextmanager
def _stoppable() -> Iterator[Progress]:
    """Show progress on standard error; Ctrl-C ends the command with nothing reported, as a part is not the whole."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from simulations.stopping import stoppable

    columns = (TextColumn("Forecasting curves"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with stoppable() as stop:
        try:
            with Bar(*columns, console=Console(stderr=True)) as bar:
                # Shown once there is something to tell: what cannot start has no progress.
                task = bar.add_task("", total=None, visible=False)
                yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
        except KeyboardInterrupt:
            done, total = bar.tasks[0].completed, bar.tasks[0].total
            where = "before the first curve" if total is None else f"after {done:,.0f} of {total:,.0f} curves"
            print(f"labelplan: stopped {where}; nothing is reported, as a part is not the whole", file=sys.stderr)
            raise typer.Exit(stop.status) from None
