"""Price one option line by line, in USD, on joint draws or on medians: calendar, machines, engineering.

Notation (arrays broadcast together; a leading axis may hold prices or plans):
    values      mapping input path -> (n_draws,) array, or (1,) where it is one number
    n, n0, b    (..., n_draws)  labels bought by the plan, initial labels, batch size
    R           (..., n_draws)  acquisition rounds: R + 1 trainings, R scorings of the pool; of random labelling the
                                orders after the first
    days        (..., n_draws)  calendar days of the whole plan
    P           projects that share the one-off work
    r           discount rate a year
    t_j         years until the j-th of them starts, j ÷ projects a year, from 0
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from planner.costs.labels import (
    DAYS_PER_MONTH,
    LabelBill,
    Orders,
    items_scored,
    items_trained,
    items_trained_doubling,
    order_parts,
    round_factor,
    round_up_to_batches,
)
from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import (
    DAYS_PER_WEEK,
    ONE,
    SECONDS_PER_HOUR,
    ZERO,
    Factor,
    Line,
    Origin,
    Term,
    drop_ones,
    money,
    share,
)
from planner.plan import Draws, Plan, items_to_label, paths
from simulations.arrays import Bools, Floats

SHARES = {
    "management_usd": paths.MANAGEMENT_SHARE,
    "contingency_usd": paths.CONTINGENCY_SHARE,
    "tax_usd": paths.TAX_RATE,
}
"""Lines that are a share of the lines paid and of those before them here."""
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
    "after_miss_usd",
    "reuse_usd",
    "machine_usd",
    "lump_usd",
    *SHARES,
)
NOT_PAID = ("delay_usd", "failure_usd", "after_miss_usd", "reuse_usd")
"""What an option costs without a bill, or with another option's."""
VENDOR_LINES = ("labels_usd", "review_usd")
"""What a vendor is paid for the labels of the pool."""
PEOPLE_LINES = (*VENDOR_LINES, "test_labels_usd")
"""What people are paid, the test set included."""
PREDICTIONS_PER_QUERY = 54.0
"""Predictions that it takes to make up an item: `simulations.queries.synthesise` halves its way to a boundary twice."""
FOLDS = 5
"""Trainings that cross-validation takes, after the last order."""
Ordering = Literal["rounds", "doubling", "once"]
"""How an option orders: a batch a round, as much again as it owns, or everything at once."""


def _days_line(plan: Plan, values: Draws, quote: QuoteCosts, orders: Orders, tau: Floats, *, active: bool) -> Line:
    """Give the calendar days from the start to the model trained on the last label, as a sum.

    One order after another takes Σ (turnaround + items ÷ throughput + retraining), an order larger than the vendor
    takes one turnaround a part, and orders begin no sooner than `days_between_orders` after one another. In
    asynchronous rounds the next batch is on order while the model trains on what is there: training is waited for only
    where it takes longer than an order, and after the last one.
    Building comes first where the plan is active; `tau` slows labelling where time is paid.
    """
    retrain, between = values[paths.RETRAIN_DAYS], quote["days_between_orders"]
    asynchronous = active and plan.calendar.rounds == "asynchronous"
    parts = sum((count * order_parts(quote, items) for items, count in orders), ZERO)
    pace, slower = Factor(quote.throughput_per_day, "a day", divides=True), Factor(tau, "time of a chosen item")
    labelling = [Term((Factor(orders.total, "items"), pace))]
    if drop_ones(slower):
        # Where chosen items take their own time, the test items stand apart.
        chosen = Term((Factor(orders.total - orders.n_test, "items"), slower, pace))
        labelling = [chosen, Term((Factor(orders.n_test, "test items"), pace))]
    terms = [
        Term((Factor(parts, "orders"), Factor(quote.turnaround_days, "days of turnaround"))),
        *labelling,
        Term((Factor(ONE if asynchronous else sum(orders.counts, ZERO), "trainings"), Factor(retrain, "days"))),
    ]
    if active:
        terms.insert(0, Term((Factor(values[paths.BUILD_DAYS], "days to build"),)))
    least = np.maximum(retrain, between) if asynchronous else np.maximum(0, between - retrain)
    if least.any():
        terms.append(Term((Factor(_waiting_days(quote, orders, tau, least), "days of waiting between orders"),)))
    return Line(tuple(terms))


