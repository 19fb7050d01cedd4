"""Vendors beside each other: what a label costs, what a useful one costs, how long it takes, and who is cheapest when.

Notation:
    n       items bought, one number a volume
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one label is worth
    usd     (n_draws,)  the vendor's bill for n items: labels and review, fees and set-up, test items aside
"""

from collections.abc import Mapping, Sequence

import numpy as np

from planner.arrays import Floats
from planner.costs import Quote, price_plan, quote_warnings, vendor_usd
from planner.costs.cautions import late_warning
from planner.costs.labels import fee_rate
from planner.costs.noise import VotesOrItems, votes_or_items
from planner.decision.comparison import Priced, cheapest, compare_offers, quotes_of
from planner.decision.label_worth import BY_FORMULA, LEAST, LabelWorth
from planner.decision.needs import Needs
from planner.decision.vendor_offers import NeedOffer, Switch, VendorComparison, VendorOffer, VolumeOffer
from planner.decision.verdict import Interval
from planner.plan import Draws, Plan
from simulations.errors import InputError

GRID = 241  # volumes tried between one label and the pool

Offers = Mapping[str, Sequence[Priced]]


def compare_vendors(
    plan: Plan,
    values: Draws,
    labels: Sequence[int],
    needs: Needs | None = None,
    offers: Offers | None = None,
) -> VendorComparison:
    """Put the plan's quotes beside each other.

    Args:
        plan: the plan file.
        values: joint draws of every numeric input.
        labels: numbers of labels to price; where empty, what random and the strategies usually need of clean labels.
        needs: forecast needs of each plan, on the same draws; without them plans are not priced.
        offers: what `compare_offers` makes of these needs, where it is at hand.

    Raises:
        InputError: a number of labels is not in the pool, or there is nothing to price.
    """
    volumes = list(labels) or _usual(plan, needs)
    _check_volumes(plan, volumes)
    priced = _priced_needs(plan, needs, offers) if needs is not None else {}
    worth = BY_FORMULA if needs is None else needs.worth
    quotes = tuple(quotes_of(plan, values).values())
    at_volumes = [_at_volume(plan, quotes, n, worth) for n in volumes]
    shown = tuple(_offer(quote, at_volumes, priced, worth) for quote in quotes)
    late = [volume.late for offer in shown for volume in offer.volumes if volume.late]
    return VendorComparison(
        shown, _switches(plan, worth), round(plan.task.items_to_label), (*worth.sources, *quote_warnings(plan), *late)
    )


def _offer(
    quote: Quote,
    at_volumes: Sequence[Sequence[VolumeOffer]],
    priced: Mapping[str, tuple[NeedOffer, ...]],
    worth: LabelWorth,
) -> VendorOffer:
    return VendorOffer(
        vendor=quote.terms.name,
        billing=quote.terms.billing,
        vote_usd=Interval.of(quote.vote_usd),
        votes=Interval.of(quote.votes),
        error_rate=Interval.of(quote.error_rate),
        clean_labels=Interval.of(worth.of("random", quote)),
        volumes=tuple(offers[quote.index] for offers in at_volumes),
        needs=tuple(offers[quote.index] for offers in priced.values()),
        votes_choice=_votes_choice(quote, worth),
    )


def _at_volume(plan: Plan, quotes: Sequence[Quote], n: int, worth: LabelWorth) -> tuple[VolumeOffer, ...]:
    """Price a number of labels with each vendor."""
    count, values = np.array([float(n)]), quotes[0].values
    bills = [price_plan(plan, values, quote.index, count, active=False, at_once=True, quote=quote) for quote in quotes]
    usd = [vendor_usd(bill.lines) for bill in bills]
    effective = [_effective_usd(each / n, worth.of("random", quote)) for each, quote in zip(usd, quotes, strict=True)]
    days = [Interval.of(bill.days) for bill in bills]
    return tuple(
        VolumeOffer(
            labels=n,
            total_usd=Interval.of(usd[i]),
            item_usd=Interval.of(usd[i] / n),
            useful_item_usd=Interval.of(usd[i] / (n * (1 - quotes[i].error_rate))),
            effective_label_usd=_with_price(effective[i]),
            days=days[i],
            p_cheapest=p,
            late=late_warning(plan, i, values, n, days[i].q50 or 0.0),
        )
        for i, p in enumerate(_p_cheapest(plan, effective))
    )


def _effective_usd(item_usd: Floats, worth: Floats) -> Floats:
    """Give USD an effective label; draws in which labels carry no information sort above every price."""
    usd, worth = np.broadcast_arrays(item_usd, worth)
    found: Floats = np.divide(usd, worth, out=np.full(usd.shape, np.inf), where=worth > LEAST)
    return found


def _with_price(effective_usd: Floats) -> Interval | None:
    found = Interval.of(effective_usd, reached=np.isfinite(effective_usd))
    return None if found.q50 is None else found


def _p_cheapest(plan: Plan, usd: Sequence[Floats]) -> list[float | None]:
    """Give each vendor's share of the draws in which it is the cheapest of those that are compared; ties split."""
    compared = plan.comparable_vendors
    each = np.stack(np.broadcast_arrays(*(usd[i] for i in compared)))
    least = (each == each.min(axis=0)) & np.isfinite(each)
    shares = (least / np.maximum(least.sum(axis=0), 1)).mean(axis=1)
    found = dict(zip(compared, shares.tolist(), strict=True))
    return [found.get(i) for i in range(len(usd))]


