"""The verdict backtest over all data sets, in this process or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from planner.backtest.backtest import Progress, map_items
from research.verdicts.asked import BILL_RATIOS, EVIDENCE, PILOT_LABELS
from research.verdicts.judge import Judged, judge_world, to_frame
from research.verdicts.score import scores
from research.verdicts.world import SHARES, worlds_of
from simulations.errors import InputError

__all__ = ["VerdictBacktest", "run_verdicts"]

_FEWEST = 3
"""Data sets below which nothing can be held out: proxies would be one or none."""


@dataclass(frozen=True, eq=False)
class VerdictBacktest:
    """What a verdict backtest found.

    Attributes:
        source: the curves in words.
        strategy: what stood beside random.
        campaigns: seeds a data set.
        n_draws: joint draws of a verdict.
        seed: of the draws.
        judged: every question with its answers.
    """

    source: str
    strategy: str
    campaigns: int
    n_draws: int
    seed: int
    judged: tuple[Judged, ...]

    def frame(self) -> pd.DataFrame:
        """Give one row a question."""
        return to_frame(list(self.judged))

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the single questions as plain values, ready for JSON; what is undefined is None."""
        rows = self.frame()
        by_evidence = {name: rows[rows["evidence"] == name].dropna(axis=1, how="all") for name in EVIDENCE}
        return {
            "protocol": "verdicts",
            "source": self.source,
            "strategy": self.strategy,
            "campaigns": self.campaigns,
            "draws": self.n_draws,
            "seed": self.seed,
            "interval": 0.8,
            "questions": len(rows),
            "data_sets": int(rows["dataset"].nunique()),
            "bill_ratios": list(BILL_RATIOS),
            "target_shares": list(SHARES),
            "pilot_labels": list(PILOT_LABELS),
            "by_evidence": [{"evidence": name, **scores(part)} for name, part in by_evidence.items() if len(part)],
        }


def run_verdicts(
    table: pd.DataFrame,
    source: str,
    *,
    strategy: str = "margin",
    campaigns: int = 2,
    n_draws: int = 1_000,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> VerdictBacktest:
    """Hold each data set out in turn, ask the planner, and keep what was true beside its answers.

    Args:
        table: a validated curve table.
        source: its name in words.
        strategy: what stands beside random.
        campaigns: seeds a data set whose first points are pilots.
        n_draws: joint draws of a verdict.
        seed: of the draws.
        jobs: processes.
        progress: told after each campaign.

    Raises:
        InputError: fewer than three data sets have both curves with two seeds or more.
    """
    worlds: Sequence[Any] = list(worlds_of(table, strategy, campaigns))
    sets = {world.dataset for world in worlds}
    if len(sets) < _FEWEST:
        raise InputError(
            f"--verdicts: {source} has {len(sets)} data sets with random and {strategy} (learner linear, two seeds or "
            f"more); allowed: at least {_FEWEST}, as each is held out in turn"
        )
    judged = map_items(partial(judge_world, n_draws=n_draws, seed=seed), worlds, jobs=jobs, progress=progress)
    return VerdictBacktest(source, strategy, campaigns, n_draws, seed, tuple(one for part in judged for one in part))
