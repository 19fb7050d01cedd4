"""Strategies that ask for what would leave the weights of a linear head best known, as seen from the whole pool.

Notation
    n, D, k  items in a pool, features and a constant, items to choose
    H        (n, D)  features with a constant
    w        (n,)    Fisher weight of an item, the mean over classes of p (1 − p)
    M        (D, D)  penalty plus the Fisher information of what is labelled or chosen, Σ w h hᵀ
    F        (D, D)  Fisher information of an item of the pool on average
    a, b     (n,)    hᵀ M⁻¹ h and hᵀ M⁻¹ F M⁻¹ h

Cost for each round: n D² to begin with, then n D for each of 2 k picks.
"""

import numpy as np

from simulations.arrays import Bools, Ints, Reals
from simulations.strategies.shared import choose_by_lane
from simulations.strategies.view import Strategy

PENALTY = 1.0
OVERSAMPLED = 2
_PIECE = 4096


def choose_by_fisher(probabilities: Reals, X: Reals, labelled: Bools, k: int) -> Ints:
    """Pick k items so that tr(M⁻¹ F) becomes small: greedily 2 k of them, then the k least missed are given back.

    Ash, Goel, Krishnamurthy & Kakade 2021, algorithm 1. The Fisher information of a softmax head has a block for every
    pair of classes; here the blocks of the classes are replaced by their mean and those between classes by nothing, so
    that matrices have D rows and not C D (exact for two classes). Ties go to the lowest row.

    From probabilities (n, C), features (n, d) and who is labelled (n,) to rows (k,), in the order they were picked.
    """
    P = probabilities.astype(np.float64)
    w = (P * (1.0 - P)).mean(axis=1)
    trace = _Trace(X, w, labelled)
    picks: list[int] = []
    for _ in range(min(OVERSAMPLED * k, int((~labelled).sum()))):
        gain = np.where(trace.free, w * trace.b / (1.0 + w * trace.a), -np.inf)
        picks.append(int(gain.argmax()))
        trace.move(picks[-1], 1.0)
    while len(picks) > k:
        rows = np.array(picks)
        loss = w[rows] * trace.b[rows] / (1.0 - w[rows] * trace.a[rows])
        # Of equals the latest goes, so that what was picked first stays.
        worst = rows.size - 1 - int(loss[::-1].argmin())
        trace.move(picks.pop(worst), -1.0)
    return np.array(picks, dtype=np.int64)


class _Trace:
    """M⁻¹ and what follows from it, brought up to date as single items come and go (Sherman & Morrison 1950)."""

    def __init__(self, X: Reals, w: Reals, labelled: Bools) -> None:
        scale = float(np.sqrt(np.mean(X.astype(np.float64) ** 2))) or 1.0
        # In a scale of their own, so that the penalty means the same for pixels and for embeddings.
        self.H = np.hstack([X / X.dtype.type(scale), np.ones((X.shape[0], 1), X.dtype)])
        self.w, self.free = w, ~labelled
        known = self.H[labelled].astype(np.float64)
        M = PENALTY * np.eye(self.H.shape[1]) + (known * w[labelled, None]).T @ known
        F = np.zeros_like(M)
        for at in range(0, X.shape[0], _PIECE):
            piece = self.H[at : at + _PIECE].astype(np.float64)
            F += (piece * w[at : at + _PIECE, None]).T @ piece
        F /= X.shape[0]
        self.inverse = np.linalg.inv(M)
        self.middle = self.inverse @ F @ self.inverse
        self.a, self.b = (
            np.einsum("ij,ij->i", self.H @ matrix.astype(self.H.dtype), self.H, dtype=np.float64)
            for matrix in (self.inverse, self.middle)
        )

    def move(self, row: int, sign: float) -> None:
        """Take an item up (+1) or give it back (−1)."""
        w, h = sign * self.w[row], self.H[row].astype(np.float64)
        s = w / (1.0 + w * self.a[row])
        v, u, own = self.inverse @ h, self.middle @ h, float(self.b[row])
        along, across = (self.H @ np.column_stack([v, u]).astype(self.H.dtype)).T.astype(np.float64)
        self.b += s * along * (s * own * along - 2.0 * across)
        self.a -= s * along**2
        self.inverse -= s * np.outer(v, v)
        self.middle += s * (s * own * np.outer(v, v) - np.outer(v, u) - np.outer(u, v))
        self.free[row] = sign < 0


BAIT = Strategy(
    name="bait",
    family="fisher",
    paper="Ash, Goel, Krishnamurthy & Kakade 2021, Gone fishing: neural active learning with Fisher embeddings; class "
    "blocks averaged",
    needs=frozenset({"features", "probabilities"}),
    summary="Asks for what leaves the model's weights best known where the pool needs them (trace of Fisher matrices).",
    choose=choose_by_lane(
        lambda view, i, k: choose_by_fisher(view.probabilities[i], view.features[i], view.labelled[i], k)
    ),
)
