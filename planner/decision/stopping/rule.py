"""A stopping rule, and how rules are combined: `a | b` stops where either does, `a & b` where both do.

Notation: see `planner.decision.stopping.progress`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from planner.arrays import Bools, Ints
from planner.decision.stopping.progress import MONEY, History, Seen, check_known


class Rule(ABC):
    """Says from what a campaign has seen whether it stops: a pure function, with no memory of its own.

    Attributes:
        name: what the plan file calls it.
        reads: attributes of `Progress` that it cannot do without, labels and values aside.
        last_only: whether of all rounds it looks at the last alone, so that every look can be asked at once.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()
    last_only: ClassVar[bool] = False

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

    def at_each(self, history: History) -> Bools:
        """Say for every look whether campaigns stop there, (..., D, k): what `stops` says after each.

        Raises:
            InputError: something that the rule reads is not known.
        """
        return self._at_each(history)

    def first(self, history: History) -> Ints:
        """Give the first look at which campaigns stop, (..., D); k where they never do.

        Raises:
            InputError: something that the rule reads is not known.
        """
        return self._first(history)

    def _at_each(self, history: History) -> Bools:
        if self.last_only:
            return self.stops(history.each(paid=bool(self.reads & MONEY)))
        found = [self.stops(history.until(look)) for look in range(history.looks)]
        return np.stack(found, axis=-1) if found else np.zeros((*history.labels.shape,), dtype=bool)

    def _first(self, history: History) -> Ints:
        holds = self.at_each(history)
        if not history.looks:
            return np.zeros(holds.shape[:-1], dtype=np.int64)
        return np.where(holds.any(axis=-1), holds.argmax(axis=-1), history.looks)

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

    def _at_each(self, history: History) -> Bools:
        never = np.zeros(history.labels.shape, dtype=bool)
        return np.asarray(reduce(np.logical_or, (rule.at_each(history) for rule in self.rules), never))

    def _first(self, history: History) -> Ints:
        # Each part may have a quicker way to its own first look than to ask at all of them.
        never = np.full(len(history.labels), history.looks)
        return np.asarray(reduce(np.minimum, (rule.first(history) for rule in self.rules), never))

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(reduce(np.logical_or, (rule.stops(seen) for rule in self.rules), np.array(False)))


@dataclass(frozen=True)
class All(_Combined):
    """Stops where every one of its rules does."""

    name: ClassVar[str] = "all"

    def _at_each(self, history: History) -> Bools:
        always = np.ones(history.labels.shape, dtype=bool)
        return np.asarray(reduce(np.logical_and, (rule.at_each(history) for rule in self.rules), always))

    def _holds(self, seen: Seen) -> Bools:
        return np.asarray(reduce(np.logical_and, (rule.stops(seen) for rule in self.rules), np.array(True)))
