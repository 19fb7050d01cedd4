"""Curve tables whose label savings are known."""

import numpy as np
import pandas as pd

from planner.transfer.savings_shape import random_equivalent

FIRST, BATCH, ROUNDS, POOL = 20, 20, 30, 10_000


def labels(rounds=ROUNDS):
    return FIRST + BATCH * np.arange(rounds + 1)


def random_error(n, *, floor=0.05, start=0.5, power=0.5):
    return floor + start * (np.asarray(n, dtype=float) / FIRST) ** -power


def pair(coefficients, *, rng=0, seeds=20, sd=0.01, rounds=ROUNDS, strategy="margin", pool=POOL, **truth):
    """Rows of random and of a strategy; a seed's noise lasts along its curve, and half of it is common to both."""
    generator = np.random.default_rng(rng)
    n = labels(rounds)
    equal = random_equivalent(np.log(n), np.log(FIRST), coefficients, np.log(pool))[0]
    means = {"random": random_error(n, **truth), strategy: random_error(np.exp(equal), **truth)}
    frames = []
    for seed in range(seeds):
        common = _lasting(generator, len(n))
        for name, mean in means.items():
            own = _lasting(generator, len(n)) * (n > FIRST)
            value = np.clip(1.0 - mean + sd * (common + own) / np.sqrt(2.0), 0.0, 1.0)
            frames.append(pd.DataFrame({"labels": n, "value": value, "seed": seed, "strategy": name}))
    return pd.concat(frames, ignore_index=True)


def _lasting(generator, size, memory=0.8):
    noise = generator.standard_normal(size)
    for i in range(1, size):
        noise[i] = memory * noise[i - 1] + np.sqrt(1 - memory**2) * noise[i]
    return noise


def recorded(savings, *, rng=0, metric="accuracy", learner="linear", **about):
    """A validated-like table: data set → coefficients, each with margin beside random."""
    frames = [
        pair(coefficients, rng=[rng, j], **about).assign(dataset=name, classes=2 + j, imbalance=1.0 + j)
        for j, (name, coefficients) in enumerate(savings.items())
    ]
    told = {"kind": "tabular", "learner": learner, "metric": metric, "batch_size": BATCH, "initial_size": FIRST}
    return pd.concat(frames, ignore_index=True).assign(test_size=1_000, pool_size=POOL, **told)
