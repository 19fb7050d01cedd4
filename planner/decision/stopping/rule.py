"""A stopping rule, and how rules are combined: `a | b` stops where either does, `a & b` where both do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.decision.stopping.progress import Bools, Seen, check_known

__all__ = ["All", "Any", "Rule"]


class Rule(ABC):
    """Says from what a campaign has seen whether it stops: a pure function, with no memory of its own.

    Attributes:
        name: what the plan file calls it.
        reads: attributes of `Progress` that it cannot do without, labels and values aside.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()

    def stops(self, seen: Seen) -> Bools:
        """Say for each campaign whether it stops, (...).

        Raises:
            InputError: something that the rule reads is not known.
        """
        check_known(seen, self.reads, self.name)
        return np.asarray(self._holds(seen), dtype=bool)

    def why(self, seen: Seen) -> str | None:
        """Say in words why one campaign stops; None where it goes on."""
        return self._reason(seen) if bool(self.stops(seen)) else None

    def parts(self) -> Iterator["Rule"]:
        """Give the rules that this one is made of."""
        yield self

    def __or__(self, other: "Rule") -> "Any":
        return Any((self, other))

    def __and__(self, other: "Rule") -> "All":
        return All((self, other))

    @abstractmethod
    def _holds(self, seen: Seen) -> Bools: ...

    @abstractmethod
    def _reason(self, seen: Seen) -> str: ...


@dataclass(frozen=True)
class _Combined(Rule):
    """Several rules together, in the order in which they speak."""

    rules: tuple[Rule, ...]

    def parts(self) -> Iterator[Rule]:
        for rule in self.rules:
            yield from rule.parts()

    def _reason(self, seen: Seen) -> str:
        return " and ".join(text for rule in self.rules if (text := rule.why(seen)) is not None)


@dataclass(frozen=True)
class Any(_Combined):
    """Stops where at least one of its rules does; no rule never stops."""

    name: ClassVar[str] = "any"

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(np.any([rule.stops(seen) for rule in self.rules], axis=0), dtype=bool)


@dataclass(frozen=True)
class All(_Combined):
    """Stops where every one of its rules does."""

    name: ClassVar[str] = "all"

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(np.all([rule.stops(seen) for rule in self.rules], axis=0), dtype=bool)