def _waiting_days(quote: QuoteCosts, orders: Orders, tau: Floats, least: Floats) -> Floats:
    """Sum the days by which orders are done before `least` days are over; nothing waits after the last."""
    total = last = ZERO
    for work, (items, count) in zip(orders.work(tau), orders, strict=True):
        taken = order_parts(quote, items) * quote.turnaround_days
        wait = np.maximum(0, least - taken - work / quote.throughput_per_day)
        total, last = total + count * wait, np.where(count > 0, wait, last)
    return total - last


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
            share(lost, "lost", Origin("1 − (1 − {})^({} ÷ 7)", (values[paths.VALUE_LOST_PER_WEEK], late))),
        )
    else:
        line = Line.of(
            Factor(late, "days later than random", origin=Origin("{} − {}", (days, days_random))),
            Factor(np.array([DAYS_PER_WEEK]), "days a week", divides=True),
            money(values[paths.COST_OF_DELAY_USD_PER_WEEK], "a week"),
        )
    if plan.calendar.deadline_days is not None and values[paths.DEADLINE_COST_USD].any():
        missed = Factor(np.where(days > values[paths.DEADLINE_DAYS], 1.0, 0.0), "deadline missed")
        line = line.plus(Term((*drop_ones(missed), money(values[paths.DEADLINE_COST_USD], "missing the deadline"))))
    return line


def training_line(
    plan: Plan, values: Draws, n: Floats, *, by: Ordering, active: bool = False, folds: Floats = ZERO
) -> Line:
    """Price the trainings: Σ_{r=0..R}(n0 + r·b) items from scratch, a share of the epochs after a warm start.

    Orders that double what is owned train on Σ_{r<R} n0·2^r + n items. Fine-tuning trains each item once, and so does a
    single training; random labelling, where the plan fine-tunes, trains anew and loses nothing. Folds of a
    cross-validation train on all n once more each.
    """
    items = Factor(n, "items" if by == "once" else "items, each once")
    if by != "once" and not (active and plan.strategy.restart == "fine-tune"):
        first_labels = values[paths.INITIAL_LABELS]
        made_of = (
            items_trained(n, first_labels, values[paths.BATCH_SIZE], most_in_rounds(plan, values))
            if by == "rounds"
            else items_trained_doubling(n, first_labels)
        )
        if plan.strategy.restart == "warm" and plan.compute.warm_epochs_share is not None:
            first = np.minimum(values[paths.INITIAL_LABELS], n)
            later = Factor.total(made_of.plus(Term((Factor(-first, "first"),))), "items in later trainings")
            epochs = share(values[paths.WARM_EPOCHS_SHARE], "of the epochs")
            made_of = Line((Term((Factor(first, "in the first"),)), Term((later, epochs))))
        items = Factor.total(made_of, "items in all trainings")
    if folds.any():
        made_of = Line((Term((items,)), Term((Factor(folds, "folds of the cross-validation"), Factor(n, "items")))))
        items = Factor.total(made_of, "items in all trainings and folds")
    return Line.of(
        items,
        *drop_ones(Factor(values[paths.EPOCHS], "epochs")),
        Factor(values[paths.TRAIN_SECONDS_PER_ITEM], "s an item"),
        *drop_ones(Factor(values[paths.MEMBERS], "members")),
        *_machine_time(values),
    )


def most_in_rounds(plan: Plan, values: Draws) -> Floats:
    """Give the labels up to which rounds buy: whoever owns half of the pool buys what it still needs in one order.

    They are whole batches; inf where a stopping rule needs rounds, nobody gives up, or a budget is spent.
    """
    if plan.stopping.rules or plan.stopping.give_up == "never" or plan.task.at_budget:
        return np.array([np.inf])
    return round_up_to_batches(items_to_label(values) / 2, values[paths.INITIAL_LABELS], values[paths.BATCH_SIZE])


