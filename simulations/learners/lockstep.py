"""Softmax regression of many lanes at once by array operations: on numpy, and on torch for a GPU.

Written against the array API standard, so that one text serves both. Every product and sum runs inside one lane; in
numpy a lane therefore gives the same bits whichever lanes run beside it.

Notation
    L, C, n, D   lanes, classes, labelled items, features + 1 (the intercept)
    W            (L, C, D) weights, class-major
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.arrays import BoolArray, Features, FloatArray
from simulations.learners.heads import LinearHeads, seen_classes, softmax
from simulations.learners.learner import Labelled
from simulations.learners.minimise import minimise
from simulations.per_array import PerArray

# As in `simulations.learners.compiled`; the decrement is bounded more tightly, since the approximate Hessian of L-BFGS
# makes it too small, and there is nothing to fit a lane again with.
_GRADIENT = 8e-5
_DECREMENT = 5e-7
_TILE_NUMBERS = 400_000
_MASKED = -1e30


def fit_numpy(labelled: Labelled, penalty: float, warm: LinearHeads | None) -> LinearHeads:
    """Fit every lane in double precision, in tiles of lanes that fit the cache together."""
    lanes, items = labelled.rows.shape
    width = labelled.features.shape[1]
    tile = max(1, _TILE_NUMBERS // (items * (width + labelled.classes)))
    parts = []
    for at in range(0, lanes, tile):
        rows = range(at, min(at + tile, lanes))
        own = labelled.take(rows)
        parts.append(_fit(own, penalty, None if warm is None else warm.take(rows), _numpy(), own.features))
    weights, converged, effort = (np.concatenate(column) for column in zip(*parts, strict=True))
    return LinearHeads(*_split(weights, labelled), converged, effort, softmax)


def fit_torch(labelled: Labelled, penalty: float, warm: LinearHeads | None) -> "TorchHeads":
    """Fit every lane in single precision, all at once, on the GPU if torch sees one."""
    space = _torch()
    weights, converged, effort = _fit(labelled, penalty, warm, space, _ON_DEVICE(labelled.features))
    return TorchHeads(*_split(weights, labelled), converged, effort, softmax)


@dataclass(frozen=True)
class TorchHeads(LinearHeads):
    """Linear heads scored on torch's device."""

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """Score items lane by lane, so that the shape of a product does not depend on the other lanes."""
        space, items = _torch(), _ON_DEVICE(features)
        scored = np.empty((len(lanes), self.weights.shape[1], features.shape[0]), np.float32)
        for row, lane in enumerate(lanes):
            scored[row] = space.to_numpy(space.array(self.weights[lane]) @ items.T)
        scored += self.intercepts[list(lanes), :, None]
        return softmax(scored)


@dataclass(frozen=True)
class _Space:
    """Where arrays live: a namespace of the array API standard, a device and a precision."""

    xp: Any
    device: Any
    dtype: Any
    rounding: float

    def array(self, values: Any) -> Any:
        # A copy: torch warns of arrays that are read-only, and what is kept for an array must not hold on to it.
        return self.xp.asarray(np.array(values), dtype=self.dtype, device=self.device)

    def to_numpy(self, values: Any) -> Any:
        return np.asarray(values.cpu() if hasattr(values, "cpu") else values)


def _numpy() -> _Space:
    import array_api_compat.numpy as xp

    return _Space(xp, "cpu", np.float64, 1e-13)


def _torch() -> _Space:
    import array_api_compat.torch as xp
    import torch

    return _Space(xp, "cuda" if torch.cuda.is_available() else "cpu", torch.float32, 3e-7)


def _on_device(features: Features) -> Any:
    return _torch().array(features)


_ON_DEVICE: PerArray[Any] = PerArray(_on_device)


def _split(weights: FloatArray, labelled: Labelled) -> tuple[Features, Features]:
    intercepts = np.where(seen_classes(labelled.answers, labelled.classes), weights[:, :, -1], -np.inf)
    return np.ascontiguousarray(weights[:, :, :-1], np.float32), intercepts.astype(np.float32)


