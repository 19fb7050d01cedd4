"""Fits the tagger's weights: the likelihood of the labelled sentences with an L2 penalty, maximised by L-BFGS.

Notation
    n, N, K   labelled sentences, their tokens, tags
    B, U, D   buckets, those that a labelled token falls into, merged columns of them
    X         (N, D) descriptions
    W, A      (D, K), (K, K) weights of descriptions and of steps between neighbouring tags
    theta     (D K + K K,) both, one after the other
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import FloatArray, IntArray
from simulations.learners.tagger.chain import sums
from simulations.learners.tagger.merging import merge
from simulations.learners.tagger.packing import Packed

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_RELATIVE = 1e-5
"""Training ends once a step improves the penalised likelihood by less than this share of it."""

_MEMORY = 6
MOST_STEPS = 200


@dataclass(frozen=True)
class Weights:
    """What a tagger has learned.

    Args:
        used: (U,), the buckets that have weights, ascending; those of all others are 0.
        W: (U, K), of those buckets.
        A: (K, K), of steps between neighbouring tags.
        converged: whether training met its stopping rule.
    """

    used: IntArray
    W: FloatArray
    A: FloatArray
    converged: bool

    def at(self, buckets: IntArray) -> FloatArray:
        """Give the weights of buckets, (buckets, K)."""
        place = np.minimum(np.searchsorted(self.used, buckets), len(self.used) - 1)
        return np.where((self.used[place] == buckets)[:, None], self.W[place], 0.0)

    def scores(self, X: "csr_array") -> FloatArray:
        """Give the scores of tokens (N, B), (N, K)."""
        from scipy.sparse import csr_array

        # What has no weight reads a row of zeros behind the others.
        row = np.full(X.shape[1], len(self.used), np.int32)
        row[self.used] = np.arange(len(self.used))
        known = csr_array((X.data, row[X.indices], X.indptr), shape=(X.shape[0], len(self.used) + 1))
        return np.asarray(known @ np.vstack([self.W, np.zeros_like(self.A[:1])]))


class Likelihood:
    """The penalised negative log-likelihood of labelled sentences, in nats, and its gradient.

    Lafferty, McCallum & Pereira 2001, section 3; the penalty: Chen & Rosenfeld 1999, A Gaussian prior for smoothing
    maximum entropy models.

    Args:
        X: (N, D).
        tags: (N,), the answers.
        outputs: K.
        packed: where the tokens lie.
        l2: half of it times the sum of squared weights is the penalty.
        chained: whether neighbouring tags count; if not, A stays 0 and tokens are tagged one by one.
    """

    def __init__(
        self, X: "csr_array", tags: IntArray, outputs: int, packed: Packed, *, l2: float, chained: bool
    ) -> None:
        self.X, self.Xt = X, X.T.tocsr()
        self.tags, self.outputs, self.packed = tags, outputs, packed
        self.l2, self.chained = l2, chained
        self._said = np.arange(len(tags)) * outputs + tags
        pairs = tags[packed.before] * outputs + tags[int(packed.bounds[1]) :]
        self._steps = np.bincount(pairs, minlength=outputs**2).reshape(outputs, outputs)

    def split(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Show W and A in theta."""
        W, A = np.split(theta, [self.X.shape[1] * self.outputs])
        return W.reshape(-1, self.outputs), A.reshape(self.outputs, self.outputs)

    def __call__(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Give the value and the gradient (D K + K K,) at theta."""
        W, A = self.split(theta)
        E = self.X @ W
        total = sums(E, A, self.packed)
        told = E.ravel()[self._said].sum() + (A * self._steps).sum()
        # What the model expects less what the answers say: the gradient by every score.
        excess = total.marginals
        excess.ravel()[self._said] -= 1.0
        gradient = self.l2 * theta
        dW, dA = self.split(gradient)
        dW += self.Xt @ excess
        if self.chained:
            dA += total.steps - self._steps
        return float(total.log_total - told + 0.5 * self.l2 * (theta @ theta)), gradient


def train(
    X: "csr_array", tags: IntArray, outputs: int, packed: Packed, *, l2: float, chained: bool, warm: Weights | None
) -> Weights:
    """Fit a tagger, from the weights of the round before where there are any.

    Args:
        X: (N, B), descriptions of the labelled tokens as `packed` lays them.
        tags: (N,), their answers.
        outputs: K.
        packed: where the tokens lie.
        l2: see `Likelihood`.
        chained: see `Likelihood`.
        warm: weights to start from; 0 where None.
    """
    from scipy.optimize import minimize

    own = merge(X)
    likelihood = Likelihood(own.merged, tags, outputs, packed, l2=l2, chained=chained)
    start = np.zeros((own.merged.shape[1] + outputs) * outputs)
    if warm is not None:
        W, A = likelihood.split(start)
        W[:], A[:] = own.joined(warm.at(own.used)), warm.A
    found = minimize(
        likelihood,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxcor": _MEMORY, "maxiter": MOST_STEPS, "ftol": _RELATIVE, "gtol": 1e-8},
    )
    W, A = likelihood.split(found.x)
    return Weights(own.used, own.parted(W), A, bool(found.success))
