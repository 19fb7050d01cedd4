"""Pools as rows of one array that all lanes share, so that no lane needs a copy of its own.

Notation: N items of the data set, n items in a pool, d features.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast, overload

from simulations.strategies.view import FloatArray, IntArray, RoundView, frozen


class SharedRows(Sequence[FloatArray]):
    """The features of many lanes, each (n, d), as rows of one array; a lane's are copied out only when asked for.

    Args:
        source: shape (N, d), what all lanes share.
        rows: shape (n,) for each lane, the rows of `source` that are its pool.
        copy: gives a lane's features, (n, d); it may keep them.
    """

    def __init__(self, source: FloatArray, rows: Sequence[IntArray], copy: Callable[[int], FloatArray]) -> None:
        self.source = frozen(source)
        self.rows = rows
        self._copy = copy

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, lane: int) -> FloatArray: ...
    @overload
    def __getitem__(self, lane: slice) -> tuple[FloatArray, ...]: ...
    def __getitem__(self, lane: int | slice) -> FloatArray | tuple[FloatArray, ...]:
        """Copy out the features of a lane, or of several."""
        if isinstance(lane, slice):
            return tuple(self[i] for i in range(*lane.indices(len(self))))
        return frozen(self._copy(range(len(self))[lane]))


class PoolView(RoundView):
    """A round whose lanes' features are rows of one array: to a strategy it is what `RoundView` is.

    Args:
        features: the lanes' features.
        rest: as `RoundView` takes it.
        named: likewise.
    """

    def __init__(self, features: SharedRows, *rest: Any, **named: Any) -> None:
        super().__init__((), *rest, **named)
        # Indexed, counted and gone through like a tuple, which would have copied all of it out by now.
        self.features = cast(tuple[FloatArray, ...], features)


def located(view: RoundView, lane: int) -> tuple[FloatArray, IntArray | None]:
    """Give an array that holds a lane's pool, and which of its rows that is; None where it is all of them, in order.

    Args:
        view: a round.
        lane: which lane.
    """
    features: Sequence[FloatArray] = view.features
    if isinstance(features, SharedRows):
        return features.source, features.rows[lane]
    return features[lane], None
