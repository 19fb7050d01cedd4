"""How many right answers show that a target is reached: the Clopper-Pearson bound as a count, found once a test size.

Pricing a plan asks it of every draw at every look, where the incomplete beta function is what takes the time; it falls
with the right answers, so that all but those in a narrow band are told by two counts.

Notation:
    k   right answers, not always whole        m   test items
"""

from functools import lru_cache

import numpy as np

from planner.arrays import Bools, Floats

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
