"""One family fitted to one curve by least squares: a grid of starting values, then Levenberg-Marquardt.

Notation: N anchors; M label counts; T nodes of the grid; q nonlinear parameters θ;
u (q,) the parameters as searched: θ = low + (high − low) · expit(u), so that bounds hold without a bounded solver.

The linear parameters are solved in closed form at every step (see `projection`), so that the grid covers what is left
densely and one refinement reaches what many random restarts over all parameters reach.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from planner.backtest.peers.families import Family
from planner.backtest.peers.observed import Observed
from planner.curves.projection import project

FloatArray = npt.NDArray[np.float64]

_EDGE = 0.01  # a start on the very bound would have no gradient
_TOLERANCE = 1e-8
_MAX_EVALUATIONS = 60  # nine in ten fits need fewer than 20; the rest creep along a valley that is flat
_STEP = 1e-7  # of the forward differences, in u
_LARGEST_LOG = 300.0  # a power law rises without bound below the first anchor; exp of this is finite


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted curve; calling it gives the error at label counts.

    Attributes:
        family: what was fitted.
        theta: (1, q) nonlinear parameters.
        asymptote: c.
        scale: s, the reducible error at the first anchor.
        first: labels at the first anchor.
        span: ln(last anchor ÷ first).
        rss: sum of squared residuals.
    """

    family: Family
    theta: FloatArray
    asymptote: float
    scale: float
    first: float
    span: float
    rss: float

    def __call__(self, labels: FloatArray) -> FloatArray:
        """Give the error at label counts (M,), clipped to [0, 1]."""
        log_phi = self.family.log_phi(np.log(labels / self.first), self.theta, self.span)[0]
        error: FloatArray = self.asymptote + self.scale * np.exp(np.minimum(log_phi, _LARGEST_LOG))
        return np.clip(error, 0.0, 1.0)


class _Problem:
    """Residuals of one family on one curve, with the linear parameters solved for."""

    def __init__(self, family: Family, observed: Observed) -> None:
        self.family, self.observed, self.log_x = family, observed, observed.log_x
        self.weights = np.ones(observed.size)
        self.span = float(self.log_x[-1])
        axes = family.axes(self.span)
        self.low, self.width = np.array([a[0] for a in axes]), np.array([a[1] - a[0] for a in axes])
        mesh = np.meshgrid(*(np.linspace(*axis) for axis in axes), indexing="ij")
        self.grid = np.stack([part.ravel() for part in mesh], axis=1)

    def solve(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give c (T,), s (T,) and residuals (T, N) at θ (T, q)."""
        phi = np.exp(self.family.log_phi(self.log_x, theta, self.span))
        asymptote, scale = project(phi, self.observed.error, self.weights, self.family.has_asymptote)
        residuals = self.observed.error - asymptote[:, None] - scale[:, None] * phi
        return asymptote, scale, residuals

    def theta(self, searched: FloatArray) -> FloatArray:
        """Give θ from u, both (T, q)."""
        theta: FloatArray = self.low + self.width * expit(searched)
        return theta

    def residuals(self, searched: FloatArray) -> FloatArray:
        """Give the residuals (N,) at u (q,)."""
        found: FloatArray = self.solve(self.theta(searched[None, :]))[2][0]
        return found

    def jacobian(self, searched: FloatArray) -> FloatArray:
        """Give the residuals' derivatives by u (N, q), all steps in one batch."""
        steps = np.vstack([np.zeros(searched.size), _STEP * np.eye(searched.size)])
        residuals = self.solve(self.theta(searched + steps))[2]
        slopes: FloatArray = (residuals[1:] - residuals[0]).T / _STEP
        return slopes

    def searched(self, theta: FloatArray) -> FloatArray:
        """Give u (q,) from θ (q,), a little inside the bounds."""
        start: FloatArray = logit(np.clip((theta - self.low) / self.width, _EDGE, 1.0 - _EDGE))
        return start


def fit_family(family: Family, observed: Observed) -> Fit | None:
    """Fit a family to the anchors of a curve.

    Args:
        family: what to fit.
        observed: the anchors.

    Returns:
        The best curve found, or None where there are fewer anchors than parameters, or numbers that are not finite.
    """
    if observed.size < family.parameters:
        return None
    problem = _Problem(family, observed)
    squares = (problem.solve(problem.grid)[2] ** 2).sum(axis=1)
    if not np.isfinite(squares).all():
        return None
    start = problem.grid[squares.argmin()]
    return min((_fit_at(problem, theta) for theta in (start[None, :], _refine(problem, start))), key=lambda f: f.rss)


def _refine(problem: _Problem, start: FloatArray) -> FloatArray:
    from scipy.optimize import least_squares

    found = least_squares(
        problem.residuals,
        problem.searched(start),
        jac=problem.jacobian,
        method="lm",
        xtol=_TOLERANCE,
        ftol=_TOLERANCE,
        gtol=_TOLERANCE,
        max_nfev=_MAX_EVALUATIONS,
    )
    return problem.theta(found.x[None, :])


def _fit_at(problem: _Problem, theta: FloatArray) -> Fit:
    asymptote, scale, residuals = problem.solve(theta)
    rss = float(residuals[0] @ residuals[0])
    first = float(problem.observed.labels[0])
    return Fit(problem.family, theta, float(asymptote[0]), float(scale[0]), first, problem.span, rss)
