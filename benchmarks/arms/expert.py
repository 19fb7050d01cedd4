"""The same loop as an expert would tune it: features centred, each fit warm-started from the round before.

Rotating to the principal axes would change nothing here: without a preconditioner, L-BFGS takes the same path in any
orthogonal basis. Probabilities come from one product, without scikit-learn's input checks.
"""

import numpy as np
from job import Answer, Floats, Ints, Job, Replicate, versions
from sklearn.linear_model import LogisticRegression

from arms.loop import drive
from arms.sklearn_numpy import Loop


class ExpertLoop(Loop):
    """One lane."""

    def __init__(self, pool: Replicate, strategy: str, seed: int, job: Job) -> None:
        super().__init__(pool, strategy, seed, job)
        self.centre = pool.features.mean(axis=0)
        self.X = pool.features - self.centre

    @staticmethod
    def make_model(job: Job) -> LogisticRegression:
        """The classifier of a lane, which remembers."""
        return LogisticRegression(C=1.0 / job.l2, max_iter=1000, warm_start=True)

    def predict(self, features: Floats) -> Ints:
        """Classify; see `Peer`."""
        return np.asarray(self._scores(features - self.centre).argmax(axis=1))

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        """Choose a batch; see `Peer`."""
        if self.strategy != "margin":
            return super().choose(rows, answers, k)
        P = self._scores(self.X)
        P -= P.max(axis=1, keepdims=True)
        np.exp(P, out=P)
        top = np.partition(P, -2, axis=1)
        margin = (top[:, -1] - top[:, -2]) / P.sum(axis=1)
        margin[rows] = np.inf
        return np.argpartition(margin, k - 1)[:k]

    def _scores(self, features: Floats) -> Floats:
        W, b = (values.astype(features.dtype) for values in (self.model.coef_, self.model.intercept_))
        return np.asarray(features @ W.T + b)


def run(job: Job) -> Answer:
    return drive(ExpertLoop, job, versions("scikit-learn", "numpy"))
