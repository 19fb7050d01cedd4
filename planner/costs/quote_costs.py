"""The numbers of one vendor's quote in a plan's draws: votes, errors, prices and pace.

Notation:
    v   votes per item, on average
    eta share of wrong labels in what the team ends up with
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.costs.label_noise import clean_labels_per_label
from planner.costs.terms import SECONDS_PER_HOUR, ZERO, Factor, Term, drop_ones, money
from planner.costs.votes import error_after_votes, mean_votes
from planner.plan import Draws, Plan, Quote, paths
from planner.plan.quote import DYNAMIC_MOST_VOTES
from simulations.arrays import Floats

TOKENS_PER_PRICE = 1_000_000
DAYS_PER_YEAR = 365

_UNPRICED = ("most_votes", "votes", "error_before_review", "found_share", "error_rate")
"""What a quote comes to whatever its price."""


@dataclass(frozen=True)
class QuoteCosts:
    """A vendor's quote in one set of draws; `quote["seats"]` gives one of its numbers.

    Attributes:
        terms: the quote as the plan has it.
        index: its place among the plan's vendors.
        classes: number of classes.
        values: every numeric input of the plan, by path; a `vendors.<index>.vote_usd` in it takes the price's place.
    """

    terms: Quote
    index: int
    classes: int
    values: Draws

    @classmethod
    def of(cls, plan: Plan, values: Draws, index: int) -> "QuoteCosts":
        """Give the quote of one of the plan's vendors."""
        return cls(plan.vendors[index], index, round(plan.task.classes.median), values)

    def at_price(self, values: Draws) -> "QuoteCosts":
        """Give the same quote at another price, or for other orders; its votes and errors are not counted again.

        Args:
            values: every numeric input of the plan, those of the quote as they are but for its price.
        """
        other = replace(self, values=values)
        other.__dict__.update({name: getattr(self, name) for name in _UNPRICED})
        return other

    def __getitem__(self, key: str) -> Floats:
        return self.values[paths.vendor(self.index, key)]

    @property
    def timed(self) -> bool:
        """Whether work is paid by time, so that items which take longer cost more."""
        return self.terms.paid_by_time

    @cached_property
    def most_votes(self) -> Floats:
        """Votes of one item, at most; a range's draws end where dynamic voting does."""
        if self.terms.vote_scheme == "dynamic":
            return np.minimum(self["votes_per_item"], DYNAMIC_MOST_VOTES)
        return self["votes_per_item"]

    @cached_property
    def votes(self) -> Floats:
        """Votes that are bought for one item, on average over items."""
        if self.terms.vote_scheme == "fixed":
            return self.most_votes
        return mean_votes(self.terms.vote_scheme, self.most_votes, self["vote_error_rate"], self.classes)

    @cached_property
    def error_before_review(self) -> Floats:
        """Share of wrong labels in what arrives: as told, or the error of the plurality."""
        if self.terms.vote_error_rate is None:
            return self["delivered_error_rate"]
        return error_after_votes(self.terms.vote_scheme, self.most_votes, self["vote_error_rate"], self.classes)

    @cached_property
    def found_share(self) -> Floats:
        """Share of all items that are wrong, reviewed and found so."""
        return self["review_share"] * self["review_detection"] * self.error_before_review

    @cached_property
    def error_rate(self) -> Floats:
        """Share of wrong labels after the review; what is redone is wrong again as often as at first."""
        return self.error_before_review - self.found_share * (1 - self.error_before_review)

    @cached_property
    def clean_labels(self) -> Floats:
        """Clean labels that one label is worth, by the formula."""
        return clean_labels_per_label(self.error_rate)

    @cached_property
    def units_per_vote(self) -> tuple[Factor, ...]:
        """What one vote on one item is billed as, in the vendor's unit."""
        if self.timed:
            return drop_ones(
                Factor(self["seconds_per_vote"], "s a vote"),
                Factor(np.array([SECONDS_PER_HOUR]), "s an hour", divides=True),
                Factor(self["efficiency"], "efficiency", divides=True),
            )
        if self.terms.billing not in ("per_item", "per_annotation"):
            return ()
        unit = f"units of {self.terms.unit_size.text} {self.terms.size_unit}".rstrip()
        # Rounding keeps 0.3 ÷ 0.1 at three units; the smallest item is one.
        units = Factor(np.maximum(1.0, np.ceil(np.round(self["item_size"] / self["unit_size"], 9))), unit)
        annotations = Factor(self["annotations_per_item"], "annotations an item")
        return drop_ones(annotations, units)

    @cached_property
    def unit_prices(self) -> tuple[tuple[Factor, ...], ...]:
        """What one unit costs: products that add up; for tiers the price of the first."""
        vote_usd = self.values.get(vote_price_path(self.index))
        if vote_usd is not None:
            per_unit = (Factor(f.value, f.what, not f.divides) for f in self.units_per_vote)
            return ((money(vote_usd, "a vote"), *per_unit),)
        return _PRICES[self.terms.billing](self)

    @cached_property
    def vote_usd(self) -> Floats:
        """Price of one vote on one item, in USD; in tiers at the first tier's price, at a random item's time."""
        return sum((Term(prices).amount for prices in self.unit_prices), ZERO) * Term(self.units_per_vote).amount

    @cached_property
    def tier_prices_usd(self) -> tuple[Floats, ...]:
        """Price of a unit in each tier, in USD; where a vote's price is told, tiers keep their proportions."""
        prices = [self[f"tiers.{i}.price_usd"] for i in range(len(self.terms.tiers))]
        vote_usd = self.values.get(vote_price_path(self.index))
        if vote_usd is None:
            return tuple(prices)
        first = vote_usd / Term(self.units_per_vote).amount
        return tuple(first * price / prices[0] for price in prices)

    @cached_property
    def throughput_per_day(self) -> Floats:
        """Items labelled a calendar day: as told, or what the hours of the annotators in house allow."""
        if self.terms.throughput_per_day is not None:
            return self["throughput_per_day"]
        hours_a_day = self["people"] * self["hours_per_year"] / DAYS_PER_YEAR
        return hours_a_day / Term(self.units_per_vote).amount / self.votes

    @property
    def turnaround_days(self) -> Floats:
        """Days from an order to its first delivery."""
        hurried = self.terms.rush and self.terms.rush_turnaround_days is not None
        return self["rush_turnaround_days" if hurried else "turnaround_days"]


