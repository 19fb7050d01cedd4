"""Codes of a pool's items by an autoencoder, trained on all of them without a label, once for each pool.

Cost for a pool of n items with d features and H units: about 10 (d + e) H for each item a step sees, `BATCH` of them,
for 60 rounds of the pool or 2,000 steps, whichever comes first; then 2 n (d + e) H once.

Notation
    n, d     items in the pool, features
    H, e     units of the hidden layers, numbers of a code
    W        weights and biases of the four layers d → H → e → H → d, one after the other
"""

from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import RealArray
from simulations.errors import require_modules
from simulations.strategies.structure import PoolCache
from simulations.trajectory import philox

if TYPE_CHECKING:
    from torch import Tensor

UNITS = 128
CODE = 32
"""Numbers of a code at most; half as many as features where that is fewer."""

BATCH = 128
ROUNDS, STEPS = 60, 2_000
RATE = 0.002
LOADS = ("torch",)


def codes(X: RealArray) -> RealArray:
    """Give the codes of a pool's items, (n, e), float32; the same pool always has the same codes.

    Hinton & Salakhutdinov 2006, Reducing the dimensionality of data with neural networks, with rectified units and
    Adam in place of their layerwise pre-training.

    Args:
        X: shape (n, d), centred.

    Raises:
        InputError: torch is not installed.
    """
    require_modules("strategy dal_autoencoder", LOADS, "neural", "to train a network of its own")
    return np.asarray(_CODES(X)[0])


def autoencoded(X: RealArray) -> tuple[RealArray, RealArray]:
    """Train on all items; gives their codes, (n, e), and what the decoder makes of these, (n, d), in the units of X."""
    import torch

    from simulations.learners.neural.runtime import Adam, block_slices, deterministic_arithmetic

    n, d = X.shape
    scale = float(np.sqrt(np.mean(X.astype(np.float64) ** 2))) or 1.0
    items = torch.from_numpy((X / scale).astype(np.float32))
    rng = philox(0)
    W = _initial(d, min(CODE, max(1, d // 2)), rng)
    adam = Adam(W, RATE, 0.0)
    with deterministic_arithmetic(), torch.no_grad():
        for rows in _batches(n, rng):
            seen = items[rows]
            with torch.enable_grad():
                loss = (_decode(_encode(seen, W), W) - seen).square().mean()
            adam.step(torch.autograd.grad(loss, W))
        Z = torch.cat([_encode(items[rows], W) for rows in block_slices(n, 8192)])
        again = torch.cat([_decode(Z[rows], W) for rows in block_slices(n, 8192)])
    return Z.numpy(), again.numpy() * np.float32(scale)


_CODES = PoolCache(lambda X: autoencoded(X)[:1])


def _batches(n: int, rng: np.random.Generator) -> "list[Tensor]":
    """Rows of each step: the pool in a new order each round."""
    import torch

    steps: list[Tensor] = []
    for _ in range(ROUNDS):
        steps += torch.split(torch.from_numpy(rng.permutation(n)), BATCH)
        if len(steps) >= STEPS:
            break
    return steps[:STEPS]


def _initial(d: int, e: int, rng: np.random.Generator) -> "list[Tensor]":
    """Draw weights of variance 2 ÷ in, 1 ÷ in before what is not rectified (He et al. 2015, equation 10)."""
    import torch

    W: list[Tensor] = []
    for i, o, gain in ((d, UNITS, 2.0), (UNITS, e, 1.0), (e, UNITS, 2.0), (UNITS, d, 1.0)):
        drawn = rng.standard_normal((i, o), dtype=np.float32) * np.float32(np.sqrt(gain / i))
        W += [torch.from_numpy(drawn).requires_grad_(), torch.zeros(o, requires_grad=True)]
    return W


def _encode(items: "Tensor", W: "list[Tensor]") -> "Tensor":
    return (items @ W[0] + W[1]).relu() @ W[2] + W[3]


def _decode(Z: "Tensor", W: "list[Tensor]") -> "Tensor":
    return (Z @ W[4] + W[5]).relu() @ W[6] + W[7]
