"""The joint posterior of random's curve and the strategies', whose label savings the pilot updates.

error_AL(n) = error_random(n · s(n)) + δ(ln n),   ln s(n) = Σ c_k · hat_k(ln(n ÷ n0)),   c ~ t(μ, Σ)

The sample paths of random's posterior are its particles. Given a path and a setting of δ, c has a Gaussian posterior by
Laplace's approximation, and the path a marginal likelihood, by which both curves are drawn jointly. δ is a Gaussian
process that is nought at the initial set, where both strategies stand on the same labels, and at the pool, where both
have all of them. Where seeds are pairs, what is observed is the gap between the curves: their common noise drops out.

Sources: Kennedy & O'Hagan 2001 for the discrepancy; Tierney & Kadane 1986 for the approximation; Smith & Gelfand 1992
for weighting draws by a likelihood.

Notation: R paths of random; M grid points; N anchors of the strategy, beyond the initial set; K knots; A settings of δ
(amplitude × length × noise factor); D draws; S seeds shared with random at a label count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from planner.forecasting import Forecast, make_anchors
from planner.forecasting.anchors import SEED_DOF, SEED_SHARE, error_cap
from planner.forecasting.posterior import discrepancy_scale, matern32
from planner.randomness import resample
from planner.transfer.savings_prior import SavingsPrior, correlated_normals, mixing_scale
from planner.transfer.savings_shape import HARDNESS_AT, KNOTS, basis, log_error, random_equivalent
from simulations.arrays import Floats, Ints

SMALLEST_GAP_SD = 0.001
"""Of a mean gap between two curves: test items that both share still differ in difficulty."""

_AMPLITUDES = (0.0005, 0.002, 0.007, 0.02)  # sd of δ, of √(e(1 − e))
_AMPLITUDE_PRIOR = (1.0, 1.0, 1.0, 0.5)
_LENGTHS = (0.6, 1.5)  # of δ, in ln(labels)
_NOISE_FACTORS = (0.3, 1.0)  # on the noise variance of the gap: neighbours on a trajectory share much of it
_NEWTON_STEPS = 4  # of Gauss and Newton
_FEWEST_PATHS = 50.0  # of random's, in play after all measurements are weighed
_LARGEST_STEP = 1.5  # the most that a coefficient moves in a step
_SLOPE_WIDTH = 0.25  # in ln(labels), over which a path's slope is taken: a path is rough, savings are not
_POOL_SD = 0.01  # of √(e(1 − e)): how closely both curves meet at the pool
_GROWTH_SPAN = np.log(2.0)  # δ grows to its full size over the first doubling
MAX_COUNTS = 24
MAX_PATHS = 1_000  # of random, where a strategy's measurements weigh them: each costs a small regression


@dataclass(frozen=True, eq=False)
class ObservedGaps:
    """A strategy's measurements.

    Attributes:
        log_labels: (N,) ln of the label counts, rising, beyond the initial set.
        error: (N,) the strategy's mean errors.
        beside: (N,) random's mean errors with the same seeds; NaN where they are not pairs.
        variance: (N,) noise variance: of the gap where there are pairs, else of the error.
    """

    log_labels: Floats
    error: Floats
    beside: Floats
    variance: Floats


NOT_MEASURED = ObservedGaps(*(np.empty(0) for _ in range(4)))
"""Of a strategy that was never tried."""


@dataclass(frozen=True, eq=False)
class JointDraws:
    """Joint draws: draw d of random belongs with draw d of every strategy.

    Attributes:
        log_labels: (M,) ln of the label counts.
        random: (D, M) errors of random.
        strategies: (D, M) errors of each strategy, in the order asked.
        coefficients: (T, D, K) ln s of the T strategies at the knots.
        tempered: whether the weights of random's paths had to be flattened to leave enough of them in play: the
            measurements disagree.
    """

    log_labels: Floats
    random: Floats
    strategies: tuple[Floats, ...]
    coefficients: Floats
    tempered: bool


@dataclass(frozen=True, eq=False)
class _RandomPaths:
    """Random's sample paths of the error, (R, M), and the task's limits, which all strategies share."""

    log_labels: Floats
    paths: Floats
    log_first: float
    log_pool: float | None
    cap: float

    def read(self, path: Ints, x: Floats) -> Floats:
        """Read paths (Q,) at their own ln labels (Q, G), held beyond either end: (Q, G)."""
        x = np.clip(x, self.log_labels[0], self.log_labels[-1])
        right = np.clip(np.searchsorted(self.log_labels, x), 1, self.log_labels.size - 1)
        left_log = self.log_labels[right - 1]
        share = (x - left_log) / (self.log_labels[right] - left_log)
        rows = path[:, None]
        return (1.0 - share) * self.paths[rows, right - 1] + share * self.paths[rows, right]

    def axis(self, log_labels: Floats, coefficients: Floats) -> Floats:
        """Give ln of the labels random needs for what a strategy has at (G,) label counts: (Q, G)."""
        return random_equivalent(log_labels, self.log_first, coefficients, self.log_pool)


def _effective_number(weights: Floats) -> float:
    """Give Kish's effective number of draws with some weights."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _temper(log_weight: Floats) -> tuple[Floats, bool]:
    """Turn log weights into weights, with a power below 1 where a handful of paths would carry all of them.

    A few paths in play would look like certainty. The power keeps `_FEWEST_PATHS` effective ones, which errs on the
    wide side.
    """
    fewest = min(_FEWEST_PATHS, 0.5 * log_weight.size)
    if _effective_number(np.exp(log_weight)) >= fewest:
        return np.exp(log_weight), False
    low, high = 0.0, 1.0
    for _ in range(40):
        power = 0.5 * (low + high)
        low, high = (power, high) if _effective_number(np.exp(power * log_weight)) >= fewest else (low, power)
    return np.exp(low * log_weight), True


