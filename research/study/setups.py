"""Three ways to set active learning up, and what each costs beside labels, by the project's own bill.

Notation:
    n       (…,)    labels bought with active learning
    n0, b           initial set and batch size, so that R = ⌈(n − n0)/b⌉ rounds
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from planner.costs import price_plan
from planner.plan import Draws, Plan, parse_plan
from simulations.arrays import Floats

__all__ = ["HOURLY_RATE_USD", "SETUPS", "Setup", "overhead_usd", "plan_of"]

HOURLY_RATE_USD = 50.0

_PLAN = """
[task]
target = 0.9
pool_size = 10_000_000
classes = 2
test_labels = 1
random_evaluation = "test_set"
[strategy]
names = ["margin"]
initial_labels = {initial}
batch_size = {batch}
[[vendors]]
name = "A"
price_usd = {price!r}
votes_per_item = 1
delivered_error_rate = 0
[engineering]
one_off_hours = {one_off!r}
hours_per_round = {per_round!r}
hourly_rate_usd = {rate!r}
[compute]
machine_usd_per_hour = 0
[calendar]
cost_of_delay_usd_per_week = 0
"""


@dataclass(frozen=True)
class Setup:
    """What people spend on active learning beside labels.

    Attributes:
        name: in words.
        one_off_hours: before the first round.
        hours_per_round: for each round after the initial set.
    """

    name: str
    one_off_hours: float
    hours_per_round: float


SETUPS = (
    Setup("a loop that exists", 2.0, 0.1),
    Setup("built for one task", 20.0, 0.5),
    Setup("built into a pipeline", 80.0, 2.0),
)
"""Assumptions; the verdict backtest has the first, a plan file's defaults the hours a round of the last."""


def plan_of(setup: Setup, initial: int, batch: int, price_usd: float = 1.0) -> Plan:
    """Write the plan of a campaign in which labels and people's hours are all that costs.

    Args:
        setup: the hours.
        initial: labels of the initial set.
        batch: labels a round.
        price_usd: of a label.
    """
    return parse_plan(
        _PLAN.format(
            initial=initial,
            batch=batch,
            price=price_usd,
            one_off=setup.one_off_hours,
            per_round=setup.hours_per_round,
            rate=HOURLY_RATE_USD,
        )
    )


def overhead_usd(setup: Setup, initial: int, batch: int, labels: Floats) -> Floats:
    """Give what active learning costs beside its labels: its whole bill less that of as many random labels.

    Args:
        setup: the hours.
        initial: labels of the initial set.
        batch: labels a round.
        labels: n, shape (…,), at least `initial`.

    Returns:
        USD, shape (…,).
    """
    plan, values = _read(setup, initial, batch)
    active, passive = (price_plan(plan, values, 0, np.asarray(labels), active=active) for active in (True, False))
    return active.total_usd - passive.total_usd


@cache
def _read(setup: Setup, initial: int, batch: int) -> tuple[Plan, Draws]:
    plan = plan_of(setup, initial, batch)
    return plan, plan.medians()
