"""On how many data sets active learning pays, by label price and by the labels that random needs.

With every count of a campaign grown alike (initial set, batches, labels) and the savings factor as recorded, the
rounds stay what they were, and price and scale matter by their product alone: random's label bill. That the factor
stays is an assumption.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from research.findings.estimates import wilson
from research.study.break_even import CostRange, break_even_bill, break_even_price
from research.study.measured import Saved
from research.study.setups import Setup

__all__ = ["BILLS_USD", "PRICES_USD", "SCALES", "Cell", "Share", "pays_at_bill", "pays_at_price", "price_scale_map"]

PRICES_USD = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
SCALES = (300, 1_000, 3_000, 10_000, 30_000, 100_000)
BILLS_USD = (100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0, 100_000.0)


@dataclass(frozen=True)
class Share:
    """A share of data sets with Wilson's 80% interval over data sets.

    Attributes:
        count: data sets of which something holds.
        of: all of them.
        low: q10 of the share.
        high: q90.
    """

    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself, a fraction."""
        return self.count / self.of

    @classmethod
    def that(cls, held: Iterable[bool]) -> "Share":
        """Count of how many something holds; at least one."""
        each = [bool(one) for one in held]
        return cls(sum(each), len(each), *wilson(sum(each), len(each)))


@dataclass(frozen=True)
class Cell:
    """One field of the map.

    Attributes:
        setup: the hours.
        price_usd: of a label.
        labels: that random needs.
        share: of data sets on which the strategy is cheaper.
    """

    setup: Setup
    price_usd: float
    labels: int
    share: Share


def pays_at_price(saved: Sequence[Saved], setup: Setup, price_usd: float) -> Share:
    """Count data sets on which the strategy is cheaper at a price, each at the labels that random needed on it."""
    return _paying((break_even_price(one, setup) for one in saved), price_usd)


def pays_at_bill(saved: Sequence[Saved], setup: Setup, bill_usd: float) -> Share:
    """Count data sets on which the strategy is cheaper where random's labels cost so much."""
    return _paying((break_even_bill(one, setup) for one in saved), bill_usd)


def price_scale_map(saved: Sequence[Saved], setup: Setup) -> tuple[Cell, ...]:
    """Give every field of the map, by scale and then by price."""
    bills = [break_even_bill(one, setup) for one in saved]
    return tuple(
        Cell(setup, price, labels, _paying(bills, price * labels)) for labels in SCALES for price in PRICES_USD
    )


def _paying(costs: Iterable[CostRange], amount: float) -> Share:
    return Share.that(cost.pays_at(amount) for cost in costs)
