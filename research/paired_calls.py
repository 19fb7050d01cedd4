"""Calls from a paired pilot by the joint model, and by simpler forecasts: `python -m research.paired_calls CURVES`.

Each data set is held out, and the questions of `research.verdicts` about paired pilots are asked three times: with the
joint model that ships, with the blend of `research.pair_forecasts`, and with half of the draws from either.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from planner.cli.output import show_progress
from planner.decision import load_curves
from planner.forecasting import chance_classes, fit_forecast
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.joint_posterior import SMALLEST_GAP_SD
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskCurves, TaskDescription
from research.backtest.run import map_items
from research.backtest.score_tables import mean_estimate
from research.command import RECORDED, finish, recorded_or_read
from research.pair_forecasts import PairDraws, blend_with_last_gap
from research.verdicts.asked import PAIRED
from research.verdicts.judge import PLANNER, judge_world, to_frame
from research.verdicts.world import World, worlds_of
from simulations.errors import InputError

MIXTURES = {"joint": 0.0, "blend": 1.0, "joint or blend": 0.5}
"""The share of the draws that is taken from the blend."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, judge and print: a row a forecast, means over data sets with 80% intervals, in percent of random's cost."""
    parser = argparse.ArgumentParser(prog="python -m research.paired_calls", description=__doc__)
    parser.add_argument("curves", nargs="?", default=RECORDED, help="a curve table, a store, or 'recorded'")
    parser.add_argument("--campaigns", type=int, default=2, help="campaigns a data set")
    parser.add_argument("--draws", type=int, default=1_000, help="joint draws of a verdict")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    asked = parser.parse_args(arguments)
    return finish(lambda: _compare(asked))


def _compare(asked: argparse.Namespace) -> None:
    worlds = list(worlds_of(recorded_or_read(asked.curves)[1], "margin", asked.campaigns))
    if len({world.dataset for world in worlds}) < 2:
        raise InputError(f"{asked.curves}: found fewer than 2 data sets with random and margin; allowed: at least 2")
    judged = {}
    for name, share in MIXTURES.items():
        ask = partial(ask_world, share=share, n_draws=asked.draws, seed=asked.seed)
        with show_progress(f"Asking for calls: {name}") as progress:
            parts = map_items(ask, worlds, jobs=asked.jobs, progress=progress)
        judged[name] = pd.concat(parts, ignore_index=True)
    print(compare_calls(judged).to_string(index=False, float_format=lambda x: f"{x:.2f}"))


def ask_world(world: World, *, share: float, n_draws: int, seed: int) -> pd.DataFrame:
    """Ask all questions about paired pilots with a share of the draws from the blend: a row a question."""
    with patch.object(load_curves, "curves_from_pilot", partial(mixed_curves, share)):
        return to_frame(judge_world(world, kinds=(PAIRED,), n_draws=n_draws, seed=seed))


def mixed_curves(
    share: float,
    pilot: pd.DataFrame,
    proxies: ProxyEvidence,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    **other: Any,
) -> TaskCurves:
    """Give the curves of `curves_from_pilot` for random and one measured strategy, with a share of blended draws."""
    curves = curves_from_pilot(pilot, proxies, task, strategies, n_draws=n_draws, seed=seed, **other)
    blended = round(share * n_draws)
    if not blended:
        return curves
    at, classes = curves.log_labels[0, 0], chance_classes(task.metric, task.classes)
    both = [
        fit_forecast(
            task.describe_rows(pilot[pilot["strategy"] == name]),
            classes=classes,
            n_draws=blended,
            seed=keyed_seed(seed, "pilot", name),
        )
        for name in strategies
    ]
    own = PairDraws(*(1.0 - np.stack([np.interp(at, one.log_labels, path) for path in one.paths]) for one in both))
    last = np.log(min(one.last_labels for one in both))
    gap = float(np.median([np.interp(last, at, path) for path in own.gap]))
    log_pool = np.log(task.pool_size or np.inf)
    left = np.ones(at.size) if np.isinf(log_pool) else np.clip((log_pool - at) / (log_pool - last), 0.0, 1.0)
    rng = keyed_rng(seed, "pilot", "blend")
    ahead = np.maximum(at - last, 0.0)
    spread = float(np.std([np.interp(last, at, path) for path in own.gap]))
    blend = blend_with_last_gap(own, gap, max(spread, SMALLEST_GAP_SD), ahead, left, rng)
    shift = both[0].test_shift_sd * stratified_normal(blended, rng)
    best = np.maximum.accumulate(1.0 - np.stack([blend.random, blend.strategy]), axis=2) + shift[:, None]
    # The draws are in no order, so that the first are as good as any.
    return replace(curves, best=np.concatenate([np.clip(best, 0.0, 1.0), curves.best[:, blended:]], axis=1), end=None)


def compare_calls(judged: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Score the calls of each forecast, and its regret beside the first's.

    Returns:
        One row a forecast, in percent: `regret`, `for_al` (the part of it from calls for active learning that were
        wrong), `misses_alone` (futures in which random never gets to the target and the strategy does), `more` (regret
        less that of the first) with its 80% interval `more_q10, more_q90` over data sets, and `worse_sets`, in how
        many it is more.
    """
    lines, first = [], None
    for name, rows in judged.items():
        al = rows[PLANNER].astype(bool)
        lost = rows["saving_usd"].mask(al, -rows["saving_usd"]).clip(lower=0.0) / rows["random_usd"]
        scores = pd.DataFrame({"regret": lost, "for_al": lost.where(al, 0.0), "misses_alone": rows["misses_alone"]})
        means = 100.0 * scores.groupby(rows["dataset"]).mean()
        first = means["regret"] if first is None else first
        more = mean_estimate((means["regret"] - first).to_numpy(dtype=float))
        assert more is not None
        about = {"more": more.mean, "more_q10": more.q10, "more_q90": more.q90}
        sets = {"worse_sets": int((means["regret"] > first).sum()), "data_sets": len(means)}
        lines.append({"forecast": name, "questions": len(rows)} | means.mean().to_dict() | about | sets)
    return pd.DataFrame(lines)


if __name__ == "__main__":
    sys.exit(main())
