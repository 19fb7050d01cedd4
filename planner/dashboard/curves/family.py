"""Curves that are shown together: those that share everything but the strategy."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Family:
    """Curves that share everything but the strategy.

    Attributes:
        key: what tells it from all others, for caches.
        title: learner and schedule.
        rows: of a validated table.
        schedule: initial labels and batch size; None where the table does not say.
        plans: the verdict's plans, whose colours come first.
        pilot: whether it is the user's own, so that its labels are as delivered.
    """

    key: tuple[str, ...]
    title: str
    rows: pd.DataFrame
    schedule: tuple[float, float] | None
    plans: tuple[str, ...]
    pilot: bool = False

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names: random first, then the plan's, then the others."""
        held = set(map(str, self.rows["strategy"].unique()))
        return tuple(name for name in self.hues if name in held)

    @property
    def hues(self) -> tuple[str, ...]:
        """Names in the order of their colours, so that a strategy has the same here as for the task."""
        return tuple(dict.fromkeys(("random", *self.plans, *sorted(map(str, self.rows["strategy"].unique())))))