def _fit(
    labelled: Labelled, penalty: float, warm: LinearHeads | None, space: _Space, items: Any
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Give weights (L, C, D), endings (L,) and evaluations (L,), in numpy."""
    lanes, width = labelled.rows.shape[0], labelled.features.shape[1]
    start = np.zeros((lanes, labelled.classes, width + 1))
    if warm is not None:
        start[:, :, :-1] = warm.weights[:, :, :width]
        start[:, :, -1] = np.where(np.isfinite(warm.intercepts), warm.intercepts, 0.0)
    loss = PenalisedLoss(items, labelled, penalty, space)
    flat = space.array(start.reshape(lanes, -1))
    H0 = loss.preconditioner(flat, space.array(labelled.spectrum))
    items_each = labelled.rows.shape[1]
    best = minimise(
        loss,
        flat,
        H0,
        _tolerance(items_each, space.xp),
        steepest=_GRADIENT * items_each,
        xp=space.xp,
        rounding=space.rounding,
    )
    weights = space.to_numpy(best.x).reshape(start.shape).astype(np.float64)
    return weights, best.converged, best.evaluations


class PenalisedLoss:
    """The objective of all lanes, see `simulations.learners.linear`.

    Args:
        items: (N, d), on the device.
        labelled: the labelled sets.
        penalty: on the squared weights.
        space: where arrays live.
    """

    def __init__(self, items: Any, labelled: Labelled, penalty: float, space: _Space) -> None:
        xp = self.xp = space.xp
        lanes, n = labelled.rows.shape
        rows = xp.asarray(labelled.rows.ravel(), device=space.device)
        own = xp.reshape(xp.take(items, rows, axis=0), (lanes, n, -1))
        ones = xp.ones((lanes, n, 1), dtype=space.dtype, device=space.device)
        self.X = xp.concat([xp.astype(own, space.dtype), ones], axis=2)
        self.Y = space.array(labelled.answers[:, None, :] == np.arange(labelled.classes)[:, None])
        self.shape = (lanes, labelled.classes, self.X.shape[2])
        # A class without a label has no finite optimum; it is left out, as scikit-learn does, by a score of -1e30.
        seen = seen_classes(labelled.answers, labelled.classes)
        self.mask = space.array(np.where(seen, 0.0, _MASKED))[:, :, None]
        self.l2 = space.array(np.r_[np.full(self.X.shape[2] - 1, penalty), 0.0])

    def preconditioner(self, x: Any, spectrum: Any) -> Any:
        """Give 1 / (n h_c (eig_j + 0.1 mean eig) + l2_j), flat (L, C·D), h_c being the mean of p (1 - p) at x."""
        xp = self.xp
        P = self._scored(xp.reshape(x, self.shape))[1]
        h = xp.sum(P * (1.0 - P), axis=2)
        h = xp.maximum(h, xp.full_like(h, 1e-3 * P.shape[2]))
        axes = xp.concat([spectrum + 0.1 * xp.mean(spectrum), xp.ones_like(spectrum[:1])])
        return xp.reshape(1.0 / (h[:, :, None] * axes + self.l2), (self.shape[0], -1))

    def evaluate(self, x: Any) -> tuple[Any, Any]:
        """Values (L,) and gradients (L, C·D) at x (L, C·D)."""
        xp = self.xp
        W = xp.reshape(x, (-1, *self.shape[1:]))
        true_score, P, log_total = self._scored(W)
        shrunk = self.l2 * W
        f = xp.sum(log_total - true_score, axis=1) + 0.5 * xp.sum(shrunk * W, axis=(1, 2))
        gradient = xp.matmul(P - self.Y, self.X) + shrunk
        return f, xp.reshape(gradient, x.shape)

    def keep(self, rows: Any) -> None:
        """Drop all lanes but those in `rows`."""
        self.X, self.Y, self.mask = self.X[rows], self.Y[rows], self.mask[rows]

    def _scored(self, W: Any) -> tuple[Any, Any, Any]:
        """Scores of the true classes (L, n), probabilities (L, C, n), log of the summed exponentials (L, n)."""
        xp = self.xp
        Z = xp.matmul(W, xp.matrix_transpose(self.X))
        true_score = xp.sum(Z * self.Y, axis=1)
        Z = Z + self.mask
        top = xp.max(Z, axis=1, keepdims=True)
        Z = xp.exp(Z - top)
        total = xp.sum(Z, axis=1, keepdims=True)
        return true_score, Z / total, (xp.log(total) + top)[:, 0, :]


def _tolerance(items: int, xp: Any) -> Callable[[Any], Any]:
    """Bound half the Newton decrement per item, tighter where the loss itself is small (separable data)."""
    return lambda f: items * _DECREMENT * xp.minimum(xp.ones_like(f), 100.0 * f / items)
