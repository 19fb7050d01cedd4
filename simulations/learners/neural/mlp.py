"""Multilayer perceptrons and deep ensembles of them, trained in lockstep.

Notation: see `simulations.learners.neural.network`; M members a lane, m items. Members of a lane lie side by side among
the lanes of one stack, (L·M), and are trained in lockstep like any lanes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor

from simulations.arrays import Bools, Features, Floats, Ints
from simulations.learners.learner import Fitted, Labelled, Streams
from simulations.learners.neural import network, training
from simulations.learners.neural.settings import Training
from simulations.strategies.view import Landscape

_AT_ONCE = 8192
"""Items scored in one product; each lane's are, alone or packed, the same products."""

_PIECE = 4_000_000
"""Probabilities of members held at once, counted in numbers: 16 MB."""

_STACKED = 50_000_000
"""Numbers a stack of lanes may hold while it is trained: 200 MB; more lanes are trained stack by stack."""


def member_pieces(items: int, numbers: int) -> Iterator[slice]:
    """Cut items, each with so many numbers, into pieces whose probabilities are held at once."""
    return network.block_slices(items, max(1, min(_AT_ONCE, _PIECE // numbers)))


class MlpLearner:
    """Perceptrons with rectified units, softmax and cross-entropy, trained by Adam (Kingma & Ba 2015) on minibatches.

    Of units in each hidden layer, more fit finer structure and need more labels. Messages call it by its name.
    """

    backend = "torch"

    def __init__(self, hidden: tuple[int, ...], how: Training, name: str = "mlp") -> None:
        self.hidden, self.how, self.name = hidden, how, name

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "FittedMlp":
        """Train every lane, from where `start` says.

        Without more labels than the round before had, as for a committee's resamples, all start from scratch.

        Raises:
            InputError: training diverged.
        """
        lanes, n = labelled.rows.shape
        shape = network.NetworkShape(labelled.features.shape[1], self.hidden, labelled.classes)
        chances = network.chances_of(streams, lanes)
        before = cast(FittedMlp | None, warm)
        if before is not None and (self.how.start == "scratch" or before.shape != shape or before.labels >= n):
            before = None
        width = max(1, _STACKED // shape.numbers(min(n, self.how.batch_size)))
        parts = [
            self._fit(shape, labelled.take(own), None if before is None else before.take(own), chances.take(own))
            for own in (range(lanes)[stack] for stack in network.block_slices(lanes, width))
        ]
        if len(parts) == 1:
            return parts[0]
        # Stacks of lanes are put behind one another.
        weights = [torch.cat(layer) for layer in zip(*(part.weights for part in parts), strict=True)]
        seen, converged, effort = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("seen", "converged", "effort")
        )
        return replace(parts[0], weights=weights, seen=seen, converged=converged, effort=effort)

    def _fit(
        self, shape: network.NetworkShape, labelled: Labelled, before: "FittedMlp | None", chances: network.LaneChances
    ) -> "FittedMlp":
        """Train one stack."""
        n = labelled.rows.shape[1]
        learnt = before.labels if before is not None and self.how.start == "finetune" else 0
        if before is None:
            weights = chances.begin(lambda own: network.initial_weights(shape, own))
        else:
            weights = [W.clone() for W in before.weights]
        seen = network.seen_classes(labelled.answers, labelled.classes)
        items = network.padded_features(labelled.features)
        lessons = training.Lessons(items, labelled.rows[:, learnt:], labelled.answers[:, learnt:], seen)
        lanes = training.TrainingLanes(weights, shape, lessons, self.how, chances.order, self.name, training.Reader())
        weights, converged, epochs = lanes.train()
        return FittedMlp(shape, weights, seen, n, self.how, converged, epochs)


@dataclass(frozen=True)
class FittedMlp:
    """Perceptrons of one shape that were trained on so many labels, n; see `Fitted`.

    Classes that have a label are `seen`, (L, C); the others have probability 0.
    """

    shape: network.NetworkShape
    weights: network.Weights
    seen: Bools
    labels: int
    how: Training
    converged: Bools
    effort: Floats

    def take(self, lanes: Sequence[int]) -> "FittedMlp":
        """See `Fitted`."""
        rows = list(lanes)
        return replace(
            self,
            weights=[W[rows] for W in self.weights],
            seen=self.seen[rows],
            converged=self.converged[rows],
            effort=self.effort[rows],
        )

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items lane by lane; see `Fitted`."""
        result = np.empty((len(lanes), self.shape.classes, features.shape[0]), np.float32)
        with network.deterministic_arithmetic():
            items = network.padded_features(features)
            for own, lane in zip(result, lanes, strict=True):
                for rows in network.block_slices(features.shape[0], _AT_ONCE):
                    own[:, rows] = self._score(lane, items[rows]).T
        return result

    def embeddings(self, lane: int, features: Features) -> Features:
        """What the last layer of a lane reads of items (m, d), (m, h): the units of the last hidden layer."""
        units = self.shape.hidden[-1]
        result = np.empty((features.shape[0], units), np.float32)
        with network.deterministic_arithmetic():
            items = network.padded_features(features)
            for rows in network.block_slices(features.shape[0], _AT_ONCE):
                result[rows] = self._layers(lane, items[rows])[-2][0, :, :units]
        return result

    def members(
        self, lane: int, features: Features, rows: Ints, rng: np.random.Generator
    ) -> Iterator[tuple[slice, Features]]:
        """Draw networks by dropout (Gal & Ghahramani 2016) and score items with each, in pieces of bounded memory.

        A network drawn keeps what it left out for all items, as a sample of the posterior does (Kirsch et al. 2019).
        Arguments and pieces are those of `WithMembers`.
        """
        drawn = self.drawn(rng)
        items = network.padded_features(features)
        for piece in member_pieces(rows.size, self.how.samples * self.shape.classes):
            yield piece, self.score_by_networks(lane, items[np.ascontiguousarray(rows[piece])], drawn)

    def landscape(self, lane: int) -> Landscape:
        """A lane as a function of the place, without dropout; see `WithLandscape`."""

        def scores(X: Features) -> Features:
            with network.deterministic_arithmetic():
                result: Features = self._scores(lane, network.padded_features(X))[0, :, : self.shape.classes].numpy()
            return result

        return Landscape(
            scores,
            lambda X: self.slopes(lane, network.padded_features(X)),
            expected_squares=lambda X: self.expected_squares(lane, network.padded_features(X)),
        )

    def slopes(self, lane: int, items: Tensor) -> Features:
        """Give the gradient of each class's score by items, as `padded_features`, (m, C, d)."""
        result = np.empty((items.shape[0], self.shape.classes, self.shape.features), np.float32)
        weights = [W[lane : lane + 1] for W in self.weights]
        widest = max(self.shape.features, *self.shape.hidden)
        with network.deterministic_arithmetic():
            for rows in member_pieces(items.shape[0], widest * self.shape.classes):
                A = self._layers(lane, items[rows])
                result[rows] = network.slopes(weights, A, self.shape)[:, :, : self.shape.features]
        return result

    def expected_squares(self, lane: int, items: Tensor) -> Features:
        """Give the expected squared gradient of all weights for items, as `padded_features`, (m,)."""
        result = np.empty(items.shape[0], np.float32)
        weights = [W[lane : lane + 1] for W in self.weights]
        widest = max(self.shape.classes, *self.shape.hidden)
        with network.deterministic_arithmetic():
            bars = network.class_bars(self.seen[lane : lane + 1], self.weights[-1].shape[2])
            for rows in member_pieces(items.shape[0], widest * self.shape.classes):
                A = self._layers(lane, items[rows])
                P = (A[-1] + bars).softmax(dim=2)[0, :, : self.shape.classes]
                result[rows] = network.expected_squares(weights, A, self.shape, P)
        return result

    def drawn(self, rng: np.random.Generator) -> list[list[Tensor | None]]:
        """Draw what each network leaves out, as masks of its hidden layers."""
        drawn: list[list[Tensor | None]] = []
        for _ in range(self.how.samples):
            kept = [np.ones((1, 1, W.shape[1]), np.float32) for W in self.weights[1:]]
            for mask, units in zip(kept, self.shape.hidden, strict=True):
                training.dropout_mask(self.how.dropout, mask[0, :, :units], rng)
            drawn.append([torch.from_numpy(mask) for mask in kept])
        return drawn

    def score_by_networks(self, lane: int, items: Tensor, drawn: Sequence[Sequence[Tensor | None]]) -> Features:
        """Score items, as `padded_features`, by each network drawn: (M, m, C)."""
        with network.deterministic_arithmetic():
            return np.stack([self._score(lane, items, masks) for masks in drawn])

    def _layers(self, lane: int, items: Tensor, masks: Sequence[Tensor | None] | None = None) -> list[Tensor]:
        weights = [W[lane : lane + 1] for W in self.weights]
        return [
            A[:, : items.shape[0]]
            for A in network.forward(weights, network.whole_tiles(items)[None], self.shape, masks)
        ]

    def _scores(self, lane: int, items: Tensor, masks: Sequence[Tensor | None] | None = None) -> Tensor:
        """Scores of items by one lane, (1, m, K), -inf for a class without a label."""
        scores = self._layers(lane, items, masks)[-1]
        return scores.add_(network.class_bars(self.seen[lane : lane + 1], scores.shape[2]))

    def _score(self, lane: int, items: Tensor, masks: Sequence[Tensor | None] | None = None) -> Features:
        """Probabilities of items by one lane, (m, C)."""
        result: Features = self._scores(lane, items, masks).softmax(dim=2)[0, :, : self.shape.classes].numpy()
        return result


class EnsembleLearner:
    """Perceptrons trained apart from one another on all labels (Lakshminarayanan et al. 2017), their mean the answer.

    Of M members, `networks`, more disagree more finely and take longer.
    """

    backend = "torch"

    def __init__(self, hidden: tuple[int, ...], networks: int, how: Training) -> None:
        self.networks = networks
        self.member = MlpLearner(hidden, how, "ensemble")

    def fit(self, labelled: Labelled, warm: Fitted | None, streams: Streams) -> "FittedEnsemble":
        """Train all members of all lanes.

        Raises:
            InputError: training diverged.
        """
        lanes = labelled.rows.shape[0]
        before = None if warm is None else cast(FittedEnsemble, warm).stack
        repeated = labelled.take(np.repeat(np.arange(lanes), self.networks))
        stack = self.member.fit(repeated, before, network.of_members(streams, lanes, self.networks))
        return FittedEnsemble(stack, self.networks)


@dataclass(frozen=True)
class FittedEnsemble:
    """Trained ensembles of M members a lane, which lie side by side in the stack; see `Fitted`."""

    stack: FittedMlp
    networks: int

    @property
    def converged(self) -> Bools:
        """Shape (L,): whether all members of a lane met the stopping rule."""
        return np.asarray(self.stack.converged.reshape(-1, self.networks).all(axis=1))

    @property
    def effort(self) -> Floats:
        """Shape (L,): epochs of all members."""
        return np.asarray(self.stack.effort.reshape(-1, self.networks).sum(axis=1))

    def take(self, lanes: Sequence[int]) -> "FittedEnsemble":
        """See `Fitted`."""
        return replace(self, stack=self.stack.take([one for lane in lanes for one in self._of(lane)]))

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items by the mean of the members; see `Fitted`."""
        means = [self.stack.probabilities(self._of(lane), features).mean(axis=0, dtype=np.float64) for lane in lanes]
        return np.stack(means).astype(np.float32)

    def embeddings(self, lane: int, features: Features) -> Features:
        """What the last layers of a lane's members read of items (m, d), side by side, (m, M h)."""
        return np.concatenate([self.stack.embeddings(one, features) for one in self._of(lane)], axis=1)

    def members(
        self, lane: int, features: Features, rows: Ints, rng: np.random.Generator
    ) -> Iterator[tuple[slice, Features]]:
        """Score items by each member; nothing is drawn. See `WithMembers`."""
        for piece in member_pieces(rows.size, self.networks * self.stack.shape.classes):
            yield piece, self.stack.probabilities(self._of(lane), features[rows[piece]]).transpose(0, 2, 1)

    def _of(self, lane: int) -> range:
        return range(lane * self.networks, (lane + 1) * self.networks)
