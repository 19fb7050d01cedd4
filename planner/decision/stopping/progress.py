"""What a campaign has seen so far: all that a stopping rule may look at.

Notation (a leading axis may hold draws or trajectories; one campaign has none):
    r   rounds measured so far, the initial set's among them; the last axis
    m   test items
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from planner.errors import InputError

__all__ = ["Bools", "Floats", "Progress", "Seen", "check_known"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Seen(Protocol):
    """What a rule reads; `Progress` says what each means. Whoever runs a campaign may bring a class of their own."""

    @property
    def labels(self) -> Floats: ...  # noqa: D102
    @property
    def values(self) -> Floats: ...  # noqa: D102
    @property
    def test_size(self) -> Floats | float | None: ...  # noqa: D102
    @property
    def agreement(self) -> Floats | None: ...  # noqa: D102
    @property
    def spent_usd(self) -> Floats | float | None: ...  # noqa: D102
    @property
    def next_usd(self) -> Floats | float | None: ...  # noqa: D102
    @property
    def next_gain(self) -> Floats | float | None: ...  # noqa: D102
    @property
    def p_reached(self) -> Floats | float | None: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Progress:
    """A campaign, or many side by side, after some rounds; None is what nobody knows.

    Attributes:
        labels: (..., r) labels in hand at each measured round, rising.
        values: (..., r) measured values, fractions.
        test_size: m; (...) or one for all.
        agreement: (..., r − 1) Cohen's kappa between the predictions of successive rounds on the same unlabelled items.
        spent_usd: (...) money spent so far.
        next_usd: (...) price of the next round.
        next_gain: (...) what the next round is expected to add to the value, a fraction.
        p_reached: (...) probability, by forecast, that the target is reached already.
    """

    labels: Floats
    values: Floats
    test_size: Floats | float | None = None
    agreement: Floats | None = None
    spent_usd: Floats | float | None = None
    next_usd: Floats | float | None = None
    next_gain: Floats | float | None = None
    p_reached: Floats | float | None = None


WORDS = {
    "test_size": "the number of test items",
    "agreement": "how far successive rounds' predictions agree (kappa, on the same items)",
    "spent_usd": "the money spent",
    "next_usd": "the price of the next round",
    "next_gain": "what the next round is expected to add",
    "p_reached": "a forecast's chance that the target is reached",
}


def check_known(seen: Seen, needs: Collection[str], rule: str) -> None:
    """Refuse to judge a campaign of which a rule knows too little: it must not silently go on for ever.

    Raises:
        InputError: names the rule and what it lacks.
    """
    for name in sorted(needs):
        if getattr(seen, name) is None:
            raise InputError(f"stopping rule '{rule}': needs {WORDS[name]}, which is not known here")
