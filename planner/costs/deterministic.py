"""`labelplan cost`: the bill at given label counts, ranges at their median, no simulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.costs.bill import LINES, Bill, price_plan, with_delay
from planner.costs.labels import price_warning
from planner.costs.roots import sign_changes
from planner.errors import InputError
from planner.plan import Draws, Plan


@dataclass(frozen=True)
class CostComparison:
    """Bills of several plans at stated label counts.

    Attributes:
        bills: plan name -> bill, arrays of shape (1,).
        vendors: plan name -> name of the vendor that is cheapest for it.
        saving_usd: random minus the cheapest active-learning plan; None unless both are there.
        break_even_prices_usd: prices of one vote at which that saving is zero, ascending.
        warnings: sentences a reader must see.
    """

    bills: Mapping[str, Bill]
    vendors: Mapping[str, str]
    saving_usd: float | None
    break_even_prices_usd: tuple[float, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the comparison as `labelplan cost --json` prints it."""
        plans = {
            name: {
                "labels": int(bill.labels[0]),
                "rounds": int(bill.rounds[0]),
                "vendor": self.vendors[name],
                "lines": {line: float(bill.lines[line][0]) for line in LINES},
                "total_usd": float(bill.total_usd[0]),
                "days": float(bill.days[0]),
            }
            for name, bill in self.bills.items()
        }
        return {
            "plans": plans,
            "saving_usd": self.saving_usd,
            "break_even_prices_usd": list(self.break_even_prices_usd),
            "warnings": list(self.warnings),
        }


def compare_costs(plan: Plan, labels: Mapping[str, int]) -> CostComparison:
    """Price plans at given label counts, each with the vendor that is cheapest for it.

    Args:
        plan: the plan file; ranges count at their median.
        labels: plan name (`random` or a strategy) -> labels bought.

    Raises:
        InputError: a label count below the initial set, or above the pool.
    """
    for name, n in labels.items():
        _check_count(plan, name, n)
    values = plan.medians()
    chosen = _cheapest(plan, values, labels)
    bills = {name: bill for name, (_, bill) in chosen.items()}
    vendors = {name: vendor for name, (vendor, _) in chosen.items()}
    active = [name for name in labels if name != "random"]
    saving: float | None = None
    roots: tuple[float, ...] = ()
    if active and "random" in labels:
        best = min(active, key=lambda name: float(bills[name].total_usd[0]))
        pair = {name: vendors[name] for name in ("random", best)}
        saving = float(bills["random"].total_usd[0] - bills[best].total_usd[0])
        roots = sign_changes(lambda price: _saving_at(plan, values, labels, pair, price))
    warnings = (price_warning(quote.name, quote.price_usd.median) for quote in plan.vendors)
    names = [quote.name for quote in plan.vendors]
    return CostComparison(
        bills, {n: names[v] for n, v in vendors.items()}, saving, roots, tuple(w for w in warnings if w)
    )


def _bill(plan: Plan, values: Draws, labels: Mapping[str, int], name: str, vendor: int) -> Bill:
    return price_plan(plan, values, vendor, np.array([float(labels[name])]), active=name != "random")


def _cheapest(plan: Plan, values: Draws, labels: Mapping[str, int]) -> dict[str, tuple[int, Bill]]:
    """Pick each plan's vendor; delay counts from the random plan, which is picked first."""
    chosen: dict[str, tuple[int, Bill]] = {}
    for name in sorted(labels, key=lambda name: name != "random"):
        offers = [_bill(plan, values, labels, name, vendor) for vendor in range(len(plan.vendors))]
        if "random" in chosen:
            offers = [with_delay(offer, chosen["random"][1].days, values) for offer in offers]
        chosen[name] = min(enumerate(offers), key=lambda offer: float(offer[1].total_usd[0]))
    return {name: chosen[name] for name in labels}


def _saving_at(plan: Plan, values: Draws, labels: Mapping[str, int], pair: Mapping[str, int], price: float) -> float:
    """Give random minus active learning with both vendors charging `price` for a vote."""
    priced = {**values, **{f"vendors.{vendor}.price_usd": np.array([price]) for vendor in pair.values()}}
    random, active = (_bill(plan, priced, labels, name, vendor) for name, vendor in pair.items())
    return float((random.total_usd - with_delay(active, random.days, priced).total_usd)[0])


def _check_count(plan: Plan, name: str, n: int) -> None:
    pool = plan.task.pool_size.median - plan.task.test_labels.median
    first = 1 if name == "random" else plan.strategy.initial_labels.median
    if not first <= n <= pool:
        least = "1" if name == "random" else f"the {first:,.0f} initial labels"
        raise InputError(
            f"--labels {name}={n}: found {n:,}; allowed: from {least} to {pool:,.0f}, the pool without the test labels"
        )
