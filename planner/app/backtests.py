"""Tests the forecast on measured curves: the recorded ones, or the user's own."""

from dataclasses import dataclass
from pathlib import Path

from planner.backtest.backtest import Backtest, Progress, run_backtest, run_pairs
from planner.backtest.curves import choose_curves, read_own_curves, read_recorded_curves
from planner.backtest.forecast_tasks import cut_names, peer_names
from planner.backtest.pairs import pairs_from_table
from planner.backtest.scoring import BacktestSettings
from planner.evidence import recorded_curves
from simulations.curve_table import read_curves
from simulations.errors import InputError

RECORDED = "recorded"


@dataclass(frozen=True)
class BacktestRequest:
    """What is to be tested; the names are those of the options of `labelplan backtest`."""

    settings: BacktestSettings
    source: str = RECORDED
    pairs: bool = False
    sample: int | None = None
    metric: str | None = None
    test_size: int | None = None
    jobs: int = 1


def read_settings(cuts: str, peers: str, n_draws: int, seed: int) -> BacktestSettings:
    """Read cuts and peers as they are typed: with commas between, peers also `all` or `none`.

    Raises:
        InputError: one of them is unknown.
    """
    names = None if peers == "all" else [name.strip() for name in peers.split(",") if peers != "none"]
    return BacktestSettings(cuts=cut_names(cuts), peers=peer_names(names), n_draws=n_draws, seed=seed)


def run(request: BacktestRequest, progress: Progress | None = None) -> Backtest:
    """Cut each curve, forecast what lies beyond, and score it; of pairs, the gap between random and a strategy.

    Args:
        request: what is tested, and how.
        progress: told after each curve.

    Raises:
        InputError: the curves cannot be read, or none is long enough.
    """
    if not request.pairs:
        if request.source == RECORDED:
            curves = read_recorded_curves(request.metric)
        else:
            curves = read_own_curves(_path(request.source), metric=request.metric, test_size=request.test_size)
        chosen = choose_curves(curves, sample=request.sample)
        return run_backtest(chosen, request.settings, jobs=request.jobs, progress=progress)
    if request.sample is not None:
        raise InputError("--sample: does not go with --pairs, which takes every strategy beside random")
    if request.source == RECORDED:
        title, table = "the recorded curves", recorded_curves()
    else:
        path = _path(request.source)
        title, table = path.name, read_curves(path, metric=request.metric, test_size=request.test_size)
    found = pairs_from_table(table, request.metric)
    return run_pairs(found, title, request.settings, jobs=request.jobs, progress=progress)


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
