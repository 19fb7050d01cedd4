"""Curve tables of known truth."""

import numpy as np
import pandas as pd

LABELS = (50, 100, 150, 200, 250, 300, 400, 500, 600, 800)


def true_value(labels, *, floor=0.04, start=0.40, power=0.5, saving=1.0):
    """Value of a power law that meets every strategy at 50 labels; `saving` is reached two octaves on."""
    x = np.asarray(labels, dtype=float) / 50.0
    gained = x * saving ** np.minimum(np.log(x) / np.log(4.0), 1.0)
    return 1.0 - (floor + start * gained**-power)


def measured(labels=LABELS, *, seeds=10, sd=0.01, rng=0, **truth):
    """Points of one curve: `seeds` replicates with independent noise."""
    generator = np.random.default_rng(rng)
    rows = [
        (n, seed, float(np.clip(true_value(n, **truth) + generator.normal(0, sd), 0, 1)))
        for n in labels
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["labels", "seed", "value"]).assign(test_size=1_000)


DATASETS = {
    "letters": {"kind": "image", "classes": 10, "floor": 0.02, "power": 0.6, "saving": 1.8},
    "tickets": {"kind": "text", "classes": 20, "floor": 0.06, "power": 0.45, "saving": 1.5},
    "sensors": {"kind": "tabular", "classes": 2, "floor": 0.10, "power": 0.7, "saving": 1.2},
}


def recorded(datasets=DATASETS, *, strategies=("random", "margin"), seeds=10, learner="linear"):
    """A curve table of several data sets; margin saves what the data set says, entropy the root of it."""
    gains = {"random": 0.0, "entropy": 0.5, "margin": 1.0}
    frames = []
    for index, (name, about) in enumerate(datasets.items()):
        truth = {"floor": about["floor"], "power": about["power"]}
        for strategy in strategies:
            saving = about["saving"] ** gains[strategy]
            points = measured(seeds=seeds, rng=[index, len(strategy)], saving=saving, **truth)
            told = {"dataset": name, "kind": about["kind"], "classes": about["classes"], "strategy": strategy}
            frames.append(points.assign(**told))
    schedule = {"learner": learner, "batch_size": 50, "initial_size": 50, "metric": "accuracy"}
    return pd.concat(frames, ignore_index=True).assign(imbalance=1.0, pool_size=20_000, **schedule)
