"""The bill of one option: every line, in USD, on draws or on medians alike.

Notation (arrays broadcast together; a leading axis may hold prices or plans):
    values  mapping input path -> (n_draws,) array, or (1,) where it is one number
    n       (..., n_draws)  labels bought by the plan
    R       (..., n_draws)  acquisition rounds, 0 for random labelling
    P       projects that share the one-off work
    r       discount rate a year
    t_j     years until the j-th of them starts, j ÷ projects a year, from 0
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.costs.calendar import delay_line, plan_days
from planner.costs.labels import DAYS_PER_MONTH, LabelBill
from planner.costs.machine import scoring_line, training_line
from planner.costs.orders import Orders
from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import ONE, ZERO, Factor, Line, Term, drop_ones, money, share
from planner.plan import Draws, Plan, paths
from simulations.arrays import Bools, Floats

LINES = (
    "labels_usd",
    "review_usd",
    "test_labels_usd",
    "engineering_usd",
    "operation_usd",
    "training_usd",
    "scoring_usd",
    "delay_usd",
    "failure_usd",
    "reuse_usd",
)
VENDOR_LINES = ("labels_usd", "review_usd")
"""What a vendor is paid for the labels of the pool."""
PEOPLE_LINES = (*VENDOR_LINES, "test_labels_usd")
"""What people are paid, the test set included."""


@dataclass(frozen=True)
class Bill:
    """What one plan costs.

    Attributes:
        labels: items bought, the test items aside.
        rounds: acquisition rounds.
        items: line name -> its terms; the names are `LINES`.
        time: calendar days to the last label and its training, as a sum.
    """

    labels: Floats
    rounds: Floats
    items: Mapping[str, Line]
    time: Line

    @property
    def days(self) -> Floats:
        """Calendar days to the last label and its training."""
        return self.time.amount

    @cached_property
    def lines(self) -> Mapping[str, Floats]:
        """Line name -> USD."""
        return {name: line.amount for name, line in self.items.items()}

    @cached_property
    def total_usd(self) -> Floats:
        """The sum of the lines."""
        return sum(self.lines.values(), ZERO)

    def with_lines(self, **lines: Line) -> "Bill":
        """Give the bill with some lines replaced."""
        return replace(self, items={**self.items, **lines})


def price_plan(
    plan: Plan,
    values: Draws,
    vendor: int,
    n: Floats,
    *,
    active: bool,
    at_once: bool = False,
    quote: QuoteCosts | None = None,
) -> Bill:
    """Price one plan without the cost of delay, which needs the random plan beside it (`with_delay`).

    Args:
        plan: gives what is not a number (restart, whether scoring is paid by the call).
        values: every numeric input, by path.
        vendor: index of the quote.
        n: items bought; for active learning at least the initial labels.
        active: whether this is an active-learning plan; random labelling is one order and one training, or as many as
            active learning has where the plan says that it is monitored.
        at_once: price random labelling as one order even where it is monitored, to compare vendors.
        quote: the vendor's quote on these values, where it is at hand.
    """
    quote = quote or QuoteCosts.of(plan, values, vendor)
    n_test = values[paths.TEST_LABELS]
    in_rounds = active or (plan.strategy.monitor_random and not at_once)
    schedule = values[paths.INITIAL_LABELS], values[paths.BATCH_SIZE]
    orders = Orders.in_rounds(n, n_test, *schedule) if in_rounds else Orders.single(n, n_test)
    tau = values[paths.TIME_FACTOR] if active and quote.timed else ONE
    time = plan_days(plan, values, quote, orders, tau, active=active)
    months = np.maximum(1.0, np.ceil((time.amount - (values[paths.BUILD_DAYS] if active else 0)) / DAYS_PER_MONTH))
    lines = dict.fromkeys(LINES, Line())
    lines |= LabelBill(quote, n, n_test, orders, tau, months).lines()
    lines["training_usd"] = training_line(plan, values, n, in_rounds=in_rounds)
    if active:
        lines["engineering_usd"] = _engineering_line(values)
        lines["operation_usd"] = Line.of(
            Factor(orders.rounds, "rounds"),
            Factor(values[paths.HOURS_PER_ROUND], "hours a round"),
            money(values[paths.HOURLY_RATE_USD], "an hour"),
        )
        lines["scoring_usd"] = scoring_line(plan, values, n)
        if values[paths.REUSE_LOSS].any():
            labels_usd = money(lines["labels_usd"].amount, "labels")
            lines["reuse_usd"] = Line.of(labels_usd, share(values[paths.REUSE_LOSS], "lost to the next model"))
    return Bill(n, orders.rounds, lines, time)


def _engineering_line(values: Draws) -> Line:
    """Price (one-off hours ÷ projects sharing + hours per project) × hourly rate."""
    rate = money(values[paths.HOURLY_RATE_USD], "an hour")
    sharing = drop_ones(Factor(sharing_divisor(values), "projects sharing them", divides=True))
    line = Line.of(Factor(values[paths.ONE_OFF_HOURS], "hours, one-off"), *sharing, rate)
    if not values[paths.HOURS_PER_PROJECT].any():
        return line
    return line.plus(Term((Factor(values[paths.HOURS_PER_PROJECT], "hours, this project"), rate)))


def sharing_divisor(values: Draws) -> Floats:
    """Give what the one-off work is divided by: Σ_j (1 + r)^(−t_j), which is P without discounting.

    The charge to each project is such that all charges, discounted to the day of the work, pay for it (an annuity).
    """
    projects, rate = values[paths.PROJECTS_SHARING], values[paths.DISCOUNT_RATE]
    if not rate.any():
        return projects
    # A geometric series of P steps, in the form that keeps its digits where a step changes next to nothing.
    step = np.log1p(rate) / values[paths.PROJECTS_PER_YEAR]
    with np.errstate(invalid="ignore"):
        series = np.expm1(-projects * step) / np.expm1(-step)
    return np.where(step > 0, series, projects)


def with_delay(plan: Plan, bill: Bill, days_random: Floats, values: Draws) -> Bill:
    """Add the cost of ending later than random labelling does; random labelling itself can only miss the deadline."""
    return bill.with_lines(delay_usd=delay_line(plan, values, bill.days, days_random))


def with_failure(bill: Bill, values: Draws, reached: Bools) -> Bill:
    """Add what missing the target costs, in the draws in which it is missed."""
    if not values[paths.FAILURE_USD].any():
        return bill
    missed = Factor(np.where(reached, 0.0, 1.0), "target missed")
    return bill.with_lines(failure_usd=Line.of(missed, money(values[paths.FAILURE_USD], "missing the target")))


def vendor_usd(lines: Mapping[str, Floats]) -> Floats:
    """Add up what a vendor is paid for the labels of the pool, in USD."""
    return sum((lines[name] for name in VENDOR_LINES), np.zeros(1))
