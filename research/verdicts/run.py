"""The verdict backtest over all data sets, in this process or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from planner.evidence import BASE_LEARNER
from research.backtest.run import Progress, map_items
from research.evidence.campaigns import frozen_sources, source_of
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
        strategies: what stood beside random.
        learners: the models that were trained.
        set_aside: whether the questions are those on data sets that were set aside.
        campaigns: seeds a data set.
        n_draws: joint draws of a verdict.
        seed: of the draws.
        judged: every question with its answers.
    """

    source: str
    strategies: tuple[str, ...]
    learners: tuple[str, ...]
    set_aside: bool
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
            "strategies": list(self.strategies),
            "learners": list(self.learners),
            "set_aside": self.set_aside,
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
    strategies: Sequence[str] = ("margin",),
    learners: Sequence[str] = (BASE_LEARNER,),
    set_aside: bool = False,
    savings: pd.DataFrame | None = None,
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
        strategies: what stands beside random, each asked by itself.
        learners: the models that are trained.
        set_aside: whether to ask about the sources that were set aside (`research.evidence.campaigns`), with the others
            as evidence, in place of each of the others.
        savings: what strategies saved on these curves and others; fitted from the curves where it is left out.
        campaigns: seeds a data set whose first points are pilots.
        n_draws: joint draws of a verdict.
        seed: of the draws.
        jobs: processes.
        progress: told after each campaign.

    Raises:
        InputError: fewer than three data sets have both curves with two seeds or more.
    """
    aside = {name for name in table["dataset"].unique() if source_of(name) in frozen_sources()}
    asked = table if set_aside else table[~table["dataset"].isin(aside)]
    if savings is not None and not set_aside:
        savings = savings[~savings["dataset"].isin(aside)]
    worlds: Sequence[Any] = [
        world
        for learner in learners
        for strategy in strategies
        for world in worlds_of(
            asked, strategy, campaigns, learner=learner, savings=savings, only=aside if set_aside else None
        )
    ]
    sets = {world.dataset for world in worlds}
    if len(sets) < _FEWEST:
        raise InputError(
            f"--verdicts: {source} has {len(sets)} data sets with random and {' or '.join(strategies)} (learner "
            f"{' or '.join(learners)}, two seeds or more); allowed: at least {_FEWEST}, as each is held out in turn"
        )
    judged = map_items(partial(judge_world, n_draws=n_draws, seed=seed), worlds, jobs=jobs, progress=progress)
    answers = tuple(one for part in judged for one in part)
    return VerdictBacktest(source, tuple(strategies), tuple(learners), set_aside, campaigns, n_draws, seed, answers)
