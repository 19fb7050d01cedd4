"""What a campaign has seen so far: all that a stopping rule may look at.

Notation (a leading axis may hold draws or trajectories; one campaign has none):
    r   rounds measured so far, the initial set's among them; the last axis
    m   test items
    k   looks, after each of which a rule is asked          D   draws          G   settings of prices
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from planner.arrays import Floats, Ints
from simulations.errors import InputError

MONEY = frozenset({"spent_usd", "next_usd"})
"""What of `Progress` takes a bill."""


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


class Paid(Protocol):
    """What campaigns spend: USD spent by a look, and the price of what comes before the next; G settings at once."""

    def at(self, looks: Ints) -> tuple[Floats, Floats]:
        """Give both at looks of each draw's own, (..., G, D) or (..., 1, D): (..., G, D) each."""

    def each(self) -> tuple[Floats, Floats]:
        """Give both at every look, (G, D, k) each."""


@dataclass(frozen=True, eq=False)
class History:
    """Campaigns in all draws over all of their looks, so that a rule can be asked of every look at once.

    Attributes:
        labels: (D, k) labels in hand at each look.
        values: (D, k) measured values.
        test_size: m; (D,) or (1,).
        money: what is spent; None where no rule asks.
        rising: whether more labels never cost less in all, so that money that is spent stays spent.
        next_gain: (D, k) what the next look is expected to add.
        p_reached: (D, k) chance that the target is reached already.
    """

    labels: Floats
    values: Floats
    test_size: Floats | None = None
    money: Paid | None = None
    rising: bool = True
    next_gain: Floats | None = None
    p_reached: Floats | None = None

    @property
    def looks(self) -> int:
        """Number of looks."""
        return int(self.labels.shape[1])

    def until(self, look: int) -> Progress:
        """Give what was seen up to one look, all draws side by side."""
        paid = self.paid(np.full((1, len(self.labels)), look))
        return replace(
            paid,
            labels=self.labels[:, : look + 1],
            values=self.values[:, : look + 1],
            test_size=self.test_size,
            next_gain=None if self.next_gain is None else self.next_gain[:, look],
            p_reached=None if self.p_reached is None else self.p_reached[:, look],
        )

    def each(self, *, paid: bool) -> Progress:
        """Give every look as a campaign of its own, (D, k) or (G, D, k): its last round, as if it were the only one.

        Args:
            paid: whether the money is asked for, which takes longer than all else.
        """
        spent, ahead = self.money.each() if paid and self.money is not None else (None, None)
        return Progress(
            labels=self.labels[..., None],
            values=self.values[..., None],
            test_size=None if self.test_size is None else self.test_size[:, None],
            spent_usd=spent,
            next_usd=ahead,
            next_gain=self.next_gain,
            p_reached=self.p_reached,
        )

    def paid(self, looks: Ints) -> Progress:
        """Give the money side alone, at looks of each draw's own, (..., G, D) or (..., 1, D)."""
        spent, ahead = (None, None) if self.money is None else self.money.at(looks)
        return Progress(self.labels, self.values, spent_usd=spent, next_usd=ahead)


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
