"""Sums and maxima over all ways to tag a sentence, by dynamic programming along it.

The score of a tagging is the sum of its tokens' scores and of the steps between neighbouring tags; its probability is
proportional to the exponential of that (Lafferty, McCallum & Pereira 2001, Conditional random fields; the recursions:
Rabiner 1989, A tutorial on hidden Markov models, section III, scaled as in its section V.A).

Notation
    S, N, K   sentences, tokens, tags; tokens lie as `simulations.learners.tagger.packing` lays them
    E         (N, K) scores of tokens
    A         (K, K) scores of steps, from row to column
    a, b      (N, K) forward and backward shares; c (N,) what each forward step was divided by
    G         (N, K) marginals: the probability of each tag of a token
"""

from dataclasses import dataclass

import numpy as np

from simulations.arrays import FloatArray, IntArray
from simulations.learners.tagger.packing import Packed

_FURTHEST = 50.0
"""Nats that a step may lie below the likeliest: so shares never vanish, whatever scores a line search tries."""


@dataclass(frozen=True)
class Sums:
    """What follows from the scores of all taggings.

    Args:
        log_total: the logarithm of the sum of the exponentials, over all sentences.
        log_totals: (S,), the same of each sentence, as they lie.
        marginals: (N, K), the probability of each tag of a token.
        steps: (K, K), how many steps from one tag to another are expected in all.
    """

    log_total: float
    log_totals: FloatArray
    marginals: FloatArray
    steps: FloatArray


def sums(E: FloatArray, A: FloatArray, packed: Packed) -> Sums:
    """Sum over all taggings of each sentence: the forward-backward algorithm.

    Args:
        E: (N, K).
        A: (K, K).
        packed: where the tokens lie.
    """
    top, step_top = E.max(axis=1), A.max()
    said, stepped = np.exp(E - top[:, None]), np.exp(np.maximum(A - step_top, -_FURTHEST))
    a, c = _forward(said, stepped, packed)
    b, reached = _backward(said, stepped, c, packed)
    first = int(packed.bounds[1])
    steps = stepped * (a[packed.before].T @ reached[first:])
    logs = np.log(c) + top
    logs[first:] += step_top
    log_totals: FloatArray = np.bincount(packed.owners, logs, minlength=first).astype(np.float64)
    return Sums(float(logs.sum()), log_totals, a * b, steps)


def best(E: FloatArray, A: FloatArray, packed: Packed) -> tuple[IntArray, FloatArray]:
    """Find the likeliest tagging of each sentence: the Viterbi algorithm; of equal ones that of the lowest tags.

    Returns:
        Tags (N,), and the scores of the taggings (S,), both as they lie.
    """
    whence, scores, last = _furthest(E, A, packed)
    tags = np.empty(len(E), np.int64)
    spans = list(packed.positions)
    chosen = last
    for at, span in reversed(list(enumerate(spans))):
        count = span.stop - span.start
        longer = spans[at + 1].stop - spans[at + 1].start if at + 1 < len(spans) else 0
        # Sentences that go on were traced back to here; the others end here, with the last tag of their own.
        here = last[:count].copy()
        here[:longer] = chosen[:longer]
        tags[span] = here
        chosen = whence[span][np.arange(count), here]
    return tags, scores


def _forward(said: FloatArray, stepped: FloatArray, packed: Packed) -> tuple[FloatArray, FloatArray]:
    a, c = np.empty_like(said), np.empty(len(said))
    for span in packed.positions:
        here = said[span]
        if span.start:
            here = here * (a[packed.preceding(span)] @ stepped)
        c[span] = here.sum(axis=1)
        a[span] = here / c[span][:, None]
    return a, c


def _backward(said: FloatArray, stepped: FloatArray, c: FloatArray, packed: Packed) -> tuple[FloatArray, FloatArray]:
    """Give b, and what each token passes back to the one before it, both (N, K)."""
    b, reached = np.ones_like(said), np.empty_like(said)
    for span in reversed(list(packed.positions)):
        reached[span] = said[span] * b[span] / c[span][:, None]
        if span.start:
            b[packed.preceding(span)] = reached[span] @ stepped.T
    return b, reached


def _furthest(E: FloatArray, A: FloatArray, packed: Packed) -> tuple[IntArray, FloatArray, IntArray]:
    """Give where the best tagging up to each token and tag comes from, and of each sentence its score and last tag."""
    whence = np.zeros(E.shape, np.int64)
    scores, last = np.empty(int(packed.bounds[1])), np.empty(int(packed.bounds[1]), np.int64)
    reach = np.empty_like(E)
    for span in packed.positions:
        count = span.stop - span.start
        here = reach[span]
        here[:] = E[span]
        if span.start:
            # The tags to come from last: so the maximum runs along memory.
            ways = reach[packed.preceding(span)][:, None, :] + A.T
            whence[span] = ways.argmax(axis=2)
            here += np.take_along_axis(ways, whence[span][:, :, None], axis=2)[:, :, 0]
        last[:count] = here.argmax(axis=1)
        scores[:count] = here.max(axis=1)
    return whence, scores, last
