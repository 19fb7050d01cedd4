"""Tests the forecast on measured curves: the recorded ones, or the user's own."""

from pathlib import Path

from planner.backtest.backtest import Backtest, Progress, run_backtest, run_pairs
from planner.backtest.curves import choose_curves, cut_names, peer_names, read_own_curves, read_recorded_curves
from planner.backtest.pairs import pairs_from_table
from planner.backtest.scoring import BacktestSettings
from planner.evidence import recorded_curves
from simulations.curve_table import read_curves
from simulations.errors import InputError

RECORDED = "recorded"


def read_settings(cuts: str, peers: str, n_draws: int, seed: int) -> BacktestSettings:
    """Read cuts and peers as they are typed: with commas between, peers also `all` or `none`.

    Raises:
        InputError: one of them is unknown.
    """
    names = None if peers == "all" else [name.strip() for name in peers.split(",") if peers != "none"]
    return BacktestSettings(cuts=cut_names(cuts), peers=peer_names(names), n_draws=n_draws, seed=seed)


def run(
    settings: BacktestSettings,
    source: str = RECORDED,
    *,
    pairs: bool = False,
    sample: int | None = None,
    metric: str | None = None,
    test_size: int | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """Cut each curve, forecast what lies beyond, and score it; of pairs, the gap between random and a strategy.

    The names are those of the options of `labelplan backtest`; `progress` is told after each curve.

    Raises:
        InputError: the curves cannot be read, or none is long enough.
    """
    if pairs and sample is not None:
        raise InputError("--sample: does not go with --pairs, which takes every strategy beside random")
    path = None if source == RECORDED else _path(source)
    if pairs:
        title = "the recorded curves" if path is None else path.name
        table = recorded_curves() if path is None else read_curves(path, metric=metric, test_size=test_size)
        return run_pairs(pairs_from_table(table, metric), title, settings, jobs=jobs, progress=progress)
    curves = read_recorded_curves(metric) if path is None else read_own_curves(path, metric=metric, test_size=test_size)
    return run_backtest(choose_curves(curves, sample=sample), settings, jobs=jobs, progress=progress)


def _path(source: str) -> Path:
    """Give the path of the user's own curves; archives have readers of their own, which do not ship."""
    path = Path(source)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise InputError(
            f"{path}: is {what}; allowed: a curve table (CSV or Parquet), or '{RECORDED}' (published archives: "
            "'python -m research.backtest', in a checkout of labelplan)"
        )
    return path
