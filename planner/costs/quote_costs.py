"""The numbers of one vendor's quote in a plan's draws (votes, errors, prices, pace), and warnings about quotes.

Notation:
    v   votes per item, on average
    eta share of wrong labels in what the team ends up with
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from scipy.special import betaincinv  # scipy.stats takes a second to load

from planner.costs.label_noise import error_after_votes, mean_votes
from planner.costs.terms import ONE, SECONDS_PER_HOUR, ZERO, Factor, Origin, Term, drop_ones, money, share
from planner.plan import DYNAMIC_MOST_VOTES, Draws, Plan, Quote, paths
from simulations.arrays import Floats

TOKENS_PER_PRICE = 1_000_000
DAYS_PER_YEAR = 365

_UNPRICED = ("most_votes", "votes", "error_before_review", "found_share", "error_rate")
"""What a quote comes to whatever its price."""

ODD_PRICE_BELOW_USD = 0.001
ODD_PRICE_ABOVE_USD = 100.0
STALE_DAYS = 365


@dataclass(frozen=True)
class QuoteCosts:
    """A vendor's quote in one set of draws; `quote["seats"]` gives one of its numbers.

    Attributes:
        index: its place among the plan's vendors.
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
        """Give the same quote at another price, or for other orders; its votes and errors are not counted again."""
        other = replace(self, values=values)
        other.__dict__.update({name: getattr(self, name) for name in _UNPRICED})
        return other

    def __getitem__(self, key: str) -> Floats:
        return self.values[paths.vendor(self.index, key)]

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
        return mean_votes(*self._voting)

    @property
    def votes_factor(self) -> Factor:
        """The votes of one item as a factor, with how ties make them more."""
        if self.terms.vote_scheme == "fixed":
            return Factor(self.votes, "votes")
        rate, correlation = self["vote_error_rate"], self["vote_correlation"]
        if self.terms.vote_scheme == "two_then_tie_break":
            words = "2, and a third on the {} of items where they differ; {} wrong votes, correlation {}"
            return Factor(self.votes, "votes", origin=Origin(words, (self.votes - 2, rate, correlation)))
        words = "until one class leads by two, {} at most; {} wrong votes, correlation {}"
        return Factor(self.votes, "votes", origin=Origin(words, (self.most_votes, rate, correlation)))

    @cached_property
    def error_before_review(self) -> Floats:
        """Share of wrong labels in what arrives: as told, or the error of the plurality."""
        if self.terms.vote_error_rate is None:
            return self["delivered_error_rate"]
        return error_after_votes(*self._voting)

    @property
    def _voting(self) -> tuple[str, Floats, Floats, int, Floats]:
        rate, correlation = self["vote_error_rate"], self["vote_correlation"]
        return self.terms.vote_scheme, self.most_votes, rate, self.classes, correlation

    @cached_property
    def found_share(self) -> Floats:
        """Share of all items that are wrong, reviewed and found so."""
        return self["review_share"] * self["review_detection"] * self.error_before_review

    @cached_property
    def error_rate(self) -> Floats:
        """Share of wrong labels after the review; what the vendor redoes is wrong again as often as at first."""
        if self.terms.review == "correct":
            return self.error_before_review - self.found_share
        return self.error_before_review - self.found_share * (1 - self.error_before_review)

    @cached_property
    def units_per_vote(self) -> tuple[Factor, ...]:
        """What one vote on one item is billed as, in the vendor's unit."""
        if self.terms.paid_by_time:
            return drop_ones(
                Factor(self["seconds_per_vote"], "s a vote"),
                Factor(np.array([SECONDS_PER_HOUR]), "s an hour", divides=True),
                Factor(self["efficiency"], "efficiency", divides=True),
            )
        if self.terms.billing not in ("per_item", "per_annotation"):
            return ()
        unit = f"units of {self.terms.unit_size.text} {self.terms.size_unit}".rstrip()
        size, each = self["item_size"], self["unit_size"]
        # Rounding keeps 0.3 ÷ 0.1 at three units; the smallest item is one.
        count = np.maximum(1.0, np.ceil(np.round(size / each, 9)))
        units = Factor(count, unit, origin=Origin("{} ÷ {}, rounded up", (size, each)))
        annotations = Factor(self["annotations_per_item"], "annotations an item")
        return drop_ones(annotations, units)

    @cached_property
    def units_per_item(self) -> Floats:
        """Units that one item is billed as, with all its votes."""
        return Term((Factor(self.votes, "votes"), *self.units_per_vote)).amount

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
    return ((money(quote[quote.terms.price_key], what),),)


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
    batch = share(1 - quote["batch_discount"], "in batches") if quote["batch_discount"].any() else Factor(ONE, "")

    def of(side: str, what: str, price: str, *part: Factor) -> tuple[Factor, ...]:
        million_usd = money(quote[f"price_usd_per_million_tokens_{price}"], "a million tokens")
        return drop_ones(tries, Factor(quote[f"tokens_{side}_per_vote"], what), *part, batch, million_usd, million)

    written, cached = of("out", "tokens written", "out"), quote["cached_share"]
    if not cached.any():
        return (of("in", "tokens read", "in"), written)
    fresh = of("in", "tokens read", "in", share(1 - cached, "not cached"))
    return (fresh, of("in", "tokens read", "cached", share(cached, "cached")), written)


