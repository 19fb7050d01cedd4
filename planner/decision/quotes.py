"""Vendors' quotes compared: price of a label, of a useful one, days, and who is cheapest for how many.

Notation:
    n       items bought, one number a volume
    usd     (n_draws,)  the vendor's bill for n items: labels and review, fees and set-up, test items aside
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from planner.costs import QuoteCosts, price_plan, quote_warnings, vendor_usd
from planner.costs.label_noise import VotesOrItems, votes_or_items
from planner.costs.labels import fee_rate
from planner.costs.quote_costs import late_warning
from planner.decision.comparison import Priced, cheapest, quotes_of
from planner.decision.labels_required import BY_FORMULA, LEAST, LabelEquivalence, LabelsRequired
from planner.decision.state import Interval
from planner.plan import Draws, Plan
from simulations.arrays import Floats
from simulations.errors import InputError

GRID = 241  # volumes tried between one label and the pool
MOST_VOTES = 11  # ten is where crowd platforms begin to charge more


@dataclass(frozen=True)
class VolumeOffer:
    """What one vendor asks for a number of labels, bought at random in one order.

    Attributes:
        total_usd: the vendor's bill: labels and review with all fees, test items aside.
        item_usd: that, by item.
        useful_item_usd: that, by item that is right.
        effective_label_usd: that, by clean label that the items are worth; None where they carry no information.
        days: calendar days, with the test items and one training.
        p_cheapest: share of draws in which its effective label is the cheapest, ties split; None where it is not
            compared, as it leaves its people out.
        late: a sentence where the vendor cannot deliver before the plan's deadline.
    """

    labels: int
    total_usd: Interval
    item_usd: Interval
    useful_item_usd: Interval
    effective_label_usd: Interval | None
    days: Interval
    p_cheapest: float | None
    late: str | None


@dataclass(frozen=True)
class NeedOffer:
    """What a whole plan costs with one vendor, at the labels that it needs there.

    Attributes:
        labels: labels bought; wrong labels make it more.
        p_unreachable: share of draws in which it never reaches the target within pool and budget.
        p_cheapest: share of draws in which the plan's total is the lowest with it, of the vendors with which it reaches
            the target there, or of all where none lets it; ties split; None where it is not compared, as it leaves its
            people out.
        cheapest: whether the verdict takes it: the lowest mean total, of vendors that ever let it reach the target.
    """

    labels: Interval
    total_usd: Interval
    days: Interval
    p_unreachable: float
    p_cheapest: float | None
    cheapest: bool


@dataclass(frozen=True)
class VendorOffer:
    """One vendor's quote, in the figures on which vendors are compared.

    Attributes:
        billing: what its price is paid for.
        vote_usd: one vote on one item, at the first tier's price.
        error_rate: share of wrong labels that the team ends up with.
        clean_labels: clean labels that one label is worth.
        needs: plan name -> what it costs with the vendor, where the labels needed were forecast.
        votes_choice: the price of an effective label by number of votes; None where one vote's error is not told.
    """

    vendor: str
    billing: str
    vote_usd: Interval
    votes: Interval
    error_rate: Interval
    clean_labels: Interval
    volumes: tuple[VolumeOffer, ...]
    needs: Mapping[str, NeedOffer]
    votes_choice: VotesOrItems | None


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
        switches: who is cheapest from which number of clean labels on, rising; ranges count at their median. None where
            no vendor's labels are worth anything.
        most_labels: the most clean labels that the pool gives with any vendor, up to where that was looked at.
    """

    offers: tuple[VendorOffer, ...]
    switches: tuple[Switch, ...]
    most_labels: int
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the comparison as `labelplan vendors --json` prints it."""
        return {
            "vendors": [asdict(offer) for offer in self.offers],
            "cheapest_from": [asdict(switch) for switch in self.switches],
            "most_labels": self.most_labels,
            "warnings": list(self.warnings),
        }


def compare_vendors(
    plan: Plan,
    values: Draws,
    labels: Sequence[int],
    needs: LabelsRequired | None = None,
    offers: Mapping[str, Sequence[Priced]] | None = None,
) -> VendorComparison:
    """Compare the plan's quotes at some numbers of labels, or else at what its plans usually need of clean labels.

    Needs are forecast on the same draws, and `offers` priced at them; without, no plan is priced.

    Raises:
        InputError: a number of labels is not in the pool, or there is nothing to price.
    """
    pool = plan.task.items_to_label
    volumes = list(labels) or _usual_needs(plan, needs)
    for n in volumes:
        if not 1 <= n <= pool:
            raise InputError(f"--labels: found {n:,}; allowed: from 1 to {pool:,.0f}, the pool without the test labels")
    priced = {name: _need_offers(plan, of_vendors) for name, of_vendors in (offers or {}).items()}
    worth = BY_FORMULA if needs is None else needs.worth
    quotes = tuple(quotes_of(plan, values).values())
    at_volumes = [_at_volume(plan, quotes, n, worth) for n in volumes]
    shown = tuple(
        VendorOffer(
            vendor=quote.terms.name,
            billing=quote.terms.billing,
            vote_usd=Interval.of(quote.vote_usd),
            votes=Interval.of(quote.votes),
            error_rate=Interval.of(quote.error_rate),
            clean_labels=Interval.of(np.where((clean := worth.of("random", quote)) > LEAST, clean, 0.0)),
            volumes=tuple(of_vendors[quote.index] for of_vendors in at_volumes),
            needs={name: of_vendors[quote.index] for name, of_vendors in priced.items()},
            votes_choice=_votes_choice(quote, worth),
        )
        for quote in quotes
    )
    late = [volume.late for offer in shown for volume in offer.volumes if volume.late]
    return VendorComparison(shown, *_switches(plan, worth), (*worth.sources, *quote_warnings(plan), *late))


def _at_volume(plan: Plan, quotes: Sequence[QuoteCosts], n: int, worth: LabelEquivalence) -> list[VolumeOffer]:
    """Price a number of labels with each vendor."""
    count, values = np.array([float(n)]), quotes[0].values
    bills = [price_plan(plan, values, quote.index, count, active=False, at_once=True, quote=quote) for quote in quotes]
    usd = [vendor_usd(bill.lines) for bill in bills]
    each = [np.broadcast_arrays(total / n, worth.of("random", quote)) for total, quote in zip(usd, quotes, strict=True)]
    # Draws in which labels carry no information sort above every price.
    effective = [np.divide(item, clean, out=np.full(item.shape, np.inf), where=clean > LEAST) for item, clean in each]
    intervals = [Interval.of(each, reached=np.isfinite(each)) for each in effective]
    days = [Interval.of(bill.days) for bill in bills]
    return [
        VolumeOffer(
            labels=n,
            total_usd=Interval.of(usd[i]),
            item_usd=Interval.of(usd[i] / n),
            useful_item_usd=Interval.of(usd[i] / (n * (1 - quotes[i].error_rate))),
            effective_label_usd=None if intervals[i].q50 is None else intervals[i],
            days=days[i],
            p_cheapest=p,
            late=late_warning(plan, i, values, n, days[i].q50 or 0.0),
        )
        for i, p in enumerate(_p_cheapest(plan, effective))
    ]


def _p_cheapest(plan: Plan, usd: Sequence[Floats]) -> list[float | None]:
    """Give each vendor's share of the draws in which it is the cheapest of those that are compared; ties split."""
    compared = plan.comparable_vendors
    each = np.stack(np.broadcast_arrays(*(usd[i] for i in compared)))
    least = (each == each.min(axis=0)) & np.isfinite(each)
    shares = (least / np.maximum(least.sum(axis=0), 1)).mean(axis=1)
    found = dict(zip(compared, shares.tolist(), strict=True))
    return [found.get(i) for i in range(len(usd))]


