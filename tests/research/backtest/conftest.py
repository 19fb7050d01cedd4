"""Curves of known truth, and tables of them."""

import numpy as np
import pandas as pd
import pytest

from research.backtest.curves import Curve

LABELS = np.round(16 * np.sqrt(2.0) ** np.arange(17))  # 16 to 4,096 by half-octaves


@pytest.fixture(scope="session")
def make_curve():
    """Make a power law with noise; every argument of `Curve` can be given."""

    def make(dataset="one", learner="ridge", *, labels=LABELS, sd=0.003, seed=0, floor=0.05, **about):
        labels = np.asarray(labels, dtype=float)
        rng = np.random.default_rng(seed)
        error = floor + 0.5 * (labels / labels[0]) ** -0.5
        given = {
            "strategy": "random",
            "batch_size": 1,
            "error": np.clip(error + sd * rng.standard_normal(labels.size), 0, 1),
            "standard_error": np.full(labels.size, sd) if sd else np.full(labels.size, np.nan),
            "group": dataset,
        }
        return Curve(dataset=dataset, learner=learner, labels=labels, **(given | about))

    return make


@pytest.fixture
def pair_table():
    """A curve table of two data sets, where margin is a known gap above random."""

    def make(*, seeds=4, gap=0.05, sd=0.01, datasets=("one", "two"), labels=range(20, 420, 20)):
        rng = np.random.default_rng(1)
        rows = []
        for at, dataset in enumerate(datasets):
            for seed in range(seeds):
                shared = rng.normal(0, sd, len(labels))
                for strategy, extra in (("random", 0.0), ("margin", gap)):
                    own = rng.normal(0, sd / 4, len(labels))
                    for n, common, noise in zip(labels, shared, own, strict=True):
                        value = 0.9 - 0.4 * (n / 20) ** -0.5 + extra * (1 - 20 / n) + 0.01 * (at % 3) + common + noise
                        rows.append((dataset, "ridge", strategy, 20, 20, seed, n, "accuracy", min(value, 1.0), 500))
        names = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed", "labels", "metric", "value"]
        return pd.DataFrame(rows, columns=[*names, "test_size"])

    return make
