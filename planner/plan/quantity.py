"""A number the user is unsure of: a single value, or an 80% range with the distribution that fits its kind.

The kinds of number that fields of the plan file hold, and how such a field is declared, stand below.

Notation:
    u   (n_draws,)  cumulative probabilities in (0, 1)
    z   (n_draws,)  standard normal scores of u
A range "a to b" is the 10th to the 90th percentile. Fractions are logit-normal, positive quantities lognormal (so that
the median is the geometric mean of the ends); counts are rounded.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from scipy.special import expit, logit, ndtri

from planner.intervals import Z80
from simulations.arrays import Floats

Shape = Literal["logit_normal", "lognormal"]

# What no plan means; inside, products of a few draws stay far from overflow.
SMALLEST, LARGEST = 1e-12, 1e12

_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:to|–|\.\.)\s*({_NUMBER})\s*")
_SINGLE = re.compile(rf"\s*({_NUMBER})\s*")
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_GROUPED_BY_POINTS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,])")


@dataclass(frozen=True)
class Domain:
    """Which values a field may take, and the distribution of a range over them.

    Attributes:
        shape: distribution of a range.
        allowed: the words used in messages.
        low_open: whether `low` itself is excluded; `high_open` likewise.
        single: whether a range is refused.
    """

    shape: Shape
    allowed: str
    low: float = 0.0
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False
    single: bool = False

    def admits(self, value: float) -> bool:
        """Say whether one value may stand in the field."""
        if value != 0 and not SMALLEST <= abs(value) <= LARGEST:
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return math.isfinite(value) and above and below and not (self.whole and value % 1)


@dataclass(frozen=True)
class Quantity:
    """A number (low == high) or an 80% range over a domain.

    Examples:
        >>> price = Quantity.parse("0.01 to 0.04", NON_NEGATIVE)
        >>> round(price.median, 3)
        0.02
        >>> Quantity.parse(12, COUNT).fixed
        True
    """

    low: float
    high: float
    domain: Domain

    @classmethod
    def parse(cls, raw: Any, domain: Domain) -> "Quantity":
        """Read `0.05`, `"0.05"`, `"0.05 to 0.12"` or `[0.05, 0.12]`.

        Raises:
            ValueError: in one sentence, when the value is not a number or range, or not in the domain.
        """
        if isinstance(raw, Quantity):
            raw = [raw.low, raw.high]
        low, high = _parse_ends(raw, domain)
        for end in (low, high):
            if not domain.admits(end):
                raise ValueError(f"found {_quoted(raw)}; allowed: {domain.allowed}")
        if low > high:
            raise ValueError(f"found {_quoted(raw)}; allowed: a range whose first number is the smaller")
        if low < high and domain.single:
            raise ValueError(f"found {_quoted(raw)}; allowed: {domain.allowed}")
        if low < high and (low <= 0 or (domain.shape == "logit_normal" and high >= 1)):
            edge = "0" if low <= 0 else "1"
            raise ValueError(f"found {_quoted(raw)}; allowed: a range strictly inside, not reaching {edge} itself")
        return cls(low, high, domain)

    @property
    def fixed(self) -> bool:
        """Whether this is a single number."""
        return self.low == self.high

    @property
    def median(self) -> float:
        """The middle value, the one used where a single number is needed."""
        return self.low if self.fixed else float(self.at(np.array([0.5]))[0])

    def at(self, u: Floats) -> Floats:
        """Give the values at cumulative probabilities `u`, same shape."""
        if self.fixed:
            return np.full(u.shape, self.low)
        forward, back = _TRANSFORMS[self.domain.shape]
        low, high = forward(self.low), forward(self.high)
        values = np.asarray(back((low + high) / 2 + (high - low) / (2 * Z80) * ndtri(u)), dtype=np.float64)
        if self.domain.whole:
            values = np.rint(values)
        return np.clip(values, self.domain.low, self.domain.high)

    @property
    def text(self) -> str:
        """Give the quantity as a plan file writes it."""
        return _decimal_text(self.low) if self.fixed else f"{_decimal_text(self.low)} to {_decimal_text(self.high)}"


@dataclass(frozen=True)
class MeasuredRows(Quantity):
    """Rows of a table that was measured: each draw is one of them, all as often; the range is theirs."""

    rows: tuple[float, ...]

    @classmethod
    def of(cls, rows: Iterable[float], domain: Domain) -> "MeasuredRows":
        """Take rows in any order, at least one."""
        ascending = tuple(sorted(rows))
        low, high = (round(float(end), 2) for end in np.quantile(ascending, (0.1, 0.9)))
        return cls(low, high, domain, ascending)

    def at(self, u: Floats) -> Floats:
        """Give the rows at cumulative probabilities `u`, same shape."""
        return np.quantile(self.rows, u, method="inverted_cdf")


_TRANSFORMS: dict[Shape, tuple[Any, Any]] = {"logit_normal": (logit, expit), "lognormal": (np.log, np.exp)}


def _parse_ends(raw: Any, domain: Domain) -> tuple[float, float]:
    if isinstance(raw, bool):
        raise ValueError(f"found {str(raw).lower()}; allowed: {domain.allowed}")
    if isinstance(raw, int | float):
        return _as_float(raw), _as_float(raw)
    if isinstance(raw, list | tuple) and len(raw) == 2 and all(_is_number(end) for end in raw):
        return _as_float(raw[0]), _as_float(raw[1])
    if isinstance(raw, str):
        raw = point_decimals(raw)
        if match := _RANGE.fullmatch(raw):
            return _parse_number(match[1]), _parse_number(match[2])
        if match := _SINGLE.fullmatch(raw):
            return _parse_number(match[1]), _parse_number(match[1])
    ranges = "" if domain.single else ', or a range such as "0.05 to 0.12"'
    raise ValueError(f"found {_quoted(raw)}; allowed: {domain.allowed}{ranges}")


def point_decimals(text: str, *, decimal_comma: bool = False) -> str:
    """Give a text whose numbers have no comma; one reader takes `1,000` for a thousand, and another for one.

    With `decimal_comma` `0,05` is read as 0.05, as in a file whose cells are separated by semicolons. There a point may
    separate thousands as well as a comma.

    Raises:
        ValueError: a number could mean two things; the sentence has the spelling that is allowed.
    """
    why = "as a comma here could also be a decimal one" if decimal_comma else "without separators of thousands"
    if _GROUPED.search(text):
        plain = _GROUPED.sub(lambda match: match[0].replace(",", ""), text)
        raise ValueError(f"found {_quoted(text)}; allowed: such as {shortened(plain)}, {why}")
    if decimal_comma and _GROUPED_BY_POINTS.search(text):
        plain = _GROUPED_BY_POINTS.sub(lambda match: match[0].replace(".", ""), text)
        raise ValueError(
            f"found {_quoted(text)}; allowed: such as {shortened(plain)}, as a point here could also separate thousands"
        )
    pointed = _DECIMAL_COMMA.sub(r"\1.\2", text)
    if pointed != text and not decimal_comma:
        raise ValueError(f"found {_quoted(text)}; allowed: {shortened(pointed)}, with a decimal point")
    return pointed


def shortened(text: str) -> str:
    """Cut a text that a sentence quotes."""
    return text if len(text) <= 60 else text[:57] + "..."


def _as_float(number: float) -> float:
    # A whole number of TOML may have more digits than a float can hold; infinity is refused like any other.
    return float(number) if abs(number) < 1e300 else math.inf


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _parse_number(text: str) -> float:
    return float(text.replace("_", ""))


def _quoted(raw: Any) -> str:
    return f'"{shortened(raw)}"' if isinstance(raw, str) else shortened(str(raw))


def _decimal_text(value: float) -> str:
    """Write a number without an exponent, and without a point where it is whole."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return np.format_float_positional(value, trim="-")


