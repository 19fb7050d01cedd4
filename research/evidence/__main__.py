"""`python -m research.evidence KIND CURVES`: records simulated curves, and what is judged on them.

KIND is `campaigns` (simulates those of `research.evidence.campaigns` into the store CURVES), `library` (adds the curves
to those that ship), or `findings` or `strategies` (judges the curves); CURVES is a store's folder or a curve table.
`published` reads a table of curves that others published. Data go into `planner/evidence`, the curves that are judged
into `research/evidence`. `fetched` takes no CURVES: it names the data sets of the campaigns that have to be fetched.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import planner.evidence
import research.evidence
from planner.app.catalog import listing
from planner.cli.output import show_progress
from research.archives.published import read_published_curves
from research.command import finish, read_table
from research.evidence.campaigns import DATA_SETS, PARTS, as_recorded, library_grid
from research.evidence.judged import RECORDINGS
from research.evidence.library import merged_sentence, record_curves, record_published, record_savings
from simulations.datasets.fetched import FETCHED
from simulations.run import run_grid
from simulations.store import Store

LIBRARY, PUBLISHED, CAMPAIGNS, FETCHED_FIRST = "library", "published", "campaigns", "fetched"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, judge, write, and say what came out."""
    parser = argparse.ArgumentParser(prog="python -m research.evidence", description=__doc__)
    parser.add_argument("kind", choices=[LIBRARY, PUBLISHED, CAMPAIGNS, FETCHED_FIRST, *RECORDINGS])
    parser.add_argument("curves", type=Path, nargs="?")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="one folder for everything that is written")
    parser.add_argument("--only", default=",".join(PARTS), help="learners of campaigns, separated by commas")
    parser.add_argument("--data", default=",".join(DATA_SETS), help="data sets of campaigns, separated by commas")
    asked = parser.parse_args(arguments)
    if asked.kind == FETCHED_FIRST:
        print(*(entry.name for entry in FETCHED if entry.name in DATA_SETS))
        return 0
    if asked.curves is None:
        parser.error(f"CURVES is missing; {asked.kind} needs a store's folder or a curve table")
    if asked.kind == CAMPAIGNS:
        return finish(lambda: _simulate(asked.curves, asked.data.split(","), asked.only.split(",")))
    command = ["python -m research.evidence", *(sys.argv[1:] if arguments is None else arguments)]
    return finish(lambda: _record(asked.kind, asked.curves, asked.into, " ".join(command)))


def _simulate(store: Path, names: Sequence[str], parts: Sequence[str]) -> None:
    """Simulate the library's campaigns into a store; running again goes on where it stopped."""
    with show_progress("Simulating campaigns") as progress:
        summary = run_grid(library_grid(names, parts), Store(store), progress=progress)
    print(f"{summary.done:,} campaigns simulated, {summary.stored:,} were there, {summary.remaining:,} are left.")


def _record(kind: str, curves: Path, into: Path | None, command: str) -> None:
    results = Path(planner.evidence.__file__).parent if into is None else into
    if kind == PUBLISHED:
        print(record_published(read_published_curves(curves), results, command=command))
        return
    table = read_table(curves)
    if kind == LIBRARY:
        table = as_recorded(table)
        licences = {entry["name"]: entry["licence"] for entry in listing("datasets")}
        merged = record_curves(table, results, licences=licences, command=command)
        print(merged_sentence(merged, str(results)))
        settings = record_savings(merged.table, results, planner.evidence.published_curves())
        print(f"Savings fitted to {settings:,} settings.")
        return
    beside = Path(research.evidence.__file__).parent if into is None else into
    print(RECORDINGS[kind].told(RECORDINGS[kind].record(table, beside, results)))


if __name__ == "__main__":
    sys.exit(main())
