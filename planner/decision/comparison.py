"""Random labelling against active learning, on the same joint draws.

Notation:
    need    (n_draws,)  clean labels the curve asks for; inf where it never reaches the target (internal only)
    n       (n_draws,)  labels bought: the need in delivered labels, rounded up to what can be ordered, or the cap
    cap     (n_draws,)  the most labels a plan can buy: the pool without the test labels, or what the budget pays for
A plan that misses the target in a draw pays for all it could buy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.costs import Bill, Quote, price_plan, with_delay, with_failure
from planner.costs.rounds import round_up_to_batches
from planner.decision.label_worth import LabelWorth
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats

BISECTIONS = 40  # halvings of the pool: exact to a label for pools up to 10^12


@dataclass(frozen=True)
class Priced:
    """One plan priced on all draws: its vendor's index, its bill, and where it reaches the target, (n_draws,)."""

    vendor: int
    bill: Bill
    reached: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """Every plan priced on the same draws.

    Attributes:
        plans: `random` and each strategy.
        al_plan: the strategy with the lowest mean total.
    """

    plans: Mapping[str, Priced]
    al_plan: str

    @property
    def saving_usd(self) -> Floats:
        """Total of random minus total of the chosen active-learning plan, shape (n_draws,)."""
        return self.plans["random"].bill.total_usd - self.plans[self.al_plan].bill.total_usd

    @property
    def al_better(self) -> Floats:
        """Whether active learning is the better in each draw: 1, 0, or 0.5 for a tie, shape (n_draws,).

        If only one of the two reaches the target it is the better, whatever it costs; if neither does, half each.
        """
        random, active = self.plans["random"].reached, self.plans[self.al_plan].reached
        cheaper = 0.5 * (1 + np.sign(self.saving_usd))
        return np.where(random & active, cheaper, np.where(random == active, 0.5, active.astype(float)))

    @property
    def p_al_cheaper(self) -> float:
        """Share of draws in which active learning is the better."""
        return float(self.al_better.mean())

    @property
    def p_unreachable(self) -> float:
        """Share of draws in which neither random nor the chosen active-learning plan reaches the target."""
        return float((~(self.plans["random"].reached | self.plans[self.al_plan].reached)).mean())


def compare(plan: Plan, values: Draws, needs: Mapping[str, Floats], *, worth: LabelWorth) -> Comparison:
    """Price every plan with the vendor that is cheapest for it on average.

    Args:
        plan: the plan file.
        values: draws of every numeric input.
        needs: plan name -> clean labels needed, (n_draws,), inf where never.
        worth: what a vendor's label counts for, errors considered.
    """
    offers = compare_offers(plan, values, needs, worth=worth)
    plans = {name: cheapest(plan, found) for name, found in offers.items()}
    return Comparison(plans, min((name for name in plans if name != "random"), key=lambda name: _mean_usd(plans[name])))


def compare_offers(
    plan: Plan, values: Draws, needs: Mapping[str, Floats], *, worth: LabelWorth
) -> dict[str, tuple[Priced, ...]]:
    """Price every plan with every vendor; delay counts from random labelling with its own cheapest vendor.

    Returns:
        Plan name -> one entry a vendor, `random` first.
    """
    offers: dict[str, tuple[Priced, ...]] = {}
    days_random: Floats | None = None
    for name in sorted(needs, key=lambda name: name != "random"):
        offers[name] = tuple(
            price_need(
                plan,
                values,
                needs[name],
                vendor,
                name=name,
                worth=worth,
                beside=_beside(name, needs),
                days_random=days_random,
            )
            for vendor in range(len(plan.vendors))
        )
        if name == "random":
            days_random = cheapest(plan, offers[name]).bill.days
    return offers


def cheapest(plan: Plan, offers: Sequence[Priced]) -> Priced:
    """Choose the vendor with the lowest mean total, among those whose quotes count their people."""
    return min((offers[i] for i in plan.comparable_vendors), key=_mean_usd)


