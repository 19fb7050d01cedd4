"""Sums of products that a bill consists of, so that what is computed is also what is explained.

Notation (arrays broadcast together; a leading axis may hold prices or plans):
    value   (..., n_draws)  one factor, in its own unit
    amount  (..., n_draws)  a term: the product of its factors; a line: the sum of its terms; USD, days or items
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulations.arrays import Floats

ZERO = np.zeros(1)
ONE = np.ones(1)
SECONDS_PER_HOUR = 3_600
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Origin:
    """Where a number is from, as a formula: text with a place in braces for each of its numbers.

    Written only where a bill is explained, as bills are priced by the thousand.
    """

    formula: str
    numbers: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Factor:
    """One number of a product.

    Attributes:
        what: what it counts or is paid for: `items`, `a vote`; with `money`, what the price is of.
        money: whether it is an amount in the plan's currency.
        share: whether it is a fraction, shown as percent.
        made_of: how the number itself comes about, where it is a sum.
        origin: the formula that it is from, where neither the plan nor a sum tells it.
    """

    value: Floats
    what: str
    divides: bool = False
    money: bool = False
    share: bool = False
    made_of: "Line | None" = None
    origin: Origin | None = None

    @classmethod
    def total(cls, line: "Line", what: str) -> "Factor":
        """Give a sum as one number."""
        return cls(line.amount, what, made_of=line)


@dataclass(frozen=True)
class Term:
    """A product of factors."""

    factors: tuple[Factor, ...]

    @cached_property
    def amount(self) -> Floats:
        """The product."""
        product = ONE
        for factor in self.factors:
            product = product / factor.value if factor.divides else product * factor.value
        return product

    def times(self, *factors: Factor) -> "Term":
        """Give the product with more factors."""
        return Term((*self.factors, *factors))


@dataclass(frozen=True)
class Line:
    """A line of the bill, or of the calendar: terms that are added up."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def amount(self) -> Floats:
        """The sum of the terms."""
        return sum((term.amount for term in self.terms), ZERO)

    @classmethod
    def of(cls, *factors: Factor) -> "Line":
        """Give the line of a single product."""
        return cls((Term(factors),))

    def plus(self, *terms: Term) -> "Line":
        """Give the line with more terms."""
        return Line((*self.terms, *terms))


def money(value: Floats, what: str, origin: Origin | None = None) -> Factor:
    """Give an amount of money, such as a price, as a factor."""
    return Factor(value, what, money=True, origin=origin)


def share(value: Floats, what: str, origin: Origin | None = None) -> Factor:
    """Give a fraction as a factor."""
    return Factor(value, what, share=True, origin=origin)


def drop_ones(*factors: Factor) -> tuple[Factor, ...]:
    """Leave out factors that change nothing: a 1 in every draw."""
    return tuple(factor for factor in factors if factor.value.size > 1 or factor.value.flat[0] != 1)
