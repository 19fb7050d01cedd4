"""`labelplan backtest`: forecasts measured curves from their first part, and scores the forecast on the rest.

What research found (findings, strategies, verdicts, matching) is recorded, and shown as it was recorded.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.output import AsJson, Progress, Seed, print_json, show_progress
from simulations.errors import InputError
from simulations.process import stoppable


def backtest(
    source: Annotated[
        str | None,
        typer.Argument(metavar="CURVES", help="A curve table (CSV or Parquet), or 'recorded', the default."),
    ] = None,
    cuts: Annotated[
        str, typer.Option(help="Percent of the label range that is observed, and 'few' for 5 to 8 points.")
    ] = "10,20,50,few",
    peers: Annotated[str, typer.Option(help="Peers to compare with: all, none, or some of them.")] = "all",
    sample: Annotated[int | None, typer.Option(min=1, help="Curves a data set at most.")] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Forecast the gap between random and each strategy.")] = False,
    findings: Annotated[
        bool, typer.Option("--findings", help="Show published findings beside our own figures; nothing is computed.")
    ] = False,
    strategies: Annotated[
        bool, typer.Option("--strategies", help="Show what every recorded strategy saved; nothing is computed.")
    ] = False,
    verdicts: Annotated[
        bool,
        typer.Option("--verdicts", help="Show how right verdicts were on data sets held out; nothing is computed."),
    ] = False,
    matching: Annotated[
        bool,
        typer.Option("--matching", help="Show which weighting of recorded data sets is best; nothing is computed."),
    ] = False,
    metric: Annotated[str | None, typer.Option(help="Which metric of a curve table; accuracy by default.")] = None,
    test_size: Annotated[int | None, typer.Option(min=1, help="Test items, where the table does not say.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    draws: Annotated[int, typer.Option(min=100, max=20_000, help="Sample paths of a forecast.")] = 1_000,
    seed: Seed = 0,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .html, .svg or .png.")] = None,
    as_json: AsJson = False,
) -> None:
    """Test the forecast on measured curves: cut each, forecast what lies beyond, and score it beside its peers."""
    results = {"findings": findings, "strategies": strategies, "verdicts": verdicts, "matching": matching}
    shown = [name for name, wanted in results.items() if wanted]
    if shown:
        others = {source: source, "--pairs": pairs, "--sample": sample, "--metric": metric, "--chart": chart}
        given = [f"--{name}" for name in shown[1:]] + [str(name) for name, given in others.items() if given]
        _show_results(shown[0], given, as_json=as_json)
        return
    from planner.app.backtests import RECORDED, read_settings, run
    from planner.render.evidence.backtest import print_backtest

    if chart is not None:
        from planner.render.evidence.charts import backtest_chart  # loads the drawing library
        from planner.render.image_export import check_chart_path, save_chart

        check_chart_path("--chart", chart)  # before minutes of work, not after
    settings = read_settings(cuts, peers, draws, seed)
    options: dict[str, Any] = {"sample": sample, "metric": metric, "test_size": test_size, "jobs": jobs}
    started = time.monotonic()
    with _stoppable_progress() as progress:
        found = run(settings, source or RECORDED, pairs=pairs, **options, progress=progress).to_dict()
    if chart is not None:
        save_chart(backtest_chart(found), chart)
    if as_json:
        print_json(found)
        return
    print_backtest(found, seconds=time.monotonic() - started)
    if chart is not None:
        print(f"Chart: {chart}")


def _show_results(name: str, others: list[str], *, as_json: bool) -> None:
    """Show results as they were recorded; other options do not go with them."""
    if others:
        raise InputError(f"--{name}: does not go with {others[0]}, as it shows what is recorded")
    from planner.evidence.results import RESULTS_FILES

    found = RESULTS_FILES[name].judged()
    if as_json:
        print_json(found)
        return
    from planner.render.evidence import results

    printers: dict[str, Callable[[Mapping[str, Any]], None]] = {
        "findings": results.print_findings,
        "strategies": results.print_strategies,
        "verdicts": results.print_verdicts,
        "matching": results.print_matching,
    }
    printers[name](found)


@contextmanager
def _stoppable_progress() -> Iterator[Progress]:
    """Show progress on standard error; Ctrl-C ends the command with nothing reported, as a part is not the whole."""
    where = "before the first curve"
    with stoppable() as stop:
        try:
            with show_progress("Forecasting curves") as show:

                def progress(done: int, total: int) -> None:
                    nonlocal where
                    where = f"after {done:,} of {total:,} curves"
                    show(done, total)

                yield progress
        except KeyboardInterrupt:
            print(f"labelplan: stopped {where}; nothing is reported, as a part is not the whole", file=sys.stderr)
            raise typer.Exit(stop.status) from None
