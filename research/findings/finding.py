"""A published finding held against our own curves: who claims what, what we measured, and the verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.part import Part
from research.findings.rules import RULES
from simulations.errors import InputError

__all__ = ["STATES", "Check", "Finding", "Measured", "State", "verdict"]

State = Literal["direction and size", "direction only", "contradicted", "setting not tested"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Measured:
    """What a check found.

    Attributes:
        parts: the figures; the first is the finding's own.
        datasets: on which data.
        seeds: replicates behind the figures, the fewest where data sets differ.
        note: what a reader has to know beside the verdict.
    """

    parts: tuple[Part, ...]
    datasets: tuple[str, ...]
    seeds: int
    note: str = ""


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
        """Give plain values, ready for JSON; `figure`, `unit` and `interval` repeat those of the first part.

        `setting` is the source's and `needed` what has to be tested for a judgement, as the rules have them.
        """
        first = self.parts[0].to_dict() if self.parts else dict.fromkeys(("figure", "unit", "interval"))
        return {
            "id": self.id,
            "claim": self.claim,
            "source": self.source,
            "setting": RULES[self.id].setting,
            "needed": RULES[self.id].needed,
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
        """Give the finding's line; where curves are missing its setting is not tested, and it says what it lacks."""
        try:
            found = self.measure(curves)
        except NotRecordedError as missing:
            return Finding(self.id, self.claim, self.source, "setting not tested", str(missing))
        reason = " ".join(said for said in (_reason(found.parts), found.note) if said)
        return Finding(
            self.id, self.claim, self.source, verdict(found.parts), reason, found.parts, found.datasets, found.seeds
        )


def verdict(parts: tuple[Part, ...]) -> State:
    """Judge by the states of the figures of direction and of size; see `research.findings.rules`."""
    directions, sizes = ([part.state for part in parts if part.about.judges == role] for role in ("direction", "size"))
    if "fails" in directions:
        return "contradicted"
    if not directions or "open" in directions:
        return "setting not tested"
    return "direction and size" if sizes and set(sizes) == {"holds"} else "direction only"


_WORDS = (
    ("direction", "fails", "Contradicted by"),
    ("direction", "open", "Too few to tell"),
    ("size", "fails", "Size not met"),
)


def _reason(parts: tuple[Part, ...]) -> str:
    """Name the parts that stand in the way."""
    said = []
    for role, state, words in _WORDS:
        names = [part.about.what for part in parts if (part.about.judges, part.state) == (role, state)]
        if names:
            said.append(f"{words}: {'; '.join(names)}.")
    return " ".join(said)