def _priced_needs(plan: Plan, needs: Needs, offers: Offers | None) -> dict[str, tuple[NeedOffer, ...]]:
    """Price each plan with each vendor on the joint draws."""
    if offers is None:
        offers = compare_offers(plan, needs.values, needs.labels, worth=needs.worth)
    return {name: _need_offers(plan, name, of_vendors) for name, of_vendors in offers.items()}


def _need_offers(plan: Plan, name: str, of_vendors: Sequence[Priced]) -> tuple[NeedOffer, ...]:
    chances = _p_cheapest(plan, [offer.bill.total_usd for offer in of_vendors])
    chosen = cheapest(plan, of_vendors)
    return tuple(
        NeedOffer(
            plan=name,
            labels=Interval.of(np.broadcast_to(offer.bill.labels, offer.reached.shape), reached=offer.reached),
            total_usd=Interval.of(offer.bill.total_usd),
            days=Interval.of(offer.bill.days),
            p_unreachable=float((~offer.reached).mean()),
            p_cheapest=p,
            cheapest=offer is chosen,
        )
        for offer, p in zip(of_vendors, chances, strict=True)
    )


def _votes_choice(quote: Quote, worth: LabelWorth) -> VotesOrItems | None:
    """Price an effective label at each number of votes, where the quote tells one vote's error and a price for it."""
    terms = quote.terms
    if terms.vote_error_rate is None or not quote.vote_usd.any() or terms.vote_scheme == "two_then_tie_break":
        return None
    rush = quote["rush_price_multiplier"] if terms.rush else np.ones(1)
    votes = np.arange(1, MOST_VOTES + 1)[:, None]
    vote_usd = quote.vote_usd * rush
    many = terms.fee_rate_many is not None
    rate = (
        np.where(votes >= quote["fee_many_votes"], quote["fee_rate_many"], quote["fee_rate"])
        if many
        else fee_rate(quote)
    )
    fee_usd = np.maximum(rate * vote_usd, quote["fee_minimum_usd"])
    item_usd = quote["platform_fee_usd_per_item"] + quote["review_share"] * quote["review_price_usd"]
    return votes_or_items(
        quote["vote_error_rate"],
        vote_usd + fee_usd,
        quote.classes,
        usd_per_item=item_usd,
        scheme=terms.vote_scheme,
        worth=lambda eta: worth.at("random", eta),
        most=MOST_VOTES,
    )


MOST_VOTES = 11  # ten is where crowd platforms begin to charge more


def _switches(plan: Plan, worth: LabelWorth) -> tuple[Switch, ...]:
    """Find who is cheapest for how many clean labels: scan the volumes, then halve between two that differ."""
    quotes = quotes_of(plan, plan.medians())
    pool = round(plan.task.items_to_label)
    grid = np.unique(np.rint(np.geomspace(1, pool, GRID)))
    least = _cheapest(plan, quotes, worth, grid)
    found = [Switch(1, plan.vendors[least[0]].name)]
    for i in np.flatnonzero(np.diff(least)):
        low, high = grid[i], grid[i + 1]
        while high - low > 1:
            middle = np.floor((low + high) / 2)
            changed = _cheapest(plan, quotes, worth, np.array([middle]))[0] != least[i]
            low, high = (low, middle) if changed else (middle, high)
        found.append(Switch(int(high), plan.vendors[_cheapest(plan, quotes, worth, np.array([high]))[0]].name))
    return tuple(found)


def _cheapest(plan: Plan, quotes: Mapping[int, Quote], worth: LabelWorth, clean: Floats) -> list[int]:
    """Give the vendor with the lowest bill for each number of clean labels; the first of equal ones."""
    bills = []
    for i in plan.comparable_vendors:
        quote = quotes[i]
        each = worth.of("random", quote)
        if (each <= LEAST).all():
            bills.append(np.full(clean.shape, np.inf))
            continue
        n = np.ceil(clean / each)
        bill = price_plan(plan, quote.values, i, n, active=False, at_once=True, quote=quote)
        bills.append(np.broadcast_to(vendor_usd(bill.lines), clean.shape))
    return [plan.comparable_vendors[i] for i in np.argmin(np.stack(bills), axis=0)]


def _usual(plan: Plan, needs: Needs | None) -> list[int]:
    """Give the clean labels that the plans usually need, where they do reach the target with those there are."""
    medians = [] if needs is None else [float(np.median(need)) for need in needs.labels.values()]
    found = sorted({max(1, round(need)) for need in medians if need <= plan.task.items_to_label})
    if not found:
        raise InputError("vendors: no plan is likely to reach the target; allowed: --labels with what you want priced")
    return found


def _check_volumes(plan: Plan, volumes: Sequence[int]) -> None:
    pool = plan.task.items_to_label
    for n in volumes:
        if not 1 <= n <= pool:
            raise InputError(f"--labels: found {n:,}; allowed: from 1 to {pool:,.0f}, the pool without the test labels")
