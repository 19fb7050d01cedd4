"""What the commands of this package share: curves by path, progress, and one sentence on bad input or Ctrl-C."""

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from planner.app.answers import stored_curves
from planner.cli.output import print_warnings
from planner.evidence import recorded_curves
from simulations.curve_table import read_curves
from simulations.errors import InputError
from simulations.process import stoppable

__all__ = ["RECORDED", "finish", "read_table", "recorded_or_read"]

RECORDED = "recorded"
"""What is asked for in place of a path to get the recorded curves."""


def finish(work: Callable[[], None]) -> int:
    """Do what a command is for, and give its exit status.

    Status 0 is answered, 2 bad input (one sentence on standard error), and 128 + its number a signal that stopped the
    work, of which nothing is reported.
    """
    with stoppable() as stop:
        try:
            work()
        except InputError as error:
            print(f"labelplan: {' '.join(str(error).split())}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("labelplan: stopped; nothing is reported, as a part is not the whole", file=sys.stderr)
            return stop.status
    return 0


def read_table(path: Path, metric: str | None = None) -> pd.DataFrame:
    """Read a store's folder, or a curve table from CSV or Parquet; what cannot be used of a store is told.

    Args:
        path: the folder or the file.
        metric: of the values, where a file does not say.

    Raises:
        InputError: it is missing, or breaks the contract of curve tables.
    """
    if not path.is_dir():
        return read_curves(path, metric=metric)
    table, warnings = stored_curves(path)
    print_warnings(warnings)
    return table


def recorded_or_read(source: str, *, learner: str | None = None, metric: str | None = None) -> tuple[str, pd.DataFrame]:
    """Give the title and the rows of the recorded curves, or of a path.

    Args:
        source: `recorded`, a store's folder or a curve table.
        learner: whose recorded curves stand beside the linear ones.
        metric: of the values, where a file does not say.

    Raises:
        InputError: see `read_table`.
    """
    if source == RECORDED:
        return "the recorded curves", recorded_curves(learner)
    return Path(source).name, read_table(Path(source), metric)
