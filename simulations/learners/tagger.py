"""The tagger as a learner: hashed features of words and their neighbours, answers, and how sure it is of them.

A word's description depends on its spelling alone and is hashed once for each different word; a token's is the sum of
its word's and its neighbours'.

Notation
    S, N, V   sentences, tokens, different words (number V stands for no word: before the first and after the last)
    B, K      buckets that descriptions are hashed into, tags
    n         sentences asked about
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction import FeatureHasher

from simulations.arrays import Floats, Ints
from simulations.learners.crf import Packed, Weights, best, expected_squares, pack, sums, train
from simulations.metrics import score
from simulations.strategies.uncertainty import entropy, top_two
from simulations.strategies.view import SequenceScores
from simulations.tasks.task import Chances, TaskData, TaskModel
from simulations.threads import one_blas_thread

Words = tuple[str, ...]

BUCKETS = 2**18
"""So many that two descriptions of a data set seldom share one."""

_AT_ONCE = 2**20
"""Ways from tag to tag held at once while sentences are tagged, 8 MB of them."""

_BEGINNINGS = (1, 2, 3)
_ENDINGS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Described:
    """The tokens of a data set: how often each description holds of one, (N, B), sentence after sentence.

    The starts (S + 1,) are the first token of each sentence, and N.
    """

    matrix: csr_array
    starts: Ints


@lru_cache(maxsize=2)
def describe(sentences: tuple[Words, ...]) -> Described:
    """Describe every token of S sentences by hashed features of its window; the last two data sets are kept.

    The window: Ratnaparkhi 1996, A maximum entropy model for part-of-speech tagging. The hashing: Weinberger et al.
    2009, Feature hashing for large scale multitask learning. Each sentence has at least one word.
    """
    forms = {word: code for code, word in enumerate(dict.fromkeys(chain.from_iterable(sentences)))}
    own = _hash_words(forms, _describe_word, "own")
    before, after = (_hash_words(forms, partial(_describe_neighbour, side), side) for side in ("before", "after"))
    word = np.array([forms[w] for words in sentences for w in words])
    starts = np.concatenate([[0], np.cumsum([len(words) for words in sentences])])
    # Of each token its neighbour, and beyond a sentence's ends the word that is none.
    left, right = np.roll(word, 1), np.roll(word, -1)
    left[starts[:-1]] = right[starts[1:] - 1] = len(forms)
    return Described((own[word] + before[left] + after[right]).tocsr(), starts)


def shape_of(word: str) -> str:
    """Give a word's shape: capitals as X, small letters as x, digits as d, each run written once.

    Examples:
        >>> shape_of("McDonald's"), shape_of("2,500"), shape_of("...")
        ("XxXx'x", 'd,d', '.')
    """
    # Capitals first: an alphabet without them has small letters only.
    kinds = "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
    return re.sub(r"(.)\1+", r"\1", kinds)


def _describe_word(word: str) -> Iterator[str]:
    lower = word.lower()
    yield "always"
    yield f"word {word}"
    yield f"lower {lower}"
    yield f"shape {shape_of(word)}"
    yield from (f"begins {lower[:n]}" for n in _BEGINNINGS if n < len(lower))
    yield from (f"ends {lower[-n:]}" for n in _ENDINGS if n < len(lower))


def _describe_neighbour(side: str, word: str) -> Iterator[str]:
    lower = word.lower()
    yield f"{side} {lower}"
    yield f"{side} ends {lower[-3:]}"
    yield f"{side} shape {shape_of(word)}"


def _hash_words(forms: Iterable[str], describe_word: Callable[[str], Iterator[str]], place: str) -> csr_array:
    """Hash what holds of every word at one place of the window, and what holds where there is none: (V + 1, B)."""
    hasher = FeatureHasher(BUCKETS, input_type="string", alternate_sign=False)
    return csr_array(hasher.transform(chain(map(describe_word, forms), [[f"_{place} nothing"]])))


@dataclass(frozen=True)
class Tagger:
    """A linear-chain conditional random field on hashed features of words and their neighbours.

    Nothing about it is drawn: the same labels give the same model, up to the weights it starts from.

    Args:
        l2: half of it times the sum of squared weights is the penalty; larger holds weights closer to 0.
        chain: whether neighbouring tags count; without them each token is tagged alone, by softmax regression.
    """

    l2: float = 1.0
    chain: bool = True
    backend = "scipy"

    def fit(self, data: TaskData, rows: Ints, warm: TaskModel | None, chances: Chances) -> "FittedTagger":
        """Train on the labelled sentences (n,), from the weights of the round before; nothing is drawn.

        Items of the data set are tuples of words, answers tuples of tag numbers below `data.outputs`.
        """
        described = describe(data.items)
        packed = pack(described.starts, rows)
        before = warm.weights if isinstance(warm, FittedTagger) else None
        X, tags = described.matrix[packed.tokens], _answers(data, packed, rows)
        with one_blas_thread():
            weights = train(X, tags, data.outputs, packed, l2=self.l2, chained=self.chain, warm=before)
        return FittedTagger(data, described, weights, self.chain)


@dataclass(frozen=True)
class FittedTagger:
    """A trained tagger; see `simulations.tasks.task.TaskModel`; it serves `sequences` and `sequence_gradients`."""

    data: TaskData
    described: Described
    weights: Weights
    chained: bool

    @property
    def converged(self) -> bool:
        """Whether training met its stopping rule."""
        return self.weights.converged

    def evaluate(self, rows: Ints) -> Mapping[str, float]:
        """Score held-out sentences: tokens tagged right, F1 averaged over tags, sentences without a fault.

        `f1_macro` averages over the tags that occur among the true or the predicted ones, as scikit-learn does.
        """
        true, predicted, faultless = [], [], 0
        for part, packed, E in self._score_pieces(rows):
            tags, _ = best(E, self.weights.A, packed)
            truth = _answers(self.data, packed, part)
            faultless += int((packed.totals((tags != truth).astype(np.float64)) == 0).sum())
            true.append(truth)
            predicted.append(tags)
        scores = score(np.concatenate(true)[None], np.concatenate(predicted)[None], self.data.outputs)
        metrics = {name: float(scores[name][0]) for name in ("accuracy", "f1_macro")}
        return metrics | {"sentence_accuracy": faultless / len(rows)}

    def sequences(self, rows: Ints) -> SequenceScores:
        """Tell of sentences how sure the model is of the tags it would give them; one lane, arrays (1, n)."""
        parts = []
        for _, packed, E in self._score_pieces(rows):
            summed = sums(E, self.weights.A, packed)
            _, scores = best(E, self.weights.A, packed)
            first, second = top_two(summed.marginals)
            certainty = packed.in_order(np.minimum(scores - summed.log_totals, 0.0))
            mean_margin = packed.totals(first - second) / packed.totals(np.ones_like(first))
            parts.append((certainty, packed.totals(entropy(summed.marginals)), mean_margin))
        log_probability, total, margin = (np.concatenate(values)[None] for values in zip(*parts, strict=True))
        starts = self.described.starts
        return SequenceScores(log_probability, total, margin, (starts[rows + 1] - starts[rows])[None])

    def expected_squares(self, rows: Ints) -> Floats:
        """Expected squared length of the gradient by all weights, were a sentence labelled; one lane, (1, n)."""
        found = [
            packed.in_order(
                expected_squares(E, self.weights.A, packed, self.described.matrix[packed.tokens], chained=self.chained)
            )
            for _, packed, E in self._score_pieces(rows)
        ]
        return np.concatenate(found)[None]

    def _score_pieces(self, rows: Ints) -> Iterator[tuple[Ints, Packed, Floats]]:
        """Give sentences piece by piece: which, where their tokens lie, and the scores (N, K) of those."""
        # Maxima over steps take K times K numbers a sentence at once.
        size = max(1, _AT_ONCE // self.data.outputs**2)
        for at in range(0, len(rows), size):
            part = rows[at : at + size]
            packed = pack(self.described.starts, part)
            yield part, packed, self.weights.scores(self.described.matrix[packed.tokens])


def _answers(data: TaskData, packed: Packed, rows: Ints) -> Ints:
    """Lay out the answers of sentences as their tokens lie, reading no other."""
    tags = np.empty(len(packed.tokens), np.int64)
    for place, row in enumerate(rows[packed.order]):
        answer = data.answers[row]
        tags[packed.bounds[: len(answer)] + place] = answer
    return tags