_PRICES: Mapping[str, Callable[[QuoteCosts], Prices]] = {
    "per_item": _unit_price,
    "per_annotation": _unit_price,
    "per_hour": _hourly_price,
    "in_house": _salaried_price,
    "per_token": _token_price,
    "platform_only": lambda quote: _hourly_price(quote) if quote.terms.counts_people else (),
}


def quote_warnings(plan: Plan, today: date | None = None) -> tuple[str, ...]:
    """Give the sentences about a plan's quotes, each naming its vendor; they have to hold today, or on another day."""
    day = today or date.today()
    values = plan.medians()
    warnings: list[str | None] = [*_missing_error_rates(plan)]
    for i, vendor in enumerate(plan.vendors):
        vote_usd = float(np.ravel(QuoteCosts.of(plan, values, i).vote_usd)[0])
        warnings += [*_price_warnings(vendor, vote_usd, plan.task.currency), falling_total(vendor)]
        warnings += [*_people_warnings(plan, vendor), *_error_warnings(vendor), *_date_warnings(vendor, day)]
    return tuple(f"{sentence}." for sentence in warnings if sentence)


def late_warning(plan: Plan, vendor: int, values: Draws, n: float, days: float) -> str | None:
    """Say that a vendor cannot deliver before the plan's deadline; None where it can, or there is none."""
    deadline = plan.calendar.deadline_days
    if deadline is None or days <= deadline.median:
        return None
    pace = float(np.median(QuoteCosts.of(plan, values, vendor).throughput_per_day))
    return (
        f"{plan.vendors[vendor].name}, throughput_per_day: {n:,.0f} labels take about {days:,.0f} days at {pace:,.4g} "
        f"items a day, with turnarounds and trainings; allowed by deadline_days: {deadline.median:,.4g}."
    )


def _price_warnings(vendor: Quote, vote_usd: float, currency: str) -> Iterator[str]:
    """Ask back about a price per vote that looks like a slip of units (cents for dollars)."""
    sign = "$" if currency == "USD" else f"{currency} "
    # A machine's answer may cost next to nothing.
    lowest = 0 if vendor.billing == "per_token" else ODD_PRICE_BELOW_USD
    if 0 < vote_usd < lowest or vote_usd > ODD_PRICE_ABOVE_USD:
        yield (
            f"{vendor.name}: a price of {sign}{vote_usd:,.6g} a vote is unusual "
            f"({sign}{vote_usd * 1000:,.6g} per 1,000 votes); check the unit (dollars, not cents)"
        )


