"""The bill of one plan: every line, in USD, on draws or on medians alike.

Notation (arrays broadcast together; a leading axis may hold prices):
    values  mapping input path -> (n_draws,) array
    n       labels bought by the plan
    R       acquisition rounds, 0 for random labelling
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.costs import rounds as schedule
from planner.costs.labels import items_usd
from planner.plan import Plan
from planner.plan.quantity import Floats

SECONDS_PER_HOUR = 3_600
DAYS_PER_WEEK = 7

LINES = (
    "labels_usd",
    "test_labels_usd",
    "engineering_usd",
    "operation_usd",
    "training_usd",
    "scoring_usd",
    "delay_usd",
)


@dataclass(frozen=True)
class Bill:
    """What one plan costs.

    Attributes:
        labels: items bought, the test items aside.
        rounds: acquisition rounds.
        lines: line name -> USD; the names are `LINES`.
        days: calendar days to the last label and its training.
    """

    labels: Floats
    rounds: Floats
    lines: Mapping[str, Floats]
    days: Floats
    total_usd: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_usd", sum(self.lines.values(), np.zeros(1)))


def price_plan(plan: Plan, values: Mapping[str, Floats], vendor: int, n: Floats, *, active: bool) -> Bill:
    """Price one plan without the cost of delay, which needs the random plan beside it (`with_delay`).

    Args:
        plan: gives what is not a number (restart, whether scoring is paid by the call).
        values: every numeric input, by path.
        vendor: index of the quote.
        n: items bought; for active learning at least the initial labels.
        active: whether this is an active-learning plan; random labelling is one order and one training.
    """
    quote = f"vendors.{vendor}."
    price = [values[quote + key] for key in ("votes_per_item", "price_usd", "platform_fee_usd_per_item")]
    n_test = values["task.test_labels"]
    r = schedule.rounds(n, *_schedule(values)) if active else np.zeros_like(n)
    lines = {
        "labels_usd": items_usd(n, *price),
        "test_labels_usd": items_usd(n_test, *price),
        "engineering_usd": _engineering_usd(values) if active else np.zeros(1),
        "operation_usd": r * values["engineering.hours_per_round"] * values["engineering.hourly_rate_usd"],
        "training_usd": _training_usd(plan, values, n, active=active),
        "scoring_usd": _scoring_usd(plan, values, n) if active else np.zeros(1),
        "delay_usd": np.zeros(1),
    }
    orders = r + 1
    days = (
        orders * (values[quote + "turnaround_days"] + values["calendar.retrain_days"])
        + (n + n_test) / values[quote + "throughput_per_day"]
        + (values["calendar.build_days"] if active else 0.0)
    )
    return Bill(n, r, lines, days)


def with_delay(bill: Bill, days_random: Floats, values: Mapping[str, Floats]) -> Bill:
    """Add the cost of ending later than random labelling does; ending earlier is no gain."""
    late_days = np.maximum(0.0, bill.days - days_random)
    delay_usd = late_days / DAYS_PER_WEEK * values["calendar.cost_of_delay_usd_per_week"]
    return Bill(bill.labels, bill.rounds, {**bill.lines, "delay_usd": delay_usd}, bill.days)


def _schedule(values: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    return values["strategy.initial_labels"], values["strategy.batch_size"]


def _engineering_usd(values: Mapping[str, Floats]) -> Floats:
    hours = values["engineering.one_off_hours"] / values["engineering.projects_sharing"]
    return hours * values["engineering.hourly_rate_usd"]


def _training_usd(plan: Plan, values: Mapping[str, Floats], n: Floats, *, active: bool) -> Floats:
    """Price the trainings: every round from scratch, or each item once when fine-tuning."""
    fine_tune = plan.strategy.restart == "fine-tune"
    items = schedule.items_trained(n, *_schedule(values)) if active and not fine_tune else n
    epochs = values["compute.epochs"]
    if active and plan.strategy.restart == "warm":
        first = values["strategy.initial_labels"]
        share = values.get("compute.warm_epochs_share", np.ones(1))
        items = first + (items - first) * share
    seconds = items * epochs * values["compute.train_seconds_per_item"] * values["compute.members"]
    return seconds / SECONDS_PER_HOUR * values["compute.machine_usd_per_hour"]


def _scoring_usd(plan: Plan, values: Mapping[str, Floats], n: Floats) -> Floats:
    pool = values["task.pool_size"] - values["task.test_labels"]
    passes = values["compute.passes"] * values["compute.members"]
    calls = schedule.items_scored(n, *_schedule(values), pool) * passes
    if plan.compute.score_usd_per_item is not None:
        return calls * values["compute.score_usd_per_item"]
    seconds = calls * values["compute.score_seconds_per_item"]
    return seconds / SECONDS_PER_HOUR * values["compute.machine_usd_per_hour"]
