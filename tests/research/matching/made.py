"""Curve tables made by hand, in which class counts tell how hard a data set is."""

import numpy as np
import pandas as pd

COUNTS = (20, 40, 80, 120, 200, 320)
EASY, HARD = 0.5, 0.15
POWERS = {"two-a": (2, EASY), "two-b": (2, EASY), "fifty-a": (50, HARD), "fifty-b": (50, HARD)}


def table(powers=POWERS, *, seeds=2, learner="linear", kind="tabular", saves=1.5):
    """One data set a name, (classes, power): random's error is ½ (labels ÷ 20)^−power, margin's that of more labels."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "dataset": name,
            "kind": kind,
            "classes": classes,
            "imbalance": 1.0,
            "learner": learner,
            "strategy": strategy,
            "batch_size": 20,
            "initial_size": 20,
            "seed": seed,
            "round": round_,
            "labels": count,
            "metric": "accuracy",
            "value": round(value(count, power, factor) + 0.002 * rng.normal(), 4),
            "test_size": 2_000,
            "pool_size": 4_000,
            "label_error_rate": 0.0,
        }
        for name, (classes, power) in powers.items()
        for strategy, factor in (("random", 1.0), ("margin", saves))
        for seed in range(seeds)
        for round_, count in enumerate(COUNTS)
    ]
    return pd.DataFrame(rows)


def value(labels, power, factor=1.0):
    """What a curve has at a label count; nothing is saved at the initial set."""
    return 1.0 - 0.5 * (1 + factor * (labels / 20 - 1)) ** -power