FRACTION = Domain("logit_normal", "a fraction from 0 to 1 (0.02, not 2)", high=1.0)
OPEN_FRACTION = Domain(
    "logit_normal", "a fraction above 0 and below 1 (0.90, not 90)", high=1.0, low_open=True, high_open=True
)
ONE_FRACTION = replace(
    OPEN_FRACTION, allowed="one fraction above 0 and below 1 (0.90, not 90), and no range", single=True
)
SHARE = Domain("logit_normal", "a share above 0, to 1 (0.2, not 20)", high=1.0, low_open=True)
BELOW_ONE = Domain("logit_normal", "a fraction from 0 to below 1 (0.05, not 5)", high=1.0, high_open=True)
LOSS = Domain("logit_normal", "a fraction from 0 to 0.95 (0.3, not 30)", high=0.95)
NON_NEGATIVE = Domain("lognormal", "a number from 0 to 1e12")
POSITIVE = Domain("lognormal", "a number above 0, to 1e12", low_open=True)
FROM_ONE = Domain("lognormal", "a number from 1 to 1e12", low=1.0)
COUNT = Domain("lognormal", "a whole number from 1 to 1e12", low=1.0, whole=True)
COUNT_OR_NONE = Domain("lognormal", "a whole number from 0 to 1e12", whole=True)
VOTES = Domain("lognormal", "a whole number from 1 to 51", low=1.0, high=51.0, whole=True)
CLASSES = Domain("lognormal", "a whole number from 2 to 1e12", low=2.0, whole=True)


def _parse_in(domain: Domain) -> BeforeValidator:
    return BeforeValidator(lambda raw: Quantity.parse(raw, domain))


OpenFraction = Annotated[Quantity, _parse_in(OPEN_FRACTION)]
OneFraction = Annotated[Quantity, _parse_in(ONE_FRACTION)]
Fraction = Annotated[Quantity, _parse_in(FRACTION)]
BelowOne = Annotated[Quantity, _parse_in(BELOW_ONE)]
Loss = Annotated[Quantity, _parse_in(LOSS)]
Share = Annotated[Quantity, _parse_in(SHARE)]
NonNegative = Annotated[Quantity, _parse_in(NON_NEGATIVE)]
Positive = Annotated[Quantity, _parse_in(POSITIVE)]
FromOne = Annotated[Quantity, _parse_in(FROM_ONE)]
Count = Annotated[Quantity, _parse_in(COUNT)]
CountOrNone = Annotated[Quantity, _parse_in(COUNT_OR_NONE)]
Votes = Annotated[Quantity, _parse_in(VOTES)]
Classes = Annotated[Quantity, _parse_in(CLASSES)]


class PlanTable(BaseModel):
    """A table of the plan file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


def field(default: Any, label: str, unit: str = "", help: str = "", *, rare: bool = False) -> Any:
    """Describe a field: its default, what a person calls it, its unit (none for words), and what it means.

    A form leaves a rare one out until the plan gives it.
    """
    extra: Any = {"unit": unit, "rare": rare}
    return Field(default=default, validate_default=True, title=label, description=help, json_schema_extra=extra)


rare_field = partial(field, rare=True)
