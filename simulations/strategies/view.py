"""The view of a round that a strategy sees, and the contract of a strategy.

Notation
    L        lanes, each with its own pool of equal size
    n, d, C  items in a pool, features, classes; m points anywhere
    k        items to choose per lane
    B        members of a committee
    M        members of a lane's model: networks drawn by dropout, or those of an ensemble
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from simulations.arrays import Ints, Reals
from simulations.trajectory import UNSTATED


@dataclass(frozen=True)
class Landscape:
    """What one lane's model says anywhere in the space of the features, not of items alone.

    Attributes:
        scores: points (m, d) to class scores (m, C), before they become probabilities; -inf for a class never seen.
        slopes: points (m, d) to the gradients of the scores by the point, (m, C, d); 0 for a class never seen.
        linear: whether the slopes are the same everywhere.
        expected_squares: points (m, d) to the squared length of the loss's gradient by all weights, (m,), its mean over
            the answers as the model expects them; None of a linear model, where features tell it, and of others that
            do not give it.
    """

    scores: Callable[[Reals], Reals]
    slopes: Callable[[Reals], Reals]
    linear: bool = False
    expected_squares: Callable[[Reals], Reals] | None = None


UNLABELLED = -1
Need = Literal[
    "sequences",
    "sequence_gradients",
    "features",
    "embeddings",
    "probabilities",
    "committee",
    "members",
    "ensemble",
    "values",
    "costs",
    "gradients",
]
"""What a strategy may read of the view."""
NEEDS: tuple[Need, ...] = get_args(Need)
Pieces = Iterator[tuple[slice, Reals]]
_T = TypeVar("_T", bound=np.generic)
_Told = TypeVar("_Told")
_Scores = TypeVar("_Scores", "Values", "SequenceScores")


class CannotSelectError(ValueError):
    """A strategy cannot give what it was asked for; the message says what was asked and what is allowed."""


@dataclass(frozen=True)
class Values:
    """What models that predict numbers say of their pools.

    Args:
        predicted: (L, n), the number predicted for each item.
        members: (L, M, n), what each member of a model predicts; M is 1 for a model that is one.
        known: (L, n), the answers of labelled items; 0 elsewhere. Models leave it empty, (L, 0); the engine fills it.
    """

    predicted: Reals
    members: Reals
    known: Reals


@dataclass(frozen=True)
class SequenceScores:
    """How sure models are of the sequences they would answer with.

    Args:
        log_probability: (L, n), of the whole answer, at most 0.
        entropy: (L, n), of the symbols of the answer, added up, in nats.
        margin: (L, n), between the two likeliest symbols, the mean over the answer, from 0 to 1.
        lengths: (L, n), symbols in the answer, at least 1.
        expected_squares: (L, n), the expected squared length of the loss's gradient by all weights, for strategies that
            need `sequence_gradients`; (0, 0) for others.
    """

    log_probability: Reals
    entropy: Reals
    margin: Reals
    lengths: Ints
    expected_squares: Reals = field(default_factory=lambda: np.zeros((0, 0)))


class RoundView:
    """A read-only view of one round over lanes; no hidden label, data set name or generator is in it.

    What it shows is good until the strategy has chosen: the engine goes on in the same memory. Copy what is to be kept.

    Numbers are float32 in the engine; float64 is as good. What a strategy did not declare that it needs is None.

    Args:
        features: one array (n, d) per lane, centred; distances between rows are meaningful.
        answers: shape (L, n), the class of a labelled item, `UNLABELLED` (-1) elsewhere.
        probabilities: shape (L, n, C), what the trained model says of every item, labelled ones too; the engine stores
            them class-major, so that `probabilities[..., c]` is what can be read fast; or what gives them when they are
            first read.
        committee: a lane's number to what each member of its committee says, shape (B, n, C); called at most once a
            lane.
        embeddings: a lane's number to what the last layer of its model reads of every item, (n, e). None, too, when
            that is the features themselves.
        members: a lane's number to what each member of its model says of every item, piece by piece: which items, and
            (M, items, C), for `members` or an `ensemble`.
        values: what models that predict numbers say.
        sequences: what models that answer with sequences say.
        costs: (L, n), what labelling an item is expected to cost, in any one unit, above 0.
        landscape: a lane's number to its model as a function of the place, for `gradients`.
    """

    def __init__(
        self,
        features: Sequence[Reals],
        answers: Ints,
        probabilities: Reals | Callable[[], Reals] | None = None,
        committee: Callable[[int], Reals] | None = None,
        embeddings: Callable[[int], Reals] | None = None,
        members: Callable[[int], Pieces] | None = None,
        values: Values | None = None,
        sequences: SequenceScores | None = None,
        costs: Reals | None = None,
        landscape: Callable[[int], Landscape] | None = None,
    ) -> None:
        self.features = tuple(frozen(lane) for lane in features)
        self.answers = frozen(answers)
        self.labelled = frozen(answers != UNLABELLED)
        self._probabilities = frozen(probabilities) if isinstance(probabilities, np.ndarray) else probabilities
        self._committee = committee
        self._embeddings = embeddings
        self._members = members
        self._values = values
        self._sequences = sequences
        self._costs = None if costs is None else frozen(costs)
        self._landscape = landscape

    @property
    def lanes(self) -> int:
        """Number of lanes, L."""
        return len(self.features)

    @property
    def pool_size(self) -> int:
        """Items in each lane's pool, n."""
        return int(self.answers.shape[1])

    @property
    def left(self) -> int:
        """Items that may be chosen in the lane that has fewest of them."""
        # Lane by lane, since only a whole array of truths is counted by bits.
        return self.pool_size - max(int(np.count_nonzero(lane)) for lane in self.labelled)

    @property
    def probabilities(self) -> Reals:
        """Shape (L, n, C); raises CannotSelectError when the strategy did not declare `probabilities` in its needs."""
        if callable(self._probabilities):
            self._probabilities = frozen(self._probabilities())
        return _declared(self._probabilities, "probabilities")

    @property
    def values(self) -> Values:
        """What models that predict numbers say; raises CannotSelectError when `values` was not declared."""
        return _declared(self._values, "predicted numbers", "values")

    @property
    def sequences(self) -> SequenceScores:
        """What models that answer with sequences say; raises CannotSelectError when `sequences` was not declared."""
        return _declared(self._sequences, "sequences")

    @property
    def costs(self) -> Reals:
        """Shape (L, n), what labelling an item is expected to cost; raises CannotSelectError when not declared."""
        return _declared(self._costs, "costs")

    def committee(self, lane: int) -> Reals:
        """Train a lane's committee and score its pool by each member, (B, n, C).

        Ask once a lane, and let go of one before asking for the next.

        Raises:
            CannotSelectError: the strategy did not declare `committee` in its needs.
        """
        return frozen(_declared(self._committee, "a committee", "one")(lane))

    @property
    def has_embeddings(self) -> bool:
        """Whether the last layers of the models read something else than the features."""
        return self._embeddings is not None

    def embedded(self) -> "RoundView":
        """The same round with, for features, what the last layers of the models read: (n, e) a lane.

        Those of all lanes are held at once: take one `lane` after the other.
        """
        if self._embeddings is None:
            return self
        view = copy(self)
        view.features = tuple(frozen(self._embeddings(lane)) for lane in range(self.lanes))
        view._embeddings = None
        return view

    def members(self, lane: int) -> Pieces:
        """Score a lane's pool by each member of its model, piece by piece, so that memory is bounded; ask once a lane.

        Yields:
            Which items, and their probabilities (M, items, C).

        Raises:
            CannotSelectError: the strategy did not declare `members` or `ensemble` in its needs.
        """
        for items, probabilities in _declared(self._members, "members")(lane):
            yield items, frozen(probabilities)

    def landscape(self, lane: int) -> Landscape:
        """Give a lane's model as a function of the place: scores of classes at any point, and their slopes.

        Raises:
            CannotSelectError: the strategy did not declare `gradients` in its needs.
        """
        return _declared(self._landscape, "gradients")(lane)

    def unlabelled(self, lane: int) -> Ints:
        """Row numbers of the items of a lane that may be chosen, ascending."""
        return np.flatnonzero(~self.labelled[lane])

    def lane(self, lane: int) -> "RoundView":
        """The view of one lane alone."""
        only = slice(lane, lane + 1)
        return RoundView(
            [self.features[lane]],
            self.answers[only],
            None if self._probabilities is None else lambda: self.probabilities[only],
            _for_lane(self._committee, lane),
            _for_lane(self._embeddings, lane),
            _for_lane(self._members, lane),
            _of_lane(self._values, only),
            _of_lane(self._sequences, only),
            None if self._costs is None else self._costs[only],
            _for_lane(self._landscape, lane),
        )


