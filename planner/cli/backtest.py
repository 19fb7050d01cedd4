"""`labelplan backtest`: forecasts measured curves from their first part, and scores what was said of the rest.

What research found (findings, strategies, verdicts, matching) is recorded, and shown as it was recorded.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli.output import AsJson, Progress, Seed, print_json, show_progress
from simulations.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from planner.backtest.run import Backtest
    from planner.backtest.scoring import Settings

RECORDED = "recorded"


@dataclass(frozen=True)
class _Asked:
    """What is to be tested and how; the names are those of the options."""

    source: str
    settings: "Settings"
    sample: int | None
    metric: str | None
    test_size: int | None
    jobs: int


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
    from planner.backtest.forecasters import peer_names
    from planner.backtest.scoring import Settings
    from planner.backtest.tasks import cut_names
    from planner.render.image_export import check_chart_path

    if chart is not None:
        check_chart_path("--chart", chart)  # before minutes of work, not after
    asked = None if peers == "all" else [name.strip() for name in peers.split(",") if peers != "none"]
    settings = Settings(cuts=cut_names(cuts), peers=peer_names(asked), n_draws=draws, seed=seed)
    task = _Asked(source or RECORDED, settings, sample, metric, test_size, jobs)
    started = time.monotonic()
    with _stoppable() as progress:
        found = (_test_pairs if pairs else _test_curves)(task, progress)
    if chart is not None:
        from planner.render.evidence.charts import backtest_chart
        from planner.render.image_export import save_chart

        save_chart(backtest_chart(found.to_dict()), chart)
    if as_json:
        print_json(found.to_dict())
        return
    from planner.render.evidence.backtest import print_backtest

    print_backtest(found.to_dict(), seconds=time.monotonic() - started)
    if chart is not None:
        print(f"Chart: {chart}")


def _show_results(name: str, others: list[str], *, as_json: bool) -> None:
    """Show results as they were recorded."""
    if others:
        raise InputError(f"--{name}: does not go with {others[0]}, as it shows what is recorded")
    from planner.evidence.judged import JUDGED

    found = JUDGED[name].judged()
    if as_json:
        print_json(found)
        return
    from planner.render.evidence.findings import print_findings, print_strategies
    from planner.render.evidence.held_out import print_matching, print_verdicts

    printers: dict[str, Callable[[Mapping[str, Any]], None]] = {
        "findings": print_findings,
        "strategies": print_strategies,
        "verdicts": print_verdicts,
        "matching": print_matching,
    }
    printers[name](found)


def _test_curves(asked: _Asked, progress: Progress) -> "Backtest":
    from planner.backtest.curves import choose_curves, read_own, read_recorded
    from planner.backtest.run import run_backtest

    if asked.source == RECORDED:
        found = read_recorded(asked.metric)
    else:
        found = read_own(_curve_table(asked.source), metric=asked.metric, test_size=asked.test_size)
    return run_backtest(choose_curves(found, sample=asked.sample), asked.settings, jobs=asked.jobs, progress=progress)


def _test_pairs(asked: _Asked, progress: Progress) -> "Backtest":
    from planner.backtest.pairs import forecast_pair, pairs_from_table
    from planner.backtest.run import run_pairs

    if asked.sample is not None:
        raise InputError("--sample: does not go with --pairs, which takes every strategy beside random")
    title, table = _paired_table(asked)
    found = pairs_from_table(table, asked.metric)
    return run_pairs(found, title, asked.settings, joint=forecast_pair, jobs=asked.jobs, progress=progress)


def _paired_table(asked: _Asked) -> "tuple[str, pd.DataFrame]":
    from planner.evidence import recorded_curves
    from simulations.curve_table import read_curves

    if asked.source == RECORDED:
        return "the recorded curves", recorded_curves()
    path = _curve_table(asked.source)
    return path.name, read_curves(path, metric=asked.metric, test_size=asked.test_size)


def _curve_table(source: str) -> Path:
    """Give the path of a user's own curves; archives have readers of their own, which do not ship."""
    path = Path(source)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise InputError(
            f"{path}: is {what}; allowed: a curve table (CSV or Parquet), or '{RECORDED}' (published archives: "
            "'python -m research.backtest', in a checkout of labelplan)"
        )
    return path


@contextmanager
def _stoppable() -> Iterator[Progress]:
    """Show progress on standard error; Ctrl-C ends the command with nothing reported, as a part is not the whole."""
    from simulations.signals import stoppable

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
