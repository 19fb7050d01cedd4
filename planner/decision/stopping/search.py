"""The look at which money runs out, found without pricing every look.

Bills are almost straight lines over looks, so that false position lands beside the answer in a step or two; every third
step halves what is left, which bounds their number whatever the bill.

Notation:
    k       looks                               D, G    draws, settings of prices
    low     (G, D)  a look at which the campaign goes on, or -1
    high    (G, D)  a later one at which it stops, or k
"""

from collections.abc import Callable

import numpy as np

from planner.arrays import Bools, Ints
from planner.decision.stopping.progress import History, Seen

_SMALLEST_USD = 1e-12


def first_paid(stops: Callable[[Seen], Bools], history: History, limit_usd: float) -> Ints:
    """Give the first look at which a rule about the money spent stops campaigns, (G, D); k where it never does.

    Args:
        stops: the rule, which goes on saying so once it does.
        history: campaigns whose bills never fall.
        limit_usd: about where it stops; the answer does not depend on it, only the way there.
    """
    D, k = history.labels.shape
    if k == 0:
        return np.zeros((1, D), dtype=np.int64)
    ends = history.paid(np.array([0, k - 1])[:, None, None] + np.zeros((1, D), dtype=np.int64))
    over, usd = stops(ends), np.asarray(ends.spent_usd) + np.asarray(ends.next_usd)
    low = np.where(over[0], -1, np.where(over[1], 0, k - 1))
    high = np.where(over[0], 0, np.where(over[1], k - 1, k))
    under_usd, over_usd = usd[0], usd[1]
    step = 0
    while ((left := high - low) > 1).any():
        share = (limit_usd - under_usd) / np.maximum(over_usd - under_usd, _SMALLEST_USD)
        share = np.where(step % 3 == 2, 0.5, np.clip(share, 0.0, 1.0))
        guess = np.clip(low + np.floor(share * left).astype(np.int64), low + 1, high - 1)
        both = np.clip(np.stack([guess, guess + 1]), 0, k - 1)
        seen = history.paid(both)
        over, usd = stops(seen), np.asarray(seen.spent_usd) + np.asarray(seen.next_usd)
        for at, past, sum_usd in zip(both, over, usd, strict=True):
            inside = (low < at) & (at < high)
            low, under_usd = (np.where(inside & ~past, new, old) for new, old in ((at, low), (sum_usd, under_usd)))
            high, over_usd = (np.where(inside & past, new, old) for new, old in ((at, high), (sum_usd, over_usd)))
        step += 1
    return np.asarray(high)
