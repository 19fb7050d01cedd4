"""How often the chances that `track` gives came true: a backtest on recorded campaigns, shipped with it.

    .venv/bin/python benchmarks/track_backtest.py --datasets 10 --first-seed 11 --seeds 2

printed these figures. Every data set was held out of the evidence, the learner is linear, and answers on one data set
are far from independent.
"""

from dataclasses import dataclass

DATA_SETS = 10


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


REACHED = (
    Held(0.0, 0.05, 0.007, 0.031, 290),
    Held(0.05, 0.2, 0.114, 0.108, 102),
    Held(0.2, 0.4, 0.302, 0.306, 62),
    Held(0.4, 0.6, 0.492, 0.538, 65),
    Held(0.6, 0.8, 0.669, 0.606, 33),
    Held(0.8, 0.95, 0.906, 0.944, 36),
    Held(0.95, 1.0, 0.985, 0.963, 81),
)
"""Of the chance that the target is reached already."""

REACHES = (
    Held(0.0, 0.05, 0.032, 0.000, 13),
    Held(0.05, 0.2, 0.127, 0.044, 45),
    Held(0.2, 0.4, 0.305, 0.220, 59),
    Held(0.4, 0.6, 0.514, 0.552, 67),
    Held(0.6, 0.8, 0.713, 0.721, 104),
    Held(0.8, 0.95, 0.886, 0.929, 156),
    Held(0.95, 1.0, 0.986, 0.987, 225),
)
"""Of the chance that it will be, within the pool, by the way that reaches it most often."""


def held(table: tuple[Held, ...], chance: float) -> Held:
    """Give the answers of a backtest that gave a chance like this one."""
    return next((one for one in table if chance <= one.high), table[-1])
