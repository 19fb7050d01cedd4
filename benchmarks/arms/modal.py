"""modAL: an `ActiveLearner` over scikit-learn's logistic regression, taught batch by batch.

Its last release passes `force_all_finite` to scikit-learn, which renamed the argument; the shim below renames it back.
"""

from collections.abc import Callable
from typing import Any

import modAL.models.learners as learners
import numpy as np
from job import Answer, Floats, Ints, Job, Replicate, versions
from modAL.models import ActiveLearner
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling
from sklearn.linear_model import LogisticRegression

from arms.loop import drive

_STRATEGIES = {"margin": margin_sampling, "least_confidence": uncertainty_sampling, "entropy": entropy_sampling}


def _renamed(check: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*arrays: Any, force_all_finite: bool = True, **options: Any) -> Any:
        return check(*arrays, ensure_all_finite=force_all_finite, **options)

    return checked


class _Lane:
    """One lane."""

    def __init__(self, pool: Replicate, strategy: str, seed: int, job: Job) -> None:
        self.X = pool.features
        self.learner = ActiveLearner(
            estimator=LogisticRegression(C=1.0 / job.l2, max_iter=1000), query_strategy=_STRATEGIES[strategy]
        )
        self.taught = 0

    def fit(self, rows: Ints, answers: Ints) -> None:
        new = slice(self.taught, None)
        self.learner.teach(self.X[rows[new]], answers[new])
        self.taught = len(rows)

    def predict(self, features: Floats) -> Ints:
        return np.asarray(self.learner.predict(features))

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        free = np.ones(len(self.X), dtype=np.bool_)
        free[rows] = False
        candidates = np.flatnonzero(free)
        # Its query takes the pool of what is unlabelled, to be cut out by the caller.
        chosen = self.learner.query(self.X[candidates], n_instances=k)[0]
        return candidates[np.asarray(chosen, dtype=np.int64)]


def run(job: Job) -> Answer:
    learners.check_X_y = _renamed(learners.check_X_y)
    return drive(_Lane, job, versions("modAL-python", "scikit-learn", "numpy"), ("with a shim for scikit-learn ≥ 1.8",))
