"""`labelplan backtest`: forecasts measured curves from their first part, and scores what was said of the rest."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli.options import AsJson, Seed
from planner.cli.output import Progress, print_json, show_progress
from planner.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from planner.backtest.curve import CurveSet
    from planner.backtest.run import Backtest
    from planner.backtest.scoring import Settings
    from planner.evidence.judged import JudgedEvidence

LCDB, RECORDED = "lcdb", "recorded"
CAMPAIGNS = 2
"""Campaigns a data set that verdicts are asked for, unless `--sample` says how many."""


@dataclass(frozen=True)
class _Asked:
    """What is to be tested and how; the names are those of the options."""

    source: str
    settings: "Settings"
    sample: int | None
    metric: str | None
    test_size: int | None
    reserved: bool
    jobs: int


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
    sample: Annotated[int | None, typer.Option(min=1, help="Curves, or campaigns, a data set at most.")] = None,
    reserved: Annotated[
        bool, typer.Option("--reserved", help="The reserved OpenML data sets, and nothing else.")
    ] = False,
    cross_validate: Annotated[
        int | None,
        typer.Option(min=2, max=20, help="Parts of the data sets, each forecast with a prior learned on the others."),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Forecast the gap between random and each strategy.")] = False,
    verdicts: Annotated[
        bool, typer.Option("--verdicts", help="Ask for verdicts on each recorded data set, held out, and judge them.")
    ] = False,
    matching: Annotated[
        bool, typer.Option("--matching", help="Hold each data set out, and check how the others should be weighed.")
    ] = False,
    learner: Annotated[str | None, typer.Option(help="With --matching: the learner of the tasks held out.")] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="Show published findings beside our own figures; nothing is computed.")
    ] = False,
    strategies: Annotated[
        bool, typer.Option("--strategies", help="Show what every recorded strategy saved; nothing is computed.")
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
    if findings or strategies:
        others = {
            source: source != LCDB,
            "--strategies": findings and strategies,
            "--verdicts": verdicts,
            "--matching": matching,
            "--learner": learner,
            "--pairs": pairs,
            "--reserved": reserved,
            "--cross-validate": cross_validate,
            "--chart": chart,
        }
        given = [name for name, given in others.items() if given]
        (_show_findings if findings else _show_strategies)(given, as_json=as_json)
        return
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
    task = _Asked(source, settings, sample, metric, test_size, reserved, jobs)
    if learner is not None and not matching:
        raise InputError(f"--learner: found '{learner}' without --matching; allowed: together with it")
    if matching:
        others = {
            "--verdicts": verdicts,
            "--pairs": pairs,
            "--reserved": reserved,
            "--cross-validate": cross_validate,
            "--sample": sample,
            "--chart": chart,
        }
        _check_matching(task, [name for name, given in others.items() if given], learner, as_json=as_json)
        return
    if verdicts:
        others = {"--pairs": pairs, "--reserved": reserved, "--cross-validate": cross_validate}
        _judge_verdicts(task, [name for name, given in others.items() if given], chart, as_json=as_json)
        return
    started = time.monotonic()
    with _stoppable() as progress:
        found = (_test_pairs if pairs else _test_curves)(task, progress)
    if chart is not None:
        from planner.report.charts.backtest import backtest_chart
        from planner.report.charts.save import save_chart

        save_chart(backtest_chart(found.to_dict()), chart)
    if as_json:
        print_json(found.to_dict())
        return
    from planner.report.terminal_backtest import print_backtest

    print_backtest(found.to_dict(), seconds=time.monotonic() - started)
    if chart is not None:
        print(f"Chart: {chart}")


def _judge_verdicts(asked: _Asked, others: list[str], chart: Path | None, *, as_json: bool) -> None:
    """Hold each data set out, ask the planner, and show how right it was."""
    from planner.backtest.verdicts import run_verdicts

    if others:
        raise InputError(f"--verdicts: does not go with {others[0]}, which tests forecasts")
    title, table = _paired_table(
        replace(asked, source=RECORDED if asked.source == LCDB else asked.source), "--verdicts"
    )
    settings = asked.settings
    with _stoppable("Asking for verdicts", "campaign") as progress:
        found = run_verdicts(
            table,
            title,
            campaigns=asked.sample or CAMPAIGNS,
            n_draws=settings.n_draws,
            seed=settings.seed,
            jobs=asked.jobs,
            progress=progress,
        ).to_dict()
    if chart is not None:
        from planner.report.charts.save import save_chart
        from planner.report.charts.verdicts import verdict_chart

        save_chart(verdict_chart(found), chart)
    if as_json:
        print_json(found)
        return
    from planner.report.terminal_verdicts import print_verdicts

    print_verdicts(found)
    if chart is not None:
        print(f"Chart: {chart}")


def _check_matching(asked: _Asked, others: list[str], learner: str | None, *, as_json: bool) -> None:
    """Hold each data set out, forecast it from the others under several weightings, and show which does best."""
    from planner.backtest.matching import run_matching
    from planner.evidence import BASE_LEARNER

    if others:
        raise InputError(
            f"--matching: does not go with {others[0]}; allowed: with a curve table, --learner and --metric"
        )
    title, table = _paired_table(
        replace(asked, source=RECORDED if asked.source == LCDB else asked.source), "--matching", learner
    )
    with _stoppable("Forecasting data sets held out", "data set") as progress:
        found = run_matching(
            table,
            title,
            learner=learner or BASE_LEARNER,
            metric=asked.metric,
            n_draws=asked.settings.n_draws,
            seed=asked.settings.seed,
            jobs=asked.jobs,
            progress=progress,
        ).to_dict()
    if as_json:
        print_json(found)
        return
    from planner.report.terminal_matching import print_matching

    print_matching(found)


def _show_findings(others: list[str], *, as_json: bool) -> None:
    """Print the signs table as it was recorded."""
    from planner.evidence.judged import FINDINGS
    from planner.report.terminal_findings import print_findings

    _show_judged(FINDINGS, print_findings, others, as_json=as_json)


def _show_strategies(others: list[str], *, as_json: bool) -> None:
    """Print what every strategy saved, as it was recorded."""
    from planner.evidence.judged import STRATEGIES
    from planner.report.terminal_strategies import print_strategies

    _show_judged(STRATEGIES, print_strategies, others, as_json=as_json)


def _show_judged(
    evidence: "JudgedEvidence", printed: Callable[[dict[str, Any]], None], others: list[str], *, as_json: bool
) -> None:
    if others:
        raise InputError(f"--{evidence.name}: does not go with {others[0]}, as it shows what is recorded")
    found = evidence.judged()
    (print_json if as_json else printed)(found)


def _test_curves(asked: _Asked, progress: Progress) -> "Backtest":
    from planner.backtest.choose import choose_curves
    from planner.backtest.cross_validation import cross_validate
    from planner.backtest.learning import CURVES_A_DATA_SET
    from planner.backtest.run import run_backtest

    found = _curves(asked)
    settings = asked.settings
    curves = choose_curves(found, reserved=asked.reserved, sample=asked.sample)
    if settings.folds is None:
        return run_backtest(curves, settings, jobs=asked.jobs, progress=progress)
    learned_from = choose_curves(found, sample=CURVES_A_DATA_SET).curves
    return cross_validate(curves, learned_from, settings, settings.folds, jobs=asked.jobs, progress=progress)


def _curves(asked: _Asked) -> "CurveSet":
    from planner.backtest.lcdb import read_lcdb_folder
    from planner.backtest.own_curves import read_recorded
    from planner.backtest.sources import read_source

    if asked.source == RECORDED:
        return read_recorded(asked.metric)
    if asked.source == LCDB:
        return read_lcdb_folder(_fetched_lcdb())
    return read_source(Path(asked.source), metric=asked.metric, test_size=asked.test_size)


def _fetched_lcdb() -> Path:
    """Give the folder of LCDB in the cache, its files checked; what is missing is told with the command to fetch it."""
    from simulations.cache import find_resource
    from simulations.cache.fetch import opened

    stored = opened(find_resource(LCDB))
    for name in stored.hashes:
        stored.path(name)
    return stored.folder


def _test_pairs(asked: _Asked, progress: Progress) -> "Backtest":
    from planner.backtest.pair_forecast import forecast_pair
    from planner.backtest.pairs import pairs_from_table
    from planner.backtest.run import run_pairs

    if asked.sample is not None:
        raise InputError("--sample: does not go with --pairs, which takes every strategy beside random")
    title, table = _paired_table(asked, "--pairs")
    found = pairs_from_table(table, asked.metric, reserved=asked.reserved)
    return run_pairs(found, title, asked.settings, joint=forecast_pair, jobs=asked.jobs, progress=progress)


def _paired_table(asked: _Asked, option: str, learner: str | None = None) -> "tuple[str, pd.DataFrame]":
    from planner.backtest.sources import is_curve_table
    from planner.curves import read_curves
    from planner.evidence import recorded_curves

    if asked.source == RECORDED:
        return "the recorded curves", recorded_curves(learner)
    path = Path(asked.source)
    if asked.source == LCDB or not is_curve_table(path):
        raise InputError(
            f"{option}: '{path}' holds curves of random draws alone; allowed: a curve table with random and other "
            f"strategies, or '{RECORDED}'"
        )
    return path.name, read_curves(path, metric=asked.metric, test_size=asked.test_size)


@contextmanager
def _stoppable(doing: str = "Forecasting curves", unit: str = "curve") -> Iterator[Progress]:
    """Show progress on standard error; Ctrl-C ends the command with nothing reported, as a part is not the whole."""
    from simulations.signals import stoppable

    where = f"before the first {unit}"
    with stoppable() as stop:
        try:
            with show_progress(doing) as show:

                def progress(done: int, total: int) -> None:
                    nonlocal where
                    where = f"after {done:,} of {total:,} {unit}s"
                    show(done, total)

                yield progress
        except KeyboardInterrupt:
            print(f"labelplan: stopped {where}; nothing is reported, as a part is not the whole", file=sys.stderr)
            raise typer.Exit(stop.status) from None
