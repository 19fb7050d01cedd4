"""Price the labels of an option: rounds and orders, votes, tiers, fees, minimum orders, reviews and the test set.

Notation (arrays broadcast together; draws are the last axis):
    n, n_test   items bought for the model, and for testing
    n0, b       initial labels, batch size
    R           acquisition rounds: R + 1 orders, R + 1 trainings, R pool scorings; of random
                labelling the orders after the first, each of which doubles what is owned, the last up to n
    N           n + n_test, all that is delivered
    tau         time of a chosen item against a random one; counts where work is paid by time
    E           n·tau + n_test: work, in random items
    v           votes bought per item
    f           share of the items that is charged: what is free comes off evenly
    U           units billed together
    p, a        prices of the tiers in USD a unit, and the units after which each begins, rising from 0
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.costs.quote_costs import QuoteCosts
from planner.costs.terms import ONE, ZERO, Factor, Line, Origin, Term, drop_ones, money, share
from planner.plan import Tier
from simulations.arrays import Floats

DAYS_PER_MONTH = 30
MONTHS_PER_YEAR = 12


def rounds(n: Floats, n0: Floats, b: Floats) -> Floats:
    """Count acquisition rounds: R = ⌈(n − n0)/b⌉; the last may be short, and fewer labels than n0 take none."""
    return np.maximum(0.0, np.ceil((n - n0) / b))


def round_factor(n: Floats, n0: Floats, b: Floats) -> Factor:
    """Give R as a factor."""
    return Factor(rounds(n, n0, b), "rounds", origin=Origin("({} − {}) ÷ {}, rounded up", (n, n0, b)))


def round_up_to_batches(need: Floats, n0: Floats, b: Floats) -> Floats:
    """Give the labels bought to have at least `need`: the initial set and whole batches."""
    return n0 + rounds(need, n0, b) * b


def items_trained(n: Floats, n0: Floats, b: Floats, most: float | Floats = np.inf) -> Line:
    """Sum the labelled set over all trainings: Σ_{r<R}(n0 + r·b) + n, and `most` before one order of the rest."""
    r = rounds(np.minimum(n, most), n0, b)
    line = Line.of(round_factor(np.minimum(n, most), n0, b), Factor(n0, "initial labels")).plus(_earlier_batches(b, r))
    if (n > most).any():
        line = line.plus(Term((Factor(np.where(n > most, most, 0.0), "before the rest was bought"),)))
    return line.plus(Term((Factor(n, "in the last training"),)))


def items_scored(n: Floats, n0: Floats, b: Floats, pool: Floats) -> Line:
    """Sum the unlabelled pool over the R scorings: Σ_{r<R}(pool − n0 − r·b); `pool` excludes the test items."""
    r = rounds(n, n0, b)
    left = Factor(pool - n0, "items of the pool, without test and initial ones")
    return Line.of(round_factor(n, n0, b), left).plus(_earlier_batches(-b, r))


def items_trained_doubling(n: Floats, n0: Floats) -> Line:
    """Sum the labelled set over the R+1 trainings of random labelling: Σ_{r<R} n0·2^r + n."""
    r = doublings(n, n0)
    times = Factor(2.0**r - 1, "times, in earlier trainings", origin=Origin("2^{} − 1", (r,)))
    earlier = Term((Factor(n0, "initial labels"), times))
    return Line((earlier, Term((Factor(n, "in the last training"),))))


def doublings(n: Floats, n0: Floats) -> Floats:
    """Count the orders after the first that double what is owned: R = ⌈log2(n/n0)⌉, at least 0."""
    return np.maximum(0.0, np.ceil(np.log2(n / n0) - 1e-12))


def _earlier_batches(b: Floats, r: Floats) -> Term:
    before = Origin("{} × {} ÷ 2", (r, r - 1))
    return Term((Factor(b, "a batch"), Factor(r * (r - 1) / 2, "batches before each round, added up", origin=before)))


@dataclass(frozen=True)
class Orders:
    """Orders of a plan, equal ones together.

    Attributes:
        items: items in one order of each size, in the order they are placed.
        counts: how many orders have that size; 0 where there is none.
        n_test: test items, which ride in the first order.
    """

    items: tuple[Floats, ...]
    counts: tuple[Floats, ...]
    rounds: Floats
    n_test: Floats

    @classmethod
    def single(cls, n: Floats, n_test: Floats) -> "Orders":
        """Buy everything at once."""
        return cls((n + n_test,), (ONE,), np.zeros_like(n), n_test)

    @classmethod
    def in_rounds(cls, n: Floats, n_test: Floats, n0: Floats, b: Floats, most: float | Floats = np.inf) -> "Orders":
        """Buy the initial set with the test items, then a batch a round; the last may be short.

        Fewer labels than the initial set are one order; so is the rest beyond the `most` that rounds buy.
        """
        rest, n = np.maximum(n - most, 0), np.minimum(n, most)
        r = rounds(n, n0, b)
        first = np.minimum(n, n0)
        last = np.maximum(n - first - np.maximum(r - 1, 0) * b, 0)
        full = np.broadcast_to(b, last.shape)
        items, counts = [first + n_test, full, last], [ONE, np.maximum(r - 1, 0), np.minimum(r, 1)]
        if rest.any():
            counts.append(np.where(rest > 0, 1.0, 0.0))
            items.append(rest)
            r = r + counts[-1]
        return cls(tuple(items), tuple(counts), r, n_test)

    @classmethod
    def doubling(cls, n: Floats, n_test: Floats, n0: Floats) -> "Orders":
        """Buy the initial set with the test items, then in each order as much as is owned, in the last up to n."""
        r = doublings(n, n0)
        owned = [n0 * 2.0**j for j in range(int(r.max()))]
        later = (np.clip(n - before, 0, before) for before in owned)
        counts = (np.where(r > j, 1.0, 0.0) for j in range(len(owned)))
        return cls((np.minimum(n, n0) + n_test, *later), (ONE, *counts), r, n_test)

    @property
    def total(self) -> Floats:
        """All items of all orders."""
        return sum((size * count for size, count in self), ZERO)

    def work(self, tau: Floats) -> tuple[Floats, ...]:
        """Give the work in one order of each size, in random items: a chosen item takes `tau` times as long."""
        first, *later = self.items
        return ((first - self.n_test) * tau + self.n_test, *(items * tau for items in later))

    def __iter__(self) -> Iterator[tuple[Floats, Floats]]:
        return zip(self.items, self.counts, strict=True)


@dataclass(frozen=True)
class LabelBill:
    """A vendor's bill for one plan, spread over whole `months`; `tau` is 1 where time is not paid."""

    quote: QuoteCosts
    n: Floats
    n_test: Floats
    orders: Orders
    tau: Floats
    months: Floats

    def lines(self) -> dict[str, Line]:
        """Give the lines `labels_usd`, `review_usd` and `test_labels_usd`."""
        tiers = Origin("tiers, by {} items", (self._all,)) if self.quote.terms.platform_fee_tiers else None
        fee = money(self._fee_usd, "platform fee an item", tiers)
        labels = Line(self._labels(self.n, self.n * self.tau / self._work, "items"))
        test = Line(self._labels(self.n_test, self.n_test / self._work, "test items"))
        if fee.value.any():
            charged = drop_ones(self._charged_share)
            labels = labels.plus(Term((Factor(self.n, "items"), *charged, fee)))
            test = test.plus(Term((Factor(self.n_test, "test items"), *charged, fee)))
        labels = labels.plus(*self._minimums(), *self._fixed_charges())
        return {"labels_usd": labels, "review_usd": Line(self._review(fee)), "test_labels_usd": test}

    @cached_property
    def _all(self) -> Floats:
        return self.n + self.n_test

    @cached_property
    def _work(self) -> Floats:
        """E."""
        return self.n * self.tau + self.n_test

    @cached_property
    def _charged(self) -> Floats:
        """Share of the items that is charged, f: what is free or prepaid comes off evenly."""
        quote, charged = self.quote, ONE
        if quote["free_items"].any():
            charged = np.maximum(0.0, self._all - quote["free_items"]) / self._all
        included = quote["free_units_per_month"] * self.months + quote["prepaid_units"]
        if included.any():
            units = self._work * quote.units_per_item * charged
            charged = charged * np.maximum(0.0, units - included) / np.maximum(units, 1e-12)
        return charged

    @property
    def _charged_share(self) -> Factor:
        quote = self.quote
        free = quote["free_items"] * quote.units_per_item
        free = free + quote["free_units_per_month"] * self.months + quote["prepaid_units"]
        units = self._work * quote.units_per_item
        return share(self._charged, "charged", Origin("({} − {}) ÷ {} units", (units, free, units)))

    @cached_property
    def _fee_usd(self) -> Floats:
        """Platform fee of one item charged, in USD; of tiers the average."""
        tiers = self.quote.terms.platform_fee_tiers
        if not tiers:
            return self.quote["platform_fee_usd_per_item"]
        items = np.maximum(self._all * self._charged, 1e-12)
        prices = [self.quote[f"platform_fee_tiers.{i}.price_usd"] for i in range(len(tiers))]
        return np.asarray(sum((term.amount for term in tier_terms(items, tiers, prices)), ZERO) / items)

    def _labels(self, items: Floats, part: Floats, what: str) -> tuple[Term, ...]:
        """Price a part of the delivered items: all of it in one product, or its part of what tiers and fees give."""
        if not self.quote.terms.tiers:
            time = self.tau if what == "items" else ONE
            factors = drop_ones(self._charged_share, Factor(time, "time of a chosen item"))
            votes = [term.times(*factors) for term in self._votes(items, what)]
            return tuple(self._with_fees(votes, items * self._charged))
        terms = self._with_fees(_price_tiers(self, self._work * self._charged), self._all * self._charged)
        return tuple(term.times(*drop_ones(share(part, f"of the work is for the {what}"))) for term in terms)

    def _votes(self, items: Floats, what: str) -> Iterator[Term]:
        """Price the votes on items where each costs the same."""
        quote = self.quote
        for prices in quote.unit_prices:
            yield Term((Factor(items, what), *drop_ones(quote.votes_factor, *quote.units_per_vote), *prices))

    def _with_fees(self, terms: list[Term], items: Floats) -> list[Term]:
        """Add what the price goes up by: a rush, and the platform's share of every vote on the items charged."""
        quote = self.quote
        if quote.terms.rush:
            terms = [term.times(*drop_ones(Factor(quote["rush_price_multiplier"], "rush"))) for term in terms]
        rate = fee_rate(quote)
        least = quote["fee_minimum_usd"]
        if not rate.any() and not least.any():
            return terms
        if not least.any():
            return [*terms, *(term.times(share(rate, "platform's share")) for term in terms)]
        # Judged on the average vote of these terms: all cost the same, or what tiers come to.
        votes = items * quote.votes
        each_usd = sum((term.amount for term in terms), ZERO) / np.maximum(votes, 1e-12)
        origin = Origin("the more of {} × {} and {}", (rate, each_usd, least))
        fee = money(np.maximum(rate * each_usd, least), "platform's share of a vote", origin)
        return [*terms, Term((Factor(votes, "votes"), fee))]

    @cached_property
    def work_usd(self) -> Floats:
        """Price of all delivered items, platform fee aside: a plain number, for averages and differences."""
        work = self._work * self._charged
        terms = _price_tiers(self, work) if self.quote.terms.tiers else list(self._votes(work, "items"))
        quote = self.quote
        usd = sum((term.amount for term in terms), ZERO)
        if quote.terms.rush:
            usd = usd * quote["rush_price_multiplier"]
        return usd + np.maximum(
            fee_rate(quote) * usd, quote["fee_minimum_usd"] * self._all * self._charged * quote.votes
        )

    @property
    def label_usd(self) -> Floats:
        """Price of one of the n labels at the average, platform fee aside, in USD."""
        return self.work_usd * self.tau / self._work

    @property
    def _delivered_usd(self) -> Floats:
        """Price of all delivered items with the platform fee."""
        return self.work_usd + self._fee_usd * self._all * self._charged

    def _review(self, fee: Factor) -> tuple[Term, ...]:
        """Price reviewed items, gold questions, and what is redone unless it is free."""
        quote, terms = self.quote, list[Term]()
        if quote["review_share"].any() and quote["review_price_usd"].any():
            reviewed = drop_ones(share(quote["review_share"], "reviewed"))
            terms.append(Term((Factor(self._all, "items"), *reviewed, money(quote["review_price_usd"], "a review"))))
        # A draw just below 1 may round to it.
        gold = self._all * quote["gold_share"] / np.maximum(1 - quote["gold_share"], 1e-12)
        redone = ZERO if quote.terms.rework_free or quote.terms.review == "correct" else self._all * quote.found_share
        gold_share = quote["gold_share"]
        gold_from = Origin("{} × {} ÷ (1 − {})", (self._all, gold_share, gold_share))
        redone_from = Origin("{} × {} found wrong", (self._all, quote.found_share))
        for extra, what, origin in ((gold, "gold questions", gold_from), (redone, "wrong items redone", redone_from)):
            if extra.any():
                each_usd = self.work_usd / np.maximum(self._work, 1e-12) + fee.value * self._charged
                average = Origin("{} for {} items, with fees", (each_usd * self._work, self._work))
                terms.append(
                    Term((Factor(extra, what, origin=origin), money(each_usd, "an item, at the average", average)))
                )
        return tuple(terms)

    def _minimums(self) -> tuple[Term, ...]:
        """Raise small orders to the least that the vendor takes, and salaries to the least term."""
        quote, terms, full = self.quote, list[Term](), self._at_least_order
        least_usd = quote["minimum_order_usd"]
        short = full.n - self.n
        if short.any():
            # Priced as if they were delivered, so that they reach the tiers and use up the free items.
            each_usd = (full._delivered_usd - self._delivered_usd) / np.maximum(short, 1e-12)
            terms.append(Term((Factor(short, "items short of the least order"), money(each_usd, "an item"))))
        if least_usd.any():
            for work, (items, count) in zip(full.orders.work(self.tau), full.orders, strict=True):
                # An order's share of the bill is its share of the work.
                usd = full.work_usd * work / full._work + full._fee_usd * full._charged * items
                short_usd = np.maximum(0, least_usd - usd)
                if short_usd.any():
                    terms.append(Term((Factor(count, "orders"), money(short_usd, "short of the least order"))))
        return (*terms, *self._idle_salaries(self.work_usd + Line(tuple(terms)).amount))

    @cached_property
    def _at_least_order(self) -> "LabelBill":
        """The same plan with each small order raised to the least number of items."""
        least = self.quote["minimum_order_items"]
        if not least.any():
            return self
        orders = replace(self.orders, items=tuple(np.maximum(items, least) for items in self.orders.items))
        return replace(self, n=orders.total - self.n_test, orders=orders)

    def _idle_salaries(self, charged_usd: Floats) -> tuple[Term, ...]:
        """Price the salaries of the least term, less the work and least orders that are charged anyway."""
        quote = self.quote
        if quote.terms.billing != "in_house" or not quote["minimum_months"].any():
            return ()
        month_usd = quote["salary_usd_per_year"] * (1 + quote["overhead_rate"]) / MONTHS_PER_YEAR
        idle = quote["minimum_months"] * quote["people"] * month_usd > charged_usd
        if not idle.any():
            return ()
        where = drop_ones(Factor(np.where(idle, 1.0, 0.0), "where the least term is longer"))
        people = drop_ones(Factor(quote["people"], "annotators"))
        term = (Factor(quote["minimum_months"], "months, the least term"), *people, money(month_usd, "salary a month"))
        return (Term((*where, *term)), Term((*where, money(-charged_usd, "less the work of all items"))))

    def _fixed_charges(self) -> tuple[Term, ...]:
        """Price what does not depend on the number of labels: set-up, prepaid units, subscription and seats."""
        quote = self.quote
        months = Factor(
            np.maximum(self.months, quote["minimum_months"]), "months", origin=Origin("of 30 days, begun ones too")
        )
        seats, seat_usd = Factor(quote["seats"], "seats"), money(quote["seat_usd_per_month"], "a seat and month")
        charges = (
            (money(quote["set_up_usd"], "set-up"),),
            (money(quote["prepaid_usd"], "prepaid"),),
            (months, money(quote["subscription_usd_per_month"], "subscription a month")),
            (months, seats, seat_usd),
        )
        return tuple(Term(factors) for factors in charges if all(f.value.any() for f in factors))


