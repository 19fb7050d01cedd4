"""Tests the forecast on measured curves: the recorded ones, or the user's own."""

from pathlib import Path
from typing import Any

from planner.backtest.curves import cut_names, read_own_curves, read_recorded_curves, sample_curves
from planner.backtest.scoring import BacktestSettings, Progress, run_backtest
from simulations.errors import InputError

RECORDED = "recorded"


def run(
    source: str = RECORDED,
    *,
    cuts: str = "10,20,50,few",
    sample: int | None = None,
    metric: str | None = None,
    test_size: int | None = None,
    draws: int = 1_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Cut each curve, forecast what lies beyond, and score it; see `planner.backtest.scoring.run_backtest`.

    The names are those of the options of `labelplan backtest`; `progress` is told after each curve.

    Raises:
        InputError: the curves cannot be read, none is long enough, or a cut is unknown.
    """
    settings = BacktestSettings(cut_names(cuts), n_draws=draws, seed=seed)
    if source == RECORDED:
        curves = read_recorded_curves(metric)
    else:
        curves = read_own_curves(_path(source), metric=metric, test_size=test_size)
    return run_backtest(sample_curves(curves, sample), settings, progress=progress)


def _path(source: str) -> Path:
    path = Path(source)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise InputError(f"{path}: is {what}; allowed: a curve table (CSV or Parquet), or '{RECORDED}'")
    return path