class _StrategyFit:
    """One strategy's posterior given each of random's paths and each setting of δ.

    `mixing` is the factor on the prior's sd for each path, (R,), from the t's mixing distribution; 1 for a normal.
    """

    def __init__(self, task: _RandomPaths, observed: ObservedGaps, prior: SavingsPrior, mixing: Floats) -> None:
        self.task, self.observed, self.mean = task, observed, prior.mean
        self.information = np.linalg.inv(prior.widened) / mixing[:, None, None] ** 2
        last = observed.error[-1] if observed.error.size else float(np.median(task.paths[:, task.paths.shape[1] // 2]))
        self.scale = discrepancy_scale(float(last))
        self.amplitude, self.length, self.factor = np.array(list(product(_AMPLITUDES, _LENGTHS, _NOISE_FACTORS))).T
        likely = np.repeat(_AMPLITUDE_PRIOR, len(_LENGTHS) * len(_NOISE_FACTORS))
        self.roots = [self._root(a) for a in range(self.amplitude.size)]
        fitted = [self._laplace(root) for root in self.roots]
        self.centre = np.stack([centre for centre, _, _ in fitted])  # (A, R, K)
        self.spread = np.stack([spread for _, spread, _ in fitted])  # (A, R, K, K), a root of the covariance
        self.log_weight = np.stack([say for _, _, say in fitted]) + np.log(likely / likely.sum())[:, None]  # (A, R)

    def draw(self, picked: Ints, normal: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Give the errors (D, M) and coefficients (D, K) of the strategy beside the paths picked."""
        log_weight = self.log_weight[:, picked]
        share = np.cumsum(np.exp(log_weight - log_weight.max(axis=0)), axis=0)
        setting = (share < rng.random(picked.size) * share[-1]).sum(axis=0)
        c = self.centre[setting, picked] + np.einsum("dkl,dl->dk", self.spread[setting, picked], normal)
        task = self.task
        smooth = task.read(picked, task.axis(task.log_labels, c))
        noise = rng.standard_normal(smooth.shape)
        return np.clip(smooth + self._discrepancies(setting, self._residual(picked, c), noise), 0.0, task.cap), c

    def _target(self, path: Ints) -> Floats:
        """Give the strategy's errors as measured beside each path, (Q, N): where seeds are pairs, path less gap."""
        observed = self.observed
        on_path = self.task.read(path, np.broadcast_to(observed.log_labels, (path.size, observed.log_labels.size)))
        return np.where(np.isnan(observed.beside), observed.error, on_path + observed.error - observed.beside)

    def _residual(self, path: Ints, c: Floats) -> Floats:
        return self._target(path) - self.task.read(path, self.task.axis(self.observed.log_labels, c))

    def _laplace(self, root: Floats) -> tuple[Floats, Floats, Floats]:
        """Maximise over c for every path: centre (R, K), root of the covariance (R, K, K), log evidence (R,)."""
        paths = np.arange(len(self.task.paths))
        mean, prior = self.mean, self.information
        c, N = np.repeat(mean[None, :], paths.size, axis=0), self.observed.log_labels.size
        # The pool, where both curves meet, is an anchor whose residual and slopes are nought.
        whiten = root[:, :N]
        steps = _NEWTON_STEPS if N else 0
        for step in range(steps + 1):
            J, r, off = whiten @ self._slopes(paths, c), self._residual(paths, c) @ whiten.T, c - mean
            information = J.transpose(0, 2, 1) @ J + prior
            if step < steps:
                pull = (J.transpose(0, 2, 1) @ r[:, :, None])[..., 0] - (prior @ off[:, :, None])[..., 0]
                c = c + np.clip(np.linalg.solve(information, pull[:, :, None])[..., 0], -_LARGEST_STEP, _LARGEST_STEP)
        log_evidence = -0.5 * (r**2).sum(axis=1) - 0.5 * np.einsum("rk,rkl,rl->r", off, prior, off)
        log_evidence += 0.5 * (np.linalg.slogdet(prior)[1] - np.linalg.slogdet(information)[1])
        log_evidence += np.log(np.diagonal(root)).sum()
        return c, np.linalg.cholesky(np.linalg.inv(information)), log_evidence

    def _slopes(self, path: Ints, c: Floats) -> Floats:
        """Differentiate the strategy's curve by c: (Q, N, K)."""
        task, at = self.task, self.observed.log_labels
        x = task.axis(at, c)
        rise = task.read(path, x + _SLOPE_WIDTH) - task.read(path, x - _SLOPE_WIDTH)
        return (rise / (2.0 * _SLOPE_WIDTH))[:, :, None] * basis(at - task.log_first)

    def _anchors(self) -> Floats:
        """Give the ln labels at which δ is known, (N,) or with the pool (N + 1,)."""
        pool = [] if self.task.log_pool is None else [self.task.log_pool]
        return np.concatenate([self.observed.log_labels, pool])

    def _covariance(self, a: int, u: Floats, w: Floats) -> Floats:
        """Give the prior covariance of δ between ln labels (G,) and (H,): (G, H)."""
        grown_u, grown_w = (np.clip((x - self.task.log_first) / _GROWTH_SPAN, 0.0, 1.0) for x in (u, w))
        correlation = matern32(np.abs(u[:, None] - w[None, :]), float(self.length[a]))
        covariance: Floats = (self.scale * self.amplitude[a]) ** 2 * grown_u[:, None] * correlation * grown_w
        return covariance

    def _root(self, a: int) -> Floats:
        """Give the lower triangle W with WᵀW the inverse covariance of the anchors."""
        at, N = self._anchors(), self.observed.log_labels.size
        noise = np.full(at.size, (_POOL_SD * self.scale) ** 2)
        noise[:N] = self.factor[a] * self.observed.variance
        return np.linalg.inv(np.linalg.cholesky(self._covariance(a, at, at) + np.diag(noise)))

    def _discrepancies(self, setting: Ints, residual: Floats, noise: Floats) -> Floats:
        """Draw δ on the grid given the residuals at the anchors, (D, M)."""
        grid, at = self.task.log_labels, self._anchors()
        tied = np.concatenate([residual, np.zeros((len(residual), at.size - residual.shape[1]))], axis=1)
        drawn = np.empty_like(noise)
        for a in np.unique(setting):
            rows = setting == a
            across = self._covariance(a, grid, at) @ self.roots[a].T
            jitter = 1e-8 * (self.scale * self.amplitude[a]) ** 2 * np.eye(grid.size)
            left = self._covariance(a, grid, grid) - across @ across.T + jitter
            drawn[rows] = tied[rows] @ self.roots[a].T @ across.T + noise[rows] @ np.linalg.cholesky(left).T
        return drawn


def observe(random: pd.DataFrame, strategy: pd.DataFrame) -> ObservedGaps:
    """Reduce a strategy's measurements to anchors beside random's; columns `labels`, `value`, `seed`, `test_size`.

    At label counts where seeds are shared with random, the gap is averaged over them, and its noise pooled over label
    counts; elsewhere, and where one seed or stated standard errors leave pairs in doubt, the strategy's own mean
    stands, with its own noise. More than 24 label counts are thinned evenly in ln(labels), the last kept.
    """
    first = float(random["labels"].min())
    # Sorted, so that sums and all later digits do not depend on the order of rows.
    rows = strategy[strategy["labels"] > first].sort_values(["labels", "value"])
    if rows.empty:
        return NOT_MEASURED
    own_error, random_error = (_error_by_seed(part) for part in (rows, random))
    counts = _thin_counts(np.sort(rows["labels"].unique()).astype(float))
    own_anchors = make_anchors(rows, where="pilot")
    variance = np.interp(np.log(counts), np.log(own_anchors.labels), own_anchors.variance)
    paired = _seeds_are_pairs(random, rows)
    gaps = [_paired_gaps(own_error, random_error, count) if paired else np.empty(0) for count in counts.tolist()]
    error = np.array([1.0 - rows.loc[rows["labels"] == count, "value"].mean() for count in counts])
    scale = np.maximum(error * (1.0 - error), 1e-4)
    pooled = _pool_gap_variance(gaps, scale)
    beside = np.full(counts.size, np.nan)
    for i, gap in enumerate(gaps):
        if gap.size:
            beside[i], variance[i] = error[i] - gap.mean(), max(pooled * scale[i] / gap.size, SMALLEST_GAP_SD**2)
    return ObservedGaps(np.log(counts), error, beside, variance)


def _seeds_are_pairs(random: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Say whether seeds pair the curves: several of them, on values that are not means themselves."""
    stated = [part["standard_error"].notna().any() for part in (random, rows) if "standard_error" in part.columns]
    return not any(stated) and "seed" in rows.columns and rows["seed"].nunique() > 1


def _error_by_seed(rows: pd.DataFrame) -> pd.Series:
    seeded = rows if "seed" in rows.columns else rows.assign(seed=0)
    seeded = seeded.sort_values(["labels", "seed", "value"])
    return 1.0 - seeded.groupby(["labels", "seed"], sort=True)["value"].mean()


def _paired_gaps(own: pd.Series, beside: pd.Series, count: float) -> Floats:
    """Give the strategy's error less random's for each seed they share at a label count, (S,)."""
    if count not in beside.index.get_level_values(0):
        return np.empty(0)
    gap: Floats = (own.loc[count] - beside.loc[count]).dropna().to_numpy(dtype=float)
    return gap


def _pool_gap_variance(gaps: Sequence[Floats], scale: Floats) -> float:
    """Pool the variance of one pair's gap over label counts, relative to their e(1 − e)."""
    several = [(gap, float(e)) for gap, e in zip(gaps, scale, strict=True) if gap.size > 1]
    squares = sum(float(((gap - gap.mean()) ** 2).sum()) / e for gap, e in several)
    dof = sum(gap.size - 1 for gap, _ in several)
    return (squares + SEED_DOF * SEED_SHARE**2) / (dof + SEED_DOF)


def _thin_counts(counts: Floats) -> Floats:
    if counts.size <= MAX_COUNTS:
        return counts
    wanted = np.linspace(np.log(counts[0]), np.log(counts[-1]), MAX_COUNTS)
    nearest = np.abs(np.log(counts)[None, :] - wanted[:, None]).argmin(axis=1)
    thinned: Floats = counts[np.unique(nearest)]
    return thinned


def hardness(random: Forecast, initial_labels: float | None = None) -> float | None:
    """Give random's error at 16 times the initial set, which tells hard tasks from easy ones; None out of reach.

    It is kept off 0 and 1, since savings are predicted from its logarithm. The initial set is the forecast's first
    label count where it is left out.
    """
    at = HARDNESS_AT * (random.first_labels if initial_labels is None else initial_labels)
    if random.refused(at)[0]:
        return None
    return float(np.exp(log_error(1.0 - random.quantiles(at, (0.5,))[0, 0])))


def draw_together(
    random: Forecast,
    observed: Mapping[str, ObservedGaps],
    priors: Sequence[SavingsPrior],
    *,
    classes: int | None,
    pool_size: int | None,
    n_draws: int,
    rngs: tuple[np.random.Generator, np.random.Generator],
    initial_labels: float | None = None,
) -> JointDraws:
    """Draw random and all strategies jointly.

    Args:
        random: random's forecast.
        observed: strategy to its measurements; those never measured are left out.
        priors: savings of each strategy, with their mismatch.
        classes: caps the error at that of guessing, as in `fit_forecast`; None where chance is not 1/classes.
        pool_size: items there are to label; None where it is unknown.
        n_draws: joint draws.
        rngs: chance of the savings, and of all else; they may be one.
        initial_labels: from which on strategies choose; random's first label count where it is left out.
    """
    of_savings, rng = rngs
    uniform = of_savings.uniform(size=random.n_draws)
    normals = correlated_normals(priors, n_draws, of_savings)
    task = _RandomPaths(
        random.log_labels,
        1.0 - random.paths,
        log_first=float(np.log(random.first_labels if initial_labels is None else initial_labels)),
        log_pool=None if pool_size is None else float(np.log(pool_size)),
        cap=error_cap(classes),
    )
    fits = [
        _StrategyFit(task, observed.get(prior.strategy, NOT_MEASURED), prior, mixing_scale(prior.dof, uniform))
        for prior in priors
    ]
    log_weight = np.zeros(random.n_draws)
    for fit in fits:
        log_weight = log_weight + np.logaddexp.reduce(fit.log_weight, axis=0)
    weights, tempered = _temper(log_weight - log_weight.max())
    picked = resample(weights, n_draws, rng)
    drawn = [fit.draw(picked, normal, rng) for fit, normal in zip(fits, normals, strict=True)]
    coefficients = np.reshape([c for _, c in drawn], (-1, n_draws, len(KNOTS)))
    strategies = tuple(errors for errors, _ in drawn)
    return JointDraws(random.log_labels, task.paths[picked], strategies, coefficients, tempered)