Streams = Sequence[np.random.Generator]
"""One generator per lane, made when it is asked for: index a lane once, and none that is not drawn from."""

Select = Callable[[RoundView, int, Streams], Ints]


@dataclass(frozen=True)
class Strategy:
    """A named way to choose what is labelled next.

    Args:
        family: what it goes by: chance, uncertainty, diversity.
        needs: what of the view it reads; empty for a strategy that reads only which items are labelled. `ensemble`
            stands for members that were trained apart from one another.
        choose: the view, k and one generator per lane to row numbers (L, k); called through `select`.
        sequence: a promise: the choice depends on the features, on which rows are labelled and on the lane's own
            generator only, and choosing k and then, from an equal generator, k more gives what choosing 2k gives.
            One long choice then serves every batch size and every learner.
        committee_size: members of the committee it reads, B; 0 for a strategy that reads none.
        most_items: the largest pool whose cost is bearable; None where cost grows no faster than the pool.
        version: raised whenever it chooses otherwise than before, so that stored curves are not mistaken for new ones.
        loads: modules of an extra, `neural`, without which it cannot choose.
        copies: the view, a lane and the items it chose, (k,), to points (k, d) that the model is trained on too, each
            with the answer of its item; None for a strategy that adds none. They cost no label. A strategy that makes
            them needs `features`, and is no `sequence`, which is chosen without a model.
    """

    name: str
    family: str
    paper: str
    needs: frozenset[Need]
    summary: str
    choose: Select
    sequence: bool = False
    committee_size: int = 0
    most_items: int | None = None
    version: int = UNSTATED
    loads: tuple[str, ...] = ()
    copies: Callable[[RoundView, int, Ints], Reals] | None = None

    def __post_init__(self) -> None:
        if self.copies is not None and (self.sequence or "features" not in self.needs):
            raise ValueError(f"strategy {self.name}: makes copies; allowed: needs features, and no sequence")

    @property
    def reads_model(self) -> bool:
        """Whether what it chooses depends on what a model says."""
        return not self.needs <= {"features", "costs"}

    @property
    def needs_features(self) -> bool:
        """Whether it reads features, if only where the model's last layer reads nothing else."""
        return "features" in self.needs or "embeddings" in self.needs

    @property
    def needs_members(self) -> bool:
        """Whether the model must be several, drawn by dropout or trained apart, before this strategy can choose."""
        return "members" in self.needs or "ensemble" in self.needs

    def select(self, view: RoundView, k: int, streams: Streams) -> Ints:
        """Choose k distinct unlabelled items in every lane, (L, k), each with a generator of its own.

        Raises:
            CannotSelectError: a lane has fewer than k unlabelled items, k is below 1, or the pool is larger than
                `most_items`.
        """
        if not 1 <= k <= view.left:
            raise CannotSelectError(
                f"strategy {self.name}: asked for {k} items; allowed: 1 to {view.left}, what is left"
            )
        if self.most_items is not None and view.pool_size > self.most_items:
            raise CannotSelectError(
                f"strategy {self.name}: found a pool of {view.pool_size} items; allowed: at most {self.most_items}, "
                "since it compares every item with every other"
            )
        return self.choose(view, k, streams)

    def copies_of(self, view: RoundView, lane: int, chosen: Ints) -> Reals:
        """Give the copies of the items a lane chose, (k, d).

        Raises:
            CannotSelectError: they have another shape.
        """
        assert self.copies is not None, "asked of strategies that make copies"
        points, expected = self.copies(view, lane, chosen), (chosen.size, view.features[lane].shape[1])
        if points.shape != expected:
            raise CannotSelectError(
                f"strategy {self.name}: found copies of shape {points.shape}; allowed: {expected}, one point for each "
                "item chosen"
            )
        return points


def _declared(told: _Told | None, reads: str, needs: str = "them") -> _Told:
    """Give what the strategy reads, if it declared that it needs it."""
    if told is None:
        raise CannotSelectError(f"the strategy reads {reads} but does not declare that it needs {needs}")
    return told


def _for_lane(ask: Callable[[int], _Told] | None, lane: int) -> Callable[[int], _Told] | None:
    """Show one lane's answer as that of the only lane."""
    return None if ask is None else lambda _: ask(lane)


def _of_lane(scores: _Scores | None, only: slice) -> _Scores | None:
    if scores is None:
        return None
    return replace(scores, **{one.name: getattr(scores, one.name)[only] for one in fields(scores)})


def frozen(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """Show the same memory as an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
