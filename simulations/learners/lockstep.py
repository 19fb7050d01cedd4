"""Softmax regression of many lanes at once by array operations: on numpy, and on torch for a GPU.

Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 3.1 (backtracking). Lanes go
through the same arithmetic at the same time, yet every product and sum runs inside one lane; in numpy a lane therefore
gives the same bits whichever lanes run beside it. Written against the array API standard, so that one text serves both.

Notation
    L, K         lanes still packed, unknowns of one lane
    x            (L, K) points;  f (L,) values;  g (L, K) gradients;  p (L, K) directions;  t (L,) step lengths
    H0           (L, K) diagonal first guess of the inverse Hessian
    C, n, D      classes, labelled items, features + 1 (the intercept)
    W            (L, C, D) weights, class-major
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from simulations.array_cache import ArrayCache
from simulations.arrays import Bools, Features, Floats
from simulations.learners.heads import LinearHeads, seen_classes, softmax
from simulations.learners.learner import Labelled

MEMORY = 8
_SUFFICIENT = 1e-4
_SHORTEST = 2.0**-30
_NOTHING = 1e-4


class Objective(Protocol):
    """L convex functions of K unknowns each."""

    def evaluate(self, x: Any) -> tuple[Any, Any]:
        """Values (L,) and gradients (L, K) at the points x (L, K)."""

    def keep(self, rows: Any) -> None:
        """Drop all lanes but those in `rows`."""


@dataclass(frozen=True)
class Minimum:
    """Where each lane ended.

    Args:
        x: shape (L, K), an array of the namespace given.
        converged: shape (L,), numpy: whether the stopping rule was met within the evaluations allowed.
        evaluations: shape (L,), numpy: function evaluations spent.
    """

    x: Any
    converged: Bools
    evaluations: Floats


class _History:
    """The last steps and gradient changes of all packed lanes, for the two-loop recursion."""

    def __init__(self, H0: Any, xp: Any) -> None:
        self.xp = xp
        self.H0 = H0
        self.scale = xp.ones_like(H0[:, 0])
        self.pairs: deque[tuple[Any, Any, Any]] = deque(maxlen=MEMORY)

    def push(self, s: Any, y: Any, valid: Any) -> None:
        """Add a pair; lanes where it is not valid get one that changes nothing, so that lanes stay aligned."""
        xp = self.xp
        sy, yHy = _dots(s, y, xp), _dots(y, self.H0 * y, xp)
        one, none = xp.ones_like(sy), xp.zeros_like(sy)
        valid = valid & (sy > 1e-14 * yHy) & (yHy > 0)
        inverse = xp.where(valid, 1.0 / xp.where(valid, sy, one), none)
        self.scale = xp.where(valid, sy / xp.where(valid, yHy, one), self.scale)
        self.pairs.append((s, y, inverse))

    def direction(self, g: Any) -> Any:
        """Give -H g, shape (L, K)."""
        q = g
        coefficients = []
        for s, y, inverse in reversed(self.pairs):
            a = inverse * _dots(s, q, self.xp)
            q = q - a[:, None] * y
            coefficients.append(a)
        q = q * (self.H0 * self.scale[:, None])
        for (s, y, inverse), a in zip(self.pairs, reversed(coefficients), strict=True):
            q = q + (a - inverse * _dots(y, q, self.xp))[:, None] * s
        return -q

    def keep(self, rows: Any) -> None:
        self.H0, self.scale = self.H0[rows], self.scale[rows]
        kept = [(s[rows], y[rows], inverse[rows]) for s, y, inverse in self.pairs]
        self.pairs = deque(kept, maxlen=MEMORY)


def minimise(
    objective: Objective,
    x: Any,
    H0: Any,
    tolerance: Callable[[Any], Any],
    *,
    steepest: float = np.inf,
    most_evaluations: int = 400,
    xp: Any = None,
    rounding: float = 1e-13,
) -> Minimum:
    """Minimise L convex functions, each until half its Newton decrement is within its tolerance.

    Args:
        objective: the functions; it is consumed, since lanes that are done are dropped from it.
        x: where to start, shape (L, K).
        H0: see the notation; positive.
        tolerance: from values (L,) to the largest decrement (L,) that counts as converged.
        steepest: the largest slope along any axis that counts as converged, unless the decrement is next to nothing.
        most_evaluations: a lane that needs more ends unconverged.
        xp: namespace of the array API standard that x and H0 belong to; numpy's when None.
        rounding: relative error of the objective's values.

    Returns:
        Points, endings and evaluations in the order of the lanes given.
    """
    if xp is None:
        import array_api_compat.numpy as xp
    lanes = np.arange(x.shape[0])
    result = Minimum(xp.asarray(x, copy=True), np.zeros(lanes.size, np.bool_), np.ones(lanes.size))
    history = _History(H0, xp)
    f, g = objective.evaluate(x)
    p = history.direction(g)
    t = xp.ones_like(f)
    running = np.ones(lanes.size, np.bool_)
    while True:
        slope = _dots(g, p, xp)
        decrement, allowed = -0.5 * slope, tolerance(f)
        flat = (xp.max(xp.abs(g), axis=1) <= steepest) | (decrement <= _NOTHING * allowed)
        done = running & _numpy((decrement <= allowed) & flat)
        result.converged[lanes[done]] = True
        # A step this short moves nothing: the lane sits at the limit of its arithmetic.
        stuck = _numpy(t < _SHORTEST) | (result.evaluations[lanes] >= most_evaluations)
        ended = done | (running & stuck)
        if ended.any():
            result.x[xp.asarray(lanes[ended])] = x[xp.asarray(np.flatnonzero(ended))]
        running &= ~ended
        left = np.flatnonzero(running)
        if not left.size:
            return result
        if left.size < 0.8 * lanes.size:
            rows = xp.asarray(left)
            objective.keep(rows)
            history.keep(rows)
            lanes = lanes[left]
            x, f, g, p, t, slope = (a[rows] for a in (x, f, g, p, t, slope))
            running = np.ones(left.size, np.bool_)
        trial = x + t[:, None] * p
        value, gradient = objective.evaluate(trial)
        result.evaluations[lanes[running]] += 1
        # The slack is rounding of f itself, without which the last steps would be refused.
        taken = value <= f + _SUFFICIENT * t * slope + rounding * xp.abs(f)
        history.push(trial - x, gradient - g, taken)
        x, g = xp.where(taken[:, None], trial, x), xp.where(taken[:, None], gradient, g)
        shortened = t * _shorten(value, f, t * slope, xp)
        f = xp.where(taken, value, f)
        p = xp.where(taken[:, None], history.direction(g), p)
        t = xp.where(taken, xp.ones_like(t), shortened)


def _shorten(value: Any, f: Any, slope: Any, xp: Any) -> Any:
    """Give the factor to the minimum of the parabola through the refused step, kept within 0.1 to 0.5."""
    curvature = value - f - slope
    positive = curvature > 0
    half = xp.full_like(f, 0.5)
    factor = xp.where(positive, -0.5 * slope / xp.where(positive, curvature, xp.ones_like(f)), half)
    return xp.clip(factor, 0.1, 0.5)


def _dots(a: Any, b: Any, xp: Any) -> Any:
    """One dot product per lane; each is a product of its own, whatever the number of lanes."""
    return xp.matmul(a[:, None, :], b[:, :, None])[:, 0, 0]


def _numpy(values: Any) -> Any:
    return np.asarray(values.cpu() if hasattr(values, "cpu") else values)


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
        parts.append(_fit(own, penalty, None if warm is None else warm.take(rows), _numpy_space(), own.features))
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
            scored[row] = _numpy(space.array(self.weights[lane]) @ items.T)
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


def _numpy_space() -> _Space:
    import array_api_compat.numpy as xp

    return _Space(xp, "cpu", np.float64, 1e-13)


def _torch() -> _Space:
    import array_api_compat.torch as xp
    import torch

    return _Space(xp, "cuda" if torch.cuda.is_available() else "cpu", torch.float32, 3e-7)


_ON_DEVICE: ArrayCache[Any] = ArrayCache(lambda features: _torch().array(features))


def _split(weights: Floats, labelled: Labelled) -> tuple[Features, Features]:
    intercepts = np.where(seen_classes(labelled.answers, labelled.classes), weights[:, :, -1], -np.inf)
    return np.ascontiguousarray(weights[:, :, :-1], np.float32), intercepts.astype(np.float32)


def _fit(
    labelled: Labelled, penalty: float, warm: LinearHeads | None, space: _Space, items: Any
) -> tuple[Floats, Bools, Floats]:
    """Give weights (L, C, D), endings (L,) and evaluations (L,), in numpy."""
    lanes, width = labelled.rows.shape[0], labelled.features.shape[1]
    start = np.zeros((lanes, labelled.classes, width + 1))
    if warm is not None:
        start[:, :, :-1] = warm.weights[:, :, :width]
        start[:, :, -1] = np.where(np.isfinite(warm.intercepts), warm.intercepts, 0.0)
    loss = PenalisedLoss(items, labelled, penalty, space)
    flat = space.array(start.reshape(lanes, -1))
    H0 = loss.preconditioner(flat, space.array(labelled.spectrum))
    n, xp = labelled.rows.shape[1], space.xp

    def tolerance(f: Any) -> Any:
        # Half the Newton decrement per item, tighter where the loss itself is small (separable data).
        return n * _DECREMENT * xp.minimum(xp.ones_like(f), 100.0 * f / n)

    best = minimise(loss, flat, H0, tolerance, steepest=_GRADIENT * n, xp=xp, rounding=space.rounding)
    weights = _numpy(best.x).reshape(start.shape).astype(np.float64)
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
