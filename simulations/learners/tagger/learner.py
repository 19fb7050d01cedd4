"""The tagger as a learner: what it is told, what it answers, and how sure it is.

Notation
    n, N, K   sentences asked about, their tokens, tags
    G         (N, K) the probability of each tag of a token
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from simulations.arrays import FloatArray, IntArray
from simulations.errors import InputError
from simulations.learners.tagger.chain import best, sums
from simulations.learners.tagger.packing import Packed, pack
from simulations.learners.tagger.training import Weights, train
from simulations.learners.tagger.words import Described, describe
from simulations.metrics import score
from simulations.strategies.uncertainty import entropy, top_two
from simulations.strategies.view import SequenceScores
from simulations.tasks.task import Chances, TaskData, TaskModel

_AT_ONCE = 2**20
"""Ways from tag to tag held at once while sentences are tagged, 8 MB of them."""


@dataclass(frozen=True)
class Tagger:
    """A linear-chain conditional random field on hashed features of words and their neighbours.

    Nothing about it is drawn: the same labels give the same model, up to the weights it starts from.

    Args:
        l2: half of it times the sum of squared weights is the penalty; larger holds weights closer to 0.
        chain: whether neighbouring tags count; without them each token is tagged alone, by softmax regression.

    Raises:
        InputError: the penalty is not above 0.
    """

    l2: float = 1.0
    chain: bool = True

    def __post_init__(self) -> None:
        if not 1e-6 <= self.l2 <= 1e6:
            raise InputError(f"learner tagger, l2: found {self.l2}; allowed: 0.000001 to 1,000,000")

    @property
    def backend(self) -> str:
        """What computes it."""
        return "scipy"

    def fit(self, data: TaskData, rows: IntArray, warm: TaskModel | None, chances: Chances) -> "FittedTagger":
        """Train on the labelled sentences, from the weights of the round before.

        Args:
            data: a data set of tagging: tuples of words, and of tag numbers below `data.outputs`.
            rows: (n,), the labelled sentences.
            warm: a tagger of the round before.
            chances: nothing is drawn from them.
        """
        from threadpoolctl import threadpool_limits

        described = describe(data.items)
        packed = pack(described.starts, rows)
        before = warm.weights if isinstance(warm, FittedTagger) else None
        # Sums over several threads end in another order each time, so bits are kept by using one.
        with threadpool_limits(limits=1):
            weights = train(
                described.matrix[packed.tokens],
                _answers(data, packed, rows),
                data.outputs,
                packed,
                l2=self.l2,
                chained=self.chain,
                warm=before,
            )
        return FittedTagger(data, described, weights)


@dataclass(frozen=True)
class FittedTagger:
    """A trained tagger; see `simulations.tasks.task.TaskModel`; it serves `sequences`."""

    data: TaskData
    described: Described
    weights: Weights

    @property
    def converged(self) -> bool:
        """Whether training met its stopping rule."""
        return self.weights.converged

    def evaluate(self, rows: IntArray) -> Mapping[str, float]:
        """Score held-out sentences: tokens tagged right, F1 averaged over tags, sentences without a fault.

        `f1_macro` averages over the tags that occur among the true or the predicted ones, as scikit-learn does.
        """
        true, said, faultless = [], [], 0
        for part, packed, E in self._scored(rows):
            tags, _ = best(E, self.weights.A, packed)
            truth = _answers(self.data, packed, part)
            faultless += int((packed.totals((tags != truth).astype(np.float64)) == 0).sum())
            true.append(truth)
            said.append(tags)
        scores = score(np.concatenate(true)[None], np.concatenate(said)[None], self.data.outputs)
        metrics = {name: float(scores[name][0]) for name in ("accuracy", "f1_macro")}
        return metrics | {"sentence_accuracy": faultless / len(rows)}

    def sequences(self, rows: IntArray) -> SequenceScores:
        """Tell of sentences how sure the model is of the tags it would give them; one lane, arrays (1, n)."""
        parts = [self._surety(packed, E) for _, packed, E in self._scored(rows)]
        log_probability, total, margin = (np.concatenate(values)[None] for values in zip(*parts, strict=True))
        starts = self.described.starts
        return SequenceScores(log_probability, total, margin, (starts[rows + 1] - starts[rows])[None])

    def _surety(self, packed: Packed, E: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log-probability of the likeliest tags, entropy of all tokens and mean margin, (n,) each."""
        summed = sums(E, self.weights.A, packed)
        _, scores = best(E, self.weights.A, packed)
        first, second = top_two(summed.marginals)
        return (
            packed.in_order(np.minimum(scores - summed.log_totals, 0.0)),
            packed.totals(entropy(summed.marginals)),
            packed.totals(first - second) / packed.totals(np.ones_like(first)),
        )

    def _scored(self, rows: IntArray) -> Iterator[tuple[IntArray, Packed, FloatArray]]:
        """Give sentences piece by piece: which, where their tokens lie, and the scores (N, K) of those."""
        # Maxima over steps take K times K numbers a sentence at once.
        size = max(1, _AT_ONCE // self.data.outputs**2)
        for at in range(0, len(rows), size):
            part = rows[at : at + size]
            packed = pack(self.described.starts, part)
            yield part, packed, self.weights.scores(self.described.matrix[packed.tokens])


def _answers(data: TaskData, packed: Packed, rows: IntArray) -> IntArray:
    """Lay out the answers of sentences as their tokens lie, reading no other."""
    spoken = [data.answers[row] for row in rows[packed.order]]
    tags = np.empty(len(packed.tokens), np.int64)
    starts = packed.bounds[:-1]
    for place, answer in enumerate(spoken):
        tags[starts[: len(answer)] + place] = answer
    return tags
