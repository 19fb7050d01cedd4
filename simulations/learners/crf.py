"""Linear-chain conditional random fields: layout of sentences, sums over taggings, and training by L-BFGS.

Sentences are laid out position by position, the longest first. Then the sentences that have a position are the first
ones of those that have the position before it, and no room is spent on padding.

The score of a tagging is the sum of its tokens' scores and of the steps between neighbouring tags; its probability is
proportional to the exponential of that (Lafferty, McCallum & Pereira 2001, Conditional random fields; the recursions:
Rabiner 1989, A tutorial on hidden Markov models, section III, scaled as in its section V.A).

A word seen once brings a dozen descriptions that hold of that one token. Under an L2 penalty the best weights of g
equal columns are equal, and are those of one column √g times as large, divided by √g: nothing is approximated.

Notation
    S, N, K   sentences, tokens, tags
    T, m_t    positions: tokens of the longest sentence; sentences that have position t, which never rises
    E         (N, K) scores of tokens
    A         (K, K) scores of steps, from row to column
    a, b      (N, K) forward and backward shares; c (N,) what each forward step was divided by
    B, U, D   buckets, those that a labelled token falls into (columns that are not empty), different columns of them
    X         (N, D) descriptions
    W         (D, K) weights of descriptions
    theta     (D K + K K,) W and A, one after the other
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from simulations.arrays import Floats, Ints, Reals

_FURTHEST = 50.0
"""Nats that a step may lie below the likeliest: so shares never vanish, whatever scores a line search tries."""

_RELATIVE = 1e-5
"""Training ends once a step improves the penalised likelihood by less than this share of it."""

_MEMORY = 6
MOST_STEPS = 200


@dataclass(frozen=True)
class Packed:
    """Where the tokens of some sentences lie.

    Args:
        order: (S,), which of the sentences given stands where; the longest first.
        bounds: (T + 1,), where the tokens of each position begin, and N.
        tokens: (N,), which token of the data set lies where.
    """

    order: Ints
    bounds: Ints
    tokens: Ints

    @property
    def positions(self) -> Iterator[slice]:
        """Where the tokens of each position lie, from the first."""
        return (slice(a, b) for a, b in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True))

    @cached_property
    def owners(self) -> Ints:
        """Which sentence, as it stands here, a token belongs to: (N,)."""
        return np.asarray(np.arange(len(self.tokens)) - np.repeat(self.bounds[:-1], np.diff(self.bounds)))

    @cached_property
    def before(self) -> Ints:
        """Where the token before each token lies that is not the first of its sentence: (N - S,)."""
        counts = np.diff(self.bounds)
        return np.asarray(np.arange(counts[0], len(self.tokens)) - np.repeat(counts[:-1], counts[1:]))

    def preceding(self, span: slice) -> slice:
        """Where the tokens lie that stand before those of a position but the first."""
        # The sentences that have a position are the first of those that have the one before.
        first = int(self.bounds[np.searchsorted(self.bounds, span.start) - 1])
        return slice(first, first + span.stop - span.start)

    def totals(self, values: Reals) -> Floats:
        """Add up values of tokens (N,) by sentence, in the order they were given: (S,)."""
        return self.in_order(np.bincount(self.owners, values, minlength=len(self.order)).astype(np.float64))

    def in_order(self, values: Floats) -> Floats:
        """Put values of the sentences as they stand here, (S,), into the order they were given."""
        back = np.empty_like(values)
        back[self.order] = values
        return back


def pack(starts: Ints, rows: Ints) -> Packed:
    """Lay out some sentences, rows (S,), of a data set; each has a token.

    `starts` has the first token of each sentence of the data set, and the number of its tokens at the end.

    Examples:
        >>> pack(np.array([0, 2, 5]), np.array([0, 1])).tokens
        array([2, 0, 3, 1, 4])
    """
    lengths = starts[rows + 1] - starts[rows]
    order = np.argsort(-lengths, kind="stable")
    sorted_lengths = lengths[order]
    # m_t: how many lengths are above t.
    counts = np.searchsorted(-sorted_lengths, -np.arange(sorted_lengths[0]), side="left")
    bounds = np.concatenate([[0], np.cumsum(counts)])
    position = np.repeat(np.arange(len(counts)), counts)
    sentence = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    return Packed(order, bounds, starts[rows[order]][sentence] + position)


@dataclass(frozen=True)
class Sums:
    """Sums over all taggings: the log of the sum of exponentials, of all sentences and of each, (S,), as they lie.

    The marginals (N, K) are the probabilities of each tag of a token; steps (K, K) from tag to tag are expected in all.
    """

    log_total: float
    log_totals: Floats
    marginals: Floats
    steps: Floats


def sums(E: Floats, A: Floats, packed: Packed) -> Sums:
    """Sum over all taggings of each sentence: the forward-backward algorithm."""
    top, step_top = E.max(axis=1), A.max()
    emitted, stepped = _exponentials(E, A)
    a, c = _forward(emitted, stepped, packed)
    b, reached = _backward(emitted, stepped, c, packed)
    first = int(packed.bounds[1])
    steps = stepped * (a[packed.before].T @ reached[first:])
    logs = np.log(c) + top
    logs[first:] += step_top
    log_totals: Floats = np.bincount(packed.owners, logs, minlength=first).astype(np.float64)
    return Sums(float(logs.sum()), log_totals, a * b, steps)


def expected_squares(E: Floats, A: Floats, packed: Packed, X: csr_array, *, chained: bool) -> Floats:
    """Expected squared length of the gradient of a sentence's log-likelihood by all weights, (S,), as they lie.

    The gradient for an answer is its counts of descriptions and steps less those that the model expects, so that its
    expected square is the sum of the counts' variances (expected gradient length: Settles & Craven 2008, section 3.1,
    over all answers and not the likeliest few). Two places of a sentence count together as far as their descriptions
    are the same and their tags depend on one another: every pair is looked at, T times T for T tokens.
    """
    emitted, stepped = _exponentials(E, A)
    a, c = _forward(emitted, stepped, packed)
    b, reached = _backward(emitted, stepped, c, packed)
    p, spans, tags = a * b, list(packed.positions), np.arange(E.shape[1])
    found = np.zeros(int(packed.bounds[1]))

    def steps_to(at: int) -> Floats:
        """Give the probability of each tag at a place after each tag at the one before, (m, K, K)."""
        here = spans[at]
        return np.asarray(stepped * reached[here][:, None, :] / b[packed.preceding(here)][:, :, None])

    for start, span in enumerate(spans):
        own, count = p[span], span.stop - span.start
        found[:count] += X[span].power(2).sum(axis=1) * (own * (1.0 - own)).sum(axis=1)
        # The step to this place, from tag to tag, and the way from a tag here to one at a later place.
        entered = p[packed.preceding(span)][:, :, None] * steps_to(start) if start and chained else None
        way = np.broadcast_to(np.eye(len(tags)), (count, len(tags), len(tags)))
        if entered is not None:
            found[:count] += (entered * (1.0 - entered)).sum(axis=(1, 2))
        for at in range(start + 1, len(spans)):
            later, n = spans[at], spans[at].stop - spans[at].start
            step = steps_to(at)
            if entered is not None:
                joint = entered[:n] * way[:n].transpose(0, 2, 1) * step
                expected = entered[:n] * p[packed.preceding(later)][:, :, None] * step
                found[:n] += 2.0 * (joint - expected).sum(axis=(1, 2))
            way = way[:n] @ step
            alike = X[span][:n].multiply(X[later]).sum(axis=1)
            found[:n] += 2.0 * alike * (own[:n] * (way[:, tags, tags] - p[later])).sum(axis=1)
    return found


def best(E: Floats, A: Floats, packed: Packed) -> tuple[Ints, Floats]:
    """Find the likeliest taggings by the Viterbi algorithm: tags (N,) and scores of the taggings (S,), as they lie.

    Of equal ones that of the lowest tags is taken.
    """
    # Where the best tagging up to each token and tag comes from, and of each sentence its score and last tag.
    whence, reach = np.zeros(E.shape, np.int64), np.empty_like(E)
    scores, last = np.empty(int(packed.bounds[1])), np.empty(int(packed.bounds[1]), np.int64)
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
    tags = np.empty(len(E), np.int64)
    spans = list(packed.positions)
    chosen = last
    for at, span in reversed(list(enumerate(spans))):
        count = span.stop - span.start
        longer = spans[at + 1].stop - spans[at + 1].start if at + 1 < len(spans) else 0
        # Sentences that go on were traced back to here; the others end here, with the last tag of their own.
        ends = last[:count].copy()
        ends[:longer] = chosen[:longer]
        tags[span] = ends
        chosen = whence[span][np.arange(count), ends]
    return tags, scores


def _exponentials(E: Floats, A: Floats) -> tuple[Floats, Floats]:
    """Give the exponentials of scores, each token's and all steps' over the highest of their own."""
    return np.exp(E - E.max(axis=1)[:, None]), np.exp(np.maximum(A - A.max(), -_FURTHEST))


def _forward(emitted: Floats, stepped: Floats, packed: Packed) -> tuple[Floats, Floats]:
    a, c = np.empty_like(emitted), np.empty(len(emitted))
    for span in packed.positions:
        here = emitted[span]
        if span.start:
            here = here * (a[packed.preceding(span)] @ stepped)
        c[span] = here.sum(axis=1)
        a[span] = here / c[span][:, None]
    return a, c


def _backward(emitted: Floats, stepped: Floats, c: Floats, packed: Packed) -> tuple[Floats, Floats]:
    """Give b, and what each token passes back to the one before it, both (N, K)."""
    b, reached = np.ones_like(emitted), np.empty_like(emitted)
    for span in reversed(list(packed.positions)):
        reached[span] = emitted[span] * b[span] / c[span][:, None]
        if span.start:
            b[packed.preceding(span)] = reached[span] @ stepped.T
    return b, reached


@dataclass(frozen=True)
class MergedColumns:
    """Columns without their copies.

    Args:
        merged: (N, D), each column times the root of how many are equal to it.
        used: (U,), the columns that are not empty, ascending.
        first: (D,), of each different column the first among `used`.
        which: (U,), which different column each is.
        roots: (D,), the root of how many are equal.
    """

    merged: csr_array
    used: Ints
    first: Ints
    which: Ints
    roots: Floats

    def joined(self, W: Floats) -> Floats:
        """Turn weights of the columns `used` (U, K), equal ones of equal columns, into those of merged ones (D, K)."""
        return np.asarray(W[self.first] * self.roots[:, None])

    def parted(self, W: Floats) -> Floats:
        """Turn weights of merged columns (D, K) into those of the columns `used` (U, K)."""
        return np.asarray((W / self.roots[:, None])[self.which])


def merge(X: csr_array) -> MergedColumns:
    """Find the different columns of whole numbers (N, B)."""
    used = np.unique(X.indices).astype(np.int64)
    own = X[:, used]
    # Sums of 64-bit numbers, one a token, that wrap around: other columns have the same sum once in 2^64.
    signs = np.random.Generator(np.random.Philox(0)).integers(-(2**63), 2**63 - 1, size=own.shape[0])
    names = own.astype(np.int64).T @ signs
    _, first, which, counts = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
    roots = np.sqrt(counts)
    own = own[:, first]
    scaled = csr_array((own.data * roots[own.indices], own.indices, own.indptr), shape=own.shape)
    return MergedColumns(scaled, used, first, which, roots)


@dataclass(frozen=True)
class Weights:
    """What a tagger has learned: W (U, K) of the buckets used (U,), ascending, all others having 0, and A."""

    used: Ints
    W: Floats
    A: Floats
    converged: bool

    def at(self, buckets: Ints) -> Floats:
        """Give the weights of buckets, (buckets, K)."""
        place = np.minimum(np.searchsorted(self.used, buckets), len(self.used) - 1)
        return np.where((self.used[place] == buckets)[:, None], self.W[place], 0.0)

    def scores(self, X: csr_array) -> Floats:
        """Give the scores of tokens (N, B), (N, K)."""
        # What has no weight reads a row of zeros behind the others.
        row = np.full(X.shape[1], len(self.used), np.int32)
        row[self.used] = np.arange(len(self.used))
        known = csr_array((X.data, row[X.indices], X.indptr), shape=(X.shape[0], len(self.used) + 1))
        return np.asarray(known @ np.vstack([self.W, np.zeros_like(self.A[:1])]))


class Likelihood:
    """The penalised negative log-likelihood of labelled sentences, in nats, and its gradient.

    Lafferty, McCallum & Pereira 2001, section 3; the penalty: Chen & Rosenfeld 1999, A Gaussian prior for smoothing
    maximum entropy models.

    From X (N, D), the answers (N,), K and where the tokens lie. Half of `l2` times the sum of squared weights is the
    penalty. Without `chained` neighbouring tags do not count: A stays 0 and tokens are tagged one by one.
    """

    def __init__(self, X: csr_array, tags: Ints, outputs: int, packed: Packed, *, l2: float, chained: bool) -> None:
        self.X, self.Xt = X, X.T.tocsr()
        self.tags, self.outputs, self.packed = tags, outputs, packed
        self.l2, self.chained = l2, chained
        self._answer_cells = np.arange(len(tags)) * outputs + tags
        pairs = tags[packed.before] * outputs + tags[int(packed.bounds[1]) :]
        self._answer_steps = np.bincount(pairs, minlength=outputs**2).reshape(outputs, outputs)

    def split(self, theta: Floats) -> tuple[Floats, Floats]:
        """Show W and A in theta."""
        W, A = np.split(theta, [self.X.shape[1] * self.outputs])
        return W.reshape(-1, self.outputs), A.reshape(self.outputs, self.outputs)

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Give the value and the gradient (D K + K K,) at theta."""
        W, A = self.split(theta)
        E = self.X @ W
        total = sums(E, A, self.packed)
        answers_score = E.ravel()[self._answer_cells].sum() + (A * self._answer_steps).sum()
        # What the model expects less what the answers say: the gradient by every score.
        excess = total.marginals
        excess.ravel()[self._answer_cells] -= 1.0
        gradient = self.l2 * theta
        dW, dA = self.split(gradient)
        dW += self.Xt @ excess
        if self.chained:
            dA += total.steps - self._answer_steps
        return float(total.log_total - answers_score + 0.5 * self.l2 * (theta @ theta)), gradient


def train(
    X: csr_array, tags: Ints, outputs: int, packed: Packed, *, l2: float, chained: bool, warm: Weights | None
) -> Weights:
    """Fit a tagger, from the weights of the round before, `warm`, where there are any.

    X (N, B) describes the labelled tokens as `packed` lays them; the other arguments are those of `Likelihood`.
    """
    own = merge(X)
    likelihood = Likelihood(own.merged, tags, outputs, packed, l2=l2, chained=chained)
    start = np.zeros((own.merged.shape[1] + outputs) * outputs)
    if warm is not None:
        W, A = likelihood.split(start)
        W[:], A[:] = own.joined(warm.at(own.used)), warm.A
    optimum = minimize(
        likelihood,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxcor": _MEMORY, "maxiter": MOST_STEPS, "ftol": _RELATIVE, "gtol": 1e-8},
    )
    W, A = likelihood.split(optimum.x)
    return Weights(own.used, own.parted(W), A, bool(optimum.success))
