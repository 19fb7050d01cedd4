"""Small curve tables made by hand, in which a finding holds or fails by construction."""

import pandas as pd

from research.findings import CHECKS, RecordedCurves

SEEDS = range(4)


def rows(dataset, strategy, batch, initial, counts, value, *, seeds=SEEDS, learner="linear", classes=10, error=0.0):
    """One curve: `value`, or `value(labels)`, and a thousandth a seed more, alike for all strategies of a pair."""
    about = {"dataset": dataset, "kind": "image", "classes": classes, "imbalance": 1.0, "learner": learner}
    about |= {"strategy": strategy, "batch_size": batch, "initial_size": initial, "label_error_rate": error}
    about |= {"metric": "accuracy", "test_size": 1_000, "pool_size": 5_000}
    return [
        about | {"seed": seed, "labels": n, "value": (value(n) if callable(value) else value) + 0.001 * seed}
        for seed in seeds
        for n in counts
    ]


def curves(*parts):
    return RecordedCurves(pd.DataFrame([row for part in parts for row in part]))


def judged(check, *parts):
    return CHECKS[check].judge(curves(*parts))


def library(dataset, values, *, batch=20, initial=20, counts=(20, 40, 80), classes=10, **more):
    """A data set of the recorded library: a curve for each of its strategies, at random's height unless told."""
    base = {"random": 0.7, "margin": 0.7, "entropy": 0.7, "coreset": 0.7} | values
    made = []
    for strategy, value in base.items():
        made += rows(dataset, strategy, batch, initial, counts, value, classes=classes, **more)
    return made
