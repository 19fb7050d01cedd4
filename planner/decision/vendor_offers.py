"""What vendors are compared on, as the command line, the dashboard and JSON show it."""

from dataclasses import asdict, dataclass
from typing import Any

from planner.costs.noise import VotesOrItems
from planner.decision.verdict import Interval


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
        plan: `random` or a strategy.
        labels: labels bought; wrong labels make it more.
        total_usd: everything the plan pays.
        days: calendar days.
        p_unreachable: share of draws in which it never reaches the target within pool and budget.
        p_cheapest: share of draws in which the plan's total is the lowest with it, ties split; None where it is not
            compared, as it leaves its people out.
        cheapest: whether it has the lowest mean total, by which the verdict chooses.
    """

    plan: str
    labels: Interval
    total_usd: Interval
    days: Interval
    p_unreachable: float
    p_cheapest: float | None
    cheapest: bool

    def to_dict(self) -> dict[str, Any]:
        """Give the offer as `labelplan vendors --json` prints it."""
        return {
            "labels": asdict(self.labels),
            "total_usd": asdict(self.total_usd),
            "days": asdict(self.days),
            "p_unreachable": self.p_unreachable,
            "p_cheapest": self.p_cheapest,
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
            "vote_usd": asdict(self.vote_usd),
            "votes": asdict(self.votes),
            "error_rate": asdict(self.error_rate),
            "clean_labels": asdict(self.clean_labels),
            "volumes": [asdict(volume) for volume in self.volumes],
            "needs": {need.plan: need.to_dict() for need in self.needs},
            "votes_choice": None if self.votes_choice is None else asdict(self.votes_choice),
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
