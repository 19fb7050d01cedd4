"""A buyer's comparison of a plan's quotes: prices that would win, who is late, and worked bills.

Notation:
    values  input path -> (n_draws,), or (1,)     needs   plan name -> (n_draws,)
    x       USD, the median price of the vendor's vote; its draws keep their proportions to that median
    lead    mean total of the plan with the vendor at price x, minus the lowest mean total with any other vendor
The lead is taken on the same draws at every price. The price is the root of the lead: the vendor wins below it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Literal, Unpack

import numpy as np

from planner.costs import MEDIAN_DIGITS, Bill, QuoteCosts, bills_at_counts, vote_price_path
from planner.decision.case import Case
from planner.decision.comparison import (
    Order,
    Priced,
    cheapest,
    compare_offers,
    mean_totals_usd,
    price_misses,
    quotes_of,
    serious_vendors,
)
from planner.decision.labels_required import LabelsRequired, Sources, forecast_labels_required
from planner.decision.quotes import NeedOffer, VendorComparison, compare_vendors
from planner.decision.state import Interval
from planner.plan import Draws, Plan, paths
from simulations.arrays import Floats

State = Literal["at_most", "always", "never", "not_compared"]

HIGHEST_USD = 1e6  # a dearer vote is none
FIRST_USD = 1e-6
STEP = 4.0  # from one price tried to the next, until the vendor no longer wins
CLOSE = 1e-7  # of the price

RULES_LEFT_OUT = (
    "Vendors are compared at the labels each plan needs; the verdict stops by the plan's rules, so that its "
    "totals, and its chances to miss the target, differ."
)


@dataclass(frozen=True)
class WinningPrice:
    """At which price of a vote one vendor would be the cheapest for one plan.

    Attributes:
        state: "at_most" with a price; "always" where no dearer price loses, as for a single vendor; "never" where it
            is not the cheapest even if its votes are free; "not_compared" where the quote leaves its people out.
        vote_usd: what a vote costs now, median.
        at_most_usd: the price up to which it is the cheapest; None in all other states.
        wins: whether it is the cheapest now.
    """

    vendor: str
    plan: str
    state: State
    vote_usd: float
    at_most_usd: float | None
    wins: bool


def winning_prices(
    found: LabelsRequired, al_plan: str, offers: Mapping[str, Sequence[Priced]]
) -> tuple[WinningPrice, ...]:
    """Find the price at which each vendor would be the cheapest, first for random labelling, then for one strategy.

    Under a budget the total need not rise with the price; the price is then the first at which the vendor stops being
    the cheapest, as seen in steps of four from the price of now or from nothing.
    """
    race = PriceRace(found, offers, quotes_of(found.plan, found.values))
    return tuple(race.winning_price(i, name) for i in race.quotes for name in ("random", al_plan))


@dataclass(frozen=True, eq=False)
class PriceRace:
    """All vendors' totals as they are, and one vendor's at other prices."""

    found: LabelsRequired
    offers: Mapping[str, Sequence[Priced]]
    quotes: Mapping[int, QuoteCosts]
    _known: dict[tuple[str, tuple[int, ...], bytes], Sequence[Priced]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan file."""
        return self.found.plan

    def winning_price(self, vendor: int, name: str) -> WinningPrice:
        """Find one vendor's price for one plan."""
        quote = self.quotes[vendor]
        now = float(np.median(quote.vote_usd))
        state, at_most_usd = self._solve(vendor, name, now)
        wins = cheapest(self.plan, self.offers[name]) is self.offers[name][vendor]
        return WinningPrice(quote.terms.name, name, state, now, at_most_usd, wins)

    def _solve(self, vendor: int, name: str, now: float) -> tuple[State, float | None]:
        from scipy.optimize import brentq

        if vendor not in self.plan.comparable_vendors:
            return "not_compared", None
        serious = serious_vendors(self.plan, self.offers[name])
        if vendor not in serious:
            return "never", None
        if len(serious) == 1:
            return "always", None
        lead_usd = cache(partial(self.lead_usd, vendor, name))  # the section's ends are asked for twice
        if lead_usd(0.0) > 0:
            return "never", None
        low, high = 0.0, max(now, FIRST_USD)
        while lead_usd(high) <= 0:
            low, high = high, high * STEP
            if high > HIGHEST_USD:
                return "always", None
        return "at_most", float(brentq(lead_usd, low, high, xtol=CLOSE * high, rtol=CLOSE))

    def lead_usd(self, vendor: int, name: str, price_usd: float) -> float:
        """Give how much more a plan costs on average with a vendor at a price than with the best of the others."""
        usd = self.quotes[vendor].vote_usd
        median = float(np.median(usd))
        # A price that is 0 now has no spread to keep.
        scaled = price_usd * usd / median if median > 0 else np.array([price_usd])
        values = {**self.found.values, vote_price_path(vendor): scaled}
        rivals = [i for i in serious_vendors(self.plan, self.offers["random"]) if i != vendor]
        if not rivals:
            rivals = [i for i in self.plan.comparable_vendors if i != vendor]
        own = self._price(values, "random", None, vendor)
        others: Sequence[Priced] = [self.offers["random"][i] for i in rivals]
        own_usd, *others_usd = mean_totals_usd(self.plan, [own, *others])
        lead = float(own_usd - min(others_usd))
        if name == "random":
            return lead
        # Delay counts from random labelling with its own cheapest vendor, which the price may change.
        days_random = own.bill.days if lead <= 0 else others[int(np.argmin(others_usd))].bill.days
        rivals = [i for i in serious_vendors(self.plan, self.offers[name]) if i != vendor]
        own, others = self._price(values, name, days_random, vendor), self._rivals(name, rivals, days_random)
        own_usd, *others_usd = mean_totals_usd(self.plan, [own, *others])
        return float(own_usd - min(others_usd))

    def _rivals(self, name: str, rivals: Sequence[int], days_random: Floats) -> Sequence[Priced]:
        """Price a plan with the other vendors as they are, against other days of random labelling."""
        as_it_is = self.offers[name]
        if np.array_equal(days_random, cheapest(self.plan, self.offers["random"]).bill.days):
            return [as_it_is[i] for i in rivals]
        key = name, tuple(rivals), days_random.tobytes()
        if key not in self._known:  # mostly the same at all prices
            self._known[key] = [self._price(self.found.values, name, days_random, i) for i in rivals]
        return self._known[key]

    def _price(self, values: Draws, name: str, days_random: Floats | None, vendor: int) -> Priced:
        order = Order(replace(self.found, values=values), name, days_random, quotes=self.quotes)
        return order.with_best_batch(vendor)


