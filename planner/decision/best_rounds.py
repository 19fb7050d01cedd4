"""How many labels a round: what each batch size would cost, all else as it was drawn.

Small rounds cost calendar, engineers' hours and machines; large ones buy more than is needed. What a strategy saves is
taken to be the same at each of them, so that only sizes near the initial set are tried (`planner.decision.batches`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.decision.batches import around
from planner.decision.case import Case
from planner.decision.comparison import Comparison, Order


@dataclass(frozen=True)
class BestRounds:
    """The chosen strategy at other batch sizes.

    Attributes:
        planned: batch size of the plan, found or given.
        best: the one with the lowest mean total.
        saved_usd: mean total as planned, less the best one's.
        by_size: columns `batch_size`, `total_usd` (mean), `rounds` and `days` (medians), `p_al_better`.
    """

    planned: float
    best: float
    saved_usd: float
    by_size: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as JSON has it."""
        return {**vars(self), "by_size": self.by_size.to_dict(orient="records")}


def best_rounds(case: Case) -> BestRounds | None:
    """Price the chosen strategy at batch sizes about the initial set; None where plans are compared at a budget."""
    if case.target is None:
        return None
    name, random = case.chosen.al_plan, case.plans["random"]
    chosen = case.plans[name]
    sizes = around(case.plan)
    order = Order(case.plan, case.values, name, case.needs, case.worth, random.bill.days)
    there = order.price(chosen.vendor, sizes[:, None])
    shape = (len(sizes), case.n_draws)
    total, rounds, days = (
        np.broadcast_to(one, shape) for one in (there.bill.total_usd, there.bill.rounds, there.bill.days)
    )
    better = np.broadcast_to(Comparison({"random": random, name: there}, name).al_better, shape)
    table = pd.DataFrame(
        {
            "batch_size": sizes,
            "total_usd": total.mean(axis=1),
            "rounds": np.median(rounds, axis=1),
            "days": np.median(days, axis=1),
            "p_al_better": better.mean(axis=1),
        }
    )
    best = int(table["total_usd"].argmin())
    planned = chosen.batch_size or case.plan.strategy.batch_size.median
    saved = chosen.mean_usd - float(table["total_usd"].iloc[best])
    return BestRounds(planned, float(sizes[best]), max(saved, 0.0), table)