def _need_offers(plan: Plan, of_vendors: Sequence[Priced]) -> list[NeedOffer]:
    none = ~np.any([of_vendors[i].reached for i in plan.comparable_vendors], axis=0)
    usd = [np.where(offer.reached | none, offer.bill.total_usd, np.inf) for offer in of_vendors]
    chances = _p_cheapest(plan, usd)
    chosen = cheapest(plan, of_vendors)
    return [
        NeedOffer(
            labels=Interval.of(np.broadcast_to(offer.bill.labels, offer.reached.shape), reached=offer.reached),
            total_usd=Interval.of(offer.bill.total_usd),
            days=Interval.of(offer.bill.days),
            p_unreachable=float((~offer.reached).mean()),
            p_cheapest=p,
            cheapest=offer is chosen,
        )
        for offer, p in zip(of_vendors, chances, strict=True)
    ]


def _votes_choice(quote: QuoteCosts, worth: LabelEquivalence) -> VotesOrItems | None:
    """Price an effective label at each number of votes, where the quote tells one vote's error and a price for it."""
    terms = quote.terms
    if terms.vote_error_rate is None or not quote.vote_usd.any() or terms.vote_scheme == "two_then_tie_break":
        return None
    vote_usd = quote.vote_usd * (quote["rush_price_multiplier"] if terms.rush else np.ones(1))
    fee_usd = np.maximum(fee_rate(quote, np.arange(1.0, MOST_VOTES + 1)[:, None]) * vote_usd, quote["fee_minimum_usd"])
    item_usd = quote["platform_fee_usd_per_item"] + quote["review_share"] * quote["review_price_usd"]
    return votes_or_items(
        quote["vote_error_rate"],
        vote_usd + fee_usd,
        quote.classes,
        usd_per_item=item_usd,
        scheme=terms.vote_scheme,
        worth=lambda eta: worth.at("random", eta, _systematic_share(quote, eta)),
        most=MOST_VOTES,
        vote_correlation=quote["vote_correlation"],
    )


