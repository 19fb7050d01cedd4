"""The progress of a campaign: all that a stopping rule may look at.

Pricing a plan asks it of every draw at every look, where the incomplete beta function is what takes the time; it falls
with the right answers, so that all but those in a narrow band are told by two counts.

Notation:
    k   right answers, not always whole        m   test items

Notation (a leading axis may hold draws or trajectories; one campaign has none):
    r   rounds measured so far, the initial set's among them; the last axis
    m   test items
    k   looks, after each of which a rule is asked          D   draws          G   settings of prices
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from planner.arrays import Bools, Floats, Ints
from simulations.errors import InputError

LEAST = 1e-9  # right answers: a share of 0 has no bound but 0
_HALVINGS = 36  # of m: the band is then narrower than what is ever measured, and what lies in it is asked itself


def enough_right(right: Floats, items: Floats, target: float, confidence: float) -> Bools:
    """Say where the one-sided bound below a measured share is at or above a target.

    Args:
        right: (...) k.
        items: (...) m, which broadcasts to k.
        target: the share to reach.
        confidence: of the bound, inside (0, 1).
    """
    sizes, place = np.unique(items, return_inverse=True)
    too_few, enough = (
        limit[place].reshape(items.shape) for limit in _limits(sizes.astype(float).tobytes(), target, confidence)
    )
    unsure = (right > too_few) & (right < enough)
    found = np.asarray((right >= enough) & (right > 0))
    if unsure.any():
        m = np.broadcast_to(items, unsure.shape)[unsure]
        found[unsure] = _rare(right[unsure], m, target, confidence)
    return found


def _rare(right: Floats, items: Floats, target: float, confidence: float) -> Bools:
    """Say where so many right answers or more would be rare at the target."""
    from scipy.special import betainc

    return np.asarray(betainc(np.maximum(right, LEAST), items - right + 1.0, target) <= 1.0 - confidence)


@lru_cache(maxsize=64)
def _limits(sizes: bytes, target: float, confidence: float) -> tuple[Floats, Floats]:
    """Give for each test size a count that is too small and one that is enough; inf where none is enough."""
    m = np.frombuffer(sizes)
    low, high = np.zeros_like(m), m.copy()
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        rare = _rare(middle, m, target, confidence)
        low, high = np.where(rare, low, middle), np.where(rare, middle, high)
    possible = _rare(m, m, target, confidence)
    return np.where(possible, low, np.inf), np.where(possible, high, np.inf)


MONEY = frozenset({"spent_usd", "next_usd"})
"""What of `Progress` takes a bill."""


class CampaignView(Protocol):
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


def check_known(seen: CampaignView, needs: Collection[str], rule: str) -> None:
    """Refuse to judge a campaign of which a rule knows too little: it must not silently go on for ever.

    Raises:
        InputError: names the rule and what it lacks.
    """
    for name in sorted(needs):
        if getattr(seen, name) is None:
            raise InputError(f"stopping rule '{rule}': needs {WORDS[name]}, which is not known here")
