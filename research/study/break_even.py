"""At what label price, or at what label bill of random, labels saved pay for the work.

Notation:
    n_r     labels that random needs, its mean over seeds
    s       savings factor; None is never, which saves less than any number
    m       multiple s ÷ (s − 1): random's label bill ÷ what active learning costs beside labels, where both are even
    O       USD that active learning costs beside labels: one-off work, and each of its rounds

With n_s = n_r ÷ s labels at price p the saving is p · n_r · (1 − 1/s) − O, so that it is nought at p · n_r = m · O.
All three fall as s grows: the ends of their intervals are those of the factor, at n_r held fixed.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from research.study.measured import Saved
from research.study.setups import Setup, overhead_usd

__all__ = ["CostRange", "break_even_bill", "break_even_multiple", "break_even_price", "multiple"]


@dataclass(frozen=True)
class CostRange:
    """A break-even with its 80% interval over seeds; None is never: no price makes active learning pay.

    Attributes:
        low: q10.
        middle: at the factor of the mean curves.
        high: q90.
    """

    low: float | None
    middle: float | None
    high: float | None

    def pays_at(self, amount: float) -> bool:
        """Tell whether an amount is above the break-even."""
        return self.middle is not None and amount > self.middle


def multiple(factor: float | None) -> float | None:
    """Give m, how many times the cost of the work random's label bill must be; None where no bill is enough.

    >>> multiple(2.0), multiple(1.25), multiple(1.0), multiple(None)
    (2.0, 5.0, None, None)
    """
    return None if factor is None or factor <= 1 else factor / (factor - 1)


def break_even_multiple(saved: Saved) -> CostRange:
    """Give m with its interval."""
    return CostRange(*(multiple(factor) for factor in _factors(saved)))


def break_even_bill(saved: Saved, setup: Setup) -> CostRange:
    """Give random's label bill in USD at which both cost the same, whatever the price: the rounds are as recorded."""
    return _bill(saved, setup)


def break_even_price(saved: Saved, setup: Setup) -> CostRange:
    """Give the label price in USD at which random and the strategy cost the same, at the labels random needed."""
    bill = _bill(saved, setup)
    ends = (None if usd is None else usd / saved.labels_random for usd in (bill.low, bill.middle, bill.high))
    return CostRange(*ends)


@cache
def _bill(saved: Saved, setup: Setup) -> CostRange:
    factors = _factors(saved)
    labels = np.array([max(saved.labels_random / (factor or 1.0), saved.initial) for factor in factors])
    work = overhead_usd(setup, saved.initial, saved.savings.batch_size, labels)
    times = (multiple(factor) for factor in factors)
    return CostRange(*(None if m is None else m * float(usd) for m, usd in zip(times, work, strict=True)))


def _factors(saved: Saved) -> tuple[float | None, float | None, float | None]:
    return saved.savings.q90, saved.savings.factor, saved.savings.q10
