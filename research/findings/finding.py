"""A published finding held against our own curves: who claims what, what we measured, and the verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.part import STATES, Part, State
from simulations.errors import InputError

__all__ = ["Check", "Finding", "Measured"]


@dataclass(frozen=True)
class Measured:
    """What a check found.

    Attributes:
        parts: the figures; the first is the finding's own.
        datasets: on which data.
        seeds: replicates behind the figures, the fewest where data sets differ.
        note: what a reader has to know beside the verdict.
        checked: False where the figures are of a neighbouring question, because the finding's own cannot be asked yet.
    """

    parts: tuple[Part, ...]
    datasets: tuple[str, ...]
    seeds: int
    note: str = ""
    checked: bool = True


@dataclass(frozen=True)
class Finding:
    """One line of the signs table.

    Attributes:
        id: T1 to T17.
        claim: what was published.
        source: where.
        state: whether our own curves show it.
        reason: why the state is what it is.
        parts: the figures behind it, the first being the finding's own; none where it was not checked.
        datasets: on which data.
        seeds: replicates behind the figures; None where it was not checked.
    """

    id: str
    claim: str
    source: str
    state: State
    reason: str
    parts: tuple[Part, ...] = ()
    datasets: tuple[str, ...] = ()
    seeds: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON; `figure`, `unit` and `interval` repeat those of the first part."""
        first = self.parts[0].to_dict() if self.parts else dict.fromkeys(("figure", "unit", "interval"))
        return {
            "id": self.id,
            "claim": self.claim,
            "source": self.source,
            "state": self.state,
            **{name: first[name] for name in ("figure", "unit", "interval")},
            "seeds": self.seeds,
            "datasets": list(self.datasets),
            "reason": self.reason,
            "parts": [part.to_dict() for part in self.parts],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Finding":
        """Read back what `to_dict` wrote.

        Raises:
            InputError: it holds a state that is none.
        """
        if data["state"] not in STATES:
            raise InputError(f"{data['id']}: found the state {data['state']!r}; allowed: {', '.join(STATES)}")
        parts = tuple(Part.from_dict(part) for part in data["parts"])
        names = ("id", "claim", "source", "state", "reason")
        return cls(
            **{name: data[name] for name in names}, parts=parts, datasets=tuple(data["datasets"]), seeds=data["seeds"]
        )


@dataclass(frozen=True)
class Check:
    """How one finding is held against a curve table.

    Attributes:
        id: T1 to T17.
        claim: what was published.
        source: where.
        measure: computes the figures; raises NotRecordedError where the table lacks what it takes.
    """

    id: str
    claim: str
    source: str
    measure: Callable[[RecordedCurves], Measured]

    def judge(self, curves: RecordedCurves) -> Finding:
        """Give the finding's line; one whose curves are missing is not checked yet, and says what it lacks."""
        try:
            found = self.measure(curves)
        except NotRecordedError as missing:
            return Finding(self.id, self.claim, self.source, "not checked yet", str(missing))
        state = verdict(found.parts) if found.checked else "not checked yet"
        reason = " ".join(said for said in (_reason(found) if found.checked else "", found.note) if said)
        return Finding(self.id, self.claim, self.source, state, reason, found.parts, found.datasets, found.seeds)


def verdict(parts: tuple[Part, ...]) -> State:
    """Say reproduced when every claimed part is, not reproduced when any part is not, else unclear."""
    states = [part.state for part in parts if part.state is not None]
    if "not reproduced" in states:
        return "not reproduced"
    return "reproduced" if states and set(states) == {"reproduced"} else "unclear"


def _reason(found: Measured) -> str:
    """Name the parts that stand in the way."""
    said = []
    for state, words in (("not reproduced", "Not shown"), ("unclear", "Unclear")):
        names = [part.what for part in found.parts if part.state == state]
        if names:
            said.append(f"{words}: {'; '.join(names)}.")
    return " ".join(said)
