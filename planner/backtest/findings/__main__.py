"""`python -m planner.backtest.findings CURVES FOLDER`: judges the published findings on simulated curves, and records.

CURVES is a curve table, as `labelplan curves STORE --out CURVES.parquet` writes it; FOLDER is `planner/evidence`.
"""

import argparse
import sys
from pathlib import Path

from planner.backtest.findings.record import record_findings
from planner.curves.table import read_curves
from planner.errors import InputError

COMMAND = "make evidence-signs"


def main() -> int:
    """Read, judge, write, and say how many are in which state."""
    parser = argparse.ArgumentParser(prog="python -m planner.backtest.findings", description=__doc__)
    parser.add_argument("curves", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        found = record_findings(read_curves(asked.curves), asked.folder, command=COMMAND)
    except InputError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        return 2
    states = [finding["state"] for finding in found["findings"]]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    print(f"{len(states)} published findings judged on {found['rows']:,} measured points: {told}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
