"""Price plans at given label counts, ranges at their median, and find the prices at which two bills are equal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from planner.costs.bill import LINES, Bill, price_plan, score_line, with_delay, with_shares
from planner.costs.quote_costs import late_warning, quote_warnings, vote_price_path
from planner.costs.terms import Factor, Line, Term, money
from planner.plan import PASSIVE, Draws, Plan, paths
from simulations.arrays import Floats
from simulations.errors import InputError

LOWEST_USD = 1e-6
HIGHEST_USD = 1e6
STEPS = 481  # 40 a decade

MEDIAN_DIGITS = 6
"""Significant digits of a range's middle: as many as a pocket calculator takes without complaint."""


@dataclass(frozen=True)
class Extras:
    """What one option has beside its labels.

    Attributes:
        machine_items: items that the trained model labels.
        lump_usd: a sum paid once.
    """

    machine_items: int = 0
    lump_usd: float = 0.0


@dataclass(frozen=True)
class PriceRange:
    """Prices of one vote between which active learning is always the cheaper, or always the dearer, or neither.

    Attributes:
        to_usd: None where it has no upper end.
    """

    from_usd: float
    to_usd: float | None
    active_learning: Literal["cheaper", "dearer", "equal"]


@dataclass(frozen=True)
class CostComparison:
    """Bills of several plans at stated label counts.

    Attributes:
        bills: plan name -> bill, arrays of shape (1,).
        vendors: plan name -> name of the vendor that is cheapest for it.
        saving_usd: random minus the cheapest active-learning plan; None unless both are there.
        break_even_prices_usd: prices of one vote at which that saving is zero, ascending.
        price_ranges: who is cheaper between those prices, from 0 on; empty where there is no saving.
    """

    bills: Mapping[str, Bill]
    vendors: Mapping[str, str]
    saving_usd: float | None
    break_even_prices_usd: tuple[float, ...]
    price_ranges: tuple[PriceRange, ...]
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
            "price_ranges": [asdict(span) for span in self.price_ranges],
            "warnings": list(self.warnings),
        }


def compare_costs(
    plan: Plan,
    labels: Mapping[str, int],
    vendors: Mapping[str, int] | None = None,
    *,
    extras: Mapping[str, Extras] | None = None,
    most_rounds: int | None = None,
) -> CostComparison:
    """Price plans at given label counts, each with the vendor that is cheapest for it, or the one it has to take.

    Ranges count at their median.

    Args:
        plan: the plan file.
        labels: plan name, `random` or a strategy -> labels bought from people.
        vendors: plan name -> index of the quote it has to take.
        extras: plan name -> what it has beside its labels.
        most_rounds: rounds after the initial set, at most: batches grow where there would be more.

    Raises:
        InputError: a label count below the initial set, or above the pool with what the model labels.
    """
    extras = extras or {}
    pool = plan.task.items_to_label
    for name, n in labels.items():
        first = 1 if name in PASSIVE else plan.strategy.initial_labels.median
        machine = extras.get(name, Extras()).machine_items
        if not first <= n <= pool - machine:
            least = "1" if name in PASSIVE else f"the {first:,.0f} initial labels"
            less = f" and the {machine:,} that the model labels" if machine else ""
            raise InputError(
                f"--labels {name}={n}: found {n:,}; allowed: from {least} to {pool - machine:,.0f}, the pool without "
                f"the test labels{less}"
            )
    pricing = _Pricing(plan, plan.medians(digits=MEDIAN_DIGITS), labels, extras, most_rounds)
    chosen = pricing.cheapest(vendors or {})
    bills = {name: bill for name, (_, bill) in chosen.items()}
    taken = {name: vendor for name, (vendor, _) in chosen.items()}
    active = [name for name in labels if name not in PASSIVE]
    saving: float | None = None
    roots: tuple[float, ...] = ()
    ranges: tuple[PriceRange, ...] = ()
    if active and "random" in labels:
        best = min(active, key=lambda name: float(bills[name].total_usd[0]))
        pair = {name: taken[name] for name in ("random", best)}
        saving = float(bills["random"].total_usd[0] - bills[best].total_usd[0])
        roots = sign_changes(lambda price: pricing.saving_usd(pair, price))
        ranges = tuple(_ranges_between(roots, lambda price: pricing.saving_usd(pair, price)))
    names = {name: plan.vendors[vendor].name for name, vendor in taken.items()}
    late = (late_warning(plan, taken[n], pricing.values, labels[n], float(bill.days[0])) for n, bill in bills.items())
    warnings = (*quote_warnings(plan), *filter(None, late))
    return CostComparison(bills, names, saving, roots, ranges, warnings)


