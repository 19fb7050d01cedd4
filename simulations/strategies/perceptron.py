"""The network of discriminative active learning, in numpy: it tells labelled from unlabelled items.

Gissin & Shalev-Shwartz 2019 (their program): three hidden layers of 256 rectified units, Adam, and no penalty; training
ends once an epoch gets 98% of its items right, before the network knows by heart which of two alike items is labelled.

Cost for m items of d features: about 6 m (256 d + 131,000) a pass, at most `EPOCHS` of them; then once more to score.

Notation
    m, d     items, features
    A        what goes into each layer, (b, in), for b items at once; at last the scores (b, 2)
    W, b     weights (in, out) and biases (out,) of a layer; all of them lie one after the other in one vector
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from simulations.arrays import Bools, Reals, Singles
from simulations.threads import one_blas_thread

HIDDEN = (256, 256, 256)
ENOUGH = 0.98
"""Share of an epoch's items told right, each before the step it takes part in, at which training ends."""

EPOCHS = 200
"""The program takes 200 for MNIST and up to 1,000 elsewhere."""

BATCH = 128
RATE = 0.001
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-7

_Layers = Sequence[tuple[Singles, Singles]]


def tell_apart(items: Reals, unlabelled: Bools, rng: np.random.Generator) -> Singles:
    """Train on items (m, d), of which some are `unlabelled` (m,); gives their log odds of being so, (m,).

    The generator draws the weights at the start and the order of each epoch.
    """
    scale = float(np.sqrt(np.mean(items.astype(np.float64) ** 2))) or 1.0
    X = (items / scale).astype(np.float32)
    truth = np.column_stack([~unlabelled, unlabelled]).astype(np.float32)
    sides = [*pairwise((X.shape[1], *HIDDEN, 2))]
    weights, gradient, mean, square = (np.zeros(sum((i + 1) * o for i, o in sides), np.float32) for _ in range(4))
    layers, slopes = layers_of(weights, sides), layers_of(gradient, sides)
    for (W, _), (i, o) in zip(layers, sides, strict=True):
        bound = np.sqrt(6.0 / (i + o))  # Glorot & Bengio 2010, equation 16
        W[:] = rng.uniform(-bound, bound, (i, o))
    steps = 0
    with one_blas_thread():
        for _ in range(EPOCHS):
            right, order = 0, rng.permutation(len(X))
            for rows in np.split(order, range(BATCH, order.size, BATCH)):
                right += descend(layers, X[rows], truth[rows], slopes)
                steps += 1
                mean += np.float32(1.0 - _BETA1) * (gradient - mean)
                square += np.float32(1.0 - _BETA2) * (gradient**2 - square)
                root = (1.0 - _BETA2**steps) ** 0.5
                size = np.float32(RATE * root / (1.0 - _BETA1**steps))
                weights -= size * mean / (np.sqrt(square) + np.float32(_EPSILON * root))
            if right > ENOUGH * order.size:
                break
            # The mean of a unit that is dead halves every seven steps, and numbers this small are slow to compute with.
            mean[np.abs(mean) < 1e-20] = 0.0
        scores = forward(layers, X)[-1]
    return np.asarray(scores[:, 1] - scores[:, 0])


def layers_of(vector: Singles, sides: Sequence[tuple[int, int]]) -> _Layers:
    """Show a vector as the weights (in, out) and biases (out,) of layers with the sides (in, out)."""
    pieces = np.split(vector, np.cumsum([(i + 1) * o for i, o in sides])[:-1])
    return [(own[: i * o].reshape(i, o), own[i * o :]) for own, (i, o) in zip(pieces, sides, strict=True)]


def forward(layers: _Layers, X: Singles) -> list[Singles]:
    """Compute what goes into each layer, and at last the scores (b, 2), from items X (b, d)."""
    A = [X]
    for W, b in layers[:-1]:
        A.append(np.maximum(A[-1] @ W + b, 0.0))
    return [*A, A[-1] @ layers[-1][0] + layers[-1][1]]


def descend(layers: _Layers, X: Singles, truth: Singles, slopes: _Layers) -> int:
    """Write the gradient of the mean cross-entropy of items X (b, d) with one-hot `truth` (b, 2) into `slopes`.

    Gives how many items have their larger score where the truth is.
    """
    *A, scores = forward(layers, X)
    P = np.exp(scores - scores.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    G = (P - truth) / np.float32(len(X))
    for layer in range(len(layers) - 1, -1, -1):
        np.matmul(A[layer].T, G, out=slopes[layer][0])
        G.sum(axis=0, out=slopes[layer][1])
        if layer:
            G = (G @ layers[layer][0].T) * (A[layer] > 0.0)
    return int(((scores[:, 1] > scores[:, 0]) == (truth[:, 1] > 0.5)).sum())