def _price_tiers(bill: LabelBill, work: Floats) -> list[Term]:
    """Price work in tiers, which count all of it together, each month or each order on its own."""
    quote, terms, prices = bill.quote, bill.quote.terms, bill.quote.tier_prices_usd
    units, volume = work * quote.units_per_item, terms.tier_kind == "volume"
    of_all = (work, quote.units_per_item)
    if terms.tier_reset == "none":
        origin = Origin("of {} together: {} items × {} units", (units, *of_all))
        return list(tier_terms(units, terms.tiers, prices, volume=volume, origin=origin))
    if terms.tier_reset == "monthly":
        monthly = units / bill.months
        origin = Origin("of {} a month: {} items × {} units ÷ {} months", (monthly, *of_all, bill.months))
        months = drop_ones(Factor(bill.months, "months", origin=Origin("of 30 days, begun ones too")))
        return [term.times(*months) for term in tier_terms(monthly, terms.tiers, prices, volume=volume, origin=origin)]
    priced: list[Term] = []
    for each, (items, count) in zip(bill.orders.work(bill.tau), bill.orders, strict=True):
        parts = order_parts(quote, items)
        portion = units * (each / bill._work) / parts
        orders = drop_ones(Factor(count * parts, "orders"))
        priced += [term.times(*orders) for term in tier_terms(portion, terms.tiers, prices, volume=volume)]
    return priced


