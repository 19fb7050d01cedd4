"""What a strategy sees of a round, and what a strategy is.

Notation
    L        lanes, each with its own pool of equal size
    n, d, C  items in a pool, features, classes
    k        items to choose per lane
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

UNLABELLED = -1
_T = TypeVar("_T", bound=np.generic)


class CannotSelectError(ValueError):
    """A strategy was asked for more items than are left, or for fewer than one."""


class RoundView:
    """A read-only view of one round over lanes; no hidden label, data set name or generator is in it.

    Args:
        features: one array (n, d) per lane, centred; distances between rows are meaningful.
        answers: shape (L, n), the class of a labelled item, `UNLABELLED` (-1) elsewhere.
        probabilities: shape (L, n, C), what the trained model says of every item, labelled ones too; None when the
            strategy did not declare that it needs them.
    """

    def __init__(
        self, features: Sequence[FloatArray], answers: IntArray, probabilities: FloatArray | None = None
    ) -> None:
        self.features = tuple(_frozen(lane) for lane in features)
        self.answers = _frozen(answers)
        self.labelled = _frozen(answers != UNLABELLED)
        self._probabilities = None if probabilities is None else _frozen(probabilities)

    @property
    def lanes(self) -> int:
        """Number of lanes, L."""
        return len(self.features)

    @property
    def pool_size(self) -> int:
        """Items in each lane's pool, n."""
        return int(self.answers.shape[1])

    @property
    def probabilities(self) -> FloatArray:
        """Shape (L, n, C); raises CannotSelectError when the strategy did not declare `probabilities` in its needs."""
        if self._probabilities is None:
            raise CannotSelectError("the strategy reads probabilities but does not declare that it needs them")
        return self._probabilities

    def unlabelled(self, lane: int) -> IntArray:
        """Row numbers of the items of a lane that may be chosen, ascending."""
        return np.flatnonzero(~self.labelled[lane])

    def lane(self, lane: int) -> "RoundView":
        """The view of one lane alone."""
        own = None if self._probabilities is None else self._probabilities[lane : lane + 1]
        return RoundView(self.features[lane : lane + 1], self.answers[lane : lane + 1], own)


Streams = Sequence[np.random.Generator]
Select = Callable[[RoundView, int, Streams], IntArray]


@dataclass(frozen=True)
class Strategy:
    """A named way to choose what is labelled next.

    Args:
        name: the registered name.
        family: what it goes by: chance, uncertainty, diversity.
        paper: the source to cite.
        needs: what of the view it reads: `nothing`, `features`, `probabilities`, or several joined by a comma.
        summary: one sentence.
        choose: the view, k and one generator per lane to row numbers (L, k); called through `select`.
    """

    name: str
    family: str
    paper: str
    needs: str
    summary: str
    choose: Select

    @property
    def needs_probabilities(self) -> bool:
        """Whether the pool must be scored before this strategy can choose."""
        return "probabilities" in self.needs

    def select(self, view: RoundView, k: int, streams: Streams) -> IntArray:
        """Choose k distinct unlabelled items in every lane.

        Args:
            view: the round.
            k: items per lane.
            streams: one generator per lane; lanes never share one.

        Returns:
            Row numbers, shape (L, k).

        Raises:
            CannotSelectError: a lane has fewer than k unlabelled items, or k is below 1.
        """
        left = int((~view.labelled).sum(axis=1).min())
        if not 1 <= k <= left:
            raise CannotSelectError(f"strategy {self.name}: asked for {k} items; allowed: 1 to {left}, what is left")
        return self.choose(view, k, streams)


def lowest(scores: FloatArray, view: RoundView, k: int) -> IntArray:
    """Choose the k unlabelled items of lowest score in every lane; ties go to the lowest row number.

    Args:
        scores: shape (L, n), finite.
        view: the round.
        k: items per lane.
    """
    open_scores = np.where(view.labelled, np.inf, scores)
    return np.argsort(open_scores, axis=1, kind="stable")[:, :k]


def _frozen(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    view = array.view()
    view.flags.writeable = False
    return view
