"""What is forecast of a plan's curves, and what its plans come to: the part of a verdict that needs no search.

The page of curves shows no more than this. Which price would turn the verdict, and what each input swings, are asked on
top of it (`planner.decision.deciding`), and take many times as long.

Notation: G label counts.
"""

import numpy as np
import numpy.typing as npt

from planner.curves import advantages
from planner.decision.case import Case
from planner.decision.outcomes import outcomes
from planner.decision.verdict import Outlook
from planner.plan import Plan, paths

CURVE_POINTS = 60
SAVINGS_POINTS = 12


def outlook_of(case: Case, plan_toml: str) -> Outlook:
    """Summarise what a case says of its curves and plans.

    Args:
        case: a plan's plans compared on joint draws.
        plan_toml: the plan file, as it was given.
    """
    plan, curves = case.plan, case.curves
    return Outlook(
        plans=outcomes(case),
        advantages=advantages(
            curves, _savings_grid(plan), _level(case), most_labels=max(plan.task.items_to_label, 1.0)
        ),
        curves=curves.summary(_label_grid(plan)),
        evidence=curves.evidence,
        task_name=plan.task.name,
        metric=plan.task.metric,
        target=case.target,
        budget_usd=plan.task.budget_usd.median if plan.task.budget_usd is not None else None,
        currency=plan.task.currency,
        plan_toml=plan_toml,
    )


def _level(case: Case) -> float:
    """Give the value at which labels are compared: the target, or what active learning usually has at the budget."""
    if case.target is not None:
        return case.target
    name = case.chosen.al_plan
    bought = case.in_hand[name][np.broadcast_to(case.plans[name].reached, case.n_draws)]
    if not bought.size:  # the budget pays for no plan: there is only what the first labels reach
        bought = case.curves.value_of(name, case.values[paths.INITIAL_LABELS])
    return float(np.median(bought))


def _label_grid(plan: Plan) -> npt.NDArray[np.float64]:
    """Space (G,) label counts evenly in log n, from a tenth of the initial set to the whole pool."""
    first = max(2.0, plan.strategy.initial_labels.median / 10)
    return np.unique(np.rint(np.geomspace(first, plan.task.pool_size.median, CURVE_POINTS)))


def _savings_grid(plan: Plan) -> npt.NDArray[np.float64]:
    """Space label counts evenly in log n from the initial set, where nothing is saved yet, to the whole pool."""
    first, pool = plan.strategy.initial_labels.median, max(plan.task.items_to_label, 1.0)
    return np.unique(np.rint(np.geomspace(min(first, pool), pool, SAVINGS_POINTS)))
