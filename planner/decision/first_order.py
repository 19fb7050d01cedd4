"""The first order: how many labels to buy at once, when nobody knows how many will be needed.

The rule of Mahmood et al. (2022, "Optimizing Data Collection for Machine Learning", NeurIPS) prices a label, and a miss
of the target after the last order. Here each order has a price of its own as well (days of waiting, a training),
without which the best plan would be ever smaller orders. After an order one learns whether the target is reached; if it
is not, the need is known to be more than what is owned, and nothing else.

Notation:
    N   (n_draws,)          labels that the target needs; inf where it is out of reach
    q   (sizes,)            totals that may be owned, ascending; q[0] is 0
    C   (sizes, n_draws)    price of owning q in all: an order from q[i] to q[j] costs C[j] − C[i]; or (sizes, 1)
    F   (sizes, n_draws)    price of placing an order that ends at q; or (sizes, 1)
    L   (sizes, n_draws)    1 where the draw still lacks labels at q, so that mean(L·x) is P(N > q)·E[x | N > q]
    U   (sizes,)            expected further cost with q owned and so many orders left, times P(N > q)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.costs import QuoteCosts, price_plan, vendor_usd
from planner.costs.bill import delay_line, training_line
from planner.decision.case import Case
from planner.plan import Draws, Plan, paths
from simulations.arrays import Floats

SIZES, DRAWS = 250, 1_000  # pricing a plan at every size in every draw is what takes the time
ORDERS = 10
WITHIN = 1.05  # a first order that costs at most 5% more than the best is as good


@dataclass(frozen=True)
class OrderPrices:
    """What orders cost; arrays have one entry a draw, or one for all.

    Attributes:
        owning_usd: totals (..., 1) or (n_draws,) -> price of owning so many labels, (..., n_draws) or (..., 1).
        order_usd: price of placing an order, whatever its size: fixed charges, waiting.
        training_usd: price of training on one label, paid for all labels that are owned after each order.
        miss_usd: price of never reaching the target; None where nobody may give up before all that there is is bought.
    """

    owning_usd: Callable[[Floats], Floats]
    order_usd: Floats
    training_usd: Floats
    miss_usd: Floats | None = None


@dataclass(frozen=True)
class FirstOrder:
    """The best first order, and what follows where it does not suffice.

    Attributes:
        labels: labels to order now; 0 where buying nothing is the cheapest.
        orders: sizes of all orders, each placed only where those before it did not reach the target.
        expected_usd: expected cost of following that.
        p_enough: chance that the first order reaches the target.
        p_reached: chance that the target is reached in the end.
        mean_orders: orders placed, on average.
        as_good: the smallest and the largest first order whose expected cost is within 5% of the best.
        median_labels: the usual (median) need; None where it is out of reach.
        median_usd: expected cost of ordering that first and going on in the best way; None likewise, and where no order
            would be left for those whom it does not suffice.
        rounds_usd: expected cost of small rounds, all of one size, until the target is reached or nothing is left.
    """

    labels: int
    orders: tuple[int, ...]
    expected_usd: float
    p_enough: float
    p_reached: float
    mean_orders: float
    as_good: tuple[int, int]
    median_labels: int | None
    median_usd: float | None
    rounds_usd: float


def first_order(need: Floats, prices: OrderPrices, *, cap: float, orders: int, round_labels: float) -> FirstOrder:
    """Find the first order with the lowest expected cost, by dynamic programming over what may be owned.

    With one order, no price for it and a smooth need it is where f(q) = label price ÷ price of a miss and f falls, if
    buying anything pays (Mahmood et al. 2022).

    Needs are (n_draws,), above 0. At most `cap` labels can be owned, in so many orders; small rounds of `round_labels`
    are what that is compared with. Where needs are no more than 250 each is tried as a total, else quantiles of them.

    Examples:
        >>> half_and_half = np.array([100.0, 200.0])
        >>> prices = OrderPrices(lambda totals: 1.0 * totals, order_usd=np.array([10.0]), training_usd=np.zeros(1))
        >>> found = first_order(half_and_half, prices, cap=1_000, orders=2, round_labels=50)
        >>> found.orders, found.expected_usd  # one in two places the second: 100 + 10 + (100 + 10) ÷ 2
        ((100, 100), 165.0)
    """
    need = np.ceil(need)
    q, rounds_usd = _totals(need, cap), small_rounds_usd(need, prices, cap=cap, round_labels=round_labels)
    lack = (need > q[:, None]).astype(float)
    p_lack = lack.mean(axis=1)
    step_usd, end_usd = _step_usd(lack, q, prices), _end_usd(lack, prices)
    path, further_usd, expected_usd = _best_path(step_usd, end_usd, orders)
    first_usd = step_usd[0] + further_usd
    first_usd[0] = end_usd[0]  # no order at all
    owned, tried = q.astype(int), np.isfinite(first_usd)
    good = owned[tried & (first_usd <= expected_usd * WITHIN)]
    first = path[1] if len(path) > 1 else 0
    median = int(np.searchsorted(q, _median(need)))
    usual = median < len(q)
    return FirstOrder(
        labels=int(owned[first]),
        orders=tuple(np.diff(owned[path]).tolist()),
        expected_usd=expected_usd,
        p_enough=float(1 - p_lack[first]),
        p_reached=float(1 - p_lack[path[-1]]),
        mean_orders=float(p_lack[path[:-1]].sum()),
        as_good=(int(good.min()), int(good.max())),
        median_labels=int(owned[median]) if usual else None,
        median_usd=float(first_usd[median]) if usual and tried[median] else None,
        rounds_usd=rounds_usd,
    )


def _step_usd(lack: Floats, q: Floats, prices: OrderPrices) -> Floats:
    """Cost of an order from q[i] to q[j], times P(N > q[i]), (sizes, sizes); inf where it buys nothing."""
    owned_usd = _where_lacking(lack, prices.owning_usd(q[:, None]))
    placing_usd = prices.order_usd + q[:, None] * prices.training_usd
    step = owned_usd - np.diag(owned_usd)[:, None] + _where_lacking(lack, placing_usd)
    return np.where(np.arange(len(q)) > np.arange(len(q))[:, None], step, np.inf)


def _where_lacking(lack: Floats, usd: Floats) -> Floats:
    """Give mean(L[i]·usd[j]) for all pairs of totals, (sizes, sizes)."""
    found: Floats = lack.mean(axis=1)[:, None] * usd[:, 0] if usd.shape[1] == 1 else lack @ usd.T / lack.shape[1]
    return found


def _end_usd(lack: Floats, prices: OrderPrices) -> Floats:
    """U without an order left."""
    if prices.miss_usd is None:
        # All that any future needs, or all that there is, ends it; anything less has to go on.
        return np.where(np.arange(len(lack)) == len(lack) - 1, 0.0, np.inf)
    return np.asarray((lack * prices.miss_usd).mean(axis=1))


def _best_path(step_usd: Floats, end_usd: Floats, orders: int) -> tuple[list[int], Floats, float]:
    """Give the places in q that the best orders end at, from 0 on; U after the first order; U before it at 0."""
    further, choices = [end_usd], []
    for _ in range(orders):
        ways = step_usd + further[-1]
        # -1 gives up, or is done; an order has to be cheaper than that, not as cheap.
        choices.append(np.where(ways.min(axis=1) < end_usd, ways.argmin(axis=1), -1))
        further.append(np.minimum(ways.min(axis=1), end_usd))
    path = [0]
    for choice in reversed(choices):
        if choice[path[-1]] < 0:
            break
        path.append(int(choice[path[-1]]))
    return path, further[-2], float(further[-1][0])


def first_order_of(case: Case) -> FirstOrder | None:
    """Find the first order of random labelling, at the plan's own prices.

    A label costs what its vendor asks and the days that it takes; an order costs its turnaround and retraining, in
    days of delay, and a training on all that is there. Missing the target costs `task.failure_usd`; where the plan
    names no such cost, nobody gives up before owning the most that random labelling buys in any future. None where
    the plan asks what a budget buys, which leaves nothing to order in steps.
    """
    if case.target is None:
        return None
    case = case.thinned(DRAWS)
    plan, values, random = case.plan, case.values, case.plans["random"]
    # What the plan buys has errors, pool and budget in it already; watched in rounds, whole batches too.
    n = np.broadcast_to(random.bill.labels, case.n_draws)
    need = case.needs["random"] / case.worth.of("random", QuoteCosts.of(plan, values, random.vendor))
    batch = case.plans[case.chosen.al_plan].batch_size or plan.strategy.batch_size.median
    return first_order(
        np.where(random.reached, np.minimum(n, np.maximum(np.ceil(need), 1.0)), np.inf),
        _prices_of(plan, values, random.vendor),
        cap=float(n.max()),
        orders=ORDERS,
        round_labels=batch,
    )


def _prices_of(plan: Plan, values: Draws, vendor: int) -> OrderPrices:
    quote = QuoteCosts.of(plan, values, vendor)

    def owning_usd(totals: Floats) -> Floats:
        n = np.maximum(totals, 1.0)  # a bill has at least one label
        lines = price_plan(plan, values, vendor, n, active=False, at_once=True).lines
        later = delay_line(plan, values, n / quote.throughput_per_day, np.zeros(1)).amount
        return np.asarray(vendor_usd(lines) + later)

    waiting = delay_line(plan, values, quote.turnaround_days + values[paths.RETRAIN_DAYS], np.zeros(1)).amount
    training = training_line(plan, values, np.ones(1), by="once").amount
    failure = values[paths.FAILURE_USD]
    return OrderPrices(owning_usd, waiting, training, failure if failure.any() else None)


def small_rounds_usd(need: Floats, prices: OrderPrices, *, cap: float, round_labels: float) -> float:
    """Give the expected cost of equal small rounds until the target is reached or all that there is is bought."""
    rounds = np.ceil(np.minimum(need, cap) / round_labels)
    ends = np.minimum(rounds * round_labels, cap)
    trained = round_labels * rounds * (rounds + 1) / 2 - (rounds * round_labels - ends)
    usd = prices.owning_usd(ends) - prices.owning_usd(np.zeros(len(need)))
    usd = usd + rounds * prices.order_usd + trained * prices.training_usd
    missed = np.where(need > cap, 0.0 if prices.miss_usd is None else prices.miss_usd, 0.0)
    return float((usd + missed).mean())


def _totals(need: Floats, cap: float) -> Floats:
    """List what is worth owning in all: owning more is of use only where the need of some draw ends."""
    within, usual = np.sort(need[need <= cap]), _median(need)
    if len(np.unique(within)) > SIZES:
        within = np.quantile(within, np.linspace(0, 1, SIZES), method="inverted_cdf")
    all_there_is = [cap] if (need > cap).any() else []
    return np.unique([0.0, *within, *all_there_is, *([usual] if usual <= cap else [])])


def _median(need: Floats) -> float:
    """Give the lower median, which some draw has."""
    return float(np.sort(need)[(len(need) - 1) // 2])
