"""One measured figure of a finding, the side on which the published claim puts it, and what the two say together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulations.errors import InputError

__all__ = ["STATES", "Claim", "Part", "State", "Unit", "above", "below", "within"]

State = Literal["reproduced", "not reproduced", "unclear", "not checked yet"]
STATES: tuple[State, ...] = ("reproduced", "not reproduced", "unclear", "not checked yet")

Unit = Literal["points", "spread", "times", "share", "sets", "log sd"]
"""What a figure counts.

Points are differences in hundredths of the metric, and a spread is a standard deviation in them, both kept as fractions
here; times are label savings factors; sets is the share of data sets on which something holds, 1 or 0 on each.
"""


@dataclass(frozen=True)
class Claim:
    """Where a figure has to lie.

    Attributes:
        low: it lies above this; None where there is no such bound.
        high: it lies below this; likewise.
    """

    low: float | None = None
    high: float | None = None


def above(bound: float) -> Claim:
    """Claim that a figure lies above a bound."""
    return Claim(low=bound)


def below(bound: float) -> Claim:
    """Claim that a figure lies below a bound."""
    return Claim(high=bound)


def within(low: float, high: float) -> Claim:
    """Claim that a figure lies between two bounds."""
    return Claim(low, high)


@dataclass(frozen=True)
class Part:
    """A figure with its 80% interval.

    Attributes:
        what: what was measured, in words.
        unit: of the figure and its interval.
        figure: None where a savings factor is "never".
        interval: q10 and q90; an end is None where it is "never"; None where there is no interval.
        claim: where the finding puts the figure; None for one that is only told.
        by_dataset: the figure of each data set alone, None for "never".
    """

    what: str
    unit: Unit
    figure: float | None
    interval: tuple[float | None, float | None] | None
    claim: Claim | None = None
    by_dataset: tuple[tuple[str, float | None], ...] = ()

    @property
    def state(self) -> State | None:
        """Reproduced when the whole interval lies where the claim has it, not reproduced when none of it does.

        A factor of "never" saves less than any other, so it lies below every bound. None where nothing is claimed.
        """
        if self.claim is None:
            return None
        if self.interval is None:
            return "unclear"
        least = float("-inf")
        q10, q90 = (least if end is None else end for end in self.interval)
        low = least if self.claim.low is None else self.claim.low
        high = -least if self.claim.high is None else self.claim.high
        if low < q10 and q90 < high:
            return "reproduced"
        return "not reproduced" if q90 <= low or q10 >= high else "unclear"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return {
            "what": self.what,
            "unit": self.unit,
            "figure": self.figure,
            "interval": None if self.interval is None else dict(zip(("q10", "q90"), self.interval, strict=True)),
            "claim": None if self.claim is None else {"low": self.claim.low, "high": self.claim.high},
            "state": self.state,
            "by_dataset": dict(self.by_dataset),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Part":
        """Read back what `to_dict` wrote.

        Raises:
            InputError: the state it states is not that of its figures.
        """
        interval, claim = data["interval"], data["claim"]
        part = cls(
            data["what"],
            data["unit"],
            data["figure"],
            None if interval is None else (interval["q10"], interval["q90"]),
            None if claim is None else Claim(claim["low"], claim["high"]),
            tuple(data["by_dataset"].items()),
        )
        if part.state != data["state"]:
            raise InputError(f"'{part.what}': found the state {data['state']!r}; its figures say {part.state!r}")
        return part
