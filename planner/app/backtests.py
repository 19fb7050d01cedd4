"""Tests the forecast on measured curves: the recorded ones, or the user's own."""

from pathlib import Path
from typing import Any

from planner.backtest.scoring import run_backtest
from planner.evidence import recorded_curves
from simulations.curve_table import read_curves
from simulations.errors import InputError

RECORDED = "recorded"


def run(
    source: str = RECORDED, *, metric: str | None = None, test_size: int | None = None, **options: Any
) -> dict[str, Any]:
    """Cut each curve of a file or of the recorded ones, forecast what lies beyond, and score it.

    Metric and test size are for a file that does not say them; for the others see
    `planner.backtest.scoring.run_backtest`.

    Raises:
        InputError: the curves cannot be read, or none is long enough.
    """
    if source == RECORDED:
        return run_backtest(recorded_curves(), "the recorded curves", metric=metric, **options)
    path = Path(source)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise InputError(f"{path}: is {what}; allowed: a curve table (CSV or Parquet), or '{RECORDED}'")
    return run_backtest(read_curves(path, metric=metric, test_size=test_size), path.name, metric=metric, **options)
