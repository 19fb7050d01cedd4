"""Selection of the items of lowest score, which most strategies end with.

Notation: L lanes, n items in a pool, k items to choose.
"""

from collections.abc import Callable, Iterator

import numpy as np

from simulations.arrays import BoolArray, IntArray, RealArray
from simulations.strategies.view import CannotSelectError, RoundView, Select

_SAMPLED = 1000
"""Items of a lane among which the bar for its k lowest is looked for."""

_AT_ONCE = 100_000


def choose_lowest(score: Callable[[RoundView], RealArray]) -> Select:
    """Make a strategy that asks for the items of lowest score, from what scores (L, n) a round."""
    return lambda view, k, streams: lowest_k(score(view), view, k)


def lowest_k(scores: RealArray, view: RoundView, k: int) -> IntArray:
    """Choose the k unlabelled items of lowest score in every lane, lowest first; ties go to the lowest row number.

    Args:
        scores: shape (L, n).
        view: the round.
        k: items per lane, at most what is left.

    Raises:
        CannotSelectError: the score of an unlabelled item is not a number.
    """
    groups = lanes_at_once(view.lanes, view.pool_size)
    return np.concatenate([_lowest(scores[group], ~view.labelled[group], k) for group in groups])


def lanes_at_once(lanes: int, items: int) -> Iterator[slice]:
    """Divide lanes with so many items each into groups of which a number an item stays in the cache."""
    width = max(1, _AT_ONCE // items)
    return (slice(at, at + width) for at in range(0, lanes, width))


def _lowest(scores: RealArray, unlabelled: BoolArray, k: int) -> IntArray:
    # The lowest of all is a number if and only if each is.
    if np.isnan(scores.min()) and (unknown := np.argwhere(np.isnan(scores) & unlabelled)).size:
        raise CannotSelectError(f"the score of item {unknown[0, 1]} is not a number; allowed: any number")
    bars = _bars(np.where(unlabelled, scores, np.inf), k)
    # Little more than k items, unless scores tie: n + k log k, where a sort takes n log n.
    lanes, rows = np.divmod(np.flatnonzero((scores <= bars) & unlabelled), scores.shape[1])
    order = np.lexsort((rows, scores[lanes, rows], lanes))
    firsts = np.searchsorted(lanes[order], np.arange(scores.shape[0]))
    chosen: IntArray = rows[order[firsts[:, None] + np.arange(k)]]
    return chosen


def _bars(scores: RealArray, k: int) -> RealArray:
    """Give for each lane a number that at least k of its scores (L, n) do not exceed, and few more: (L, 1).

    As a rule some share of a sample gives it, with three standard deviations to spare; to find the k-th lowest of all
    takes several times as long.
    """
    step = scores.shape[1] // _SAMPLED
    expected = k / max(step, 1)
    rank = int(expected + 3.0 * expected**0.5) + 1
    if step > 1 and rank < _SAMPLED:
        sample = np.partition(scores[:, ::step], rank, axis=1)
        bars: RealArray = sample[:, rank : rank + 1]
        if min(map(np.count_nonzero, scores <= bars)) >= k:
            return bars
    return np.partition(scores, k - 1, axis=1)[:, k - 1 : k]
