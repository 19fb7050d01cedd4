"""Recorded campaigns made by hand, with noise that is the same every time."""

import numpy as np
import pandas as pd


def campaigns(curves, counts, *, noise, seeds, learner="linear", kind="tabular"):
    """Lay out campaigns of known curves: (data set, classes, strategy) -> value at a label count."""
    rng = np.random.default_rng(0)
    about = {"kind": kind, "imbalance": 1.0, "learner": learner, "batch_size": 20, "initial_size": 20}
    more = {"metric": "accuracy", "test_size": 2_000, "pool_size": 4_000, "label_error_rate": 0.0}
    rows = [
        (dataset, classes, strategy, seed, round_, count, round(value(count) + noise * rng.normal(), 4))
        for (dataset, classes, strategy), value in curves.items()
        for seed in range(seeds)
        for round_, count in enumerate(counts)
    ]
    names = ["dataset", "classes", "strategy", "seed", "round", "labels", "value"]
    return pd.DataFrame(rows, columns=names).assign(**about, **more)