def _ranges_between(roots: Sequence[float], saving_usd: Callable[[float], float]) -> Iterator[PriceRange]:
    """Say who is cheaper below, between and above the prices at which both bills are equal."""
    words: dict[float, Literal["cheaper", "dearer", "equal"]] = {1.0: "cheaper", -1.0: "dearer", 0.0: "equal"}
    for low, high in zip((0.0, *roots), (*roots, None), strict=True):
        inside = (low + high) / 2 if high is not None else 2 * low or 1.0
        yield PriceRange(low, high, words[float(np.sign(saving_usd(inside)))])


def bills_at_counts(
    plan: Plan, labels: Mapping[str, int], vendors: Mapping[str, int], values: Draws | None = None
) -> dict[str, Bill]:
    """Price plans at stated label counts with stated vendors, ranges at their median: bills to check by hand.

    Labels bought and indices of quotes are by plan name; `values` are the inputs at such medians, where at hand.
    """
    pricing = _Pricing(plan, plan.medians(digits=MEDIAN_DIGITS) if values is None else values, labels)
    return {name: bill for name, (_, bill) in pricing.cheapest(vendors).items()}


@dataclass(frozen=True)
class _Pricing:
    """Bills of plans at stated label counts, with any vendor."""

    plan: Plan
    values: Draws
    labels: Mapping[str, int]
    extras: Mapping[str, Extras] = field(default_factory=dict)
    most_rounds: int | None = None

    def cheapest(self, vendors: Mapping[str, int]) -> dict[str, tuple[int, Bill]]:
        """Pick each plan's vendor; delay counts from the random plan, which is picked first."""
        chosen: dict[str, tuple[int, Bill]] = {}
        for name in sorted(self.labels, key=lambda name: name != "random"):
            days_random = chosen["random"][1].days if "random" in chosen else None
            open_to = [vendors[name]] if name in vendors else self.plan.comparable_vendors
            offers = [(vendor, self.bill(name, vendor, self.values, days_random)) for vendor in open_to]
            chosen[name] = min(offers, key=lambda offer: float(offer[1].total_usd[0]))
        return {name: chosen[name] for name in self.labels}

    def bill(self, name: str, vendor: int, values: Draws, days_random: Floats | None) -> Bill:
        n = np.array([float(self.labels[name])])
        if self.most_rounds is not None:
            least = np.ceil((n - values[paths.INITIAL_LABELS]) / self.most_rounds)
            values = {**values, paths.BATCH_SIZE: np.maximum(values[paths.BATCH_SIZE], least)}
        bill = price_plan(self.plan, values, vendor, n, active=name not in PASSIVE)
        if name in self.extras:
            bill = self._with_extras(bill, vendor, values, self.extras[name])
        return with_delay(self.plan, bill, bill.days if days_random is None else days_random, values)

    def _with_extras(self, bill: Bill, vendor: int, values: Draws, extras: Extras) -> Bill:
        items = Factor(np.array([float(extras.machine_items)]), "items labelled by the model")
        fee = money(values[paths.vendor(vendor, "auto_label_fee_usd_per_item")], "an item labelled by the model")
        machine = (
            Line((Term((items, fee)), *score_line(self.plan, values, items).terms)) if items.value.any() else Line()
        )
        lump = Line.of(money(np.array([extras.lump_usd]), "lump sum")) if extras.lump_usd else Line()
        return replace(bill, items=with_shares({**bill.items, "machine_usd": machine, "lump_usd": lump}, values))

    def saving_usd(self, pair: Mapping[str, int], price_usd: float) -> float:
        """Give random minus active learning with random's vendor charging `price_usd` for a vote."""
        values = {**self.values, vote_price_path(pair["random"]): np.array([price_usd])}
        days: Floats | None = None
        totals = []
        for name, vendor in pair.items():
            bill = self.bill(name, vendor, values, days)
            days = bill.days
            totals.append(float(bill.total_usd[0]))
        return totals[0] - totals[1]


def sign_changes(f: Callable[[float], float]) -> tuple[float, ...]:
    """Find the prices in USD, above 0 to a million, at which `f` crosses zero, ascending.

    A jump across zero counts as a crossing, at the jump. Where nothing is paid `f` may be zero; that is no price.
    """
    from scipy.optimize import brentq

    prices = np.concatenate([[0.0], np.geomspace(LOWEST_USD, HIGHEST_USD, STEPS)])
    values = np.array([f(float(price)) for price in prices])
    if (values == 0).mean() > 0.5:
        return ()  # equal at every price, which is no crossing
    roots = [float(price) for price, value in zip(prices[1:], values[1:], strict=True) if value == 0]
    crossing = np.flatnonzero(values[:-1] * values[1:] < 0)
    roots += [float(brentq(f, prices[i], prices[i + 1], xtol=1e-12, rtol=1e-12)) for i in crossing]
    return tuple(sorted(roots))
