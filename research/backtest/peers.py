"""The peers of the forecast by name: the last value, fitted families, and averages of them.

Which families enter, the last value as the level, and weights by the inverse of the squared error were chosen on
development curves of LCDB 1.1 so that these peers are strong: a choice in their favour wherever such curves are tested.
The families are fitted by least squares, to errors that fall:

error(n) = c + s · φ(n; θ),   c in [0, 1], s ≥ 0: the two linear parameters; θ: the others

The linear parameters are solved in closed form at every step (`planner.forecasting.weighted_power.project`), so that a
grid covers what is left densely, and one refinement reaches what many random restarts over all parameters reach.

Notation: N anchors; M, G label counts; T settings of θ; q parameters in θ; l (M,) ln(labels ÷ labels at the first
anchor); L ln(last anchor ÷ first); ln φ (T, M); u (q,) the parameters as searched: θ = low + (high − low) · expit(u),
so that bounds hold without a bounded solver; J member curves, the families that could be fitted and the last value;
RSS (J,) residual sums of squares; w (J,) weights.

Sources: Viering & Loog 2023, "The shape of learning curves: a review", table 1 (the families); Mohr et al. 2022,
"LCDB 1.0" (their names, by number of parameters), written for the error instead of the accuracy; Figueroa et al. 2012,
"Predicting sample size required for classification performance", BMC Med Inform Decis Mak 12:8 (weighted power law).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import scipy

from planner.forecasting.weighted_power import fit_weighted_power, project
from simulations.arrays import Floats

Axis = tuple[float, float, int]

_LARGEST_LOG = 40.0  # exp of it is far beyond any curve within [0, 1], and finite
_EDGE = 0.01  # a start on the very bound would have no gradient
_TOLERANCE = 1e-8
_MAX_EVALUATIONS = 60  # nine in ten fits need fewer than 20; the rest creep along a valley that is flat
_STEP = 1e-7  # of the forward differences, in u
_LARGEST_LOG_PHI = 300.0  # a power law rises without bound below the first anchor; exp of this is finite
ErrorFunction = Callable[[Floats], Floats]
SINGLE_FAMILIES = ("pow3", "pow4", "mmf4", "wbl4")
_TRAINING_SHARE = 0.8
_SMALLEST_MSE = 1e-12  # an error of 1e-6 is as good as none; keeps weights finite


@dataclass(frozen=True)
class Family:
    """A family of curves.

    Attributes:
        name: as in LCDB; the digit counts its parameters.
        parameters: how many there are, linear ones included.
        log_phi: ln φ from (l, θ (T, q), L), never rising in l.
        axes: for L, the lower end, upper end and number of starting values of each parameter of θ.
        has_asymptote: False where c is 0 by definition.
    """

    name: str
    parameters: int
    log_phi: Callable[[Floats, Floats, float], Floats]
    axes: Callable[[float], tuple[Axis, ...]]
    has_asymptote: bool = True


def _pow(log_x: Floats, theta: Floats, span: float) -> Floats:
    """a·n^−b + c, with θ = (ln b)."""
    return -np.exp(theta[:, :1]) * log_x


def _pow4(log_x: Floats, theta: Floats, span: float) -> Floats:
    """a·(n + d)^−b + c, with θ = (ln b, ln(1 + d/n₁)); d may be negative, down to the first anchor's neighbourhood."""
    shifted = np.expm1(log_x) + np.exp(theta[:, 1:])
    fall: Floats = -np.exp(theta[:, :1]) * (np.log(np.maximum(shifted, 1e-300)) - theta[:, 1:])
    return fall


def _log_odds(log_x: Floats, theta: Floats, span: float) -> Floats:
    """Give ln (n/k)^d, with θ = (its value midway between first and last anchor on the log axis, ln d)."""
    return theta[:, :1] + np.exp(theta[:, 1:]) * (log_x - span / 2.0)


