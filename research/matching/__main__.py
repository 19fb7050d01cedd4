"""`python -m research.matching`: holds each data set out, and checks how the others should be weighed for it.

With `--into planner/evidence` it records what `labelplan backtest --matching` prints; `make evidence-matching` does so.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from planner.cli.output import print_json, show_progress
from planner.evidence import BASE_LEARNER
from planner.evidence.results import MATCHING
from research.command import RECORDED, finish, recorded_or_read
from research.evidence.judged import write_results
from research.matching.run import run_matching
from research.matching.words import print_matching


def main(arguments: Sequence[str] | None = None) -> int:
    """Forecast, compare, and show or record what is found."""
    parser = argparse.ArgumentParser(prog="python -m research.matching", description=__doc__)
    parser.add_argument("source", nargs="?", default=RECORDED, help="a curve table, a store, or 'recorded'")
    parser.add_argument("--learner", default=BASE_LEARNER, help="of the tasks held out")
    parser.add_argument("--metric", help="what is forecast; accuracy by default")
    parser.add_argument("--draws", type=int, default=1_000, help="joint draws of a forecast")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--into", type=Path, help="folder in which matching.json is written")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    asked = parser.parse_args(arguments)
    return finish(lambda: _check(asked))


def _check(asked: argparse.Namespace) -> None:
    title, table = recorded_or_read(asked.source, learner=asked.learner, metric=asked.metric)
    with show_progress("Forecasting data sets held out") as progress:
        found = run_matching(
            table,
            title,
            learner=asked.learner,
            metric=asked.metric,
            n_draws=asked.draws,
            seed=asked.seed,
            jobs=asked.jobs,
            progress=progress,
        ).to_dict()
    if asked.into is not None:
        found = write_results(MATCHING, table, found, asked.into, print_matching)
    if asked.json:
        print_json(found)
    else:
        print_matching(found)


if __name__ == "__main__":
    sys.exit(main())
