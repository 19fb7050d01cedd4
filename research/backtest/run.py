"""Run a backtest over many curves, in one process or several, and collect the scores.

The result depends on the curves and the settings alone: not on the number of processes, nor on the order of curves.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from research.backtest.curves import OURS, Curve, CurveSet
from research.backtest.pairs import PAIR_METHODS, Pair, score_pair
from research.backtest.score_tables import by_strategy, main_cuts, reach_report, slices, with_brier
from research.backtest.scoring import BacktestSettings, CurveScores, PointRow, TargetRow, score_curve
from simulations.errors import InputError
from simulations.process import follow_parent

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[int, int], None]
"""Told how many of how many items are done."""

_CHUNK = 4  # items handed to a process at a time: few enough for an even progress


def map_items(
    function: Callable[[Item], Result], items: Sequence[Item], *, jobs: int = 1, progress: Progress | None = None
) -> list[Result]:
    """Apply a function to each item; interrupted, it leaves nothing running and gives nothing back.

    With several jobs the function is picklable and runs in so many processes; with 1 nothing is started.
    """
    results: list[Result] = []
    for result in map(function, items) if jobs == 1 else _map_in_processes(function, items, jobs):
        results.append(result)
        if progress is not None:
            progress(len(results), len(items))
    return results


def _map_in_processes(function: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result]:
    # A forked process may hold a lock of a thread that it does not have.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=follow_parent)
    try:
        yield from pool.map(function, items, chunksize=_CHUNK)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, eq=False)
class Backtest:
    """The result of a backtest.

    Attributes:
        protocol: `curves` or `pairs`; for pairs, errors are those of the gap, and the target is to end above random.
        methods: the first is the one that the others are compared with.
        counts: `data_sets`, `curves`, `curves_without_task`, `tasks`, `refused_tasks`, `not_training` (of these),
            `points`, `refused_points`, `share_refused`, and `unfitted`, peer to tasks with a curve that could not be
            fitted.
        tables: see `research.backtest.score_tables.slices`, with `reach` (see `reach_report`) for overall and each cut.
    """

    protocol: str
    source: str
    settings: BacktestSettings
    methods: tuple[str, ...]
    notes: tuple[str, ...]
    counts: dict[str, Any]
    tables: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values, ready for JSON; what is undefined is None."""
        settings = self.settings
        return {
            "protocol": self.protocol,
            "source": self.source,
            "cuts": list(settings.cuts),
            "overall_cuts": main_cuts([part["cut"] for part in self.tables["by_cut"]]),
            "methods": list(self.methods),
            "draws": settings.n_draws,
            "seed": settings.seed,
            "interval": 0.8,
            **self.counts,
            "notes": list(self.notes),
            **self.tables,
        }


def run_backtest(
    chosen: CurveSet, settings: BacktestSettings, *, jobs: int = 1, progress: Progress | None = None
) -> Backtest:
    """Test ours and the peers on all curves.

    Raises:
        InputError: no curve is long enough for a forecast and something to score it on.
    """
    all_scores = map_items(partial(score_curve, settings=settings), chosen.curves, jobs=jobs, progress=progress)
    return gather_scores("curves", chosen, settings, (OURS, *settings.peers), all_scores)


def run_pairs(
    pairs: Sequence[Pair],
    title: str,
    settings: BacktestSettings,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """Test forecasts of the gap between random and a strategy; the peers of the settings are not used.

    Raises:
        InputError: no pair is long enough.
    """
    all_scores = map_items(partial(score_pair, settings=settings), pairs, jobs=jobs, progress=progress)
    chosen = CurveSet(title, [pair.strategy for pair in pairs])
    backtest = gather_scores("pairs", chosen, settings, PAIR_METHODS, all_scores)
    strategies = {pair.strategy.name: pair.strategy.strategy for pair in pairs}
    backtest.tables["by_strategy"] = by_strategy(_row_frames(all_scores)[0], strategies, backtest.methods)
    return backtest


def gather_scores(
    protocol: str,
    chosen: CurveSet,
    settings: BacktestSettings,
    methods: tuple[str, ...],
    all_scores: Sequence[CurveScores],
) -> Backtest:
    """Gather the scores of all curves into one result.

    Raises:
        InputError: no curve gives a forecast to score.
    """
    counts = _count_tasks(chosen.curves, all_scores)
    if not counts["tasks"]:
        raise InputError(
            f"{chosen.title}: no curve gives a forecast to score; needed: 4 label counts before a cut, one beyond it "
            f"and within what is forecast (cuts: {', '.join(settings.cuts)})"
        )
    points, targets = _row_frames(all_scores)
    tables = slices(points, targets, methods)
    main = main_cuts(sorted(set(points["cut"])))
    tables["overall"]["reach"] = reach_report(targets[targets["cut"].isin(main)], methods[0])
    for part in tables["by_cut"]:
        part["reach"] = reach_report(targets[targets["cut"] == part["cut"]], methods[0])
    return Backtest(protocol, chosen.title, settings, methods, chosen.notes, counts, tables)


def _row_frames(all_scores: Sequence[CurveScores]) -> tuple[pd.DataFrame, pd.DataFrame]:
    points = pd.DataFrame([row for scores in all_scores for row in scores.point_rows], columns=PointRow._fields)
    targets = pd.DataFrame([row for scores in all_scores for row in scores.target_rows], columns=TargetRow._fields)
    # Sums in one order have the same last digit, whatever the order of the curves.
    points = points.sort_values(["group", "curve", "cut", "ratio", "method"], ignore_index=True)
    targets = targets.sort_values(["group", "curve", "cut", "closes", "method"], ignore_index=True)
    return points, with_brier(targets)


def _count_tasks(curves: Sequence[Curve], all_scores: Sequence[CurveScores]) -> dict[str, Any]:
    tested = [curve for curve, scores in zip(curves, all_scores, strict=True) if scores.tasks]
    counted = ("tasks", "refused_tasks", "not_training", "points", "refused_points")
    sums = {name: sum(getattr(scores, name) for scores in all_scores) for name in counted}
    points, refused = sums["points"], sums["refused_points"]
    return {
        "data_sets": len({curve.group for curve in tested}),
        "curves": len(tested),
        "curves_without_task": len(curves) - len(tested),
        **sums,
        "share_refused": refused / (points + refused) if points + refused else None,
        "unfitted": {name: sum(scores.unfitted[name] for scores in all_scores) for name in all_scores[0].unfitted},
    }
