"""How long a plan takes, and what being late costs.

Notation (arrays broadcast together; draws are the last axis):
    items   items of one order          turnaround, retrain, throughput   days, days, items a day
    D       days of one order: its parts' turnarounds, its labelling and the retraining after it
    days    calendar days of the whole plan
"""

import numpy as np

from planner.arrays import Floats
from planner.costs.labels import order_parts
from planner.costs.orders import Orders
from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import ONE, ZERO, Factor, Line, Term, money, needed
from planner.plan import Draws, Plan, paths

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
        *_labelling(quote, orders, tau),
        Term((Factor(ONE if asynchronous else orders.number, "trainings"), Factor(retrain, "days"))),
    ]
    if active:
        terms.insert(0, Term((Factor(values[paths.BUILD_DAYS], "days to build"),)))
    least = np.maximum(retrain, between) if asynchronous else np.maximum(0, between - retrain)
    if least.any():
        waited = _waits(quote, orders, tau, least)
        terms.append(Term((Factor(waited, "days of waiting between orders"),)))
    return Line(tuple(terms))


def _labelling(quote: QuoteCosts, orders: Orders, tau: Floats) -> tuple[Term, ...]:
    """Give items ÷ throughput; where chosen items take their own time, the test items stand apart."""
    pace = Factor(quote.throughput_per_day, "a day", divides=True)
    slower = needed((Factor(tau, "time of a chosen item"),))
    if not slower:
        return (Term((Factor(orders.total, "items"), pace)),)
    chosen = Factor(orders.total - orders.n_test, "items")
    return (Term((chosen, *slower, pace)), Term((Factor(orders.n_test, "test items"), pace)))


def _waits(quote: QuoteCosts, orders: Orders, tau: Floats, least: Floats) -> Floats:
    """Sum the days by which orders are done before `least` days are over; nothing waits after the last."""
    waits = [
        np.maximum(0, least - order_parts(quote, items) * quote.turnaround_days - work / quote.throughput_per_day)
        for items, work in zip(orders.items, orders.work(tau), strict=True)
    ]
    every = sum((count * wait for wait, count in zip(waits, orders.counts, strict=True)), ZERO)
    return np.asarray(every - _last(waits, orders))


def delay_line(plan: Plan, values: Draws, days: Floats, days_random: Floats) -> Line:
    """Price ending later than random labelling does, and missing the deadline.

    Linear: weeks later × cost of a week. Decay: the model's value × (1 − (1 − loss a week)^weeks later). Ending
    earlier is a gain only where the plan says so, of what ending as many weeks later costs.
    """
    later = days - days_random
    late = later if plan.calendar.earlier_is_a_gain else np.maximum(0.0, later)
    terms = []
    if plan.calendar.delay == "decay":
        # Ending earlier earns what ending as much later costs, so that no gain exceeds the value itself.
        lost = np.sign(late) * (1 - (1 - values[paths.VALUE_LOST_PER_WEEK]) ** np.abs(late / DAYS_PER_WEEK))
        terms.append(
            Term(
                (
                    money(values[paths.VALUE_USD], "value of the model"),
                    Factor(lost, "lost: 1 − (1 − value_lost_per_week) ^ weeks", share=True),
                )
            )
        )
    else:
        terms.append(
            Term(
                (
                    Factor(late, "days later than random"),
                    Factor(np.array([DAYS_PER_WEEK]), "days a week", divides=True),
                    money(values[paths.COST_OF_DELAY_USD_PER_WEEK], "a week"),
                )
            )
        )
    if plan.calendar.deadline_days is not None and values[paths.DEADLINE_COST_USD].any():
        missed = Factor(np.where(days > values[paths.DEADLINE_DAYS], 1.0, 0.0), "deadline missed")
        terms.append(Term((*needed((missed,)), money(values[paths.DEADLINE_COST_USD], "missing the deadline"))))
    return Line(tuple(terms))


def _last(of_sizes: list[Floats], orders: Orders) -> Floats:
    """Give what belongs to the last order that there is."""
    found = of_sizes[0]
    for value, count in zip(of_sizes[1:], orders.counts[1:], strict=True):
        found = np.where(count > 0, value, found)
    return np.asarray(found * ONE)