def falling_total(quote: Quote) -> str | None:
    """Say where tiers make more units cost less in total, at the prices' medians; None where they never do.

    Volume tiers that fall do at their edges; tiers that rise and start again do where more units take one month or
    order more, so that fewer of them reach the dearer tiers.
    """
    for before, after in zip(quote.tiers[:-1], quote.tiers[1:], strict=True):
        if after.price_usd.median > before.price_usd.median and quote.tier_reset != "none":
            again = "month" if quote.tier_reset == "monthly" else "order"
            return (
                f"{quote.name}, tiers: units after {after.from_units.median:,.0f} are dearer and tiers start again "
                f"each {again}; a plan that takes one {again} more may cost less"
            )
        if after.price_usd.median < before.price_usd.median and quote.tier_kind == "volume":
            edge = after.from_units.median
            dear, cheap = edge * before.price_usd.median, edge * after.price_usd.median
            return (
                f"{quote.name}, tiers: {edge:,.0f} units cost {dear:,.2f} and one more brings the total down to "
                f"{cheap:,.2f}; just below a volume tier, buying more is cheaper"
            )
    return None


def _people_warnings(plan: Plan, vendor: Quote) -> Iterator[str]:
    """Say where the people who label are in no line of the bill."""
    if not vendor.counts_people:
        beside = len(plan.comparable_vendors) < len(plan.vendors)
        never = ", so that it is shown but never chosen as the cheapest" if beside else ""
        yield (
            f"{vendor.name}: a platform alone, whose people's time is in no line{never}; give seconds_per_vote and "
            "hourly_rate_usd"
        )


def _missing_error_rates(plan: Plan) -> Iterator[str]:
    """Say of all quotes that give no error rate, once, what stands in for it."""
    names: dict[str, list[str]] = {}
    for i, vendor in enumerate(plan.vendors):
        rate = plan.input(paths.vendor(i, "delivered_error_rate"))
        if rate.default and rate.quantity is not None and vendor.billing != "per_item":
            names.setdefault(rate.text, []).append(vendor.name)
    for text, silent in names.items():
        given = "not given" if len(silent) == 1 else f"given by none of these {len(silent)}"
        who, whose = ("it", "the vendor's") if len(silent) == 1 else ("each", "the vendors'")
        yield (
            f"{'; '.join(silent)}, delivered_error_rate: {given}, so that labelplan's own {text} stands in for {who}; "
            f"give {whose}, or vote_error_rate"
        )


def _error_warnings(vendor: Quote) -> Iterator[str]:
    """Doubt an error rate that is only claimed, or one that a small audit cannot tell so well."""
    key = "delivered_error_rate" if vendor.vote_error_rate is None else "vote_error_rate"
    rate = getattr(vendor, key)
    if vendor.error_rate_is == "claimed":
        advice = "give a range" if rate.fixed else "do not count on less than that range"
        yield (
            f"{vendor.name}, {key}: {rate.text} is the vendor's claim; until an audit of a few hundred items has "
            f"measured it, {advice}"
        )
    if vendor.error_rate_is == "measured" and vendor.audit_items is None:
        yield f"{vendor.name}, {key}: measured, but audit_items does not say on how many; give them"
    if vendor.audit_items is not None and rate.fixed:
        m = vendor.audit_items.median
        # Jeffreys' interval of a binomial share.
        a, b = rate.median * m + 0.5, (1 - rate.median) * m + 0.5
        low, high = (float(betaincinv(a, b, q)) for q in (0.1, 0.9))
        yield (
            f'{vendor.name}, {key}: {rate.median:.3g} measured on {m:,.0f} items could be "{low:.2g} to {high:.2g}"; '
            "give that range, so that the answer knows it"
        )


def _date_warnings(vendor: Quote, day: date) -> Iterator[str]:
    if vendor.valid_until is not None and day > vendor.valid_until:
        yield f"{vendor.name}, valid_until: the quote held until {vendor.valid_until}; ask for a new one"
    if vendor.valid_from is not None and day < vendor.valid_from:
        yield f"{vendor.name}, valid_from: the quote holds only from {vendor.valid_from} on"
    if vendor.as_of is not None and (day - vendor.as_of).days > STALE_DAYS:
        yield f"{vendor.name}, as_of: the price is of {vendor.as_of}, more than a year ago; check it"
    if vendor.source_kind == "third_party":
        yield f"{vendor.name}: a price of it is from another page than the vendor's own; check it there"
    if vendor.source_kind == "trade_article":
        yield f"{vendor.name}: its prices are a range from a trade article, not a quote; replace them by your own"
