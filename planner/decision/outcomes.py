"""What a verdict shows of each plan: its usual labels, cost, days and value, with their ranges, and its worked bill."""

import numpy as np

from planner.costs import Bill, worked_bills
from planner.decision.batches import FIELD
from planner.decision.case import Case
from planner.decision.comparison import Priced
from planner.decision.verdict import Interval, PlanOutcome
from planner.plan import Plan


def outcomes(case: Case) -> dict[str, PlanOutcome]:
    """Summarise every plan over all draws."""
    return {name: _outcome(case, name, priced) for name, priced in case.plans.items()}


def _outcome(case: Case, name: str, priced: Priced) -> PlanOutcome:
    bill, each = priced.bill, case.n_draws
    reached = np.broadcast_to(priced.reached, each)
    return PlanOutcome(
        name=name,
        vendor=case.plan.vendors[priced.vendor].name,
        labels=Interval.of(np.broadcast_to(bill.labels, each), reached=reached),
        total_usd=Interval.of(np.broadcast_to(bill.total_usd, each)),
        lines_usd={line: float(np.mean(usd)) for line, usd in bill.lines.items()},
        days=Interval.of(np.broadcast_to(bill.days, each)),
        value=Interval.of(case.in_hand[name], reached=reached if case.spent is not None else None),
        rounds=Interval.of(np.broadcast_to(bill.rounds, each)),
        batch_size=priced.batch_size,
        p_unreachable=float((~reached).mean()),
    )


def worked(case: Case) -> dict[str, Bill]:
    """Give each plan's bill at its usual labels; none for a plan that rarely reaches the target."""
    found: dict[str, Bill] = {}
    for batch_size, names in _by_batch(case).items():
        plan = case.plan if batch_size is None else case.plan.replace({FIELD: batch_size})
        # Delay counts from random labelling, so that each group has it beside.
        found |= _worked(plan, {name: case.plans[name] for name in ("random", *names)})
    return {name: found[name] for name in case.plans if name in found}


def _by_batch(case: Case) -> dict[float | None, list[str]]:
    groups: dict[float | None, list[str]] = {}
    for name, priced in case.plans.items():
        groups.setdefault(priced.batch_size if name != "random" else None, []).append(name)
    return groups


def _worked(plan: Plan, plans: dict[str, Priced]) -> dict[str, Bill]:
    usual = {name: Interval.of(p.bill.labels, reached=p.reached).q50 for name, p in plans.items()}
    labels = {name: round(n) for name, n in usual.items() if n is not None}
    return worked_bills(plan, labels, {name: plans[name].vendor for name in labels})
