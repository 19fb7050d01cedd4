"""Pools as rows of one array that all lanes share, so that no lane needs a copy of its own.

Notation: L lanes, N items of the data set, n items in a pool, d features, C classes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast, overload

import numpy as np

from simulations.arrays import IntArray, RealArray
from simulations.strategies.top_k import lanes_at_once
from simulations.strategies.view import RoundView, frozen


class SharedRows(Sequence[RealArray]):
    """The features of many lanes, each (n, d), as rows of one array; a lane's are copied out only when asked for.

    Args:
        source: shape (N, d), what all lanes share.
        rows: shape (n,) for each lane, the rows of `source` that are its pool.
        copy: gives a lane's features, (n, d); it may keep them.
    """

    def __init__(self, source: RealArray, rows: Sequence[IntArray], copy: Callable[[int], RealArray]) -> None:
        self.source = frozen(source)
        self.rows = rows
        self._copy = copy

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, lane: int) -> RealArray: ...
    @overload
    def __getitem__(self, lane: slice) -> tuple[RealArray, ...]: ...
    def __getitem__(self, lane: int | slice) -> RealArray | tuple[RealArray, ...]:
        """Copy out the features of a lane, or of several."""
        if isinstance(lane, slice):
            return tuple(self[i] for i in range(*lane.indices(len(self))))
        return frozen(self._copy(range(len(self))[lane]))


class PoolView(RoundView):
    """A round whose lanes' pools are rows of one data set: to a strategy it is what `RoundView` is.

    Args:
        features: the lanes' features.
        answers: as `RoundView` takes them.
        scores: (L, C, N), what each lane's model says of all items of the data set, float32 as learners give it; those
            of the pools are picked when a strategy reads `probabilities`. None when it did not declare that it needs
            them.
        named: as `RoundView` takes it.
    """

    def __init__(self, features: SharedRows, answers: IntArray, scores: RealArray | None = None, **named: Any) -> None:
        super().__init__((), answers, None if scores is None else partial(_of_pools, scores, features.rows), **named)
        self.scores = None if scores is None else frozen(scores)
        # Indexed, counted and gone through like a tuple, which would have copied all of it out by now.
        self.features = cast(tuple[RealArray, ...], features)
        self.rows = features.rows


def _of_pools(scores: RealArray, rows: Sequence[IntArray]) -> RealArray:
    """Copy out what the models say of the pools, (L, n, C), stored class-major."""
    picked = np.empty((*scores.shape[:2], rows[0].size), np.float32)
    for own, of_all, places in zip(picked, scores, rows, strict=True):
        np.take(of_all, places, axis=1, out=own, mode="clip")  # to check rows again would need a copy
    return picked.transpose(0, 2, 1)


def located(view: RoundView, lane: int) -> tuple[RealArray, IntArray | None]:
    """Give an array that holds a lane's pool, and which of its rows that is; None where it is all of them, in order.

    Args:
        view: a round.
        lane: which lane.
    """
    features: Sequence[RealArray] = view.features
    if isinstance(features, SharedRows):
        return features.source, features.rows[lane]
    return features[lane], None


def measured(view: RoundView, measure: Callable[[RealArray], RealArray]) -> RealArray:
    """Measure every item of the pools by its probabilities alone, shape (L, n).

    What models say of a whole data set is measured as it stands, since one number an item is picked from it sooner
    than C.

    Args:
        view: a round of a strategy that needs probabilities.
        measure: probabilities (..., C) to numbers (...), each from the C of its own item.
    """
    if not isinstance(view, PoolView) or view.scores is None:
        return measure(view.probabilities)
    groups = lanes_at_once(view.lanes, view.scores.shape[2])
    found = (one for group in groups for one in measure(view.scores[group].transpose(0, 2, 1)))
    return np.stack([one[rows] for one, rows in zip(found, view.rows, strict=True)])


def scored(view: RoundView, lane: int) -> tuple[RealArray, IntArray | None]:
    """Give class-major probabilities that hold those of a lane's pool, and which columns these are; None where all.

    Args:
        view: a round of a strategy that needs probabilities.
        lane: which lane.
    """
    if not isinstance(view, PoolView) or view.scores is None:
        return view.probabilities[lane].T, None
    return view.scores[lane], view.rows[lane]
