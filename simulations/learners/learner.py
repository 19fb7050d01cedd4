"""The contract of a learner: trained on the labelled sets of many lanes at once, it gives class probabilities per lane.

A learner whose settings have `order_seed` and `start_seed` leaves both 0, and then its starting weights and its order
of training come from the replicate's own seed; another number gives that one draws of its own and leaves everything
else as it was.

Notation
    L        lanes, each one trajectory with its own labelled set and weights
    N, d, C  items of the data set, which all lanes share, features, classes
    n        labelled items (as many in every lane)
    m        items to be scored
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.config_values import quote_value
from simulations.errors import InputError
from simulations.strategies.view import Landscape
from simulations.trajectory import UNSTATED, LazyStreams, Part, Scalar, Trajectory

Streams = Sequence[np.random.Generator]
Axes = Literal["principal", "columns", "tokens"]


class DivergedError(InputError):
    """A model that is not finite, in training or in what it says: the trajectory ends there, those beside it go on."""


@dataclass(frozen=True)
class Labelled:
    """The labelled sets of all lanes.

    Args:
        features: (N, d), the data set in its principal axes; no lane has a copy of its own.
        rows: (L, n), which items are labelled; an item may come more than once (a bootstrap sample).
        answers: (L, n), their class numbers as the oracle gave them.
        spectrum: (d,), the variance along each axis.
        copy_of: (N,), for each row of `features` the item that it is a copy of, or itself; None where there are none.
    """

    features: Features
    rows: Ints
    answers: Ints
    spectrum: Floats
    classes: int
    copy_of: Ints | None = None

    def take(self, lanes: Sequence[int] | Ints) -> "Labelled":
        """The labelled sets of some lanes, in the order named."""
        chosen = np.asarray(lanes, dtype=np.int64)
        return replace(self, rows=self.rows[chosen], answers=self.answers[chosen])


class Fitted(Protocol):
    """Trained models, one per lane."""

    @property
    def converged(self) -> Bools:
        """Shape (L,): whether each lane's training met its stopping rule."""

    @property
    def effort(self) -> Floats:
        """Shape (L,): each lane's share of the training time, in any common unit."""

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score the same items (m, d) for each lane named: class-major probabilities (lanes, C, m)."""

    def take(self, lanes: Sequence[int]) -> "Fitted":
        """The models of some lanes, in the order named; one may be named more than once."""


@runtime_checkable
class WritesProbabilities(Protocol):
    """Trained models that write what they say into memory that is kept, where others ask for new."""

    def write_probabilities(self, lanes: Sequence[int], features: Features, out: Features) -> Bools:
        """Write what `probabilities` gives to out (lanes, C, m), and say for each lane whether all of it is finite."""


@runtime_checkable
class WithEmbeddings(Protocol):
    """Trained models whose last layer reads something else than the features."""

    def embeddings(self, lane: int, features: Features) -> Features:
        """What the last layer of a lane's model reads of items (m, d): (m, e)."""


@runtime_checkable
class WithMembers(Protocol):
    """Trained models of which each is several."""

    def members(
        self, lane: int, features: Features, rows: Ints, rng: np.random.Generator
    ) -> Iterator[tuple[slice, Features]]:
        """Score items, `rows` (m,) of features (N, d), by every member of a lane, drawn by `rng` where they are drawn.

        Yields:
            Which of the m items, in their order, and their probabilities (M, items, C), bounded in memory.
        """


@runtime_checkable
class WithLandscape(Protocol):
    """Trained models whose class scores have gradients by the features."""

    def landscape(self, lane: int) -> Landscape:
        """A lane's model as a function of the place; its most probable class is the one of the highest score."""


class Learner(Protocol):
    """Trains lanes in lockstep; a lane's result must not depend on which lanes are trained beside it."""

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> Fitted:
        """Train every lane; `warm` is what the round before gave for the same lanes, None in the first round.

        The streams are one generator per lane, for learners that need chance.
        """


@dataclass(frozen=True)
class LearnerEntry:
    """What the registry knows of a learner.

    Args:
        family: kind of model.
        defaults: every setting it takes, with its default.
        make: settings as keyword arguments to the learner, a `Learner`, or of a task beyond classification a
            `simulations.tasks.task.TaskLearner`; imports what is heavy.
        needs: what must be installed; `nothing` beyond the base package.
        axes: which features it is given: `principal` axes, or the `columns` of the data set, centred and scaled, or
            the `tokens` of its texts. A linear model is the same in the first two and faster in the first; a tree
            splits columns, and loses by the turn.
        loads: modules that take long to import and are needed to train, so that this is not taken for training.
        serves: settings to what it gives strategies beyond probabilities: `members` if its models are `WithMembers`,
            `ensemble` if they were trained apart from one another, and `gradients` if they are `WithLandscape`; of a
            task beyond classification also `values`, `sequences` and `embeddings`, as `WithValues` and its neighbours
            in `simulations.tasks.task` have them.
        task: the kind of task it learns: classification, or a key of `simulations.tasks.task.METRICS_OF`.
        version: raised whenever it trains otherwise than before, so that stored curves are not mistaken for new ones.
        further: further settings with their defaults, part of a trajectory's content only where they differ from them,
            so that what was stored before there were any keeps its name.
    """

    name: str
    family: str
    paper: str
    summary: str
    defaults: Mapping[str, Scalar]
    make: Callable[..., Any]
    needs: str = "nothing"
    axes: Axes = "principal"
    loads: tuple[str, ...] = ()
    serves: Callable[[Mapping[str, Any]], frozenset[str]] = lambda settings: frozenset()
    task: str = "classification"
    version: int = UNSTATED
    further: Mapping[str, Scalar] = field(default_factory=dict)


def check_setting(learner: str, setting: str, found: object, good: bool, allowed: str) -> None:
    """Raise an InputError if a setting is not good."""
    if not good:
        raise InputError(f"learner {learner}, {setting}: found {quote_value(found)}; allowed: {allowed}")


SEEDS = ("order_seed", "start_seed")


class ApartStreams(list[np.random.Generator]):
    """One generator per lane for initial weights, and another in `order` for minibatches and dropout.

    To a learner that does not tell them apart it is the streams of the start.
    """

    def __init__(self, start: Streams, order: Streams) -> None:
        super().__init__(start)
        self.order = order


def training_streams(learner: Part, content: Sequence[object], seeds: Sequence[int], r: int) -> Streams:
    """Give the streams of training in round `r`, one per lane, by the seed of each lane's replicate.

    The content is what the lanes share beside the learner, and training depends on.
    """
    shared = (content[0], without_seeds(learner).as_json(), *content[1:])

    def drawn(setting: str) -> LazyStreams:
        number = learner.options.get(setting, 0)
        purpose = (setting.removesuffix("_seed"), number) if number else ("train",)
        return LazyStreams([(*shared, seed, *purpose, r) for seed in seeds])

    if not any(learner.options.get(setting) for setting in SEEDS):
        return drawn(SEEDS[0])
    order, start = map(drawn, SEEDS)
    return ApartStreams(start, order)


def without_seeds(learner: Part) -> Part:
    """Give a learner whose order and start come from the replicate's own seed."""
    return replace(learner, settings=tuple(pair for pair in learner.settings if pair[0] not in SEEDS))


def selection_key(t: Trajectory) -> str:
    """Give what a trajectory's choices are drawn by: its key, were order and start those of the replicate's own seed.

    Choices at random are then the same whatever these are, and what differs between two of them is theirs alone.
    """
    chooser = None if t.chooser is None else without_seeds(t.chooser)
    return replace(t, learner=without_seeds(t.learner), chooser=chooser).key
