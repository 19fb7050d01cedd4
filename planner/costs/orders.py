"""Split the labels of an option into rounds and orders.

Notation:
    n       (..., n_draws)  labels bought for the model        n_test  items bought for testing
    n0, b                   initial labels, batch size
    R       (..., n_draws)  acquisition rounds: R + 1 orders of at most three sizes, R + 1 trainings, R pool scorings
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.costs.terms import ONE, ZERO, Factor, Line, Term
from simulations.arrays import Floats


def rounds(n: Floats, n0: Floats, b: Floats) -> Floats:
    """Count acquisition rounds: R = ⌈(n − n0)/b⌉; the last may be short, and fewer labels than n0 take none."""
    return np.maximum(0.0, np.ceil((n - n0) / b))


def round_up_to_batches(need: Floats, n0: Floats, b: Floats) -> Floats:
    """Give the labels bought to have at least `need`: the initial set and whole batches."""
    return n0 + np.maximum(0.0, np.ceil((need - n0) / b)) * b


def items_trained(n: Floats, n0: Floats, b: Floats) -> Line:
    """Sum the labelled set over the R+1 trainings: Σ_{r<R}(n0 + r·b) + n."""
    r = rounds(n, n0, b)
    return Line(
        (
            Term((Factor(r, "rounds"), Factor(n0, "initial labels"))),
            _earlier_batches(b, r),
            Term((Factor(n, "in the last training"),)),
        )
    )


def items_scored(n: Floats, n0: Floats, b: Floats, pool: Floats) -> Line:
    """Sum the unlabelled pool over the R scorings: Σ_{r<R}(pool − n0 − r·b); `pool` excludes the test items."""
    r = rounds(n, n0, b)
    return Line(
        (
            Term((Factor(r, "rounds"), Factor(pool - n0, "items of the pool, without test and initial ones"))),
            _earlier_batches(-b, r),
        )
    )


def _earlier_batches(b: Floats, r: Floats) -> Term:
    return Term((Factor(b, "a batch"), Factor(r * (r - 1) / 2, "batches before each round, added up")))


@dataclass(frozen=True)
class Orders:
    """Orders of a plan, equal ones together.

    Attributes:
        items: items in one order of each size, in the order they are placed.
        counts: how many orders have that size; 0 where there is none.
        rounds: R.
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
    def in_rounds(cls, n: Floats, n_test: Floats, n0: Floats, b: Floats) -> "Orders":
        """Buy the initial set with the test items, then a batch a round; the last may be short.

        Fewer labels than the initial set are one order.
        """
        r = rounds(n, n0, b)
        first = np.minimum(n, n0)
        last = np.maximum(n - first - np.maximum(r - 1, 0) * b, 0)
        full = np.broadcast_to(b, last.shape)
        return cls((first + n_test, full, last), (ONE, np.maximum(r - 1, 0), np.minimum(r, 1)), r, n_test)

    @property
    def total(self) -> Floats:
        """All items of all orders."""
        return sum((size * count for size, count in self), ZERO)

    @property
    def number(self) -> Floats:
        """Number of orders."""
        return sum(self.counts, ZERO)

    def work(self, tau: Floats) -> tuple[Floats, ...]:
        """Give the work in one order of each size, in random items: a chosen item takes `tau` times as long."""
        first, *later = self.items
        return ((first - self.n_test) * tau + self.n_test, *(items * tau for items in later))

    def __iter__(self) -> Iterator[tuple[Floats, Floats]]:
        return zip(self.items, self.counts, strict=True)