@dataclass(frozen=True)
class Deal(NeedOffer):
    """What one plan costs with one vendor, or where a budget is spent its bill for a number of labels.

    Attributes:
        plan: `random` or a strategy; None for a number of labels.
        mean_usd: mean total, misses priced, by which the cheapest is chosen.
        p_late: share of draws that end after the deadline; None without one.
        bill: the bill at the usual labels, ranges at their median; None where the target is rarely reached.
    """

    vendor: str
    plan: str | None
    mean_usd: float
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
        deals: one for each vendor and plan, vendors in the order of the plan file.
        winning: prices at which vendors would win; empty where there is no target.
        target: value of the metric to reach; None where a budget is spent.
        deadline_days: the plan's deadline, median; None without one.
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

    def of_plan(self, plan: str | None) -> tuple[Deal, ...]:
        """Give one plan's deals, one a vendor."""
        return tuple(deal for deal in self.deals if deal.plan == plan)

    def of_vendor(self, vendor: str) -> tuple[Deal, ...]:
        """Give one vendor's deals, one a plan."""
        return tuple(deal for deal in self.deals if deal.vendor == vendor)


def buy(plan: Plan, *, n_draws: int, seed: int, **sources: Unpack[Sources]) -> Buying:
    """Compare a plan's quotes as the verdict does: same draws, same needs, same choice; see `decide`."""
    found = forecast_labels_required(plan, n_draws=n_draws, seed=seed, **sources)
    plan = found.plan
    if found.target is None:
        al_plan, comparison, deals = _at_budget(found)
        winning: tuple[WinningPrice, ...] = ()
    else:
        usual, most = [float(np.median(labels)) for labels in found.needs.values()], round(plan.task.items_to_label)
        # Where no plan is likely to reach the target, what all labels there are would cost still tells vendors apart.
        volumes = [] if min(usual) <= most else [most]
        offers = compare_offers(found)
        al_plan = price_misses(found, {name: cheapest(plan, each) for name, each in offers.items()}).al_plan
        comparison = compare_vendors(plan, found.values, volumes, found, offers)
        deals, winning = _deals(plan, comparison, offers), winning_prices(found, al_plan, offers)
    return Buying(
        comparison=comparison,
        deals=deals,
        winning=winning,
        al_plan=al_plan,
        target=found.target,
        deadline_days=_deadline(plan),
        currency=plan.task.currency,
        warnings=(*comparison.warnings, *([RULES_LEFT_OUT] if plan.stopping.rules else [])),
        by_rules=bool(plan.stopping.rules),
    )


