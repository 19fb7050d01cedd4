"""Deep ensembles: perceptrons that differ in where they start, in what order they learn and in what is left out.

Notation: see `simulations.learners.neural.stack`; M members a lane, m items. Members of a lane lie side by side among
the lanes of one stack, (L·M), and are trained in lockstep like any lanes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from simulations.arrays import BoolArray, Features, FloatArray, IntArray
from simulations.learners.learner import Fitted, Labelled, Streams
from simulations.learners.neural.chances import of_members
from simulations.learners.neural.mlp import FittedMlp, MlpLearner, member_pieces
from simulations.learners.neural.settings import Training


class EnsembleLearner:
    """Perceptrons trained apart from one another on all labels (Lakshminarayanan et al. 2017), their mean the answer.

    Args:
        hidden: units of each hidden layer.
        networks: members, M; more disagree more finely and take longer.
        how: the settings of training.
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
        own = of_members(streams, lanes, self.networks)
        before = None if warm is None else cast(FittedEnsemble, warm).stack
        repeated = labelled.take(np.repeat(np.arange(lanes), self.networks))
        return FittedEnsemble(self.member.fit(repeated, before, own), self.networks)


@dataclass(frozen=True)
class FittedEnsemble:
    """Trained ensembles; see `Fitted`.

    Args:
        stack: the members of all lanes, those of a lane side by side.
        networks: members of a lane, M.
    """

    stack: FittedMlp
    networks: int

    @property
    def converged(self) -> BoolArray:
        """Shape (L,): whether all members of a lane met the stopping rule."""
        return np.array([self.stack.converged[self._of(lane)].all() for lane in range(self._lanes)], dtype=np.bool_)

    @property
    def effort(self) -> FloatArray:
        """Shape (L,): epochs of all members."""
        return np.array([self.stack.effort[self._of(lane)].sum() for lane in range(self._lanes)])

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
        self, lane: int, features: Features, rows: IntArray, rng: np.random.Generator
    ) -> Iterator[tuple[slice, Features]]:
        """Score items by each member; nothing is drawn. See `WithMembers`."""
        for piece in member_pieces(rows.size, self.networks * self.stack.shape.classes):
            yield piece, self.stack.probabilities(self._of(lane), features[rows[piece]]).transpose(0, 2, 1)

    @property
    def _lanes(self) -> int:
        return self.stack.effort.size // self.networks

    def _of(self, lane: int) -> range:
        return range(lane * self.networks, (lane + 1) * self.networks)