def _mean_usd(priced: Priced) -> float:
    return float(priced.bill.total_usd.mean())


def recompare(
    plan: Plan, values: Draws, needs: Mapping[str, Floats], chosen: Comparison, *, worth: LabelWorth
) -> Comparison:
    """Price random and the chosen strategy again with other values, keeping the vendors and the choice."""
    random, active = chosen.plans["random"], chosen.plans[chosen.al_plan]
    first = price_need(plan, values, needs["random"], random.vendor, worth=worth)
    second = price_need(
        plan,
        values,
        needs[chosen.al_plan],
        active.vendor,
        name=chosen.al_plan,
        worth=worth,
        beside=needs["random"],
        days_random=first.bill.days,
    )
    return Comparison({"random": first, chosen.al_plan: second}, chosen.al_plan)


def price_need(
    plan: Plan,
    values: Draws,
    need: Floats,
    vendor: int,
    *,
    name: str = "random",
    worth: LabelWorth,
    beside: Floats | None = None,
    days_random: Floats | None = None,
) -> Priced:
    """Buy what one plan needs from one vendor, as far as pool and budget allow, and price it.

    Args:
        plan: the plan file.
        values: draws of every numeric input.
        need: labels the plan needs, (n_draws,).
        vendor: index of the quote.
        name: the plan's name, `random` or a strategy.
        worth: what a vendor's label counts for.
        beside: what random labelling needs, for an active-learning plan; None prices random labelling itself.
        days_random: days of random labelling, from which delay counts.
    """
    active = beside is not None
    quote = Quote.of(plan, values, vendor)
    need = need / worth.of(name, quote)
    if beside is not None:
        need = _bounded(need, beside / worth.of("random", quote), values)
    least = values["strategy.initial_labels"] if active else np.ones(1)
    cap = np.maximum(values["task.pool_size"] - values["task.test_labels"], least)
    cap, affordable = _within_budget(plan, values, vendor, cap, least, active=active)
    reached = (np.maximum(need, least) <= cap) & affordable
    asked = np.where(reached, need, cap)
    if active:
        asked = round_up_to_batches(asked, least, values["strategy.batch_size"])
    n = np.minimum(np.maximum(np.ceil(asked), least), cap)
    bill = with_failure(price_plan(plan, values, vendor, n, active=active), values, reached)
    # Random labelling is never later than itself, but may miss a deadline.
    return Priced(vendor, with_delay(plan, bill, bill.days if days_random is None else days_random, values), reached)


def _beside(name: str, needs: Mapping[str, Floats]) -> Floats | None:
    return None if name == "random" else needs["random"]


def _bounded(need: Floats, random: Floats, values: Draws) -> Floats:
    """Hold an active-learning need to its two ends, where it is random labelling.

    Until the first query it has bought the same random labels; with the whole pool labelled it has the same model.
    """
    first, pool = values["strategy.initial_labels"], values["task.pool_size"] - values["task.test_labels"]
    need = np.where(random > first, np.maximum(need, first + 1), need)
    return np.where(random <= pool, np.minimum(need, pool), need)


def _within_budget(
    plan: Plan, values: Draws, vendor: int, cap: Floats, least: Floats, *, active: bool
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Lower the cap to what the budget pays for, by bisection; say where it pays at least for the smallest plan."""
    if plan.task.budget_usd is None:
        return cap, np.ones(1, dtype=bool)
    budget = values["task.budget_usd"]

    def total(n: Floats) -> Floats:
        return price_plan(plan, values, vendor, n, active=active).total_usd

    low, high = np.broadcast_arrays(least, cap, budget)[:2]
    affordable = np.broadcast_to(total(low) <= budget, low.shape)
    high = np.where(total(high) <= budget, high + 1, high)
    for _ in range(BISECTIONS):
        middle = np.floor((low + high) / 2)
        fits = total(middle) <= budget
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.where(affordable, low, least), affordable
