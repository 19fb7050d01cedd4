"""Vendors beside each other: what a label costs, what a useful one costs, how long it takes, and who is cheapest when.

Notation:
    n       items bought, one number a volume
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one label is worth
    usd     (n_draws,)  the vendor's bill for n items: labels and review, fees and set-up, test items aside
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from planner.costs import Quote, price_plan, quote_warnings
from planner.costs.cautions import late_warning
from planner.costs.labels import fee_rate
from planner.costs.noise import VotesOrItems, votes_or_items
from planner.decision.comparison import compare_offers
from planner.decision.label_worth import BY_FORMULA, LEAST, LabelWorth
from planner.decision.needs import Needs
from planner.decision.verdict import Interval
from planner.errors import InputError
from planner.plan import Draws, Plan
from planner.plan.quantity import Floats

GRID = 241  # volumes tried between one label and the pool
VENDOR_LINES = ("labels_usd", "review_usd")


@dataclass(frozen=True)
class VolumeOffer:
    """What one vendor asks for a number of labels, bought at random in one order.

    Attributes:
        labels: items bought.
        total_usd: the vendor's bill: labels and review with all fees, test items aside.
        item_usd: that, by item.
        useful_item_usd: that, by item that is right.
        effective_label_usd: that, by clean label that the items are worth; None where they carry no information.
        days: calendar days, with the test items and one training.
        late: a sentence where the vendor cannot deliver before the plan's deadline.
    """

    labels: int
    total_usd: Interval
    item_usd: Interval
    useful_item_usd: Interval
    effective_label_usd: Interval | None
    days: Interval
    late: str | None

    def to_dict(self) -> dict[str, Any]:
        """Give the offer as `labelplan vendors --json` prints it."""
        return {
            "labels": self.labels,
            "total_usd": self.total_usd.to_dict(),
            "item_usd": self.item_usd.to_dict(),
            "useful_item_usd": self.useful_item_usd.to_dict(),
            "effective_label_usd": None if self.effective_label_usd is None else self.effective_label_usd.to_dict(),
            "days": self.days.to_dict(),
            "late": self.late,
        }


@dataclass(frozen=True)
class NeedOffer:
    """What a whole plan costs with one vendor, at the labels that it needs there.

    Attributes:
        plan: `random` or a strategy.
        labels: labels bought; wrong labels make it more.
        total_usd: everything the plan pays.
        days: calendar days.
        p_unreachable: share of draws in which it never reaches the target within pool and budget.
        cheapest: whether this vendor has the lowest mean total for the plan.
    """

    plan: str
    labels: Interval
    total_usd: Interval
    days: Interval
    p_unreachable: float
    cheapest: bool

    def to_dict(self) -> dict[str, Any]:
        """Give the offer as `labelplan vendors --json` prints it."""
        return {
            "labels": self.labels.to_dict(),
            "total_usd": self.total_usd.to_dict(),
            "days": self.days.to_dict(),
            "p_unreachable": self.p_unreachable,
            "cheapest": self.cheapest,
        }


@dataclass(frozen=True)
class VendorOffer:
    """One vendor's quote, in the figures on which vendors are compared.

    Attributes:
        vendor: its name.
        billing: what its price is paid for.
        vote_usd: one vote on one item, at the first tier's price.
        votes: votes an item gets, on average.
        error_rate: share of wrong labels that the team ends up with.
        clean_labels: clean labels that one label is worth.
        volumes: its offer at each number of labels asked for.
        needs: what each plan costs with it, where the labels needed were forecast.
        votes_choice: the price of an effective label by number of votes; None where one vote's error is not told.
    """

    vendor: str
    billing: str
    vote_usd: Interval
    votes: Interval
    error_rate: Interval
    clean_labels: Interval
    volumes: tuple[VolumeOffer, ...]
    needs: tuple[NeedOffer, ...]
    votes_choice: VotesOrItems | None

    def to_dict(self) -> dict[str, Any]:
        """Give the offer as `labelplan vendors --json` prints it."""
        return {
            "vendor": self.vendor,
            "billing": self.billing,
            "vote_usd": self.vote_usd.to_dict(),
            "votes": self.votes.to_dict(),
            "error_rate": self.error_rate.to_dict(),
            "clean_labels": self.clean_labels.to_dict(),
            "volumes": [volume.to_dict() for volume in self.volumes],
            "needs": {need.plan: need.to_dict() for need in self.needs},
            "votes_choice": None if self.votes_choice is None else self.votes_choice.to_dict(),
        }


@dataclass(frozen=True)
class Switch:
    """From how many clean labels on a vendor is the cheapest."""

    from_labels: int
    vendor: str


@dataclass(frozen=True)
class VendorComparison:
    """All quotes of a plan beside each other.

    Attributes:
        offers: one a vendor, in the order of the plan.
        switches: who is cheapest from which number of clean labels on, rising; ranges count at their median.
        most_labels: up to where that was looked at, the pool.
        warnings: sentences a reader must see.
    """

    offers: tuple[VendorOffer, ...]
    switches: tuple[Switch, ...]
    most_labels: int
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the comparison as `labelplan vendors --json` prints it."""
        return {
            "vendors": [offer.to_dict() for offer in self.offers],
            "cheapest_from": [asdict(switch) for switch in self.switches],
            "most_labels": self.most_labels,
            "warnings": list(self.warnings),
        }


