"""One measured figure of a finding, where the published claim puts it, and what the two say together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulations.errors import InputError

__all__ = ["Claim", "Figure", "Part", "PartState", "Role", "Unit", "above", "below", "within"]

PartState = Literal["holds", "fails", "open"]

Role = Literal["direction", "size"]
"""What of a finding hangs on a figure."""

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
class Figure:
    """A figure that is measured for a finding.

    Attributes:
        what: in words.
        unit: what it counts.
        claim: where the finding puts it; None for one that is told for comparison.
        judges: whether direction or size hang on it; None for comparison.
    """

    what: str
    unit: Unit
    claim: Claim | None = None
    judges: Role | None = None

    @property
    def claimed(self) -> str:
        """Where the claim puts it, in the figure's unit; empty where there is none.

        >>> Figure("gain", "points", within(0.012, 0.048)).claimed
        '1.2 to 4.8 points'
        >>> Figure("factor", "times", above(2.0)).claimed
        'above 2×'
        """
        if self.claim is None:
            return ""
        scale, unit = {"points": (100, " points"), "spread": (100, " points"), "times": (1, "×")}.get(
            self.unit, (100, "%")
        )
        low, high = (
            None if end is None else f"{scale * end:.3g}".replace("-", "−") for end in (self.claim.low, self.claim.high)
        )
        if low is not None and high is not None:
            return f"{low} to {high}{unit}"
        return f"below {high}{unit}" if low is None else f"above {low}{unit}"


@dataclass(frozen=True)
class Part:
    """A figure with its value and 80% interval.

    Attributes:
        about: which figure.
        figure: None where a savings factor is "never".
        interval: q10 and q90; an end is None where it is "never"; None where there is no interval.
        by_dataset: the figure of each data set alone, None for "never".
    """

    about: Figure
    figure: float | None
    interval: tuple[float | None, float | None] | None
    by_dataset: tuple[tuple[str, float | None], ...] = ()

    @property
    def state(self) -> PartState | None:
        """Whether the claim holds: for a direction by the whole interval, for a size by the figure itself.

        A factor of "never" saves less than any other, so it lies below every bound. None where nothing is claimed.
        """
        claim = self.about.claim
        if claim is None:
            return None
        if self.interval is None:
            return "open"
        ends = self.interval if self.about.judges == "direction" else (self.figure, self.figure)
        least = float("-inf")
        q10, q90 = (least if end is None else end for end in ends)
        low = least if claim.low is None else claim.low
        high = -least if claim.high is None else claim.high
        if low < q10 and q90 < high:
            return "holds"
        return "fails" if q90 <= low or q10 >= high else "open"

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        about = self.about
        return {
            "what": about.what,
            "unit": about.unit,
            "figure": self.figure,
            "interval": None if self.interval is None else dict(zip(("q10", "q90"), self.interval, strict=True)),
            "claim": None if about.claim is None else {"low": about.claim.low, "high": about.claim.high},
            "claimed": about.claimed,
            "judges": about.judges,
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
        about = Figure(
            data["what"],
            data["unit"],
            None if claim is None else Claim(claim["low"], claim["high"]),
            data["judges"],
        )
        ends = None if interval is None else (interval["q10"], interval["q90"])
        part = cls(about, data["figure"], ends, tuple(data["by_dataset"].items()))
        if part.state != data["state"]:
            raise InputError(f"'{about.what}': found the state {data['state']!r}; its figures say {part.state!r}")
        return part
