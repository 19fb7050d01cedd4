"""scikit-activeml as its documentation runs it, except that the classifier is fitted once a round and not twice.

The loop of its tutorials lets `query` fit the classifier and then fits it again; here `query` gets the fitted one
(`fit_clf=False`), which is its best.
"""

from typing import Any

import numpy as np
from job import Answer, Floats, Ints, Job, Replicate, versions
from skactiveml.classifier import SklearnClassifier
from skactiveml.pool import Badge, CoreSet, RandomSampling, UncertaintySampling
from skactiveml.utils import MISSING_LABEL
from sklearn.linear_model import LogisticRegression

from arms.loop import drive

_METHODS = {"margin": "margin_sampling", "least_confidence": "least_confident", "entropy": "entropy"}


class _Lane:
    """One lane."""

    def __init__(self, pool: Replicate, strategy: str, seed: int, job: Job) -> None:
        self.X, self.strategy = pool.features, strategy
        self.y = np.full(len(pool.features), MISSING_LABEL)
        self.model = SklearnClassifier(
            LogisticRegression(C=1.0 / job.l2, max_iter=1000), classes=list(range(pool.classes)), random_state=seed
        )
        self.query = self._make_query(strategy, seed)

    @staticmethod
    def _make_query(strategy: str, seed: int) -> Any:
        if strategy in _METHODS:
            return UncertaintySampling(method=_METHODS[strategy], random_state=seed)
        return {"random": RandomSampling, "coreset": CoreSet, "badge": Badge}[strategy](random_state=seed)

    def fit(self, rows: Ints, answers: Ints) -> None:
        self.y[rows] = answers
        self.model.fit(self.X, self.y)

    def predict(self, features: Floats) -> Ints:
        return np.asarray(self.model.predict(features), dtype=np.int64)

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        given = {} if self.strategy in ("random", "coreset") else {"clf": self.model, "fit_clf": False}
        return np.asarray(self.query.query(X=self.X, y=self.y, batch_size=k, **given), dtype=np.int64)


def run(job: Job) -> Answer:
    note = "fits once a round (fit_clf=False)"
    return drive(_Lane, job, versions("scikit-activeml", "scikit-learn", "numpy"), (note,))