def _items_scored(plan: Plan, values: Draws, n: Floats) -> tuple[Factor, ...]:
    """Count the items scored to choose all labels but the initial ones, as a product.

    Of a pool, Σ_{r=0..R−1}(pool − test − n0 − r·b), or a part of them; of a stream, each item that passes by once,
    (n − n0) ÷ share; of n − n0 items that are made up, the points that were tried.
    """
    first = values[paths.INITIAL_LABELS]
    if plan.strategy.scenario == "stream":
        chosen = Factor(n - first, "labels chosen from the stream", origin=Origin("{} − {}", (n, first)))
        return chosen, Factor(values[paths.STREAM_SHARE], "labels per item that passes", divides=True)
    if plan.strategy.scenario == "queries":
        return _items_made_up(n, first), Factor(np.array([PREDICTIONS_PER_QUERY]), "predictions to make one up")
    scored = items_scored(n, first, values[paths.BATCH_SIZE], items_to_label(values))
    part = drop_ones(share(values[paths.POOL_SHARE_SCORED], "of the pool scored"))
    return Factor.total(scored, "items in all scorings"), *part


def _items_made_up(n: Floats, first: Floats) -> Factor:
    return Factor(n - first, "items made up", origin=Origin("{} − {}", (n, first)))


def score_line(plan: Plan, values: Draws, *items: Factor) -> Line:
    """Price scoring a number of items, the product of factors, by machine time or by call."""
    calls = (*items, *drop_ones(Factor(values[paths.PASSES], "passes"), Factor(values[paths.MEMBERS], "members")))
    if plan.compute.score_usd_per_item is not None:
        return Line.of(*calls, money(values[paths.SCORE_USD_PER_ITEM], "a call"))
    return Line.of(*calls, Factor(values[paths.SCORE_SECONDS_PER_ITEM], "s an item"), *_machine_time(values))


def _machine_time(values: Draws) -> tuple[Factor, Factor]:
    hour = Factor(np.array([SECONDS_PER_HOUR]), "s an hour", divides=True)
    return hour, money(values[paths.MACHINE_USD_PER_HOUR], "an hour of the machine")


