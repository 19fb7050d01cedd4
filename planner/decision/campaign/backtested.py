"""How often the chances that `track` gives came true: a backtest on recorded campaigns, shipped with it.

    .venv/bin/python benchmarks/track_backtest.py --datasets 7 --first-seed 11 --seeds 3

printed these figures. Every data set was held out of the evidence, the learner is linear, and answers on one data set
are far from independent.
"""

from dataclasses import dataclass
from typing import Any

__all__ = ["DATA_SETS", "REACHED", "REACHES", "Held", "held"]

DATA_SETS = 7


@dataclass(frozen=True)
class Held:
    """Answers that gave something a chance between two bounds, and how often it was so.

    Attributes:
        low: the bounds, fractions; the lower one belongs to the answers before.
        high: the upper one.
        said: mean chance that was given.
        happened: share of the answers in which it was so.
        answers: how many there are.
    """

    low: float
    high: float
    said: float
    happened: float
    answers: int

    def to_dict(self) -> dict[str, Any]:
        """Give the answers as `--json` prints them."""
        return dict(vars(self))


REACHED = (
    Held(0.0, 0.05, 0.006, 0.031, 327),
    Held(0.05, 0.2, 0.110, 0.113, 106),
    Held(0.2, 0.4, 0.302, 0.350, 60),
    Held(0.4, 0.6, 0.497, 0.562, 73),
    Held(0.6, 0.8, 0.672, 0.724, 29),
    Held(0.8, 0.95, 0.899, 0.971, 35),
    Held(0.95, 1.0, 0.987, 0.967, 90),
)
"""Of the chance that the target is reached already."""

REACHES = (
    Held(0.0, 0.05, 0.036, 0.000, 15),
    Held(0.05, 0.2, 0.130, 0.065, 46),
    Held(0.2, 0.4, 0.313, 0.224, 58),
    Held(0.4, 0.6, 0.507, 0.537, 67),
    Held(0.6, 0.8, 0.712, 0.710, 107),
    Held(0.8, 0.95, 0.886, 0.936, 173),
    Held(0.95, 1.0, 0.987, 0.996, 254),
)
"""Of the chance that it will be, within the pool, by the way that reaches it most often."""


def held(table: tuple[Held, ...], chance: float) -> Held:
    """Give the answers of a backtest that gave a chance like this one."""
    return next((one for one in table if chance <= one.high), table[-1])