def _systematic_share(quote: QuoteCosts, error_rate: Floats) -> Floats:
    """Give the systematic share at other numbers of votes, which leave the systematic errors as they are."""
    lasting, rate = np.broadcast_arrays(quote.error_before_review * quote["systematic_share"], error_rate)
    share: Floats = np.divide(lasting, rate, out=np.ones(rate.shape), where=rate > 0)
    return np.minimum(share, 1.0)


def _switches(plan: Plan, worth: LabelEquivalence) -> tuple[tuple[Switch, ...], int]:
    """Find who is cheapest for how many clean labels, up to the most that the pool gives with any vendor.

    Volumes are scanned, and halved between two that differ.
    """
    quotes = quotes_of(plan, plan.medians())
    each = {i: float(np.median(worth.of("random", quotes[i]))) for i in plan.comparable_vendors}
    most = int(plan.task.items_to_label * max(each.values()))
    if most < 1:
        return (), 0
    grid = np.unique(np.rint(np.geomspace(1, most, GRID)))
    least = _cheapest(plan, quotes, each, grid)
    found = [Switch(1, plan.vendors[least[0]].name)]
    for i in np.flatnonzero(np.diff(least)):
        low, high = grid[i], grid[i + 1]
        while high - low > 1:
            middle = np.floor((low + high) / 2)
            changed = _cheapest(plan, quotes, each, np.array([middle]))[0] != least[i]
            low, high = (low, middle) if changed else (middle, high)
        found.append(Switch(int(high), plan.vendors[_cheapest(plan, quotes, each, np.array([high]))[0]].name))
    return tuple(found), most


def _cheapest(plan: Plan, quotes: Mapping[int, QuoteCosts], each: Mapping[int, float], clean: Floats) -> list[int]:
    """Give the vendor with the lowest bill for each number of clean labels; the first of equal ones.

    Its labels are not rounded up, which would make whoever errs a little less the cheapest for two or three; no more
    are bought than there are items.
    """
    usd = np.full((len(each), *clean.shape), np.inf)
    for row, (i, of_one) in zip(usd, each.items(), strict=True):
        n = clean / of_one
        lines = price_plan(plan, quotes[i].values, i, n, active=False, at_once=True, quote=quotes[i]).lines
        row[:] = np.where(n <= plan.task.items_to_label, vendor_usd(lines), np.inf)
    return [plan.comparable_vendors[i] for i in np.argmin(usd, axis=0)]


def _usual_needs(plan: Plan, needs: LabelsRequired | None) -> list[int]:
    """Give the clean labels that the plans usually need, where they do reach the target with those there are."""
    medians = [] if needs is None else [float(np.median(need)) for need in needs.needs.values()]
    found = sorted({max(1, round(need)) for need in medians if need <= plan.task.items_to_label})
    if not found:
        raise InputError("vendors: no plan is likely to reach the target; allowed: --labels with what you want priced")
    return found
