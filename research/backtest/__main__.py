"""`python -m research.backtest ARCHIVE`: tests the forecast on published archives of learning curves.

ARCHIVE is LCDB (`lcdb`, fetched once by `labelplan data get lcdb`, or a file of it), the vision scaling benchmark, a
curve table, or `recorded`. `--reserved` takes the data sets on which no choice was ever made; `--pairs` takes a curve
table or `recorded`, and forecasts the gap between random and each strategy.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from planner.cli.output import Progress, print_json, show_progress
from planner.render.image_export import check_chart_path, save_chart
from research.archives.sources import LCDB, read_fetched_lcdb, read_source
from research.backtest.charts import backtest_chart
from research.backtest.curves import CurveSet, choose_curves, cut_names, peer_names, read_recorded_curves
from research.backtest.pairs import pairs_from_table
from research.backtest.run import Backtest, run_backtest, run_pairs
from research.backtest.scoring import BacktestSettings
from research.backtest.words import print_backtest
from research.command import RECORDED, finish, recorded_or_read
from simulations.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, forecast, score, and show what is found."""
    parser = argparse.ArgumentParser(prog="python -m research.backtest", description=__doc__)
    parser.add_argument("source", nargs="?", metavar="ARCHIVE", default=LCDB)
    parser.add_argument("--cuts", default="10,20,50,few", help="percent of the label range that is observed, and 'few'")
    parser.add_argument("--peers", default="all", help="peers to compare with: all, none, or some of them")
    parser.add_argument("--sample", type=int, help="curves a data set at most")
    parser.add_argument("--pairs", action="store_true", help="forecast the gap between random and each strategy")
    parser.add_argument("--reserved", action="store_true", help="the reserved OpenML data sets, and nothing else")
    parser.add_argument("--metric", help="of a curve table; accuracy by default")
    parser.add_argument("--test-size", type=int, help="test items, where a curve table does not say")
    parser.add_argument("--draws", type=int, default=1_000, help="sample paths of a forecast")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--chart", type=Path, help="draw it: .html, .svg or .png")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    asked = parser.parse_args(arguments)
    return finish(lambda: _test(asked))


def _test(asked: argparse.Namespace) -> None:
    started = time.monotonic()
    if asked.chart is not None:
        check_chart_path("--chart", asked.chart)  # before minutes of work, not after
    with show_progress("Forecasting curves") as progress:
        found = _score(asked, progress).to_dict()
    if asked.chart is not None:
        save_chart(backtest_chart(found), asked.chart)
    if asked.json:
        print_json(found)
    else:
        print_backtest(found, seconds=time.monotonic() - started)


def _score(asked: argparse.Namespace, progress: Progress) -> Backtest:
    peers = None if asked.peers == "all" else [name.strip() for name in asked.peers.split(",") if asked.peers != "none"]
    cuts = cut_names(asked.cuts)
    settings = BacktestSettings(cuts=cuts, peers=peer_names(peers), n_draws=asked.draws, seed=asked.seed)
    if asked.pairs:
        if asked.sample is not None or asked.reserved:
            raise InputError("--pairs: takes every strategy beside random; allowed: neither --sample nor --reserved")
        title, table = recorded_or_read(asked.source, metric=asked.metric)
        return run_pairs(pairs_from_table(table, asked.metric), title, settings, jobs=asked.jobs, progress=progress)
    chosen = choose_curves(_read(asked), reserved=asked.reserved, sample=asked.sample)
    return run_backtest(chosen, settings, jobs=asked.jobs, progress=progress)


def _read(asked: argparse.Namespace) -> CurveSet:
    if asked.source == RECORDED:
        return read_recorded_curves(asked.metric)
    if asked.source == LCDB:
        return read_fetched_lcdb()
    return read_source(Path(asked.source), metric=asked.metric, test_size=asked.test_size)


if __name__ == "__main__":
    sys.exit(main())
