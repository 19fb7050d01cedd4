"""What a buyer is shown of a plan's quotes: the comparison, the prices that would win, who is late, and worked bills.

Notation:
    values  input path -> (n_draws,), or (1,)     needs   plan name -> (n_draws,)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from planner.costs import Bill, worked_bills
from planner.costs.deterministic import MEDIAN_DIGITS
from planner.decision.case import Case
from planner.decision.comparison import Priced, cheapest, cheapest_active, compare_offers
from planner.decision.needs import Forecaster, Needs, forecast_needs
from planner.decision.sources import task_curves, with_measured_seconds
from planner.decision.vendor_offers import NeedOffer, VendorComparison, VendorOffer
from planner.decision.vendors import compare_vendors
from planner.decision.verdict import Interval
from planner.decision.winning_price import WinningPrice, winning_prices
from planner.plan import Draws, Plan, paths


@dataclass(frozen=True)
class Deal:
    """What one plan costs with one vendor.

    Attributes:
        vendor: name of the quote.
        plan: `random` or a strategy; None for a number of labels, where a budget is spent and there is no target.
        total_usd: everything the plan pays; for a number of labels the vendor's bill.
        mean_usd: its mean, by which the cheapest is chosen.
        days: calendar days.
        labels: labels bought; None where they rarely reach the target.
        p_unreachable: share of draws in which the target is never reached.
        p_cheapest: share of draws in which it is the cheapest; None where it is not compared.
        cheapest: whether it has the lowest mean.
        p_late: share of draws that end after the deadline; None without one.
        bill: the bill at the usual labels, ranges at their median; None where that is no number.
    """

    vendor: str
    plan: str | None
    total_usd: Interval
    mean_usd: float
    days: Interval
    labels: Interval
    p_unreachable: float
    p_cheapest: float | None
    cheapest: bool
    p_late: float | None
    bill: Bill | None

    @property
    def late(self) -> bool:
        """Whether it usually ends after the deadline."""
        return self.p_late is not None and self.p_late > 0.5


@dataclass(frozen=True)
class Buying:
    """All that is shown of a plan's quotes.

    Attributes:
        comparison: the quotes beside each other.
        deals: one for each vendor and plan, vendors in the order of the plan file.
        winning: prices at which vendors would win; empty where there is no target.
        al_plan: the strategy that the verdict chooses.
        target: value of the metric to reach; None where a budget is spent.
        deadline_days: the plan's deadline, median; None without one.
        currency: the plan's.
        warnings: sentences a reader must see.
        by_rules: whether the plan's campaigns stop by rules, which the deals leave out of account.
    """

    comparison: VendorComparison
    deals: tuple[Deal, ...]
    winning: tuple[WinningPrice, ...]
    al_plan: str
    target: float | None
    deadline_days: float | None
    currency: str
    warnings: tuple[str, ...]
    by_rules: bool = False

    @property
    def vendors(self) -> tuple[str, ...]:
        """Names of the quotes, in the order of the plan file."""
        return tuple(offer.vendor for offer in self.comparison.offers)

    @property
    def comparable(self) -> int:
        """Number of quotes among which the cheapest is chosen."""
        return len({deal.vendor for deal in self.deals if deal.p_cheapest is not None})

    @property
    def plans(self) -> tuple[str, ...]:
        """Names of the plans, random first; none where a budget is spent."""
        return tuple(dict.fromkeys(deal.plan for deal in self.deals if deal.plan is not None))

    def with_warnings(self, more: Sequence[str]) -> "Buying":
        """Give the same with more warnings."""
        return replace(self, warnings=(*self.warnings, *more))

    def of_plan(self, plan: str | None) -> tuple[Deal, ...]:
        """Give one plan's deals, one a vendor."""
        return tuple(deal for deal in self.deals if deal.plan == plan)

    def of_vendor(self, vendor: str) -> tuple[Deal, ...]:
        """Give one vendor's deals, one a plan."""
        return tuple(deal for deal in self.deals if deal.vendor == vendor)


