"""The price of its vote at which each vendor would be the cheapest for a plan, all other quotes as they are.

Notation:
    x       USD, the median price of the vendor's vote; its draws keep their proportions to that median
    lead    mean total of the plan with the vendor at price x, minus the lowest mean total with any other vendor
The lead is taken on the same draws at every price. The price is the root of the lead: the vendor wins below it.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from planner.arrays import Floats
from planner.costs import Quote, vote_price_path, with_delay
from planner.decision.batches import batch_sizes
from planner.decision.comparison import Order, Priced, cheapest, compare_offers, quotes_of
from planner.decision.needs import Needs
from planner.plan import Draws, Plan

Found = TypeVar("Found")
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


def winning_prices(
    plan: Plan, found: Needs, al_plan: str, offers: Mapping[str, Sequence[Priced]] | None = None
) -> tuple[WinningPrice, ...]:
    """Find the price at which each vendor would be the cheapest for random labelling and for one strategy.

    Under a budget the total need not rise with the price; the price is then the first at which the vendor stops being
    the cheapest, as seen in steps of four from the price of now or from nothing.

    Args:
        plan: the plan file.
        found: what its plans need, on joint draws.
        al_plan: the strategy.
        offers: what `compare_offers` makes of these needs, where it is at hand.

    Returns:
        Two entries a vendor, random first, vendors in the order of the plan.
    """
    if offers is None:
        offers = compare_offers(plan, found.values, found.labels, worth=found.worth)
    race = _Race(plan, found, offers, quotes_of(plan, found.values))
    return tuple(race.price(vendor, name) for vendor in range(len(plan.vendors)) for name in ("random", al_plan))


@dataclass(frozen=True, eq=False)
class _Race:
    """All vendors' totals as they are, and one vendor's at other prices."""

    plan: Plan
    found: Needs
    offers: Mapping[str, Sequence[Priced]]
    quotes: Mapping[int, Quote]
    _seen: dict[Hashable, Any] = field(default_factory=dict)

    def price(self, vendor: int, name: str) -> WinningPrice:
        """Find one vendor's price for one plan."""
        quote = self.quotes[vendor]
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
        # The section's ends are asked for twice, and both plans at the same prices.
        return self._once(("lead", vendor, name, price_usd), lambda: self._lead_usd(vendor, name, price_usd))

    def _lead_usd(self, vendor: int, name: str, price_usd: float) -> float:
        values = {**self.found.values, vote_price_path(vendor): self._draws_of(vendor, price_usd)}
        own = self._once(("random", vendor, price_usd), lambda: self._priced(values, "random", None, vendor))
        best = min((self.offers["random"][i] for i in self._rivals(vendor)), key=lambda offer: offer.mean_usd)
        lead = own.mean_usd - best.mean_usd
        if name == "random":
            return lead
        # Delay counts from random labelling with its own cheapest vendor, which the price may change.
        days_random = own.bill.days if lead <= 0 else best.bill.days
        total = self._priced(values, name, days_random, vendor).mean_usd
        return total - self._best_rival_usd(name, vendor, days_random)

    def _best_rival_usd(self, name: str, vendor: int, days_random: Floats) -> float:
        rivals = self._rivals(vendor)
        if np.array_equal(days_random, cheapest(self.plan, self.offers["random"]).bill.days):
            return min(self.offers[name][i].mean_usd for i in rivals)
        key = "rivals", vendor, name, days_random.tobytes()
        return self._once(key, lambda: min(self._delayed_usd(name, days_random, i) for i in rivals))

    def _delayed_usd(self, name: str, days_random: Floats, vendor: int) -> float:
        """Price a plan as it is, against other days of random labelling."""
        values = self.found.values
        if batch_sizes(self.plan) is not None:  # which may be another one then
            return self._priced(values, name, days_random, vendor).mean_usd
        bill = with_delay(self.plan, self.offers[name][vendor].bill, days_random, values)
        return float(bill.total_usd.mean())

    def _once(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """Compute what a key stands for once; the draws are the same throughout."""
        if key not in self._seen:
            self._seen[key] = make()
        found: Found = self._seen[key]
        return found

    def _rivals(self, vendor: int) -> list[int]:
        return [i for i in self.plan.comparable_vendors if i != vendor]

    def _priced(self, values: Draws, name: str, days_random: Floats | None, vendor: int) -> Priced:
        found = self.found
        order = Order(self.plan, values, name, found.labels, found.worth, days_random, quotes=self.quotes)
        return order.with_best_batch(vendor)

    def _draws_of(self, vendor: int, price_usd: float) -> Floats:
        """Scale the draws of a vote's price to a median; a price that is 0 now has no spread to keep."""
        usd = self.quotes[vendor].vote_usd
        median = float(np.median(usd))
        return price_usd * usd / median if median > 0 else np.array([price_usd])