def _mmf4(log_x: Floats, theta: Floats, span: float) -> Floats:
    """(a·b + c·n^d) ÷ (b + n^d) = c + (a − c) ÷ (1 + (n/k)^d), b = k^d."""
    at_first = np.logaddexp(0.0, _log_odds(np.zeros(1), theta, span))
    return at_first - np.logaddexp(0.0, _log_odds(log_x, theta, span))


def _wbl4(log_x: Floats, theta: Floats, span: float) -> Floats:
    """b·exp(−a·n^d) + c, a = k^−d."""
    at_first = np.exp(_log_odds(np.zeros(1), theta, span))
    return at_first - np.exp(np.minimum(_log_odds(log_x, theta, span), _LARGEST_LOG))


_POWER = (np.log(0.005), np.log(10.0), 32)
_MIDWAY, _STEEPNESS = (-6.0, 6.0, 14), (np.log(0.05), np.log(8.0), 14)

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("pow2", 2, _pow, lambda span: (_POWER,), has_asymptote=False),
        Family("pow3", 3, _pow, lambda span: (_POWER,)),
        Family("pow4", 4, _pow4, lambda span: ((np.log(0.005), np.log(20.0), 16), (np.log(0.1), span + 2.0, 12))),
        Family("mmf4", 4, _mmf4, lambda span: (_MIDWAY, _STEEPNESS)),
        Family("wbl4", 4, _wbl4, lambda span: ((-6.0, 3.5, 14), _STEEPNESS)),
    )
}


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted curve: (1, q) θ, c, s, labels at the first anchor, L and RSS; calling it gives errors."""

    family: Family
    theta: Floats
    asymptote: float
    scale: float
    first: float
    span: float
    rss: float

    def __call__(self, labels: Floats) -> Floats:
        """Give the error at label counts (M,), clipped to [0, 1]."""
        log_phi = self.family.log_phi(np.log(labels / self.first), self.theta, self.span)[0]
        error: Floats = self.asymptote + self.scale * np.exp(np.minimum(log_phi, _LARGEST_LOG_PHI))
        return np.clip(error, 0.0, 1.0)


class _SearchProblem:
    """Residuals of one family on one curve, with the linear parameters solved for."""

    def __init__(self, family: Family, labels: Floats, error: Floats) -> None:
        self.family, self.first, self.error, self.log_x = family, float(labels[0]), error, np.log(labels / labels[0])
        self.weights = np.ones(labels.size)
        self.span = float(self.log_x[-1])
        axes = family.axes(self.span)
        self.low, self.width = np.array([a[0] for a in axes]), np.array([a[1] - a[0] for a in axes])
        mesh = np.meshgrid(*(np.linspace(*axis) for axis in axes), indexing="ij")
        self.grid = np.stack([part.ravel() for part in mesh], axis=1)

    def solve(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Give c (T,), s (T,) and residuals (T, N) at θ (T, q)."""
        phi = np.exp(self.family.log_phi(self.log_x, theta, self.span))
        asymptote, scale = project(phi, self.error, self.weights, self.family.has_asymptote)
        residuals = self.error - asymptote[:, None] - scale[:, None] * phi
        return asymptote, scale, residuals

    def theta(self, searched: Floats) -> Floats:
        """Give θ from u, both (T, q)."""
        return self.low + self.width * scipy.special.expit(searched)

    def residuals(self, searched: Floats) -> Floats:
        """Give the residuals (N,) at u (q,)."""
        residuals: Floats = self.solve(self.theta(searched[None, :]))[2][0]
        return residuals

    def jacobian(self, searched: Floats) -> Floats:
        """Give the residuals' derivatives by u (N, q), all steps in one batch."""
        steps = np.vstack([np.zeros(searched.size), _STEP * np.eye(searched.size)])
        residuals = self.solve(self.theta(searched + steps))[2]
        slopes: Floats = (residuals[1:] - residuals[0]).T / _STEP
        return slopes

    def searched(self, theta: Floats) -> Floats:
        """Give u (q,) from θ (q,), a little inside the bounds."""
        start: Floats = scipy.special.logit(np.clip((theta - self.low) / self.width, _EDGE, 1.0 - _EDGE))
        return start