def buy(
    plan: Plan,
    *,
    n_draws: int,
    seed: int,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    forecast: Forecaster = task_curves,
) -> Buying:
    """Compare a plan's quotes as the verdict does: same draws, same needs, same choice.

    Args:
        plan: the plan file.
        n_draws: joint draws.
        seed: seed of the draws.
        base: folder against which the plan's paths are read.
        simulated: the curve table of the plan's store, when it names one.
        forecast: what forecasts the curves.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    plan, _ = with_measured_seconds(plan, simulated)
    found = forecast_needs(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated, forecast=forecast)
    return _at_budget(plan, found) if found.target is None else _at_target(plan, found)


def _at_target(plan: Plan, found: Needs) -> Buying:
    usual = [float(np.median(labels)) for labels in found.labels.values()]
    # Where no plan is likely to reach the target, what all labels there are would cost still tells vendors apart.
    volumes = [] if min(usual) <= round(plan.task.items_to_label) else [round(plan.task.items_to_label)]
    offers = compare_offers(plan, found.values, found.labels, worth=found.worth)
    comparison = compare_vendors(plan, found.values, volumes, found, offers)
    race = _Race(plan, comparison, offers)
    al_plan = cheapest_active(race.chosen)
    return Buying(
        comparison=comparison,
        deals=tuple(race.deal(index, name) for index in range(len(plan.vendors)) for name in race.offers),
        winning=winning_prices(plan, found, al_plan, offers),
        al_plan=al_plan,
        target=found.target,
        deadline_days=_deadline(plan),
        currency=plan.task.currency,
        warnings=(*comparison.warnings, *_by_rules(plan)),
        by_rules=bool(plan.stopping.rules),
    )


@dataclass(frozen=True, eq=False)
class _Race:
    """Every plan with every vendor, priced and summarised."""

    plan: Plan
    comparison: VendorComparison
    offers: Mapping[str, tuple[Priced, ...]]

    @cached_property
    def chosen(self) -> dict[str, Priced]:
        """Each plan with its cheapest vendor."""
        return {name: cheapest(self.plan, of_vendors) for name, of_vendors in self.offers.items()}

    @cached_property
    def medians(self) -> Draws:
        """Every input at its median, to be worked by hand."""
        return self.plan.medians(digits=MEDIAN_DIGITS)

    def deal(self, index: int, name: str) -> Deal:
        """Summarise one plan with one vendor."""
        need, priced = self._need(index, name), self.offers[name][index]
        deadline = _deadline(self.plan)
        return Deal(
            vendor=self.plan.vendors[index].name,
            plan=name,
            total_usd=need.total_usd,
            mean_usd=priced.mean_usd,
            days=need.days,
            labels=need.labels,
            p_unreachable=need.p_unreachable,
            p_cheapest=need.p_cheapest,
            cheapest=need.cheapest,
            p_late=None if deadline is None else float(np.mean(priced.bill.days > deadline)),
            bill=self._bill(index, name),
        )

    def _need(self, index: int, name: str) -> NeedOffer:
        return self.comparison.offers[index].needs[list(self.offers).index(name)]

    def _bill(self, index: int, name: str) -> Bill | None:
        """Work a bill at the usual labels; delay counts from random labelling with its own cheapest vendor."""
        usual, random = self._need(index, name).labels.q50, self.chosen["random"].vendor
        of_random = self._need(random, "random").labels.q50
        if usual is None:
            return None
        labels, vendors = {name: round(usual)}, {name: index}
        if name != "random" and of_random is not None:
            labels, vendors = {"random": round(of_random), **labels}, {"random": random, **vendors}
        batch_size = self.offers[name][index].batch_size
        if batch_size is None:
            return worked_bills(self.plan, labels, vendors, self.medians)[name]
        return worked_bills(self.plan.replace({paths.BATCH_SIZE: batch_size}), labels, vendors)[name]


def _at_budget(plan: Plan, found: Needs) -> Buying:
    """Compare the quotes at the labels that the budget usually buys for the strategy that the verdict chooses."""
    case = Case.of(plan, found)
    name = case.chosen.al_plan
    bought = float(np.median(np.broadcast_to(case.plans[name].bill.labels, case.n_draws)))
    comparison = compare_vendors(plan, found.values, [min(max(1, round(bought)), round(plan.task.items_to_label))])
    chances = [offer.volumes[0].p_cheapest or 0.0 for offer in comparison.offers]
    best = comparison.offers[int(np.argmax(chances))]
    return Buying(
        comparison=comparison,
        deals=tuple(_of_volume(plan, i, offer, offer is best) for i, offer in enumerate(comparison.offers)),
        winning=(),
        al_plan=name,
        target=None,
        deadline_days=_deadline(plan),
        currency=plan.task.currency,
        warnings=comparison.warnings,
    )


def _of_volume(plan: Plan, index: int, offer: VendorOffer, best: bool) -> Deal:
    (volume,) = offer.volumes
    return Deal(
        vendor=offer.vendor,
        plan=None,
        total_usd=volume.total_usd,
        mean_usd=volume.total_usd.q50 or 0.0,
        days=volume.days,
        labels=Interval(*[float(volume.labels)] * 3),
        p_unreachable=0.0,
        p_cheapest=volume.p_cheapest,
        cheapest=best,
        p_late=None if _deadline(plan) is None else float(volume.late is not None),
        bill=worked_bills(plan, {"random": volume.labels}, {"random": index})["random"],
    )


def _by_rules(plan: Plan) -> tuple[str, ...]:
    """Say that totals are not the verdict's where campaigns stop by rules."""
    if not plan.stopping.rules:
        return ()
    return (
        "Vendors are compared at the labels each plan needs; the verdict stops by the plan's rules, so that its "
        "totals, and its chances to miss the target, differ.",
    )


def _deadline(plan: Plan) -> float | None:
    return None if plan.calendar.deadline_days is None else plan.calendar.deadline_days.median
