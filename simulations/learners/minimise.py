"""Many small smooth convex problems minimised in lockstep: L-BFGS with a line search and an own ending per lane.

Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 (two-loop recursion) and 3.1 (backtracking). Lanes go
through the same arithmetic at the same time, yet every product and sum runs inside one lane, so a lane gives the same
bits whichever lanes run beside it.

Notation
    L, K   lanes still packed, unknowns of one lane
    x      (L, K) points;  f (L,) values;  g (L, K) gradients;  p (L, K) directions;  t (L,) step lengths
    H0     (L, K) diagonal first guess of the inverse Hessian
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MEMORY = 8
_SUFFICIENT = 1e-4
_SHORTEST = 2.0**-30


class Objective(Protocol):
    """L convex functions of K unknowns each."""

    def evaluate(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values (L,) and gradients (L, K) at the points x (L, K)."""

    def keep(self, rows: IntArray) -> None:
        """Drop all lanes but those in `rows`."""


@dataclass(frozen=True)
class Minimum:
    """Where each lane ended.

    Args:
        x: shape (L, K).
        converged: shape (L,), whether the stopping rule was met within the evaluations allowed.
        evaluations: shape (L,), function evaluations spent.
    """

    x: FloatArray
    converged: BoolArray
    evaluations: FloatArray


class _History:
    """The last steps and gradient changes of all packed lanes, for the two-loop recursion."""

    def __init__(self, H0: FloatArray) -> None:
        self.H0 = H0
        self.scale = np.ones(H0.shape[0])
        self.pairs: deque[tuple[FloatArray, FloatArray, FloatArray]] = deque(maxlen=MEMORY)

    def push(self, s: FloatArray, y: FloatArray, valid: BoolArray) -> None:
        """Add a pair; lanes where it is not valid get one that changes nothing, so that lanes stay aligned."""
        sy, yHy = _dots(s, y), _dots(y, self.H0 * y)
        valid = valid & (sy > 1e-14 * yHy) & (yHy > 0)
        inverse = np.where(valid, 1.0 / np.where(valid, sy, 1.0), 0.0)
        self.scale = np.where(valid, sy / np.where(valid, yHy, 1.0), self.scale)
        self.pairs.append((s, y, inverse))

    def direction(self, g: FloatArray) -> FloatArray:
        """Give -H g, shape (L, K)."""
        q = g.copy()
        coefficients = []
        for s, y, inverse in reversed(self.pairs):
            a = inverse * _dots(s, q)
            q -= a[:, None] * y
            coefficients.append(a)
        q *= self.H0 * self.scale[:, None]
        for (s, y, inverse), a in zip(self.pairs, reversed(coefficients), strict=True):
            q += (a - inverse * _dots(y, q))[:, None] * s
        return -q

    def keep(self, rows: IntArray) -> None:
        self.H0, self.scale = self.H0[rows], self.scale[rows]
        kept = [(s[rows], y[rows], inverse[rows]) for s, y, inverse in self.pairs]
        self.pairs = deque(kept, maxlen=MEMORY)


def minimise(
    objective: Objective,
    x: FloatArray,
    H0: FloatArray,
    tolerance: Callable[[FloatArray], FloatArray],
    *,
    most_evaluations: int = 400,
) -> Minimum:
    """Minimise L convex functions, each until half its Newton decrement is within its tolerance.

    Args:
        objective: the functions; it is consumed, since lanes that are done are dropped from it.
        x: where to start, shape (L, K).
        H0: see the notation; positive.
        tolerance: from values (L,) to the largest decrement (L,) that counts as converged.
        most_evaluations: a lane that needs more ends unconverged.

    Returns:
        Points, endings and evaluations in the order of the lanes given.
    """
    lanes = np.arange(x.shape[0])
    result = Minimum(x.copy(), np.zeros(lanes.size, np.bool_), np.zeros(lanes.size))
    history = _History(H0)
    f, g = objective.evaluate(x)
    result.evaluations[:] = 1
    p = history.direction(g)
    t = np.ones(lanes.size)
    running = np.ones(lanes.size, np.bool_)
    while True:
        slope = _dots(g, p)
        done = running & (-0.5 * slope <= tolerance(f))
        result.converged[lanes[done]] = True
        # A step this short moves nothing: the lane sits at the limit of its arithmetic.
        ended = done | (running & ((t < _SHORTEST) | (result.evaluations[lanes] >= most_evaluations)))
        result.x[lanes[ended]] = x[ended]
        running &= ~ended
        rows = np.flatnonzero(running)
        if not rows.size:
            return result
        if rows.size < 0.8 * lanes.size:
            objective.keep(rows)
            history.keep(rows)
            lanes = lanes[rows]
            x, f, g, p, t, slope = (a[rows] for a in (x, f, g, p, t, slope))
            running = np.ones(rows.size, np.bool_)
        trial = x + t[:, None] * p
        value, gradient = objective.evaluate(trial)
        result.evaluations[lanes[running]] += 1
        # The slack is rounding of f itself, without which the last steps would be refused.
        taken = value <= f + _SUFFICIENT * t * slope + 1e-13 * np.abs(f)
        history.push(trial - x, gradient - g, taken)
        x, g = np.where(taken[:, None], trial, x), np.where(taken[:, None], gradient, g)
        f = np.where(taken, value, f)
        p = np.where(taken[:, None], history.direction(g), p)
        t = np.where(taken, 1.0, t * _shorten(value, f, t * slope))


def _shorten(value: FloatArray, f: FloatArray, slope: FloatArray) -> FloatArray:
    """Give the factor to the minimum of the parabola through the refused step, kept within 0.1 to 0.5."""
    curvature = value - f - slope
    positive = curvature > 0
    return np.clip(np.where(positive, -0.5 * slope / np.where(positive, curvature, 1.0), 0.5), 0.1, 0.5)


def _dots(a: FloatArray, b: FloatArray) -> FloatArray:
    """One dot product per lane; each is a product of its own, whatever the number of lanes."""
    result: FloatArray = np.matmul(a[:, None, :], b[:, :, None])[:, 0, 0]
    return result
