"""Run a backtest of ours and its peers over many curves, or over pairs, and collect the scores.

The result depends on the curves and the settings alone: not on the number of processes, nor on the order of curves.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from planner.backtest.curves import OURS, CurveSet
from planner.backtest.scoring import BacktestSettings, Progress, head_of_result, main_cuts, point_frame
from research.backtest.pairs import PAIR_METHODS, Pair, score_pair
from research.backtest.score_tables import by_strategy, reach_report, slices, with_brier
from research.backtest.targets import PeerScores, TargetRow, score_curve
from research.processes import map_items


def run_backtest(
    chosen: CurveSet,
    settings: BacktestSettings,
    peers: Sequence[str] = (),
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Test ours and the peers on all curves.

    Returns:
        Plain values, ready for JSON: what `planner.backtest.scoring.run_backtest` gives, with the tables of
        `research.backtest.score_tables.slices`, `reach` (see `reach_report`) for overall and each cut, and `unfitted`,
        peer to tasks with a curve that could not be fitted.

    Raises:
        InputError: no curve is long enough for a forecast and something to score it on.
    """
    score = partial(score_curve, settings=settings, peers=peers)
    all_scores = map_items(score, chosen.curves, jobs=jobs, progress=progress)
    unfitted = {name: sum(scores.unfitted[name] for scores in all_scores) for name in peers}
    return _gather_scores("curves", chosen, settings, (OURS, *peers), all_scores, unfitted)


def run_pairs(
    pairs: Sequence[Pair],
    title: str,
    settings: BacktestSettings,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Test forecasts of the gap between random and a strategy.

    Errors are those of the gap, and the target is to end above random; see `run_backtest`.

    Raises:
        InputError: no pair is long enough.
    """
    all_scores = map_items(partial(score_pair, settings=settings), pairs, jobs=jobs, progress=progress)
    chosen = CurveSet(title, [pair.strategy for pair in pairs])
    found = _gather_scores("pairs", chosen, settings, PAIR_METHODS, all_scores, {})
    strategies = {pair.strategy.name: pair.strategy.strategy for pair in pairs}
    return found | {"by_strategy": by_strategy(point_frame(all_scores), strategies, PAIR_METHODS)}


def _gather_scores(
    protocol: str,
    chosen: CurveSet,
    settings: BacktestSettings,
    methods: tuple[str, ...],
    all_scores: Sequence[PeerScores],
    unfitted: Mapping[str, int],
) -> dict[str, Any]:
    head = head_of_result(protocol, chosen, settings, methods, all_scores)
    points, targets = point_frame(all_scores), target_frame(all_scores)
    tables = slices(points, targets, methods)
    main = main_cuts(sorted(set(points["cut"])))
    tables["overall"]["reach"] = reach_report(targets[targets["cut"].isin(main)], methods[0])
    for part in tables["by_cut"]:
        part["reach"] = reach_report(targets[targets["cut"] == part["cut"]], methods[0])
    notes = head.pop("notes")
    return {**head, "unfitted": dict(unfitted), "notes": notes, **tables}


def target_frame(all_scores: Sequence[PeerScores]) -> pd.DataFrame:
    """Give the target rows of all curves in one order; see `planner.backtest.scoring.point_frame`."""
    targets = pd.DataFrame([row for scores in all_scores for row in scores.target_rows], columns=TargetRow._fields)
    targets = targets.sort_values(["group", "curve", "cut", "closes", "method"], ignore_index=True)
    return with_brier(targets)
