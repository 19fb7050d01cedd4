"""Where the members of a trained regressor come from, whose differences stand for what it does not know.

Notation
    n, m     labelled items, items asked about
    d, M     features, members
    X, y     (n, d) features and (n,) standardised answers of the labelled items
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from simulations.arrays import Features, FloatArray

Ask = Callable[[Features], FloatArray]
"""Features (m, d) to what each member says, (M, m)."""

Spread = Callable[[Any, Features, FloatArray, np.random.Generator], Ask]
"""A trained estimator, its X and y, and a generator, to its members."""


def bootstrap(members: int, refit: Callable[[Any, np.random.Generator], Any]) -> Spread:
    """Train members each on its own resample of the labels (bagging: Breiman 1996).

    Args:
        members: M, at least 2.
        refit: a trained estimator and a generator to an unfitted one with the same settings.
    """

    def spread(model: Any, X: Features, y: FloatArray, rng: np.random.Generator) -> Ask:
        trained = []
        for _ in range(members):
            drawn = rng.integers(y.size, size=y.size)
            trained.append(refit(model, rng).fit(X[drawn], y[drawn]))
        return lambda features: np.stack([member.predict(features) for member in trained])

    return spread


def trees(model: Any, X: Features, y: FloatArray, rng: np.random.Generator) -> Ask:
    """Take the trees of a forest, each of which saw a resample of its own (Breiman 2001)."""
    # Trees read single precision; to convert once here is to convert once for all of them.
    return lambda features: np.stack([tree.predict(np.ascontiguousarray(features)) for tree in model.estimators_])


def posterior(model: Any, X: Features, y: FloatArray, rng: np.random.Generator) -> Ask:
    """Take two members, one deviation of the posterior to either side of its mean, free of the noise of an answer.

    The variance between them is that of the posterior exactly, which draws from it would only give in the long run.
    """
    noise = noise_of(model.kernel_)

    def ask(features: Features) -> FloatArray:
        mean, deviation = model.predict(features, return_std=True)
        sure = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
        return np.stack([mean - sure, mean + sure])

    return ask


def noise_of(kernel: Any) -> float:
    """Read the variance of the noise off a kernel that is a sum with a `WhiteKernel` as its second part."""
    return float(kernel.k2.noise_level)