def compare_vendors(plan: Plan, values: Draws, labels: Sequence[int], needs: Needs | None = None) -> VendorComparison:
    """Put the plan's quotes beside each other.

    Args:
        plan: the plan file.
        values: joint draws of every numeric input.
        labels: numbers of labels to price; where empty, what random and the strategies usually need of clean labels.
        needs: forecast needs of each plan, on the same draws; without them plans are not priced.

    Raises:
        InputError: a number of labels is not in the pool, or there is nothing to price.
    """
    volumes = list(labels) or _usual(needs)
    _check_volumes(plan, volumes)
    priced = _priced_needs(plan, needs) if needs is not None else {}
    worth = BY_FORMULA if needs is None else needs.worth
    offers = tuple(_offer(plan, values, i, volumes, priced, worth) for i in range(len(plan.vendors)))
    late = [volume.late for offer in offers for volume in offer.volumes if volume.late]
    return VendorComparison(
        offers, _switches(plan, worth), round(_pool(plan)), (*worth.sources, *quote_warnings(plan), *late)
    )


def _offer(
    plan: Plan,
    values: Draws,
    index: int,
    volumes: Sequence[int],
    priced: Mapping[str, tuple[NeedOffer, ...]],
    worth: LabelWorth,
) -> VendorOffer:
    quote = Quote.of(plan, values, index)
    return VendorOffer(
        vendor=quote.terms.name,
        billing=quote.terms.billing,
        vote_usd=Interval.of(quote.vote_usd),
        votes=Interval.of(quote.votes),
        error_rate=Interval.of(quote.error_rate),
        clean_labels=Interval.of(worth.of("random", quote)),
        volumes=tuple(_at_volume(plan, values, quote, n, worth) for n in volumes),
        needs=tuple(offers[index] for offers in priced.values()),
        votes_choice=_votes_choice(quote, worth),
    )


def _at_volume(plan: Plan, values: Draws, quote: Quote, n: int, worth: LabelWorth) -> VolumeOffer:
    bill = price_plan(plan, values, quote.index, np.array([float(n)]), active=False)
    usd = _vendor_usd(bill.lines)
    days = Interval.of(bill.days)
    return VolumeOffer(
        labels=n,
        total_usd=Interval.of(usd),
        item_usd=Interval.of(usd / n),
        useful_item_usd=Interval.of(usd / (n * (1 - quote.error_rate))),
        effective_label_usd=_by_effective_label(usd / n, worth.of("random", quote)),
        days=days,
        late=late_warning(plan, quote.index, values, n, days.q50 or 0.0),
    )


