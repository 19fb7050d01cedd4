"""Campaigns run the plain way: look by look, every rule asked by `stops`, every look priced, one setting at a time."""

import numpy as np

from planner.costs import QuoteCosts, price_plan
from planner.decision.stopping.rules import Progress, rule_of_plan
from planner.decision.stopping.with_stopping_rule import (
    AGREED,
    InterimLooks,
    conditional_chance,
    conditional_mean,
)
from planner.plan import paths
from planner.plan.tables import PASSIVE


def run_plainly(looks, plan, values, vendor, rule):
    """Give labels bought, and whether the target is reached with them."""
    n, truth, seen = looks.n, looks.truth, looks.seen
    D, k = n.shape
    bill = price_plan(plan, values, vendor, n.T, active=looks.strategy not in PASSIVE)
    usd = np.broadcast_to(bill.total_usd, n.T.shape)
    tested = (values["task.test_labels"] > 0).all()
    bought, stopped = n[:, -1].copy(), np.zeros(D, dtype=bool)
    for look in range(k - 1):
        progress = Progress(
            labels=n[:, : look + 1],
            values=seen[:, : look + 1],
            test_size=values["task.test_labels"] if tested else None,
            spent_usd=usd[look],
            next_usd=usd[look + 1] - usd[look],
            next_gain=conditional_mean(truth[:, look + 1] - truth[:, look], seen[:, : look + 1]),
            p_reached=conditional_chance(truth[:, look] >= looks.target, seen[:, look]),
        )
        now = rule.stops(progress) & ~stopped
        bought[now], stopped = n[now, look], stopped | now
    return bought, looks.value_at(bought) >= looks.target


def rules_plainly(case, changes):
    """Run every ruled plan of a case at each setting, one after the other: name -> labels, reached."""
    ruled = case._ruled
    G = max((len(column) for column in changes.values() if np.ndim(column) > 1), default=0)
    found = {}
    for name, one in ruled.plans.items():
        runs = []
        for g in range(max(G, 1)):
            setting = {path: column[g] if np.ndim(column) > 1 else column for path, column in changes.items()}
            agreed = {path: x for path, x in setting.items() if path.startswith("stopping.") or path in AGREED}
            values, plan = (
                {**ruled.found.values, **setting},
                ruled.found.plan.replace({p: float(x[0]) for p, x in agreed.items()}),
            )
            if one.batch_size is not None:
                values[paths.BATCH_SIZE] = np.array([one.batch_size])
            worth = ruled.found.worth.of(name, QuoteCosts.of(plan, values, one.vendor))
            looks = InterimLooks(ruled.found.curves, values, name, worth, ruled.target)
            runs.append(run_plainly(looks, plan, values, one.vendor, rule_of_plan(plan)))
        found[name] = [np.stack(column) if G else column[0] for column in zip(*runs, strict=True)]
    return found
