"""`python -m planner.backtest.strategies CURVES FOLDER`: compares strategies on simulated curves, and records.

CURVES is a curve table, as `labelplan curves STORE --out CURVES.parquet` writes it; FOLDER is `planner/evidence`.
"""

import argparse
import sys
from pathlib import Path

from planner.backtest.strategies.record import record_strategies
from planner.curves.table import read_curves
from planner.errors import InputError

COMMAND = "make evidence-strategies"


def main() -> int:
    """Read, compare, write, and say how much."""
    parser = argparse.ArgumentParser(prog="python -m planner.backtest.strategies", description=__doc__)
    parser.add_argument("curves", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        found = record_strategies(read_curves(asked.curves), asked.folder, command=COMMAND)
    except InputError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        return 2
    print(
        f"{len(found['strategies'])} strategies compared with random on {len(found['datasets'])} data sets, "
        f"{found['rows']:,} measured points."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