@dataclass(frozen=True)
class Bill:
    """What one plan costs.

    Attributes:
        labels: items bought, the test items aside.
        items: line name -> its terms; the names are `LINES`.
        time: calendar days to the last label and its training, as a sum.
        after_miss_days: those of them that the other option takes, which is bought after a miss.
    """

    labels: Floats
    rounds: Floats
    items: Mapping[str, Line]
    time: Line
    after_miss_days: Floats = field(default_factory=lambda: ZERO)

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
        active: whether this is an active-learning plan; random labelling buys the initial set and then orders that
            double what it owns, with a training after each, or as many as active learning has where the plan says that
            it is monitored. Where a budget is spent it is one order.
        at_once: price random labelling as one order with its test set, to compare vendors.
        quote: the vendor's quote on these values, where it is at hand.
    """
    quote = quote or QuoteCosts.of(plan, values, vendor)
    n_test, first = values[paths.TEST_LABELS], values[paths.INITIAL_LABELS]
    by: Ordering = "once" if at_once or plan.task.at_budget else "doubling"
    if active or (plan.strategy.monitor_random and not at_once):
        by = "rounds"
    most = most_in_rounds(plan, values)
    cross_validated, tested_apart = np.zeros(1, dtype=bool), plan.test_vendor != vendor
    if by == "doubling":
        cross_validated = _cross_validated(plan, n, n_test, tested_apart=tested_apart)
    bought = np.where(cross_validated, 0.0, n_test)
    beside = ZERO if tested_apart else bought
    if by == "rounds":
        orders = Orders.in_rounds(n, beside, first, values[paths.BATCH_SIZE], most)
    else:
        orders = Orders.doubling(n, beside, first) if by == "doubling" else Orders.single(n, beside)
    tau = values[paths.TIME_FACTOR] if active and quote.terms.paid_by_time else ONE
    time = _days_line(plan, values, quote, orders, tau, active=active)
    months = np.maximum(1.0, np.ceil((time.amount - (values[paths.BUILD_DAYS] if active else 0)) / DAYS_PER_MONTH))
    lines = dict.fromkeys(LINES, Line())
    labels = LabelBill(quote, n, beside, orders, tau, months)
    lines |= labels.lines()
    if active and plan.strategy.scenario == "queries":
        factor = values[paths.QUERY_PRICE_FACTOR]
        dearer = Factor(factor - 1, "label prices more each", origin=Origin("{} − 1", (factor,)))
        price = money(labels.label_usd, "a label, at the average")
        made_up = _items_made_up(np.minimum(n, most), first)
        lines["labels_usd"] = lines["labels_usd"].plus(Term((made_up, dearer, price)))
    if tested_apart and bought.any():
        lines["test_labels_usd"], test_days = _test_set_apart(plan, values, bought)
        late = np.maximum(test_days - time.amount, 0.0)
        if late.any():
            time = time.plus(Term((Factor(late, "days of waiting for the test set"),)))
    lines["training_usd"] = training_line(
        plan, values, n, by=by, active=active, folds=FOLDS * cross_validated.astype(float)
    )
    if active:
        lines["engineering_usd"] = _engineering_line(plan, values)
        lines["operation_usd"] = Line.of(
            round_factor(np.minimum(n, most), first, values[paths.BATCH_SIZE]),
            Factor(values[paths.HOURS_PER_ROUND], "hours a round"),
            money(values[paths.HOURLY_RATE_USD], "an hour"),
        )
        lines["scoring_usd"] = score_line(plan, values, *_items_scored(plan, values, np.minimum(n, most)))
        if values[paths.REUSE_LOSS].any():
            labels_usd = money(lines["labels_usd"].amount, "labels")
            lines["reuse_usd"] = Line.of(labels_usd, share(values[paths.REUSE_LOSS], "lost to the next model"))
    return Bill(n, orders.rounds, with_shares(lines, values), time)


def with_shares(lines: Mapping[str, Line], values: Draws) -> dict[str, Line]:
    """Give the lines of a bill with project management, contingency and tax, each a share of what stands before it."""
    found = {name: line for name, line in lines.items() if name not in SHARES}
    shares = {name: share(values[path], "of that") for name, path in SHARES.items()}
    if not any(part.value.any() for part in shares.values()):
        return dict(lines)
    for name, part in shares.items():
        paid = sum((line.amount for before, line in found.items() if before not in NOT_PAID), ZERO)
        found[name] = Line.of(money(paid, "all before it"), part) if part.value.any() else Line()
    return found


def _cross_validated(plan: Plan, n: Floats, n_test: Floats, *, tested_apart: bool) -> Bools:
    """Say where random labels are tested on themselves: where the plan says so, or else where they are enough.

    Labels that the vendor of the test set did not give are no yardstick for themselves.
    """
    told = plan.task.random_evaluation
    if told is None:
        return np.zeros(1, dtype=bool) if tested_apart else n >= n_test
    return np.full(1, told == "cross_validation")


def _test_set_apart(plan: Plan, values: Draws, n_test: Floats) -> tuple[Line, Floats]:
    """Price a test set from its own vendor, in one order beside the others; give its days too."""
    quote, some = QuoteCosts.of(plan, values, plan.test_vendor), np.maximum(n_test, 1.0)
    months = np.ceil(np.maximum(quote.turnaround_days + some / quote.throughput_per_day, 1.0) / DAYS_PER_MONTH)
    lines = LabelBill(quote, some, ZERO, Orders.single(some, ZERO), ONE, months).lines()
    where = drop_ones(Factor(np.where(n_test > 0, 1.0, 0.0), "where there is a test set"))
    terms = (*lines["labels_usd"].terms, *lines["review_usd"].terms)
    days = order_parts(quote, some) * quote.turnaround_days + some / quote.throughput_per_day
    return Line(tuple(term.times(*where) for term in terms)), np.where(n_test > 0, days, 0.0)


def _engineering_line(plan: Plan, values: Draws) -> Line:
    """Price (one-off hours ÷ projects sharing + hours per project) × hourly rate."""
    rate = money(values[paths.HOURLY_RATE_USD], "an hour")
    sharing = drop_ones(
        Factor(sharing_divisor(plan, values), "projects sharing them", divides=True, origin=_annuity(plan, values))
    )
    line = Line.of(Factor(values[paths.ONE_OFF_HOURS], "hours, one-off"), *sharing, rate)
    if not values[paths.HOURS_PER_PROJECT].any():
        return line
    return line.plus(Term((Factor(values[paths.HOURS_PER_PROJECT], "hours, this project"), rate)))


def _annuity(plan: Plan, values: Draws) -> Origin | None:
    """Say what the projects that come later are worth on the day of the work."""
    if not values[paths.DISCOUNT_RATE].any():
        return None
    yearly = 1 / (1 + values[paths.DISCOUNT_RATE])
    first = "0" if plan.engineering.discounting == "period_start" else "1"
    numbers = (values[paths.PROJECTS_SHARING], yearly, values[paths.PROJECTS_PER_YEAR])
    return Origin(f"of {{}}, each counting {{}}^(j ÷ {{}}) from j = {first} on", numbers)


def sharing_divisor(plan: Plan, values: Draws) -> Floats:
    """Give what the one-off work is divided by: Σ_j (1 + r)^(−t_j), which is P without discounting.

    The charge to each project is such that all charges, discounted to the day of the work, pay for it (an annuity).
    Each is paid at the end of its project's period, or at its start.
    """
    projects, rate = values[paths.PROJECTS_SHARING], values[paths.DISCOUNT_RATE]
    if not rate.any():
        return projects
    # A geometric series of P steps, in the form that keeps its digits where a step changes next to nothing.
    step = np.log1p(rate) / values[paths.PROJECTS_PER_YEAR]
    with np.errstate(invalid="ignore"):
        series = np.expm1(-projects * step) / np.expm1(-step)
    if plan.engineering.discounting == "period_end":
        series = series * np.exp(-step)
    return np.where(step > 0, series, projects)


def with_delay(plan: Plan, bill: Bill, days_random: Floats, values: Draws) -> Bill:
    """Add the cost of ending later than random labelling does; random labelling itself can only miss the deadline."""
    return replace(bill, items={**bill.items, "delay_usd": delay_line(plan, values, bill.days, days_random)})


def with_failure(bill: Bill, values: Draws, reached: Bools) -> Bill:
    """Add what missing the target costs, in the draws in which it is missed."""
    if not values[paths.FAILURE_USD].any():
        return bill
    missed = Factor(np.where(reached, 0.0, 1.0), "target missed")
    line = Line.of(missed, money(values[paths.FAILURE_USD], "missing the target"))
    return replace(bill, items={**bill.items, "failure_usd": line})


def with_points_lost(bill: Bill, values: Draws, short: Floats) -> Bill:
    """Add what the points short of the target are worth, as fractions of the metric, 0 where it is reached."""
    points = Factor(100.0 * short, "points short of the target")
    line = Line.of(points, money(values[paths.VALUE_PER_POINT_USD], "a point"))
    return replace(bill, items={**bill.items, "failure_usd": line})


def with_other_option(bill: Bill, other: Bill, where: Bools) -> Bill:
    """Add the bill of the other option and its days, cost of delay aside, where it is bought after a miss."""
    usd = sum((line for name, line in other.lines.items() if name != "delay_usd"), ZERO)
    line = Line.of(Factor(where.astype(float), "target missed"), money(usd, "the other option, delay aside"))
    days = np.where(where, other.days, 0.0)
    time = bill.time.plus(Term((Factor(days, "days of the other option, after a miss"),)))
    return replace(bill, items={**bill.items, "after_miss_usd": line}, time=time, after_miss_days=days)


def vendor_usd(lines: Mapping[str, Floats]) -> Floats:
    """Add up what a vendor is paid for the labels of the pool, in USD."""
    return sum((lines[name] for name in VENDOR_LINES), np.zeros(1))
