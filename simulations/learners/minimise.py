"""Many small smooth convex problems minimised in lockstep: L-BFGS with a line search and an own ending per lane.

Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 3.1 (backtracking). Lanes go
through the same arithmetic at the same time, yet every product and sum runs inside one lane. Written against the array
API standard: arrays are numpy's, or torch's on any device.

Notation
    L, K   lanes still packed, unknowns of one lane
    x      (L, K) points;  f (L,) values;  g (L, K) gradients;  p (L, K) directions;  t (L,) step lengths
    H0     (L, K) diagonal first guess of the inverse Hessian
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from simulations.arrays import BoolArray, FloatArray

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
    converged: BoolArray
    evaluations: FloatArray


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
