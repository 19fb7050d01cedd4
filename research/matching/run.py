"""The check of task matching over all data sets, in this process or several."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pandas as pd

from planner.backtest.backtest import Progress, map_items
from research.matching.forecasts import LABEL_SCALE_SD, LABEL_SHARES, LEVEL, TARGET_SHARES, Scored, judge
from research.matching.held_out import hold_out
from research.matching.score import compared, should_ship
from research.matching.weightings import SHIPPED, Method, methods_for
from simulations.curve_table import base_name
from simulations.errors import InputError

__all__ = ["MatchingBacktest", "run_matching"]

_FEWEST = 3
"""Data sets below which nothing can be held out: proxies would be one or none."""


@dataclass(frozen=True, eq=False)
class MatchingBacktest:
    """What a check of task matching found.

    Attributes:
        source: the curves in words.
        learner: of the tasks held out.
        learners: all that are recorded.
        metric: what was forecast.
        strategy: what stood beside random.
        n_draws: joint draws of a forecast.
        seed: of the draws.
        methods: weightings, matching first.
        scored: every data set's scores.
    """

    source: str
    learner: str
    learners: tuple[str, ...]
    metric: str
    strategy: str
    n_draws: int
    seed: int
    methods: tuple[Method, ...]
    scored: tuple[Scored, ...]

    def frame(self) -> pd.DataFrame:
        """Give one row a data set, weighting, source of the labels needed and score."""
        return pd.DataFrame([asdict(one) for one in self.scored])

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON; what is undefined is None."""
        rows = self.frame()
        parts = compared(rows, self.methods)
        return {
            "protocol": "matching",
            "source": self.source,
            "learner": self.learner,
            "learners": list(self.learners),
            "metric": self.metric,
            "strategy": self.strategy,
            "draws": self.n_draws,
            "seed": self.seed,
            "interval": LEVEL,
            "label_scale_sd": LABEL_SCALE_SD,
            "label_shares": list(LABEL_SHARES),
            "target_shares": list(TARGET_SHARES),
            "data_sets": int(rows["dataset"].nunique()),
            "shipped": SHIPPED.name,
            "should_ship": should_ship(parts),
            "methods": [{"method": method.name, "says": method.says} for method in self.methods],
            "parts": parts,
            "sets": [asdict(one) for one in self.scored],
        }


def run_matching(
    table: pd.DataFrame,
    source: str,
    *,
    learner: str = "linear",
    strategy: str = "margin",
    metric: str | None = None,
    n_draws: int = 1_000,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> MatchingBacktest:
    """Hold each data set out in turn, and forecast it from the others under each weighting.

    Args:
        table: a validated curve table, of one learner or several.
        source: its name in words.
        learner: of the tasks; data sets recorded with it are held out, all others are proxies only.
        strategy: what stands beside random.
        metric: accuracy, or the only one of the table, when not given.
        n_draws: joint draws of a forecast.
        seed: of the draws.
        jobs: processes.
        progress: told after each data set.

    Raises:
        InputError: fewer than three data sets have both curves with this learner, or the curves do not say what their
            task was.
    """
    held: Sequence[Any] = list(hold_out(table, strategy, learner, metric=metric))
    # Settings of one data set are held out together, and count as one.
    different = {base_name(one.dataset) for one in held}
    if len(different) < _FEWEST:
        raise InputError(
            f"--matching: {source} has {len(different)} data sets with random and {strategy} (learner {learner}); "
            f"allowed: at least {_FEWEST}, as each is held out in turn"
        )
    learners = tuple(sorted({str(name) for one in held for name in one.proxies["learner"].unique()}))
    methods = methods_for(learners)
    found = map_items(partial(judge, methods=methods, n_draws=n_draws, seed=seed), held, jobs=jobs, progress=progress)
    return MatchingBacktest(
        source=source,
        learner=learner,
        learners=learners,
        metric=held[0].task.metric,
        strategy=strategy,
        n_draws=n_draws,
        seed=seed,
        methods=methods,
        scored=tuple(one for part in found for one in part),
    )
