"""The price of its vote at which each vendor would be the cheapest for a plan, all other quotes as they are.

Notation:
    x       USD, the median price of the vendor's vote; its draws keep their proportions to that median
    lead    mean total of the plan with the vendor at price x, minus the lowest mean total with any other vendor
The lead is taken on the same draws at every price. The price is the root of the lead: the vendor wins below it.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from planner.costs import Quote, vote_price_path
from planner.decision.comparison import Order, Priced, cheapest, compare_offers
from planner.decision.needs import Needs
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats

State = Literal["at_most", "always", "never", "not_compared"]

HIGHEST_USD = 1e6  # a dearer vote is none
FIRST_USD = 1e-6
STEP = 4.0  # from one price tried to the next, until the vendor no longer wins
CLOSE = 1e-7  # of the price


@dataclass(frozen=True)
class WinningPrice:
    """At which price of a vote one vendor would be the cheapest for one plan.

    Attributes:
        vendor: name of the quote.
        plan: `random` or a strategy.
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


def winning_prices(plan: Plan, found: Needs, al_plan: str) -> tuple[WinningPrice, ...]:
    """Find the price at which each vendor would be the cheapest for random labelling and for one strategy.

    Under a budget the total need not rise with the price; the price is then the first at which the vendor stops being
    the cheapest, as seen in steps of four from the price of now or from nothing.

    Args:
        plan: the plan file.
        found: what its plans need, on joint draws.
        al_plan: the strategy.

    Returns:
        Two entries a vendor, random first, vendors in the order of the plan.
    """
    race = _Race(plan, found, compare_offers(plan, found.values, found.labels, worth=found.worth))
    return tuple(race.price(vendor, name) for vendor in range(len(plan.vendors)) for name in ("random", al_plan))


@dataclass(frozen=True, eq=False)
class _Race:
    """All vendors' totals as they are, and one vendor's at other prices."""

    plan: Plan
    found: Needs
    offers: dict[str, tuple[Priced, ...]]
    _seen: dict[tuple[str, int, bytes], float] = field(default_factory=dict)

    def price(self, vendor: int, name: str) -> WinningPrice:
        """Find one vendor's price for one plan."""
        quote = Quote.of(self.plan, self.found.values, vendor)
        now = float(np.median(quote.vote_usd))
        wins = cheapest(self.plan, self.offers[name]) is self.offers[name][vendor]

        def told(state: State, at_most_usd: float | None = None) -> WinningPrice:
            return WinningPrice(quote.terms.name, name, state, now, at_most_usd, wins)

        if vendor not in self.plan.comparable_vendors:
            return told("not_compared")
        if len(self.plan.comparable_vendors) == 1:
            return told("always")
        if self.lead_usd(vendor, name, 0.0) > 0:
            return told("never")
        low, high = 0.0, max(now, FIRST_USD)
        while self.lead_usd(vendor, name, high) <= 0:
            low, high = high, high * STEP
            if high > HIGHEST_USD:
                return told("always")
        return told("at_most", self._root(vendor, name, low, high))

    def _root(self, vendor: int, name: str, low: float, high: float) -> float:
        """Find where the lead changes sign, by sections that are halved at worst."""
        from scipy.optimize import brentq

        root = brentq(lambda x: self.lead_usd(vendor, name, x), low, high, xtol=CLOSE * high, rtol=CLOSE)
        return float(root)

    def lead_usd(self, vendor: int, name: str, price_usd: float) -> float:
        """Give how much more a plan costs on average with a vendor at a price than with the best of the others."""
        values = {**self.found.values, vote_price_path(vendor): self._draws_of(vendor, price_usd)}
        own = self._order(values, "random", None).with_best_batch(vendor)
        best = min((self.offers["random"][i] for i in self._rivals(vendor)), key=lambda offer: offer.mean_usd)
        lead = own.mean_usd - best.mean_usd
        if name == "random":
            return lead
        # Delay counts from random labelling with its own cheapest vendor, which the price may change.
        days_random = own.bill.days if lead <= 0 else best.bill.days
        total = self._order(values, name, days_random).with_best_batch(vendor).mean_usd
        return total - self._best_rival_usd(name, vendor, days_random)

    def _best_rival_usd(self, name: str, vendor: int, days_random: Floats) -> float:
        key = name, vendor, days_random.tobytes()
        if key not in self._seen:
            order = self._order(self.found.values, name, days_random)
            self._seen[key] = min(order.with_best_batch(i).mean_usd for i in self._rivals(vendor))
        return self._seen[key]

    def _rivals(self, vendor: int) -> list[int]:
        return [i for i in self.plan.comparable_vendors if i != vendor]

    def _order(self, values: Draws, name: str, days_random: Floats | None) -> Order:
        return Order(self.plan, values, name, self.found.labels, self.found.worth, days_random)

    def _draws_of(self, vendor: int, price_usd: float) -> Floats:
        """Scale the draws of a vote's price to a median; a price that is 0 now has no spread to keep."""
        usd = Quote.of(self.plan, self.found.values, vendor).vote_usd
        median = float(np.median(usd))
        return price_usd * usd / median if median > 0 else np.array([price_usd])
