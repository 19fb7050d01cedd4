"""How long training and choosing took where curves were simulated, by item, so that it can be scaled to another pool.

Notation:
    fit_r, choose_r     seconds of round r: training, and scoring the pool with the choice of a batch
    n_r, N              labels in round r, items to choose from
"""

from dataclasses import dataclass

import pandas as pd

from planner.curves.replicates import BASELINE
from planner.curves.table import TIMING_COLUMNS
from simulations.errors import InputError

LEAST_SECONDS = 1e-9  # a clock that shows nothing has not shown that it takes no time


@dataclass(frozen=True)
class MeasuredSeconds:
    """Seconds by item, each the 10th to the 90th percentile over trajectories.

    Attributes:
        train_per_item: one training, by labelled item, all its epochs.
        score_per_item: scoring and choosing, by item that is not labelled yet, all passes and members.
        learners: the learners measured.
        trajectories: how many campaigns were measured.
    """

    train_per_item: tuple[float, float]
    score_per_item: tuple[float, float]
    learners: tuple[str, ...]
    trajectories: int


def measured_seconds(table: pd.DataFrame, strategies: tuple[str, ...]) -> MeasuredSeconds:
    """Read seconds by item off simulated curves: Σ_r fit_r ÷ Σ_r n_r, and Σ_r choose_r ÷ Σ_r (N − n_r).

    Training is measured on all curves, choosing on those of the strategies named: random labelling chooses in no time.
    A round's sums are what scales; where choosing takes longer than in proportion to the pool, this is too little.

    Args:
        table: a validated curve table.
        strategies: the active-learning strategies of the plan.

    Raises:
        InputError: the table carries no seconds, or none of the strategies.
    """
    if not {*TIMING_COLUMNS, "trajectory"} <= set(table.columns) or not (table["fit_seconds"] > 0).any():
        raise InputError(
            'plan, [compute] seconds_from: found "simulation", but the curves carry no seconds; allowed: "plan" with '
            "train_seconds_per_item and score_seconds_per_item"
        )
    rounds = table.drop_duplicates(["trajectory", "round"])
    chosen = rounds[rounds["strategy"].isin(strategies) & (rounds["strategy"] != BASELINE)]
    # The last round trains and chooses nothing.
    chosen = chosen[chosen["round"] < chosen.groupby("trajectory")["round"].transform("max")]
    if chosen.empty:
        raise InputError(
            'plan, [compute] seconds_from: found "simulation", but none of its strategies was simulated; allowed: '
            '"plan" with score_seconds_per_item'
        )
    choosing = chosen["score_seconds"] + chosen["select_seconds"]
    return MeasuredSeconds(
        train_per_item=_spread(rounds["fit_seconds"], rounds["labels"], rounds["trajectory"]),
        score_per_item=_spread(choosing, chosen["pool_size"] - chosen["labels"], chosen["trajectory"]),
        learners=tuple(sorted(rounds["learner"].unique())),
        trajectories=int(rounds["trajectory"].nunique()),
    )


def _spread(seconds: pd.Series, items: pd.Series, trajectory: pd.Series) -> tuple[float, float]:
    """Divide sums over each trajectory, and give the 80% range over trajectories."""
    sums = pd.DataFrame({"seconds": seconds, "items": items}).groupby(trajectory.to_numpy()).sum()
    each = (sums["seconds"] / sums["items"].clip(lower=1)).clip(lower=LEAST_SECONDS)
    low, high = (float(f"{each.quantile(q):.3g}") for q in (0.1, 0.9))
    return low, high
