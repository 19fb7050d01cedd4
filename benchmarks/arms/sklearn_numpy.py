"""The loop most people write: scikit-learn's logistic regression and a few lines of numpy.

Core-set and BADGE are the good versions of those few lines: distances are updated with one matrix-vector product a
pick, and BADGE never writes its gradients out, since ⟨g⊗h, g'⊗h'⟩ = ⟨g, g'⟩⟨h, h'⟩.
"""

import numpy as np
from job import Answer, Floats, Ints, Job, Replicate, lowest, versions
from sklearn.linear_model import LogisticRegression

from arms.loop import drive


class Loop:
    """One lane."""

    def __init__(self, pool: Replicate, strategy: str, seed: int, job: Job) -> None:
        self.X, self.strategy = pool.features, strategy
        self.rng = np.random.default_rng(seed)
        self.model = self.make_model(job)
        self.squares: Floats | None = None
        self.nearest: Floats | None = None
        self.covered = 0

    @staticmethod
    def make_model(job: Job) -> LogisticRegression:
        """The classifier of a lane."""
        return LogisticRegression(C=1.0 / job.l2, max_iter=1000)

    def fit(self, rows: Ints, answers: Ints) -> None:
        """Train; see `Peer`."""
        self.model.fit(self.X[rows], answers)

    def predict(self, features: Floats) -> Ints:
        """Classify; see `Peer`."""
        found: Ints = self.model.predict(features)
        return found

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        """Choose a batch; see `Peer`."""
        free = np.ones(len(self.X), dtype=np.bool_)
        free[rows] = False
        if self.strategy == "random":
            return self.rng.choice(np.flatnonzero(free), k, replace=False)
        if self.strategy == "coreset":
            return self._coreset(rows, k)
        if self.strategy == "badge":
            return self._badge(np.flatnonzero(free), k)
        scores = _uncertainty(self.strategy, self.model.predict_proba(self.X))
        scores[~free] = np.inf
        return lowest(scores, k)

    def _coreset(self, rows: Ints, k: int) -> Ints:
        """Greedy k-center; the distances to what was labelled before are kept from round to round."""
        if self.squares is None or self.nearest is None:
            self.squares = np.einsum("ij,ij->i", self.X, self.X)
            self.nearest = np.full(len(self.X), np.inf, dtype=self.X.dtype)
        for at in range(self.covered, len(rows), 256):
            block = rows[at : at + 256]
            distance = self.squares[block] - 2.0 * (self.X @ self.X[block].T)
            np.minimum(self.nearest, distance.min(axis=1) + self.squares, out=self.nearest)
        self.nearest[rows] = -np.inf
        chosen = np.empty(k, dtype=np.int64)
        for i in range(k):
            pick = chosen[i] = self.nearest.argmax()
            distance = self.squares + self.squares[pick] - 2.0 * (self.X @ self.X[pick])
            np.minimum(self.nearest, distance, out=self.nearest)
            self.nearest[pick] = -np.inf
        self.covered = len(rows) + k
        return chosen

    def _badge(self, candidates: Ints, k: int) -> Ints:
        """k-means++ on gradients (Ash et al. 2020), factorised."""
        h = self.X[candidates]
        g = self.model.predict_proba(h)
        g[np.arange(len(g)), g.argmax(axis=1)] -= 1.0
        squares = np.einsum("ij,ij->i", g, g) * np.einsum("ij,ij->i", h, h)
        chosen = np.empty(k, dtype=np.int64)
        chosen[0] = squares.argmax()
        nearest = np.full(len(g), np.inf, dtype=squares.dtype)
        for i in range(1, k):
            c = chosen[i - 1]
            distance = squares + squares[c] - 2.0 * (g @ g[c]) * (h @ h[c])
            np.minimum(nearest, np.maximum(distance, 0.0), out=nearest)
            nearest[chosen[:i]] = 0.0
            sums = np.cumsum(nearest, dtype=np.float64)
            chosen[i] = np.searchsorted(sums, self.rng.random() * sums[-1], side="right")
        return candidates[chosen]


def _uncertainty(strategy: str, P: Floats) -> Floats:
    """Scores (n,), lowest where the model is least sure."""
    if strategy == "least_confidence":
        return np.asarray(P.max(axis=1))
    if strategy == "margin":
        top = np.partition(P, -2, axis=1)
        return top[:, -1] - top[:, -2]
    if strategy == "entropy":
        return np.asarray(np.einsum("ij,ij->i", P, np.log(np.maximum(P, np.finfo(P.dtype).tiny))))
    raise ValueError(f"strategy {strategy} is not written for this arm")


def run(job: Job) -> Answer:
    return drive(Loop, job, versions("scikit-learn", "numpy"))