def fit_family(family: Family, labels: Floats, error: Floats) -> Fit | None:
    """Fit a family to the anchors of a curve, (N,) each; None with fewer than parameters, or numbers not finite."""
    if labels.size < family.parameters:
        return None
    problem = _SearchProblem(family, labels, error)
    squares = (problem.solve(problem.grid)[2] ** 2).sum(axis=1)
    if not np.isfinite(squares).all():
        return None
    start = problem.grid[squares.argmin()]
    return min(
        (_fit_at(problem, theta) for theta in (start[None, :], _refine_theta(problem, start))), key=lambda f: f.rss
    )


def _refine_theta(problem: _SearchProblem, start: Floats) -> Floats:
    solution = scipy.optimize.least_squares(
        problem.residuals,
        problem.searched(start),
        jac=problem.jacobian,
        method="lm",
        xtol=_TOLERANCE,
        ftol=_TOLERANCE,
        gtol=_TOLERANCE,
        max_nfev=_MAX_EVALUATIONS,
    )
    return problem.theta(solution.x[None, :])


def _fit_at(problem: _SearchProblem, theta: Floats) -> Fit:
    asymptote, scale, residuals = problem.solve(theta)
    rss = float(residuals[0] @ residuals[0])
    return Fit(problem.family, theta, float(asymptote[0]), float(scale[0]), problem.first, problem.span, rss)


class Fits:
    """Fits of one curve, labels (N,) and error (N,), made when first asked for."""

    def __init__(self, labels: Floats, error: Floats) -> None:
        self.labels, self.error = labels, error
        self._fitted: dict[str, Fit | None] = {}
        self._shortened: dict[int, Fits] = {}

    def family(self, name: str) -> Fit | None:
        """Give the fit of a family, a key of `FAMILIES`, or None where it cannot be fitted."""
        if name not in self._fitted:
            self._fitted[name] = fit_family(FAMILIES[name], self.labels, self.error)
        return self._fitted[name]

    def first(self, count: int) -> "Fits":
        """Give the fits of the first `count` anchors alone."""
        if count not in self._shortened:
            self._shortened[count] = Fits(self.labels[:count], self.error[:count])
        return self._shortened[count]


@lru_cache(maxsize=4)
def _cached_fits(labels: bytes, error: bytes) -> Fits:
    return Fits(np.frombuffer(labels), np.frombuffer(error))


@dataclass(frozen=True, eq=False)
class Predictor:
    """A weighted average of curves; most peers have one.

    Attributes:
        members: J curves, each within [0, 1].
        weights: (J,) non-negative, summing to 1.
        unfitted: families that could not be fitted: a peer of one family then gives the last value,
            an average goes without them. To be counted and shown beside the peer's error.
    """

    members: tuple[ErrorFunction, ...]
    weights: tuple[float, ...]
    unfitted: tuple[str, ...] = ()

    def __call__(self, labels: Floats) -> Floats:
        """Give the errors, (G,) within [0, 1], at label counts, (G,)."""
        errors: Floats = np.clip(
            np.asarray(self.weights) @ np.stack([member(labels) for member in self.members]), 0.0, 1.0
        )
        # A NaN would vanish in an average of scores and flatter the peer, or damn it.
        if np.isnan(errors).any():
            raise RuntimeError(f"peer: no error at {labels[np.isnan(errors)]} labels")
        return errors


