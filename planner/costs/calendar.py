"""Count the days that a plan takes, and price being late.

Notation (arrays broadcast together; draws are the last axis):
    items   items of one order          turnaround, retrain, throughput   days, days, items a day
    D       days of one order: its parts' turnarounds, its labelling and the retraining after it
    days    calendar days of the whole plan
"""

import numpy as np

from planner.costs.labels import order_parts
from planner.costs.orders import Orders
from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import ONE, ZERO, Factor, Line, Term, drop_ones, money, share
from planner.plan import Draws, Plan, paths
from simulations.arrays import Floats

DAYS_PER_WEEK = 7


def plan_days(plan: Plan, values: Draws, quote: QuoteCosts, orders: Orders, tau: Floats, *, active: bool) -> Line:
    """Give the calendar days from the start to the model trained on the last label, as a sum.

    One order after another takes Σ (turnaround + items ÷ throughput + retraining), an order larger than the vendor
    takes one turnaround a part, and orders begin no sooner than `days_between_orders` after one another. In
    asynchronous rounds the next batch is on order while the model trains on what is there: training is waited for only
    where it takes longer than an order, and after the last one.

    Args:
        plan: says whether rounds are asynchronous.
        values: every numeric input, by path.
        quote: the vendor's numbers.
        orders: the plan's orders.
        tau: time of a chosen item against a random one; it slows labelling where time is paid.
        active: whether build days come first.
    """
    retrain, between = values[paths.RETRAIN_DAYS], quote["days_between_orders"]
    asynchronous = active and plan.calendar.rounds == "asynchronous"
    parts = sum((count * order_parts(quote, items) for items, count in orders), ZERO)
    terms = [
        Term((Factor(parts, "orders"), Factor(quote.turnaround_days, "days of turnaround"))),
        *_labelling_days(quote, orders, tau),
        Term((Factor(ONE if asynchronous else orders.number, "trainings"), Factor(retrain, "days"))),
    ]
    if active:
        terms.insert(0, Term((Factor(values[paths.BUILD_DAYS], "days to build"),)))
    least = np.maximum(retrain, between) if asynchronous else np.maximum(0, between - retrain)
    if least.any():
        terms.append(Term((Factor(_waiting_days(quote, orders, tau, least), "days of waiting between orders"),)))
    return Line(tuple(terms))


def _labelling_days(quote: QuoteCosts, orders: Orders, tau: Floats) -> tuple[Term, ...]:
    """Give items ÷ throughput; where chosen items take their own time, the test items stand apart."""
    pace = Factor(quote.throughput_per_day, "a day", divides=True)
    slower = drop_ones(Factor(tau, "time of a chosen item"))
    if not slower:
        return (Term((Factor(orders.total, "items"), pace)),)
    chosen = Factor(orders.total - orders.n_test, "items")
    return (Term((chosen, *slower, pace)), Term((Factor(orders.n_test, "test items"), pace)))


def _waiting_days(quote: QuoteCosts, orders: Orders, tau: Floats, least: Floats) -> Floats:
    """Sum the days by which orders are done before `least` days are over; nothing waits after the last."""
    waits = [
        np.maximum(0, least - order_parts(quote, items) * quote.turnaround_days - work / quote.throughput_per_day)
        for items, work in zip(orders.items, orders.work(tau), strict=True)
    ]
    last = waits[0]
    for wait, count in zip(waits[1:], orders.counts[1:], strict=True):
        last = np.where(count > 0, wait, last)
    return sum((count * wait for wait, count in zip(waits, orders.counts, strict=True)), ZERO) - last


def delay_line(plan: Plan, values: Draws, days: Floats, days_random: Floats) -> Line:
    """Price ending later than random labelling does, and missing the deadline.

    Linear: weeks later × cost of a week. Decay: the model's value × (1 − (1 − loss a week)^weeks later). Ending
    earlier is a gain only where the plan says so, of what ending as many weeks later costs.
    """
    later = days - days_random
    late = later if plan.calendar.earlier_is_a_gain else np.maximum(0.0, later)
    if plan.calendar.delay == "decay":
        # Ending earlier earns what ending as much later costs, so that no gain exceeds the value itself.
        lost = np.sign(late) * (1 - (1 - values[paths.VALUE_LOST_PER_WEEK]) ** np.abs(late / DAYS_PER_WEEK))
        line = Line.of(
            money(values[paths.VALUE_USD], "value of the model"),
            share(lost, "lost: 1 − (1 − value_lost_per_week) ^ weeks"),
        )
    else:
        line = Line.of(
            Factor(late, "days later than random"),
            Factor(np.array([DAYS_PER_WEEK]), "days a week", divides=True),
            money(values[paths.COST_OF_DELAY_USD_PER_WEEK], "a week"),
        )
    if plan.calendar.deadline_days is not None and values[paths.DEADLINE_COST_USD].any():
        missed = Factor(np.where(days > values[paths.DEADLINE_DAYS], 1.0, 0.0), "deadline missed")
        line = line.plus(Term((*drop_ones(missed), money(values[paths.DEADLINE_COST_USD], "missing the deadline"))))
    return line
