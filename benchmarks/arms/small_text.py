"""small-text: its active learner over scikit-learn's logistic regression, margin as `BreakingTies`.

Left out: its greedy core-set, which measures all distances to all labelled items again at every pick.
"""

import warnings

import numpy as np
import small_text as package
from job import Answer, Floats, Ints, Job, Replicate, versions
from sklearn.linear_model import LogisticRegression

from arms.loop import drive

_STRATEGIES = {"margin": "BreakingTies", "least_confidence": "LeastConfidence", "entropy": "PredictionEntropy"}


class _Lane:
    """One lane."""

    def __init__(self, pool: Replicate, strategy: str, seed: int, job: Job) -> None:
        classes = np.arange(pool.classes)
        # Its pool carries labels; the learner reads only those it was given.
        self.data = package.SklearnDataset(pool.features, pool.labels, target_labels=classes)
        self.test_labels, self.classes = pool.test_labels, classes
        model = LogisticRegression(C=1.0 / job.l2, max_iter=1000)
        self.learner = package.PoolBasedActiveLearner(
            package.SklearnClassifierFactory(model, pool.classes),
            getattr(package, _STRATEGIES[strategy])(),
            self.data,
        )
        self.started = False

    def fit(self, rows: Ints, answers: Ints) -> None:
        if self.started:
            self.learner.update(answers[-self.learner.indices_queried.size :])
        else:
            self.learner.initialize_data(rows, answers)
            self.started = True

    def predict(self, features: Floats) -> Ints:
        test = package.SklearnDataset(features, self.test_labels, target_labels=self.classes)
        return np.asarray(self.learner.classifier.predict(test), dtype=np.int64)

    def choose(self, rows: Ints, answers: Ints, k: int) -> Ints:
        return np.asarray(self.learner.query(num_samples=k), dtype=np.int64)


def run(job: Job) -> Answer:
    if job.every != 1:
        raise ValueError("small-text cannot skip rounds: each query must be answered before the next")
    warnings.filterwarnings("ignore", category=UserWarning)
    return drive(_Lane, job, versions("small-text", "scikit-learn", "numpy"))
