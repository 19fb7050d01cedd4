"""Label savings fitted to pairs of recorded curves, with an honest covariance.

Notation:
    S, n, m         paired seeds; label counts of random and of the strategy
    R, A    (S, n), (S, m)  errors of random and of the strategy, a row a seed
    W       (B, m)  averages over B bins of neighbouring counts
    d       (S, B)  difference strategy − random of one seed, less its mean over seeds
    Σ       (B, B)  covariance of the mean difference
    v, c    (m,), (K,)  progress ln(n ÷ n0); ln s at the knots
    δ       ()      how wrong random's slope beyond its last count is
    r       (B,)    W (Ā − ē_random(x(c), δ)), the residual
    Λ, P    (K, K)  information of the data about c; covariance of the weak prior that smooths c
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.replicates import BASELINE, FAMILY_KEYS, Replicates, families
from planner.forecasting.anchors import SEED_DOF, SEED_SHARE
from planner.transfer.savings_shape import KNOTS, Baseline, basis, make_baseline, shifted_labels
from simulations.arrays import Floats
from simulations.curve_table import base_name, clean_curves, validate_curves
from simulations.errors import InputError

_LENGTH = 0.5  # of the noise's memory along a curve, in ln n, where seeds cannot tell
_LENGTHS = (0.05, 5.0)
_FEWEST_SEEDS = 4  # seeds, to say anything about memory
_PER_UNIT = 0.7  # sd of the change of ln s over one unit of ln n: a factor 4 over six octaves
_BIN = np.log(2.0) / 2  # half an octave
_STEP = 1e-3  # of numerical slopes
_NOISE_PASSES = 2  # the noise depends on where random is read, hence on the fit
_DESCRIPTION = ("kind", "classes", "imbalance", "pool_size", "test_size")


def smooth_prior() -> Floats:
    """Give P, the covariance of a random walk in v from 0 at the initial set, (K, K)."""
    return _PER_UNIT**2 * np.minimum(KNOTS[:, None], KNOTS)


def smooth_savings(information: Floats, weighted: Floats) -> tuple[Floats, Floats]:
    """Give c under the weak prior, (K,), and its covariance, (K, K), from Λ and Λ ĉ."""
    covariance = np.linalg.inv(information + np.linalg.inv(smooth_prior()))
    return covariance @ weighted, covariance


@dataclass(frozen=True, eq=False)
class SavingsFit:
    """What one pair of curves says of ln s.

    Attributes:
        pair: the curves, of the seeds that both have.
        information: (K, K) Λ, of the data alone; singular where they say nothing.
        weighted: (K,) Λ ĉ, the data's own estimate times its information, free of the prior.
    """

    pair: "PairedCurves"
    information: Floats
    weighted: Floats


def fit_savings(curve: Replicates, random: Replicates, *, pool: float | None, test_size: int = 1_000) -> SavingsFit:
    """Estimate c by penalised generalised least squares (Gauss-Newton, Levenberg-Marquardt steps).

    Args:
        curve: the strategy.
        random: random, measured beside it; only the seeds both have are used, as pairs.
        pool: pool size, from which both trained; None where unknown.
        test_size: items the errors were measured on, which sets the least error told from none.

    Raises:
        InputError: no paired seed, no common range, or no label count beyond the initial set.
    """
    both = sorted(curve.curves.keys() & random.curves.keys())
    curve, random = curve.of(both), random.of(both)
    if not both or curve.ends is None or random.ends is None:
        raise InputError(f"savings of {curve.name}: no seed is shared with random over a common range of labels")
    (m, A), (n, R) = ((counts, 1.0 - values) for counts, values in (curve.grid(), random.grid()))
    if len(m) < 2 or len(n) < 2:
        raise InputError(f"savings of {curve.name}: at least two label counts of it and of random are needed")
    log_pool = None if pool is None else float(np.log(max(pool, m[-1])))
    floor = 0.5 / (test_size * len(both))
    pair = PairedCurves(np.log(m), A, np.log(n), R, log_pool, make_baseline(n, R, floor))
    theta, whiten = np.zeros(len(KNOTS) + 1), np.eye(0)
    for _ in range(_NOISE_PASSES):
        whiten = np.linalg.inv(np.linalg.cholesky(pair.noise(theta)))
        theta = pair.solve(theta, whiten)
    information, misfit = pair.information(theta, whiten)
    # At the optimum the data pull as hard as the prior; what they pull towards is theirs alone.
    weighted = information @ theta[:-1] + np.linalg.solve(smooth_prior(), theta[:-1]) / max(misfit, 1.0)
    return SavingsFit(pair, information, weighted)


class PairedCurves:
    """A pair of curves and its residuals; the strategy's first count is the initial set, where nothing differs."""

    def __init__(
        self, log_m: Floats, A: Floats, log_n: Floats, R: Floats, log_pool: float | None, baseline: Baseline
    ) -> None:
        self.log_first, self.log_m, self.A = float(log_m[0]), log_m[1:], A[:, 1:]
        self.log_n, self.R, self.log_pool, self.baseline = log_n, R, log_pool, baseline
        self.basis = basis(self.log_m - self.log_first)
        bins = np.unique((self.log_m - self.log_first - 1e-9) // _BIN, return_inverse=True)[1]
        self.W = (np.arange(bins.max() + 1)[:, None] == bins).astype(float)
        self.W /= self.W.sum(axis=1, keepdims=True)
        # The prior in whitened form, beside the data as rows of their own.
        self.penalty = np.diag(np.append(np.zeros(len(KNOTS)), 1.0 / baseline.slope_sd))
        self.penalty[:-1, :-1] = np.linalg.inv(np.linalg.cholesky(smooth_prior()))

    def axis(self, theta: Floats) -> Floats:
        """Give x, (..., m), where random's curve is read; not held from falling, so that no slope is lost."""
        return shifted_labels(self.log_m, theta[..., :-1] @ self.basis.T, self.log_pool)

    def residuals(self, theta: Floats) -> Floats:
        """Give r, (..., B), for some (..., K + 1)."""
        gap: Floats = (self.A.mean(axis=0) - self.baseline.error(self.axis(theta), theta[..., -1:])) @ self.W.T
        return gap

    def noise(self, theta: Floats) -> Floats:
        """Give the covariance of r, (B, B), with random's seeds read where its mean is."""
        x = self.axis(theta)
        strategy = self.A - self.A.mean(axis=0)
        random = np.stack([np.interp(x, self.log_n, row) for row in self.R - self.R.mean(axis=0)])
        return paired_covariance((strategy - random) @ self.W.T, self.W @ self.A.mean(axis=0), self.W @ self.log_m)

    def rows(self, theta: Floats, whiten: Floats) -> Floats:
        """Give whitened residuals and penalties, (B + K + 1,)."""
        return np.concatenate([whiten @ self.residuals(theta), self.penalty @ theta])

    def slopes(self, theta: Floats, whiten: Floats) -> Floats:
        """Differentiate the rows, (B + K + 1, K + 1), by central differences, all at once."""
        steps = _STEP * np.eye(len(theta))
        slopes = (self.residuals(theta + steps) - self.residuals(theta - steps)) / (2.0 * _STEP)
        return np.concatenate([whiten @ slopes.T, self.penalty])

    def solve(self, theta: Floats, whiten: Floats) -> Floats:
        """Minimise the rows' squares."""
        from scipy.optimize import least_squares

        solution = least_squares(
            self.rows, theta, self.slopes, args=(whiten,), method="lm", ftol=1e-6, xtol=1e-6, max_nfev=100
        )
        return np.asarray(solution.x, dtype=float)

    def information(self, theta: Floats, whiten: Floats) -> tuple[Floats, float]:
        """Give Λ with δ integrated out, and the misfit it is divided by where above 1 (Birge's ratio)."""
        J = self.slopes(theta, whiten)[: len(whiten)]
        fitted = J.T @ J
        free = len(J) - float(np.trace(np.linalg.solve(fitted + self.penalty.T @ self.penalty, fitted)))
        residuals = whiten @ self.residuals(theta)
        misfit = float(residuals @ residuals) / max(free, 1.0)
        fitted /= max(misfit, 1.0)
        K = len(KNOTS)
        bend = fitted[K, K] + 1.0 / self.baseline.slope_sd**2
        return fitted[:K, :K] - np.outer(fitted[:K, K], fitted[K, :K]) / bend, misfit


def paired_covariance(deviations: Floats, error: Floats, log_labels: Floats) -> Floats:
    """Estimate the covariance of a mean difference along the curve.

    One seed's curve carries its noise along (the same split, the same early items), and there are about as many seeds
    as bins, so that the sample covariance alone is near singular. It is shrunk towards exponential memory in ln n, the
    prior counting as many seeds as there are bins (shrinking towards structure: Ledoit & Wolf 2004, J. Multivariate
    Analysis 88:365).

    Gives Σ (B, B), positive definite, from d (S, B), the mean errors (B,), which scale the guess, and the mean ln n of
    each bin, (B,).
    """
    seeds, bins = deviations.shape
    guess = 2.0 * SEED_SHARE**2 * np.maximum(error * (1.0 - error), 1e-4)
    variance = ((deviations**2).sum(axis=0) + SEED_DOF * guess) / (seeds - 1 + SEED_DOF)
    scale = np.sqrt(variance)
    gaps = np.abs(log_labels[:, None] - log_labels)
    memory = np.exp(-gaps / _memory_length(deviations / scale, log_labels))
    target = scale[:, None] * memory * scale
    pooled = (bins * target + deviations.T @ deviations) / (bins + seeds - 1)
    covariance: Floats = pooled / seeds
    return covariance


def _memory_length(standard: Floats, log_labels: Floats) -> float:
    """Match exp(−gap ÷ length) to the mean correlation of neighbouring bins."""
    seeds, bins = standard.shape
    if seeds < _FEWEST_SEEDS or bins < 2:
        return _LENGTH
    correlation = float((standard[:, 1:] * standard[:, :-1]).sum() / (seeds - 1) / (bins - 1))
    gap = float(np.diff(log_labels).mean())
    return float(np.clip(-gap / np.log(np.clip(correlation, 0.01, 0.99)), *_LENGTHS))


@dataclass(frozen=True, eq=False)
class RecordedSavings:
    """What one setting says of a strategy's savings: a row of the table that ships beside the recorded curves.

    Attributes:
        dataset: name of the data set, without its settings: settings of one data set are no independent data sets.
        setting: the full name, learner and batch size, in words.
        imbalance: largest over smallest class share; None, as kind and classes, when not recorded.
        initial_labels: n0.
        log_error: ln of random's error at `HARDNESS_AT` times the initial set.
        weighted: (K,) Λ ĉ.
        information: (K, K) Λ.
    """

    strategy: str
    metric: str
    dataset: str
    setting: str
    learner: str
    kind: str | None
    classes: float | None
    imbalance: float | None
    initial_labels: float
    log_error: float
    weighted: Floats
    information: Floats

    @property
    def synthetic(self) -> bool:
        """Whether the data set was made up by a generator."""
        return self.dataset.startswith("synthetic")


_TRIANGLE = np.triu_indices(len(KNOTS))
_PLAIN = tuple(field.name for field in fields(RecordedSavings) if field.name not in ("weighted", "information"))
_WEIGHTED = tuple(f"weighted_{k}" for k in range(len(KNOTS)))
_INFORMATION = tuple(f"information_{k}{j}" for k, j in zip(*_TRIANGLE, strict=True))
SAVINGS_COLUMNS = (*_PLAIN, *_WEIGHTED, *_INFORMATION)
"""The table of savings: a row a setting, strategy and metric, with h and the upper triangle of Λ."""


def savings_table(findings: Iterable[RecordedSavings]) -> pd.DataFrame:
    """Lay findings out in columns `SAVINGS_COLUMNS`."""
    rows = [
        (*(getattr(finding, name) for name in _PLAIN), *finding.weighted, *finding.information[_TRIANGLE])
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=list(SAVINGS_COLUMNS))


def read_savings(table: pd.DataFrame, strategy: str, metric: str) -> list[RecordedSavings]:
    """Give the findings of a strategy and metric from a table of savings, by setting."""
    rows = table[(table["strategy"] == strategy) & (table["metric"] == metric)].sort_values("setting")
    findings = []
    for cells in rows.astype(object).where(rows.notna(), None).to_dict("records"):
        information = np.zeros((len(KNOTS), len(KNOTS)))
        information[_TRIANGLE] = [cells[name] for name in _INFORMATION]
        information += np.triu(information, 1).T
        weighted = np.array([cells[name] for name in _WEIGHTED], dtype=float)
        findings.append(
            RecordedSavings(**{name: cells[name] for name in _PLAIN}, weighted=weighted, information=information)
        )
    return findings


def fit_settings(
    table: pd.DataFrame, strategies: Iterable[str], metrics: Iterable[str]
) -> tuple[list[tuple[RecordedSavings, SavingsFit]], list[str]]:
    """Fit the savings of strategies in every setting of clean curves where random stands beside them.

    The curve table is validated; a strategy that is not there has no setting. Gives findings with their fits, sorted by
    metric, data set and setting, and a sentence for each that cannot be fitted.
    """
    clean, _ = clean_curves(table)
    strategies = [name for name in strategies if name != BASELINE]
    found, failed = [], []
    for metric in metrics:
        rows = clean[clean["metric"] == metric]
        keys = [key for key in FAMILY_KEYS if key in rows.columns]
        columns = [name for name in _DESCRIPTION if name in rows.columns]
        about = rows.groupby(keys, sort=True)[columns].first()
        for (identity, curves), (_, described) in zip(families(rows), about.iterrows(), strict=True):
            cells = {str(name): cell for name, cell in described.items()}
            for name in strategies:
                if name not in curves:
                    continue
                setting = f"{identity['dataset']}, {identity['learner']}, batch size {identity['batch_size']}"
                if BASELINE not in curves:
                    failed.append(
                        f"{setting}: no curve of {BASELINE} stands beside {name}, so its savings are not used."
                    )
                    continue
                try:
                    found.append(_fit_setting(setting, identity, cells, curves[name], curves[BASELINE]))
                except InputError as error:
                    failed.append(f"{setting}: {error}; not used.")
    return found, failed


def _fit_setting(
    setting: str, identity: Mapping[str, Any], about: Mapping[str, Any], curve: Replicates, random: Replicates
) -> tuple[RecordedSavings, SavingsFit]:
    pool, tested = about.get("pool_size"), about.get("test_size")
    fit = fit_savings(
        curve,
        random,
        pool=None if pool is None else float(pool),
        test_size=1_000 if tested is None else int(tested),
    )
    kind, classes, imbalance = (about.get(name) for name in ("kind", "classes", "imbalance"))
    return RecordedSavings(
        strategy=curve.name,
        metric=str(identity["metric"]),
        dataset=base_name(str(identity["dataset"])),
        setting=setting,
        learner=str(identity["learner"]),
        kind=None if kind is None else str(kind),
        classes=None if classes is None else float(classes),
        imbalance=None if imbalance is None else float(imbalance),
        initial_labels=float(np.exp(fit.pair.log_first)),
        log_error=fit.pair.baseline.hardness(fit.pair.log_first),
        weighted=fit.weighted,
        information=fit.information,
    ), fit


@dataclass(frozen=True, eq=False)
class ProxyEvidence:
    """Curves of other data sets, recorded or simulated, and what strategies saved on them.

    Attributes:
        curves: a curve table, maybe without a row.
        recorded_savings: their table of savings, where it was fitted before; None to fit it when it is asked for.
    """

    curves: pd.DataFrame
    recorded_savings: pd.DataFrame | None = None

    @property
    def strategies(self) -> set[str]:
        """Those that stand beside random."""
        table = self.curves if self.recorded_savings is None else self.recorded_savings
        return set(table["strategy"]) - {BASELINE}

    def savings(self, strategies: Iterable[str], metric: str) -> tuple[pd.DataFrame, list[str]]:
        """Give a table of the savings of strategies in a metric, or in all that there are where it is not one of them.

        Beside it stand sentences for the user on settings that could not be used.
        """
        if self.recorded_savings is not None or self.curves.empty:
            return savings_table([]) if self.recorded_savings is None else self.recorded_savings, []
        clean, noisy = clean_curves(validate_curves(self.curves, where="recorded curves"))
        metrics = sorted(clean["metric"].unique())
        found, failed = fit_settings(clean, strategies, [metric] if metric in metrics else metrics)
        return savings_table(finding for finding, _ in found), [*noisy, *failed]
