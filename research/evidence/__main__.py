"""`python -m research.evidence KIND CURVES`: records simulated curves, and what is judged on them.

KIND is `library` (adds the curves to those that ship), `findings` or `strategies` (judges the curves); CURVES is a
store's folder or a curve table. `published` reads a table of curves that others published. Data go into
`planner/evidence`, the curves that are judged into `research/evidence`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import planner.evidence
import research.evidence
from planner.app.catalog import listing
from research.archives.published import read_published_curves
from research.command import finish, read_table
from research.evidence.judged import RECORDINGS
from research.evidence.library import merged_sentence, record_curves, record_published

LIBRARY, PUBLISHED = "library", "published"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, judge, write, and say what came out."""
    parser = argparse.ArgumentParser(prog="python -m research.evidence", description=__doc__)
    parser.add_argument("kind", choices=[LIBRARY, PUBLISHED, *RECORDINGS])
    parser.add_argument("curves", type=Path)
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="one folder for everything that is written")
    asked = parser.parse_args(arguments)
    command = ["python -m research.evidence", *(sys.argv[1:] if arguments is None else arguments)]
    return finish(lambda: _record(asked.kind, asked.curves, asked.into, " ".join(command)))


def _record(kind: str, curves: Path, into: Path | None, command: str) -> None:
    results = Path(planner.evidence.__file__).parent if into is None else into
    if kind == PUBLISHED:
        print(record_published(read_published_curves(curves), results, command=command))
        return
    table = read_table(curves)
    if kind == LIBRARY:
        licences = {entry["name"]: entry["licence"] for entry in listing("datasets")}
        print(merged_sentence(record_curves(table, results, licences=licences, command=command), str(results)))
        return
    beside = Path(research.evidence.__file__).parent if into is None else into
    print(RECORDINGS[kind].told(RECORDINGS[kind].record(table, beside, results)))


if __name__ == "__main__":
    sys.exit(main())
