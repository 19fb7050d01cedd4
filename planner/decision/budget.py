"""Plans under a budget: what each reaches for it, and what random labelling would pay to reach the same.

Where the plan names a budget and no target, every plan buys all that its budget pays for. Each future then has a target
of its own: the value that active learning has in hand. Both options spend the budget, so that nothing is saved: the
call goes by the value that active learning reaches beyond random labelling. What random labelling would pay for that
value, as far as the pool goes, is told beside it. Delay counts from the day on which random labelling would have it.
Where the budget does not pay for the smallest active-learning plan, random labelling is the better; where it does not
pay for random labels either, neither is.

Notation: a is the value of the metric in hand with the labels that the budget pays for, (n_draws,), no more than the
whole pool would give; 0 where the budget does not pay for the smallest plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.costs import Bill, QuoteCosts, with_delay
from planner.costs.terms import ZERO
from planner.decision.comparison import Comparison, Order, Priced, batch_sizes, cheapest, random_first
from planner.decision.labels_required import LabelsRequired
from planner.plan import PASSIVE, items_to_label, paths
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats

HAIR = 1e-9  # of the metric, and of ln labels: to and fro on a curve must not miss the value it came from


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


def value_in_hand(found: LabelsRequired, name: str, priced: Priced) -> Floats:
    """Give the value of the metric, a fraction, that a plan's labels have bought: (n_draws,), or (G, n_draws)."""
    curves, clean = found.curves, clean_labels(found, name, priced)
    value = _read_curve(curves, name, clean)
    whole = priced.bill.labels >= np.maximum(items_to_label(found.values), 1.0)
    if not whole.any():
        return value
    # With the whole pool labelled a plan has the model that random labelling would have, whoever chose the order.
    if value.ndim > 1:
        whole = np.broadcast_to(whole, value.shape)
        rows = np.flatnonzero(whole.any(axis=1))  # of many settings few label everything
        clean = np.broadcast_to(clean, value.shape)[rows]
        value[rows] = np.where(whole[rows], np.maximum(value[rows], _read_curve(curves, "random", clean)), value[rows])
        return value
    return np.where(whole, np.maximum(value, _read_curve(curves, "random", clean)), value)


def clean_labels(found: LabelsRequired, name: str, priced: Priced) -> Floats:
    """Give the labels with no error that the labels bought count for."""
    bought = priced.bill.labels
    return bought * found.worth.of(name, QuoteCosts.of(found.plan, found.values, priced.vendor), bought)


def most_value(found: LabelsRequired, vendor: int) -> Floats:
    """Give the value that all items there are would give: no choice among them gives more."""
    items, quote = np.maximum(items_to_label(found.values), 1.0), QuoteCosts.of(found.plan, found.values, vendor)
    return _read_curve(found.curves, "random", items * found.worth.of("random", quote, items))


def _read_curve(curves: TaskCurves, name: str, clean: Floats) -> Floats:
    if clean.ndim < 2:
        return curves.value_of(name, clean)
    return np.stack([curves.value_of(name, row) for row in np.broadcast_to(clean, (len(clean), curves.n_draws))])


def spend_budget(found: LabelsRequired, kept: Mapping[str, Priced] | None = None) -> Spent:
    """Let every plan buy what the budget pays for.

    Plans that are `kept` keep their vendor and batch size, and are the only ones asked for; with none, all plans are
    tried with every vendor, and at every batch size where that is open.
    """
    plan, names = found.plan, found.curves.strategies
    unbounded = replace(found, needs={name: np.full(found.curves.n_draws, np.inf) for name in names})
    plans: dict[str, Priced] = {}
    reached: dict[str, Floats] = {}
    for name in random_first(names if kept is None else kept):
        order = Order(unbounded, name, plans["random"].bill.days if plans else None)
        if kept is not None:
            tried = [order.price(kept[name].vendor, kept[name].batch_size)]
        else:
            sizes = batch_sizes(plan) if order.in_rounds else None
            each = [None] if sizes is None else sizes.tolist()
            tried = [order.price(vendor, size) for vendor in plan.comparable_vendors for size in each]
        inside = [before_delay_usd(offer.bill) <= found.values[paths.BUDGET_USD] for offer in tried]
        worth = []
        for fits, offer in zip(inside, tried, strict=True):
            value = np.where(fits, value_in_hand(found, name, offer), 0.0)
            worth.append(np.minimum(value, most_value(found, offer.vendor)) if order.active else value)
        best = int(np.argmax([float(value.mean()) for value in worth]))
        reached[name] = worth[best]
        plans[name] = replace(tried[best], reached=np.asarray(inside[best]))
    return Spent(plans, reached)


def before_delay_usd(bill: Bill) -> Floats:
    """Add up what a budget has to pay for: all lines but the cost of delay."""
    # Added and not subtracted, so that a bill that is just the budget stays inside it.
    return sum((usd for line, usd in bill.lines.items() if line != "delay_usd"), ZERO)


def match_random(found: LabelsRequired, spent: Spent, kept: Comparison | None = None) -> Comparison:
    """Price random labelling up to the value that active learning reaches, budget or no budget.

    Of a comparison that is `kept` the strategy, and the vendor and batch size of random labelling, stay as they are.
    """
    name = spent.al_plan if kept is None else kept.al_plan
    level = spent.values[name] - HAIR
    plan, curves, active = found.plan, found.curves, spent.plans[name]
    levels, needs = np.atleast_2d(level), []
    for value, labels in zip(levels, np.broadcast_to(clean_labels(found, name, active), levels.shape), strict=True):
        same = curves.labels_for("random", value)
        # Up to random's first point its value is a guess, and what is the same is told by labels alone.
        held = np.log(same) <= curves.log_labels[0][:, curves.lead] + HAIR
        least = np.where(held, np.minimum(same, curves.labels_as(name, "random", labels)), same)
        needs.append(np.where(value > 0, least, 0.0))  # where the other option cannot begin there is nothing to match
    need = np.stack(needs)
    needs_of = {"random": need if level.ndim > 1 else need[0]}
    order = Order(replace(found, needs=needs_of, worth=found.worth.at_target(level)), "random", None, capped=False)
    if kept is None:
        random = cheapest(plan, [order.with_best_batch(vendor) for vendor in range(len(plan.vendors))])
    else:
        random = order.price(kept.plans["random"].vendor, kept.plans["random"].batch_size)
    bill = with_delay(plan, active.bill, random.bill.days, found.values)
    # Nothing is reached for less than nothing: where neither plan can begin, random has not matched the other.
    begun = active.reached | spent.plans["random"].reached
    plans = {"random": replace(random, reached=random.reached & begun), name: replace(active, bill=bill)}
    return Comparison(plans, name, spent.values[name] - spent.values["random"])
