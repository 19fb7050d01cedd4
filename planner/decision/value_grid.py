"""Cost and value of each option at many label counts, and how likely each is the best one.

The curves of health economics (van Hout et al. 1994; Fenwick et al. 2001 for the frontier): at every point the chances
of all plans sum to 1, and the plan with the highest mean need not be the one that is most often the best. Bills are all
but straight between two label counts of whole batches, and values in the logarithm of labels, so that a plan's best
count is looked for between those that were priced.

Notation:
    W                           values that one point of the metric may be worth, in USD
    P, G                        plans; label counts of each, from its first labels to all that there is
    F                           counts looked at, some between any two of G
    left    (F,)                the count of G to the left of each
    s       (F,)                how far on from it, in the logarithm of labels; u (P, F) the same in labels
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts, price_plan, with_delay
from planner.decision.break_even import draws_asked
from planner.decision.budget import most_value, value_in_hand
from planner.decision.case import Case
from planner.decision.comparison import Priced
from planner.decision.information import expected_loss, p_best
from planner.plan import PASSIVE, items_to_label, paths
from simulations.arrays import Bools, Floats, Ints

POINTS = 41
TIMES = 30.0  # the price asked for, ÷ and ×
GROUP = 80_000  # prices × draws at once

COUNTS = 24
NEAR_POOL = 3  # of them between the last two, where all that is saved comes to its end with the pool
BETWEEN = 32
DRAWS = 1_000
POINTS_OF_METRIC = 100
LEAST_POINTS = 0.01  # a hundredth of a point is no difference to pay for


def acceptability(
    at: Floats, benefit: Floats, plans: Sequence[str], *, axis: str = "price_usd", reached: Bools | None = None
) -> pd.DataFrame:
    """Trace all plans along the points (G,) of an axis: a price, or the value of a point.

    Returns:
        A row for each point and plan: the axis, `plan`, `p_best`, `expected_loss_usd` and `best_on_average`, true of
        one plan at each point: the one to choose there, on the frontier.
    """
    loss = expected_loss(benefit)
    shape = (len(at), len(plans))
    return pd.DataFrame(
        {
            axis: np.repeat(at, len(plans)),
            "plan": np.tile(np.asarray(plans, dtype=object), len(at)),
            "p_best": np.broadcast_to(p_best(benefit, reached), shape).ravel(),
            "expected_loss_usd": np.broadcast_to(loss, shape).ravel(),
            "best_on_average": (np.arange(len(plans)) == loss.argmin(axis=-1)[..., None]).ravel(),
        }
    )


def acceptability_by_price(case: Case) -> pd.DataFrame:
    """Trace every plan along the price of one vote with random's vendor, about what it is; others keep theirs."""
    quote = QuoteCosts.of(case.plan, case.plan.medians(), case.chosen.plans["random"].vendor)
    price = float(np.ravel(quote.vote_usd)[0]) or 0.01  # a vote that costs nothing has no neighbourhood
    prices_usd = np.geomspace(price / TIMES, price * TIMES, POINTS)
    case = case.thinned(draws_asked(case))
    size = max(1, GROUP // case.n_draws)
    parts = []
    for i in range(0, len(prices_usd), size):
        some = prices_usd[i : i + size]
        compared = case.all_at(case.price_change(some[:, None]))
        there = compared.plans
        shape = (len(some), case.n_draws)
        usd = [np.broadcast_to(priced.bill.total_usd, shape) for priced in there.values()]
        reached = [np.broadcast_to(priced.reached, shape) for priced in there.values()]
        part = acceptability(some, -np.stack(usd, axis=-1), list(there), reached=np.stack(reached, axis=-1))
        if compared.gain is not None:  # all spend the budget: who reaches more is the better, and ties are shared
            gains = [np.broadcast_to(0.0 if name == "random" else compared.gain, shape) for name in there]
            part["p_best"] = p_best(np.stack(gains, axis=-1)).ravel()
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class ValueGrid:
    """Cost and value of every plan at its own label counts.

    Attributes:
        labels: (P, G).
        total_usd: (P, G, n_draws).
        value: of the metric in hand, a fraction, (P, G, n_draws).
        most_usd: the most that a plan may cost; infinite without a budget.
    """

    plans: tuple[str, ...]
    labels: Floats
    total_usd: Floats
    value: Floats
    most_usd: float = np.inf

    @classmethod
    def of(cls, case: Case) -> "ValueGrid":
        """Price every plan at label counts spaced evenly in ratio, on some of the case's draws."""
        case = case.thinned(DRAWS)
        priced = [_price_counts(case, name, priced) for name, priced in case.plans.items()]
        labels, total, value = (np.stack(parts) for parts in zip(*priced, strict=True))
        budget = case.plan.task.budget_usd
        return cls(tuple(case.plans), labels, total, value, np.inf if budget is None else budget.median)

    def frontier(self) -> pd.DataFrame:
        """Rank all plans at all label counts by mean cost, and mark those that others beat.

        Dominated: another reaches at least as much for no more money; or a mixture of two others would (extended
        dominance), so that a point costs less beyond it than up to it.

        Returns:
            Columns `plan`, `labels`, `total_usd`, `value`, `state` (`efficient`, `dominated` or `extended`),
            `usd_per_point` (dollars for each point more than the efficient one before it; missing elsewhere), by cost.
        """
        every = pd.DataFrame(
            {
                "plan": np.repeat(np.asarray(self.plans, dtype=object), self.labels.shape[1]),
                "labels": self.labels.ravel(),
                "total_usd": self.total_usd.mean(axis=2).ravel(),
                "value": self.value.mean(axis=2).ravel(),
            }
        )
        affordable: Bools = self.total_usd.mean(axis=2) <= self.most_usd
        affordable[:, 0] = True  # of each plan at least its first count
        inside = every[affordable.ravel()].drop_duplicates(["plan", "labels"])  # of few batches some are priced twice
        # Of equal costs the best value comes first.
        frame = inside.sort_values(["total_usd", "value"], ascending=[True, False], ignore_index=True)
        usd, value = frame["total_usd"].to_numpy(), frame["value"].to_numpy()
        state, usd_per_point = efficient(usd, value), np.full(len(frame), np.nan)
        for before, after in itertools.pairwise([i for i, name in enumerate(state) if name == "efficient"]):
            usd_per_point[after] = (usd[after] - usd[before]) / (POINTS_OF_METRIC * (value[after] - value[before]))
        return frame.assign(state=state, usd_per_point=usd_per_point)

    def acceptability(self, worth_usd: Floats) -> pd.DataFrame:
        """Trace every plan along the value of a point, each buying what is best for it on average there.

        Returns:
            What the function `acceptability` gives along `value_per_point_usd`, and `labels`, what each plan would buy.
        """
        benefit, labels = self._best_benefits(worth_usd)
        traced = acceptability(worth_usd, benefit, self.plans, axis="value_per_point_usd")
        return traced.assign(labels=labels.ravel())

    def worths(self, planned_usd: float | None = None) -> Floats:
        """Give values of a point, evenly spaced in ratio, over which the best plan changes, and the planned one."""
        steps = self.frontier()["usd_per_point"].dropna()
        marks = [float(usd) for usd in (steps.min(), steps.max(), planned_usd) if usd is not None and usd > 0]
        low, high = (min(marks), max(marks)) if marks else (1.0, 1e4)
        found: Floats = np.geomspace(low / 3, high * 3, POINTS)
        return found if planned_usd is None or planned_usd <= 0 else np.unique(np.append(found, planned_usd))

    def _best_benefits(self, worth_usd: Floats) -> tuple[Floats, Floats]:
        """Give net benefits (W, n_draws, P) at each plan's best label count, and those counts (W, P)."""
        from scipy.interpolate import PchipInterpolator

        left, s, u = self._between()
        p = np.arange(len(self.plans))
        # In straight pieces the best count would stick to their ends.
        value = np.asarray(PchipInterpolator(np.arange(self.value.shape[1]), self.value.mean(axis=2), axis=1)(left + s))
        total = self.total_usd.mean(axis=2)
        total = (1 - u) * total[:, left] + u * total[:, left + 1]
        paid = (total <= self.most_usd) | (np.arange(len(left)) == 0)
        mean = np.where(paid, POINTS_OF_METRIC * value * worth_usd[:, None, None] - total, -np.inf)
        best = mean.argmax(axis=2)  # (W, P)
        at, on_ratio, on_labels = left[best], s[best][..., None], u[p, best][..., None]
        reached = (1 - on_ratio) * self.value[p, at] + on_ratio * self.value[p, at + 1]  # (W, P, n_draws)
        paid_usd = (1 - on_labels) * self.total_usd[p, at] + on_labels * self.total_usd[p, at + 1]
        benefit = POINTS_OF_METRIC * reached * worth_usd[:, None, None] - paid_usd
        labels = (1 - on_labels[..., 0]) * self.labels[p, at] + on_labels[..., 0] * self.labels[p, at + 1]
        return np.moveaxis(benefit, 1, 2), np.rint(labels)

    def _between(self) -> tuple[Ints, Floats, Floats]:
        """Give left, s and u: places between the counts that were priced, those themselves among them."""
        G = self.labels.shape[1]
        place = np.linspace(0, G - 1, (G - 1) * BETWEEN + 1)
        left = np.minimum(place.astype(np.int64), G - 2)
        s = place - left
        low, high = self.labels[:, left], self.labels[:, left + 1]
        span = np.where(high > low, high - low, 1.0)
        return left, s, np.where(high > low, (low ** (1 - s) * high**s - low) / span, s)


def efficient(total_usd: Floats, value: Floats) -> list[str]:
    """Say of each option whether it is on the frontier of cost (ascending; of equals the best first) and value.

    Examples:
        >>> efficient(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.1, 0.2, 0.2, 0.9]))
        ['efficient', 'extended', 'dominated', 'efficient']
    """
    state = ["dominated"] * len(value)
    hull: list[int] = []

    def slope(a: int, b: int) -> float:
        """Give value a dollar from one option to the next."""
        usd = float(total_usd[b] - total_usd[a])
        return float(value[b] - value[a]) / usd if usd > 0 else np.inf

    for i in range(len(value)):
        if hull and value[i] <= value[hull[-1]] + LEAST_POINTS / POINTS_OF_METRIC:
            continue
        while len(hull) > 1 and slope(hull[-1], i) >= slope(hull[-2], hull[-1]):
            state[hull.pop()] = "extended"
        hull.append(i)
    for i in hull:
        state[i] = "efficient"
    return state


def _price_counts(case: Case, name: str, priced: Priced) -> tuple[Floats, Floats, Floats]:
    """Price one plan with its vendor at label counts (G,), and read what it has in hand, (G, n_draws) each."""
    values, active = case.values, name not in PASSIVE
    if priced.batch_size is not None:
        values = {**values, paths.BATCH_SIZE: np.array([priced.batch_size])}
    first = case.plan.strategy.initial_labels.median
    most = case.plan.task.items_to_label
    even = np.geomspace(first if active else max(1.0, first / 4), most, COUNTS - NEAR_POOL)
    n = np.rint(np.append(even[:-2], np.linspace(even[-2], even[-1], NEAR_POOL + 2)))
    if active or case.plan.strategy.monitor_random:
        batch = float(np.median(values[paths.BATCH_SIZE]))
        # Between two whole batches a bill is that of the larger: a saw of rounds that nobody would stop in.
        n = np.where(n > first, np.minimum(first + np.maximum(np.rint((n - first) / batch), 1.0) * batch, most), n)
        n[-1] = most
    least = values[paths.INITIAL_LABELS] if active else np.ones(1)
    cap = np.maximum(items_to_label(values), least)
    bought = np.clip(n[:, None], least, cap)
    bill = price_plan(case.plan, values, priced.vendor, bought, active=active)
    random = case.plans["random"].bill
    bill = with_delay(case.plan, bill, random.days - random.after_miss_days, values)
    there = Priced(priced.vendor, bill, priced.reached, priced.batch_size)
    sized = replace(case, values=values)
    value = value_in_hand(sized, name, there)
    if active:
        value = np.minimum(value, most_value(sized, priced.vendor))
    shape = (len(n), case.n_draws)
    return n, np.broadcast_to(bill.total_usd, shape), np.broadcast_to(value, shape)
