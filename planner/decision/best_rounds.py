"""How many labels a round: what each batch size would cost, all else as it was drawn.

Small rounds cost calendar, engineers' hours and machines; large ones buy more than is needed. What a strategy saves is
taken to be the same at each of them, so that only sizes near the initial set are tried (`planner.decision.batches`).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.decision.batches import around
from planner.decision.case import Case
from planner.decision.comparison import Comparison
from planner.decision.solve.settings import Sample
from planner.plan import paths


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
    """Price the chosen strategy at batch sizes about the initial set; None where plans are compared at a budget.

    A plan that stops by a rule runs it again at each of them, on fewer of the draws.
    """
    if case.target is None:
        return None
    sample = Sample.of(case, paths.BATCH_SIZE)
    case = sample.case
    chosen = case.chosen.plans[case.chosen.al_plan]
    planned = chosen.batch_size or case.plan.strategy.batch_size.median
    sizes = np.unique(np.append(around(case.plan, own=False), planned))
    table = _by_size(case, sizes)
    table["p_al_better"] = (table["p_al_better"] + sample.p_shift).clip(0.0, 1.0)
    best = int(table["total_usd"].argmin())
    saved = chosen.mean_usd - float(table["total_usd"].iloc[best])
    return BestRounds(planned, float(sizes[best]), max(saved, 0.0), table)


def _by_size(case: Case, sizes: Floats) -> pd.DataFrame:
    name = case.chosen.al_plan
    # A size that was found would stand in the way of those that are tried.
    asked = {**case.chosen.plans, name: replace(case.chosen.plans[name], batch_size=None)}
    there = replace(case, chosen=Comparison(asked, name)).at({paths.BATCH_SIZE: sizes[:, None]})
    bill = there.plans[name].bill
    total, rounds, days, better = (
        np.broadcast_to(one, (len(sizes), case.n_draws))
        for one in (bill.total_usd, bill.rounds, bill.days, there.al_better)
    )
    return pd.DataFrame(
        {
            "batch_size": sizes,
            "total_usd": total.mean(axis=1),
            "rounds": np.median(rounds, axis=1),
            "days": np.median(days, axis=1),
            "p_al_better": better.mean(axis=1),
        }
    )
