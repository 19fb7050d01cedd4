"""The design of a pilot: the labels that it buys, and the label counts at which it measures.

A `random` pilot buys n random labels and measures a model on nested parts of them. A `paired` pilot buys the plan's
initial set once, goes on from there to n random labels and, for each strategy in it, to n labels chosen by that
strategy; it measures from the initial set on, where all stand on the same labels.

Notation:
    Z   sizes, rising
    K   label counts at which is measured; a pilot measures at all counts up to its own size
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from planner.plan import Plan
from simulations.arrays import Floats
from simulations.errors import InputError

Kind = Literal["random", "paired"]

SIZES = 8
FIRST_COUNTS = 7  # measured up to the smallest size; a forecast needs four
STEP = 1.6  # the most from one label count to the next, beyond it
SPAN = 8.0  # the smallest random pilot measures from an eighth of its labels: three octaves
SMALLEST = 40  # labels of a random pilot, unless the user asks for fewer
OCTAVES = 4.0  # times the initial set: a paired pilot of fewer is forecast no further than twice its size
LARGEST = 20.0  # times the initial set


@dataclass(frozen=True)
class PilotDesign:
    """Pilots of one kind, the larger holding the smaller.

    Attributes:
        kind: random or paired.
        sizes: Z label counts, rising.
        counts: K label counts at which is measured, rising; every size is one of them.
        initial: labels that all arms share; a random pilot has none to share, and counts from 0.
        strategies: those measured beside random; none for a random pilot.
    """

    kind: Kind
    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    initial: int
    strategies: tuple[str, ...]

    def bought(self, size: int) -> int:
        """Count the labels that a pilot buys, over its arms."""
        return size + len(self.strategies) * (size - self.initial)

    def arms(self) -> list[tuple[str, int]]:
        """List what the largest pilot measures, as (strategy, label count), in the order of the sizes that have it."""
        found = [("random", count) for count in self.counts]
        found += [(name, count) for name in self.strategies for count in self.counts if count > self.initial]
        return sorted(found, key=lambda arm: self.stage(arm[1]))

    def stage(self, count: int) -> int:
        """Give the place of the smallest size that measures at a label count."""
        return int(np.searchsorted(self.sizes, count))


def design_pilot(
    plan: Plan, kind: Kind, *, strategies: Sequence[str] = (), sizes: Sequence[int] | None = None
) -> PilotDesign:
    """Lay out pilots of one kind: eight sizes spread evenly in ln(labels) where none are given.

    Raises:
        InputError: a plan without test labels, or whose pool has no room for a pilot.
    """
    if round(plan.task.test_labels.median) == 0:
        raise InputError("pilot: found [task] test_labels = 0; allowed: at least 1, as a pilot is measured on them")
    pool = round(plan.task.items_to_label)
    initial = round(plan.strategy.initial_labels.median) if kind == "paired" else 0
    wanted = _usual_sizes(plan, kind) if sizes is None else tuple(sizes)
    if sizes is None and not initial + FIRST_COUNTS <= wanted[0] <= wanted[-1] <= pool:
        beside = f" beside the {initial:,} initial labels" if initial else ""
        raise InputError(f"pilot: the {pool:,} items that there are to label leave no room for one{beside}")
    first = initial if kind == "paired" else max(1, round(wanted[0] / SPAN))
    return PilotDesign(kind, wanted, _label_counts(first, wanted), initial, tuple(strategies))


def _label_counts(first: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """Spread label counts evenly in ln(labels) up to the smallest size, and from each size to the next."""
    found = {int(count) for count in np.rint(np.geomspace(first, sizes[0], FIRST_COUNTS))}
    for low, high in pairwise(sizes):
        steps = int(np.ceil(np.log(high / low) / np.log(STEP) - 1e-9))
        found |= {int(count) for count in np.rint(np.geomspace(low, high, steps + 1))}
    return tuple(sorted(found))


def _usual_sizes(plan: Plan, kind: Kind) -> tuple[int, ...]:
    """Spread sizes evenly in ln(labels), as far as twenty initial sets and half of the pool."""
    initial, pool = plan.strategy.initial_labels.median, round(plan.task.items_to_label)
    high = min(LARGEST * initial, pool / 2)
    low = max(OCTAVES * initial, initial + FIRST_COUNTS) if kind == "paired" else max(SMALLEST, initial / 2)
    if low > high / 2:  # a small pool leaves little to choose
        high = float(pool)
        low = min(low, max(high / 2, initial + FIRST_COUNTS if kind == "paired" else high / 8))
    spread: Floats = np.unique(np.rint(np.geomspace(low, max(high, low), SIZES)))
    return tuple(int(size) for size in spread)