def _bic_average(fits: Fits) -> Predictor:
    """Average the power law with and without asymptote, the four-parameter families and the last value by their BIC.

    BIC = N·ln(RSS ÷ N) + (parameters + 1)·ln N, the noise variance counted (Schwarz 1978); weights exp(−BIC ÷ 2)
    (Burnham & Anderson 2002, section 6.4). A family enters when there are more anchors than it has parameters: else
    it passes through every anchor, and its BIC says nothing. The last value counts as one parameter.
    """
    error, n = fits.error, fits.error.size
    members: list[ErrorFunction] = [_flat_curve(fits)]
    rss, parameters, unfitted = [float(((error - error[-1]) ** 2).sum())], [1], []
    for name in ("pow2", *SINGLE_FAMILIES):
        fit = fits.family(name)
        if fit is None or n <= fit.family.parameters:
            unfitted.append(name)
            continue
        members.append(fit)
        rss.append(fit.rss)
        parameters.append(fit.family.parameters)
    mse = np.maximum(np.array(rss) / n, _SMALLEST_MSE)
    return _average(members, -0.5 * (n * np.log(mse) + (np.array(parameters) + 1.0) * np.log(n)), unfitted)


def _holdout_average(fits: Fits) -> Predictor:
    """Average the single families and the last value with weights 1 ÷ (mean squared error on the latest anchors).

    Each is fitted to the first 80% of the anchors (at most N − 1, so 3 of 4), weighed on the rest, refitted to all.
    A family needs as many training anchors as it has parameters; one that has fewer is left out.
    """
    error, n = fits.error, fits.error.size
    training = min(round(_TRAINING_SHARE * n), n - 1)
    later, came = fits.labels[training:], error[training:]
    members: list[ErrorFunction] = [_flat_curve(fits)]
    mse, unfitted = [float(((came - error[training - 1]) ** 2).mean())], []
    for name in SINGLE_FAMILIES:
        early, whole = fits.first(training).family(name), fits.family(name)
        if early is None or whole is None:
            unfitted.append(name)
            continue
        members.append(whole)
        mse.append(float(((came - early(later)) ** 2).mean()))
    return _average(members, -np.log(np.maximum(mse, _SMALLEST_MSE)), unfitted)


def _flat_curve(fits: Fits) -> ErrorFunction:
    """Give the curve that stays at the last error."""
    last = float(fits.error[-1])
    return lambda labels: np.full(labels.shape, last)


def _single_curve(curve: ErrorFunction, unfitted: Sequence[str] = ()) -> Predictor:
    return Predictor((curve,), (1.0,), tuple(unfitted))


def _average(members: Sequence[ErrorFunction], log_weights: Floats, unfitted: Sequence[str]) -> Predictor:
    weights = np.exp(log_weights - log_weights.max())
    return Predictor(tuple(members), tuple((weights / weights.sum()).tolist()), tuple(unfitted))


def _fit_one_family(name: str, fits: Fits) -> Predictor:
    fit = fits.family(name)
    # The last value is what anybody would say with no fit at hand; `unfitted` lets it be counted.
    return _single_curve(_flat_curve(fits), (name,)) if fit is None else _single_curve(fit)


PEERS: Mapping[str, Callable[[Fits], Predictor]] = {
    "last_value": lambda fits: _single_curve(_flat_curve(fits)),
    **{name: partial(_fit_one_family, name) for name in SINGLE_FAMILIES},
    "figueroa": lambda fits: _single_curve(fit_weighted_power(fits.labels, fits.error)),
    "bic_average": _bic_average,
    "holdout_average": _holdout_average,
}
"""Every peer, in the order of the backtest's tables."""


def fit_peer(name: str, labels: Floats, error: Floats) -> Predictor:
    """Fit a peer to label counts (N,), N ≥ 4, at least 1 and strictly rising, and errors (N,) in [0, 1].

    Fits of the curves asked for last are remembered, so that peers called in turn share them.
    """
    return PEERS[name](_cached_fits(labels.astype(np.float64).tobytes(), error.astype(np.float64).tobytes()))
