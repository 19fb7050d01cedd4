"""What plans reach for a budget, and what random labelling would have to pay to reach the same.

Where the plan names a budget and no target, every plan buys all that its budget pays for. Each future then has a target
of its own: the value that active learning has in hand. What random labelling pays for that value, as far as the pool
goes, less what active learning paid, is the saving; who reaches more for the budget is the better.

Notation:
    n       (n_draws,)  labels the budget pays for
    a       (n_draws,)  value of the metric in hand with them; 0 where the budget does not pay for the smallest plan
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.costs import Quote
from planner.curves import TaskCurves
from planner.decision.batches import batch_sizes
from planner.decision.comparison import Comparison, Order, Priced, cheapest, random_first
from planner.decision.label_worth import LabelWorth
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats
from planner.plan.tables import PASSIVE


@dataclass(frozen=True)
class Spent:
    """Every plan at the budget.

    Attributes:
        plans: `random` and each strategy, with the vendor and batch size whose mean value is the highest.
        values: plan name -> a.
    """

    plans: Mapping[str, Priced]
    values: Mapping[str, Floats]

    @property
    def al_plan(self) -> str:
        """The active strategy with the highest mean value."""
        return max(
            (name for name in self.plans if name not in PASSIVE), key=lambda name: float(self.values[name].mean())
        )


def value_in_hand(
    plan: Plan, values: Draws, curves: TaskCurves, name: str, priced: Priced, *, worth: LabelWorth
) -> Floats:
    """Give the value of the metric that a plan's labels have bought.

    Args:
        plan: the plan file.
        values: draws of every numeric input; may have a leading axis of settings.
        curves: joint draws of every plan's curve.
        name: the plan.
        priced: what it buys.
        worth: what a vendor's label counts for.

    Returns:
        (n_draws,) fractions, or (G, n_draws).
    """
    clean = priced.bill.labels * worth.of(name, Quote.of(plan, values, priced.vendor))
    if clean.ndim < 2:
        return curves.value_of(name, clean)
    return np.stack([curves.value_of(name, row) for row in np.broadcast_to(clean, (len(clean), curves.n_draws))])


def spend(
    plan: Plan,
    values: Draws,
    curves: TaskCurves,
    *,
    worth: LabelWorth,
    kept: Mapping[str, Priced] | None = None,
) -> Spent:
    """Let every plan buy what the budget pays for.

    Args:
        plan: a plan with a budget.
        values: draws of every numeric input.
        curves: joint draws of every plan's curve.
        worth: what a vendor's label counts for.
        kept: plans whose vendor and batch size stay as they are, and the only ones asked for; all are tried where it
            is not given.
    """
    never = {name: np.full(curves.n_draws, np.inf) for name in curves.strategies}
    plans: dict[str, Priced] = {}
    reached: dict[str, Floats] = {}
    for name in random_first(kept if kept is not None else curves.strategies):
        days_random = plans["random"].bill.days if plans else None
        order = Order(plan, values, name, never, worth, days_random)
        before = kept[name] if kept is not None else None
        tried = _offers(order) if before is None else [order.price(before.vendor, before.batch_size)]
        inside = [one.bill.total_usd - one.bill.lines["delay_usd"] <= values["task.budget_usd"] for one in tried]
        found = [
            np.where(fits, value_in_hand(plan, values, curves, name, one, worth=worth), 0.0)
            for fits, one in zip(inside, tried, strict=True)
        ]
        best = int(np.argmax([float(value.mean()) for value in found]))
        reached[name] = found[best]
        plans[name] = Priced(tried[best].vendor, tried[best].bill, np.asarray(inside[best]), tried[best].batch_size)
    return Spent(plans, reached)


def _offers(order: Order) -> list[Priced]:
    """Price a plan with every vendor, and at every batch size where that is open."""
    sizes = batch_sizes(order.plan) if order.active else None
    tried = [None] if sizes is None else sizes.tolist()
    return [order.price(vendor, size) for vendor in order.plan.comparable_vendors for size in tried]


def matched(plan: Plan, values: Draws, curves: TaskCurves, spent: Spent, *, worth: LabelWorth) -> Comparison:
    """Price random labelling up to the value that active learning reaches, budget or no budget.

    Args:
        plan: the plan file.
        values: draws of every numeric input.
        curves: joint draws of every plan's curve.
        spent: every plan at the budget.
        worth: what a vendor's label counts for.
    """
    name = spent.al_plan
    level = spent.values[name]
    rows = level if level.ndim > 1 else level[None]
    need = np.stack([curves.labels_for("random", row) for row in rows])
    order = Order(plan, values, "random", {"random": need if level.ndim > 1 else need[0]}, worth, None, capped=False)
    random = cheapest(plan, [order.price(vendor) for vendor in range(len(plan.vendors))])
    return Comparison({"random": random, name: spent.plans[name]}, name)