def _deals(plan: Plan, comparison: VendorComparison, offers: Mapping[str, Sequence[Priced]]) -> tuple[Deal, ...]:
    """Summarise every plan with every vendor; delay counts from random labelling with its own cheapest vendor."""
    random, deadline = cheapest(plan, offers["random"]).vendor, _deadline(plan)
    medians = plan.medians(digits=MEDIAN_DIGITS)
    usual_of_random = comparison.offers[random].needs["random"].labels.q50

    def bill(offer: Priced, name: str, usual: float | None) -> Bill | None:
        """Work a bill at the usual labels."""
        if usual is None:
            return None
        labels, vendors = {name: round(usual)}, {name: offer.vendor}
        if name != "random" and usual_of_random is not None:
            labels, vendors = {"random": round(usual_of_random), **labels}, {"random": random, **vendors}
        if offer.batch_size is None:
            return bills_at_counts(plan, labels, vendors, medians)[name]
        return bills_at_counts(plan.replace({paths.BATCH_SIZE: offer.batch_size}), labels, vendors)[name]

    means_usd = {
        name: dict(
            zip(plan.comparable_vendors, mean_totals_usd(plan, [each[i] for i in plan.comparable_vendors]), strict=True)
        )
        for name, each in offers.items()
    }
    deals = []
    for i, shown in enumerate(comparison.offers):
        for name, need in shown.needs.items():
            priced = offers[name][i]
            deal = Deal(
                **vars(need),
                vendor=shown.vendor,
                plan=name,
                mean_usd=float(means_usd[name].get(i, priced.mean_usd)),
                p_late=None if deadline is None else float(np.mean(priced.bill.days > deadline)),
                bill=bill(priced, name, need.labels.q50),
            )
            deals.append(deal)
    return tuple(deals)


def _at_budget(found: LabelsRequired) -> tuple[str, VendorComparison, tuple[Deal, ...]]:
    """Compare the quotes at the labels that the budget usually buys for the strategy that the verdict chooses."""
    plan, case = found.plan, Case.of(found)
    name = case.chosen.al_plan
    bought = float(np.median(np.broadcast_to(case.plans[name].bill.labels, case.n_draws)))
    comparison = compare_vendors(plan, found.values, [min(max(1, round(bought)), round(plan.task.items_to_label))])
    chances = [offer.volumes[0].p_cheapest or 0.0 for offer in comparison.offers]
    best = comparison.offers[int(np.argmax(chances))]
    deals = tuple(
        Deal(
            vendor=offer.vendor,
            plan=None,
            total_usd=volume.total_usd,
            mean_usd=volume.total_usd.q50 or 0.0,
            days=volume.days,
            labels=Interval(*[float(volume.labels)] * 3),
            p_unreachable=0.0,
            p_cheapest=volume.p_cheapest,
            cheapest=offer is best,
            p_late=None if _deadline(plan) is None else float(volume.late is not None),
            bill=bills_at_counts(plan, {"random": volume.labels}, {"random": i})["random"],
        )
        for i, offer in enumerate(comparison.offers)
        for volume in offer.volumes
    )
    return name, comparison, deals


def _deadline(plan: Plan) -> float | None:
    return None if plan.calendar.deadline_days is None else plan.calendar.deadline_days.median
