"""`python -m research.verdicts`: holds each data set out, asks the planner for verdicts, and judges them.

With `--into planner/evidence` it records what `labelplan backtest --verdicts` prints; `make evidence-verdicts` does so.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from planner.cli.output import print_json, show_progress
from planner.evidence import BASE_LEARNER, recorded_savings_table, recorded_table
from planner.evidence.results import VERDICTS
from planner.render.image_export import check_chart_path, save_chart
from research.command import RECORDED, finish, recorded_or_read
from research.evidence.judged import write_results
from research.verdicts import run_verdicts
from research.verdicts.chart import verdict_chart
from research.verdicts.words import print_verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, judge, and show or record what is found."""
    parser = argparse.ArgumentParser(prog="python -m research.verdicts", description=__doc__)
    parser.add_argument("source", nargs="?", default=RECORDED, help="a curve table, a store, or 'recorded'")
    parser.add_argument("--set-aside", action="store_true", help="ask about the data sets that were set aside")
    parser.add_argument("--strategies", default="margin", help="separated by commas")
    parser.add_argument("--learners", default=BASE_LEARNER, help="separated by commas")
    parser.add_argument("--campaigns", type=int, default=2, help="campaigns a data set")
    parser.add_argument("--metric", help="of a curve table; accuracy by default")
    parser.add_argument("--draws", type=int, default=1_000, help="joint draws of a verdict")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--chart", type=Path, help="draw it: .html, .svg or .png")
    parser.add_argument("--into", type=Path, help="folder in which verdicts.json is written")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    asked = parser.parse_args(arguments)
    return finish(lambda: _judge(asked))


def _judge(asked: argparse.Namespace) -> None:
    if asked.chart is not None:
        check_chart_path("--chart", asked.chart)  # before minutes of work, not after
    title, table = recorded_or_read(asked.source, metric=asked.metric)
    savings = None
    if asked.source == RECORDED:
        table, savings = recorded_table(), recorded_savings_table()
    with show_progress("Asking for verdicts") as progress:
        found = run_verdicts(
            table,
            title,
            strategies=asked.strategies.split(","),
            learners=asked.learners.split(","),
            set_aside=asked.set_aside,
            savings=savings,
            campaigns=asked.campaigns,
            n_draws=asked.draws,
            seed=asked.seed,
            jobs=asked.jobs,
            progress=progress,
        ).to_dict()
    if asked.into is not None:
        found = write_results(VERDICTS, table, found, asked.into, print_verdicts)
    if asked.chart is not None:
        save_chart(verdict_chart(found), asked.chart)
    if asked.json:
        print_json(found)
    else:
        print_verdicts(found)


if __name__ == "__main__":
    sys.exit(main())