def tier_terms(
    units: Floats,
    tiers: Sequence[Tier],
    prices_usd: Sequence[Floats],
    *,
    volume: bool = False,
    origin: Origin | None = None,
) -> tuple[Term, ...]:
    """Price units that are billed together: each in its own tier, or where `volume` all at the last one's price.

    Returns:
        Terms that add up to the price: one for each tier that is used at all.
    """
    begins = [tier.from_units.median for tier in tiers]
    ends = [*begins[1:], np.inf]
    if volume:
        parts = [np.where((units > a) & (units <= z), units, 0.0) for a, z in zip(begins, ends, strict=True)]
    else:
        parts = [np.clip(units, a, z) - a for a, z in zip(begins, ends, strict=True)]
    return tuple(
        Term(
            (
                Factor(part, f"units in tier {i + 1}", origin=Origin("of {} billed together", (units,))),
                money(price, "a unit"),
            )
        )
        for i, (part, price) in enumerate(zip(parts, prices_usd, strict=True))
        if i == 0 or part.any()
    )


def fee_rate(quote: QuoteCosts, votes: Floats | None = None) -> Floats:
    """Give the platform's share of a vote's price, which may rise from a number of votes per item (the quote's) on."""
    if quote.terms.fee_rate_many is None:
        return quote["fee_rate"]
    votes = quote["votes_per_item"] if votes is None else votes
    return np.where(votes >= quote["fee_many_votes"], quote["fee_rate_many"], quote["fee_rate"])


def order_parts(quote: QuoteCosts, items: Floats) -> Floats:
    """Count the parts that an order is split into where it is larger than the vendor takes."""
    if quote.terms.largest_order_items is None:
        return ONE
    return np.maximum(1, np.ceil(items / quote["largest_order_items"]))
