"""The label savings of several strategies on the user's task, before any pilot of them.

Notation: T strategies; K knots; D draws.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.curves.savings.fit import smooth_prior
from planner.curves.savings.hardness import log_error
from planner.curves.savings.prior import SavingsPrior, savings_prior
from planner.curves.savings.shape import KNOTS
from planner.curves.table import clean_curves
from planner.curves.task import TaskDescription

_SHOWN = 2  # the knot whose savings stand in the evidence table: twelve times the initial set


def task_priors(
    table: pd.DataFrame | None,
    strategies: Sequence[str],
    task: TaskDescription,
    *,
    savings_sd: float,
    random_error: float | None = None,
    by_hardness: bool = False,
) -> tuple[list[SavingsPrior], list[str]]:
    """Predict each strategy's savings from recorded data sets, or next to nothing where it was never recorded.

    Args:
        table: a validated curve table of recorded data sets; None where there is none.
        strategies: names, without random.
        task: what the savings are for.
        savings_sd: log sd of the task's savings around those of the same task simulated.
        random_error: random's error at 16 times the initial set, where it is known.
        by_hardness: whether it differs from draw to draw; see `savings_prior`.

    Returns:
        T priors, and sentences for the user.
    """
    table, noisy = (None, []) if table is None else clean_curves(table)
    recorded = set() if table is None or table.empty else set(table["strategy"].unique())
    error = None if random_error is None else float(np.exp(log_error(random_error)))
    priors = []
    for name in strategies:
        if table is not None and name in recorded:
            priors.append(
                savings_prior(table, name, task, savings_sd=savings_sd, random_error=error, by_hardness=by_hardness)
            )
        else:
            priors.append(unknown_savings(name, savings_sd))
    return priors, list(dict.fromkeys([*noisy, *(text for prior in priors for text in prior.warnings)]))


def unknown_savings(strategy: str, savings_sd: float) -> SavingsPrior:
    """Give the prior of a strategy never recorded: as likely to lose labels as to save them."""
    return SavingsPrior(
        strategy, np.zeros(len(KNOTS)), smooth_prior(), None, savings_sd, np.sqrt(np.diag(smooth_prior())), ()
    )


def savings_frame(priors: Sequence[SavingsPrior]) -> pd.DataFrame:
    """List the data sets that the savings rest on, heaviest first: columns `dataset`, `weight`, `why`.

    Weights are averaged over strategies and sum to 1, or to nothing where no data set has a say.
    """
    rows: dict[str, tuple[float, list[str]]] = {}
    for prior in priors:
        total = sum(abs(one.weight) for one in prior.datasets)
        for one in prior.datasets if total else ():
            weight, said = rows.get(one.dataset, (0.0, []))
            low, high = np.exp(one.interval[:, _SHOWN])
            factor = float(np.exp(one.coefficients[_SHOWN]))
            said = [*said, f"{prior.strategy} ×{factor:.2g} ({low:.2g} to {high:.2g})"]
            rows[one.dataset] = (weight + abs(one.weight) / total / len(priors), said)
    made = [
        (name, weight, f"label savings only, at {np.exp(KNOTS[_SHOWN]):.0f} times the initial set: " + ", ".join(said))
        for name, (weight, said) in rows.items()
    ]
    frame = pd.DataFrame(made, columns=["dataset", "weight", "why"])
    return frame.sort_values(["weight", "dataset"], ascending=[False, True], kind="stable", ignore_index=True)