def _by_effective_label(item_usd: Floats, worth: Floats) -> Interval | None:
    """Give USD an effective label; draws in which labels carry no information sort above every price."""
    usd, worth = np.broadcast_arrays(item_usd, worth)
    each = np.divide(usd, worth, out=np.full(usd.shape, np.inf), where=worth > LEAST)
    found = Interval.of(each, reached=np.isfinite(each))
    return None if found.q50 is None else found


def _priced_needs(plan: Plan, needs: Needs) -> dict[str, tuple[NeedOffer, ...]]:
    """Price each plan with each vendor on the joint draws."""
    offers = compare_offers(plan, needs.values, needs.labels, worth=needs.worth)
    priced = {}
    for name, of_vendors in offers.items():
        means = [float(offer.bill.total_usd.mean()) for offer in of_vendors]
        priced[name] = tuple(
            NeedOffer(
                plan=name,
                labels=Interval.of(np.broadcast_to(offer.bill.labels, offer.reached.shape), reached=offer.reached),
                total_usd=Interval.of(offer.bill.total_usd),
                days=Interval.of(offer.bill.days),
                p_unreachable=float((~offer.reached).mean()),
                cheapest=mean == min(means),
            )
            for offer, mean in zip(of_vendors, means, strict=True)
        )
    return priced


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
    values = plan.medians()
    pool = round(_pool(plan))
    grid = np.unique(np.rint(np.geomspace(1, pool, GRID)))
    cheapest = _cheapest(plan, values, worth, grid)
    found = [Switch(1, plan.vendors[cheapest[0]].name)]
    for i in np.flatnonzero(np.diff(cheapest)):
        low, high = grid[i], grid[i + 1]
        while high - low > 1:
            middle = np.floor((low + high) / 2)
            changed = _cheapest(plan, values, worth, np.array([middle]))[0] != cheapest[i]
            low, high = (low, middle) if changed else (middle, high)
        found.append(Switch(int(high), plan.vendors[_cheapest(plan, values, worth, np.array([high]))[0]].name))
    return tuple(found)


def _cheapest(plan: Plan, values: Draws, worth: LabelWorth, clean: Floats) -> list[int]:
    """Give the vendor with the lowest bill for each number of clean labels; the first of equal ones."""
    bills = []
    for i in range(len(plan.vendors)):
        each = worth.of("random", Quote.of(plan, values, i))
        if (each <= LEAST).all():
            bills.append(np.full(clean.shape, np.inf))
            continue
        bill = price_plan(plan, values, i, np.ceil(clean / each), active=False)
        bills.append(np.broadcast_to(_vendor_usd(bill.lines), clean.shape))
    return [int(i) for i in np.argmin(np.stack(bills), axis=0)]


def _vendor_usd(lines: Mapping[str, Floats]) -> Floats:
    return sum((lines[name] for name in VENDOR_LINES), np.zeros(1))


def _usual(needs: Needs | None) -> list[int]:
    """Give the clean labels that the plans usually need, where they do reach the target."""
    medians = [] if needs is None else [float(np.median(need)) for need in needs.labels.values()]
    found = sorted({max(1, round(need)) for need in medians if np.isfinite(need)})
    if not found:
        raise InputError("vendors: no plan is likely to reach the target; allowed: --labels with what you want priced")
    return found


def _check_volumes(plan: Plan, volumes: Sequence[int]) -> None:
    for n in volumes:
        if not 1 <= n <= _pool(plan):
            raise InputError(
                f"--labels: found {n:,}; allowed: from 1 to {_pool(plan):,.0f}, the pool without the test labels"
            )


def _pool(plan: Plan) -> float:
    return plan.task.pool_size.median - plan.task.test_labels.median