def vote_price_path(index: int) -> str:
    """Name the value that takes the place of a quote's prices: what one vote on one item costs, in USD."""
    return paths.vendor(index, "vote_usd")


Prices = tuple[tuple[Factor, ...], ...]


def _unit_price(quote: QuoteCosts) -> Prices:
    per_annotation = quote.terms.billing == "per_annotation"
    what = "an annotation" if per_annotation else "a unit" if quote.units_per_vote else "a vote"
    price = quote["tiers.0.price_usd"] if quote.terms.tiers else quote["price_usd"]
    return ((money(price, what),),)


def _hourly_price(quote: QuoteCosts) -> Prices:
    price = quote["tiers.0.price_usd"] if quote.terms.tiers else quote["hourly_rate_usd"]
    return ((money(price, "an hour"),),)


def _salaried_price(quote: QuoteCosts) -> Prices:
    salary = money(quote["salary_usd_per_year"], "a year")
    overhead = Factor(1 + quote["overhead_rate"], "with overhead")
    hours = Factor(quote["hours_per_year"], "hours a year", divides=True)
    return (drop_ones(salary, overhead, hours),)


def _token_price(quote: QuoteCosts) -> Prices:
    tries = Factor(1 + quote["retry_rate"], "tries")
    million = Factor(np.array([TOKENS_PER_PRICE]), "", divides=True)

    def of(side: str, what: str) -> tuple[Factor, ...]:
        price = money(quote[f"price_usd_per_million_tokens_{side}"], "a million tokens")
        return drop_ones(tries, Factor(quote[f"tokens_{side}_per_vote"], what), price, million)

    return (of("in", "tokens read"), of("out", "tokens written"))


_PRICES: Mapping[str, Callable[[QuoteCosts], Prices]] = {
    "per_item": _unit_price,
    "per_annotation": _unit_price,
    "per_hour": _hourly_price,
    "in_house": _salaried_price,
    "per_token": _token_price,
    "platform_only": lambda quote: _hourly_price(quote) if quote.terms.counts_people else (),
}
