"""The forecast of one learning curve: joint sample paths, the labels at which they reach a target, and warnings.

Draws that never reach the target are counted, not dropped.

Notation: N anchors; D draws; M points of a grid over ln(labels), from the first anchor to the furthest allowed
forecast; G label counts asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri

from planner.forecasting.anchors import UNKNOWN_TEST_SIZE, Anchors, error_cap, make_anchors
from planner.forecasting.posterior import Posterior, draw_errors, edge_warnings, fit_posterior, grid_edge
from planner.intervals import QUANTILES, Z80
from simulations.arrays import ArrayLike, Bools, Floats
from simulations.errors import InputError
from simulations.threads import one_blas_thread

FORECAST_QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
MAX_RATIO = 30.0  # times the last anchor; beyond, no forecast has been shown to mean what it says
SHORT_RATIO = 2.0  # where the anchors span less than two octaves
_MEASURED_POINTS, _BEYOND_POINTS = 16, 24
_LARGE_SHIFT = 0.015  # a common test-set error worth a sentence: ±1.9 points (80%)
_FEW_OF_A_CLASS = 100  # test items
_FALSE_ALARMS = 0.05  # of curves that never fall, warned about as falling
_FREED_BYTES = 2**24  # a forecast frees less at once; glibc takes no lesson from blocks above 2^25


@dataclass(frozen=True, eq=False)
class LabelsToReach:
    """Labels needed to reach a target, (D,): inf where the path never reaches it within the horizon of the forecast."""

    draws: Floats = field(repr=False)
    horizon: float

    @property
    def p_unreachable(self) -> float:
        """Share of draws that never reach the target within the horizon."""
        return float(np.isinf(self.draws).mean())

    def interval(self) -> tuple[int | None, int | None, int | None]:
        """Give q10, q50 and q90 in whole labels, rounded up; None where the draws say never.

        Where the target is more likely missed than reached, none of the three is a number.
        """
        # No interpolation: between a number and "never" there is nothing.
        low, middle, high = np.quantile(self.draws, QUANTILES, method="inverted_cdf")
        if np.isinf(middle):
            return None, None, None
        return _whole(low), _whole(middle), _whole(high)


def _whole(labels: float) -> int | None:
    # The slack keeps 2000.0000000001, which is a rounding error, from becoming 2001.
    return int(np.ceil(labels - 1e-6)) if np.isfinite(labels) else None


def read_path(best: Floats, log_labels: Floats, x: Floats) -> Floats:
    """Read paths, (..., M), at their own ln labels, (...), linearly between grid points and held beyond either end.

    Values and natural logs of labels never fall along the last axis.
    """
    right = np.minimum((log_labels <= x[..., None]).sum(axis=-1), log_labels.shape[-1] - 1)[..., None]
    left = np.maximum(right - 1, 0)
    shape = (*right.shape[:-1], log_labels.shape[-1])
    axis, value = np.broadcast_to(log_labels, shape), np.broadcast_to(best, shape)
    x_left, x_right = (np.take_along_axis(axis, at, -1)[..., 0] for at in (left, right))
    y_left, y_right = (np.take_along_axis(value, at, -1)[..., 0] for at in (left, right))
    step = x_right - x_left
    share = np.clip(np.where(step > 0, (x - x_left) / np.where(step > 0, step, 1.0), 1.0), 0.0, 1.0)
    return y_left + share * (y_right - y_left)


def first_passage(best: Floats, log_labels: Floats, target: float | Floats) -> Floats:
    """Find where running-best paths first reach a value.

    Args:
        best: (..., M) values, never falling along the last axis.
        log_labels: (M,) or (..., M) natural log of labels, never falling.
        target: the value to reach, one for all or (..., 1).

    Returns:
        (...) ln(labels), interpolated linearly between grid points; inf where the target is never reached.
    """
    reached = best >= target
    right = np.argmax(reached, axis=-1)[..., None]
    left = np.maximum(right - 1, 0)
    x = np.broadcast_to(log_labels, best.shape)
    y_left, y_right = (np.take_along_axis(best, at, -1)[..., 0] for at in (left, right))
    x_left, x_right = (np.take_along_axis(x, at, -1)[..., 0] for at in (left, right))
    rise = y_right - y_left
    # A path at the target from its first point on has no step to interpolate.
    level = np.broadcast_to(np.squeeze(target, -1) if np.ndim(target) else target, rise.shape)
    share = np.where(rise > 0, (level - y_left) / np.where(rise > 0, rise, 1.0), 1.0)
    return np.where(reached[..., -1], x_left + np.clip(share, 0.0, 1.0) * (x_right - x_left), np.inf)


@dataclass(frozen=True, eq=False)
class Forecast:
    """Joint posterior over one whole curve, as sample paths.

    The paths are of the expected value (over seeds) as measured on the same test set; the error that all points share
    because the test set is finite is given once, as `test_shift_sd`.

    Attributes:
        log_labels: (M,) natural log of the label counts where paths are kept, rising.
        paths: (D, M) value of the metric on each path.
        first_labels: smallest measured label count; nothing is forecast below it.
        last_labels: largest measured label count.
        max_labels: furthest forecast allowed: 30 times `last_labels`, twice it where the anchors span less than
            two octaves, and `last_labels` itself where nothing is forecast.
        no_forecast: why nothing is forecast, see `Anchors.refusal`; None where something is.
        test_shift_sd: sd of the error common to all points of the curve.
        noise_factor: (D,) variance of a point's own noise on each path, relative to that of the measurements.
        families: posterior probability of each family of shapes.
        warnings: sentences for the user; empty when all is well.
    """

    log_labels: Floats
    paths: Floats
    first_labels: float
    last_labels: float
    max_labels: float
    no_forecast: str | None
    test_shift_sd: float
    noise_factor: Floats
    families: Mapping[str, float]
    warnings: tuple[str, ...]

    @property
    def n_draws(self) -> int:
        """Number of sample paths."""
        return int(self.paths.shape[0])

    @property
    def forecastable(self) -> bool:
        """False with fewer than four distinct anchors, or values that are all the same: then every point is refused."""
        return self.no_forecast is None

    def refused(self, labels: ArrayLike) -> Bools:
        """Say for each label count whether it lies where no forecast is given."""
        counts = np.atleast_1d(np.asarray(labels, dtype=float))
        inside = (counts >= self.first_labels) & (counts <= self.max_labels * (1.0 + 1e-9))
        return ~(inside & self.forecastable)

    def refusal(self, labels: float) -> str | None:
        """Say in a sentence why a label count is refused; None where it is not."""
        if not self.refused(labels)[0]:
            return None
        if self.no_forecast is not None:
            return self.no_forecast
        if labels < self.first_labels:
            return f"{labels:,.0f} labels lie below the first measured point ({self.first_labels:,.0f})"
        reason = "" if self.max_labels > SHORT_RATIO * self.last_labels else ", as the points span less than a factor 4"
        return f"{labels:,.0f} labels lie beyond the furthest forecast allowed ({self.max_labels:,.0f}{reason})"

    def draws(self, labels: ArrayLike) -> Floats:
        """Give the joint sample paths at (G,) label counts: (D, G) values, no column depending on the other counts.

        Raises:
            InputError: a label count is refused (ask `refused` first).
        """
        counts = np.atleast_1d(np.asarray(labels, dtype=float))
        for reason in map(self.refusal, counts.tolist()):
            if reason is not None:
                raise InputError(f"forecast: {reason}")
        return self._paths_at(counts)

    def quantiles(self, labels: ArrayLike, q: Sequence[float] = FORECAST_QUANTILES) -> Floats:
        """Give quantiles of the value at (G,) label counts and (Q,) probabilities.

        Returns:
            (G, Q); rows where `refused(labels)` are NaN, the array's null, to be shown as a refusal.
        """
        counts = np.atleast_1d(np.asarray(labels, dtype=float))
        allowed = ~self.refused(counts)
        result = np.full((counts.size, len(q)), np.nan)
        if allowed.any():
            result[allowed] = np.quantile(self._paths_at(counts[allowed]), np.asarray(q), axis=0).T
        return result

    def to_frame(self, labels: ArrayLike | None = None) -> pd.DataFrame:
        """Give the forecast as a table, at label counts, or from the first to the furthest where None.

        Returns:
            Columns `labels`, `q05` to `q95`; a count that is refused has none.
        """
        if labels is None:
            labels = np.unique(np.rint(np.exp(self.log_labels)))
        counts = np.atleast_1d(np.asarray(labels, dtype=float))
        names = [f"q{100 * q:02.0f}" for q in FORECAST_QUANTILES]
        found = pd.DataFrame(self.quantiles(counts), columns=names)
        found.insert(0, "labels", counts)
        return found

    def labels_to_reach(self, target: float) -> LabelsToReach:
        """Find how many labels each path needs, up to `max_labels`, until its running best first reaches a value.

        Raises:
            InputError: the target is not between 0 and 1, or nothing is forecast.
        """
        check_target(target)
        if self.no_forecast is not None:
            raise InputError(f"forecast: {self.no_forecast}")
        best = np.maximum.accumulate(self.paths, axis=1)
        return LabelsToReach(np.exp(first_passage(best, self.log_labels, target)), self.max_labels)

    def _paths_at(self, labels: Floats) -> Floats:
        log_labels = np.clip(np.log(labels), self.log_labels[0], self.log_labels[-1])
        right = np.clip(np.searchsorted(self.log_labels, log_labels), 1, self.log_labels.size - 1)
        left_log, right_log = self.log_labels[right - 1], self.log_labels[right]
        share = (log_labels - left_log) / (right_log - left_log)
        return (1.0 - share) * self.paths[:, right - 1] + share * self.paths[:, right]


def check_target(target: float) -> None:
    """Refuse a target that no metric can reach.

    Raises:
        InputError: the target is not a number above 0 and at most 1.
    """
    if not 0.0 < target <= 1.0:
        raise InputError(f"target: found {target!r}; allowed: a fraction above 0 and at most 1 (0.9, not 90)")


@dataclass(frozen=True, eq=False)
class CurveFit:
    """What the measured points of one curve say, from which any number of sample paths can be drawn."""

    anchors: Anchors
    posterior: Posterior
    log_grid: Floats
    ratio: float

    @property
    def log_labels(self) -> Floats:
        """Natural log of the label counts where paths are kept, (M,)."""
        return np.asarray(self.log_grid + np.log(self.anchors.last))

    def draw_paths(self, n_draws: int, seed: int | Sequence[int] = 0) -> tuple[Floats, Floats]:
        """Draw so many sample paths, (D, M), each with the factor of its noise, (D,); the same seed gives the same."""
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        with one_blas_thread():
            errors, factor = draw_errors(self.posterior, self.log_grid, n_draws, rng)
        return 1.0 - errors, factor

    def draw(self, n_draws: int, seed: int | Sequence[int] = 0) -> Forecast:
        """Give a forecast of so many sample paths."""
        anchors = self.anchors
        paths, factor = self.draw_paths(n_draws, seed)
        warnings = curve_warnings(anchors, self.posterior.cap)
        if anchors.refusal is None:
            warnings += edge_warnings(grid_edge(self.posterior))
        return Forecast(
            log_labels=self.log_labels,
            paths=paths,
            first_labels=anchors.first,
            last_labels=anchors.last,
            max_labels=self.ratio * anchors.last,
            no_forecast=anchors.refusal,
            test_shift_sd=anchors.test_shift_sd,
            noise_factor=factor,
            families=self.posterior.families,
            warnings=warnings,
        )


def fit_curve(points: pd.DataFrame | Mapping[str, ArrayLike], *, classes: int | None = None) -> CurveFit:
    """Fit the model of `planner.forecasting.posterior` to one learning curve, in any row order.

    Args:
        points: `labels` and `value`, and optionally `seed` (replicates), `test_size`, and `standard_error` where the
            values are means of replicates not at hand; `metric`, `classes` and `imbalance` as in `make_anchors`.
        classes: number of classes K; the error never exceeds 1 − 1/K. Leave out for metrics with another chance level.

    Raises:
        InputError: no point, a value outside [0, 1], or fewer than 2 classes.
    """
    if classes is not None and classes < 2:
        raise InputError(f"classes: found {classes}; allowed: at least 2")
    anchors = make_anchors(points if isinstance(points, pd.DataFrame) else pd.DataFrame(dict(points)))
    ratio = _furthest_ratio(anchors)
    keep_freed_memory()
    with one_blas_thread():
        posterior = fit_posterior(anchors, error_cap(classes))
    return CurveFit(anchors, posterior, _log_label_grid(anchors, ratio), ratio)


def fit_forecast(
    points: pd.DataFrame | Mapping[str, ArrayLike],
    *,
    classes: int | None = None,
    n_draws: int = 1000,
    seed: int | Sequence[int] = 0,
) -> Forecast:
    """Forecast one learning curve from its measured points: `fit_curve` and as many sample paths as are asked for."""
    return fit_curve(points, classes=classes).draw(n_draws, seed)


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Have the allocator keep up to 32 MB of what is freed; a forecast takes 1.17 times the processor time without.

    glibc hands the free end of its heap back above twice the size of the largest block freed so far (mallopt(3),
    M_MMAP_THRESHOLD and M_TRIM_THRESHOLD): one block, never touched, is its lesson. Other allocators take no notice.
    """
    np.empty(_FREED_BYTES, np.uint8)


def _furthest_ratio(anchors: Anchors) -> float:
    if anchors.refusal is not None:
        return 1.0
    return MAX_RATIO if anchors.last >= 4.0 * anchors.first else SHORT_RATIO


def _log_label_grid(anchors: Anchors, ratio: float) -> Floats:
    """Lay the grid over ln(labels ÷ last): the measured range, then beyond it as far as is allowed."""
    start = np.log(anchors.first / anchors.last)
    # One measured point has no range; a little room keeps the grid rising.
    measured = np.linspace(min(start, -0.01), 0.0, _MEASURED_POINTS)
    beyond = np.linspace(0.0, np.log(ratio), _BEYOND_POINTS + 1)[1:] if ratio > 1.0 else np.empty(0)
    return np.concatenate([measured, beyond])


def curve_warnings(anchors: Anchors, cap: float) -> tuple[str, ...]:
    """List what makes a forecast from these anchors doubtful; `cap` is the largest error there can be."""
    return (*_warn_of_amount(anchors), *_warn_of_shape(anchors, cap), *_warn_of_noise(anchors))


def _warn_of_amount(anchors: Anchors) -> list[str]:
    n = anchors.distinct
    if n < 4:
        return [f"Too few points: {n} different label count{'s' if n > 1 else ''}, and a forecast needs at least 4."]
    warnings = []
    if n < 6:
        warnings.append(f"Few points: only {n} different label counts, so the forecast leans on its prior.")
    if anchors.last < 4.0 * anchors.first:
        warnings.append(
            f"The points span only {anchors.first:,.0f} to {anchors.last:,.0f} labels, less than a factor of 4: "
            "nothing is forecast beyond twice the last one, and a target beyond it counts as not reached."
        )
    return warnings


def _warn_of_shape(anchors: Anchors, cap: float) -> list[str]:
    error, sd = anchors.error, np.sqrt(anchors.variance)
    warnings = []
    if anchors.constant:
        waits = "nothing shows that more labels help" if anchors.refusal is None else "the model is not training yet"
        warnings.append(f"All points have the same value: {waits}.")
    if _falls_beyond_noise(error, sd):
        warnings.append("The curve falls somewhere by more than noise: check how it was measured.")
    if error.size >= 3 and error[-3] < error[-2] < error[-1]:
        warnings.append("The last three points get worse with more labels: do not trust a forecast of improvement.")
    if (error > cap + 2.0 * sd).any():
        warnings.append(
            f"Some points are worse than guessing (value {1.0 - cap:.2g}): check the metric and the labels."
        )
    return warnings


def _falls_beyond_noise(error: Floats, sd: Floats) -> bool:
    """Say whether some point is worse than an earlier one by more than noise, over all pairs of points.

    At a plain 2 standard deviations, most flat curves of 20 points would be warned about; this is Bonferroni's bound.
    """
    if error.size < 2:
        return False
    threshold = max(2.0, float(ndtri(1.0 - _FALSE_ALARMS / (error.size * (error.size - 1) / 2))))
    worse = error[None, :] - error[:, None]
    return bool(np.triu(worse > threshold * np.hypot(sd[:, None], sd), 1).any())


def _warn_of_noise(anchors: Anchors) -> list[str]:
    warnings = []
    if anchors.repeats_agree:
        warnings.append("Repeats agree exactly: their spread cannot be the real one, so noise is assumed.")
    elif anchors.replicates == 0 and not anchors.noise_known:
        warnings.append("One seed: how much a repeat would differ is not measured but assumed.")
    if not anchors.test_size_known:
        warnings.append(f"The test size is unknown: {UNKNOWN_TEST_SIZE:,} items are assumed.")
    if anchors.rarest_items is not None and anchors.rarest_items < _FEW_OF_A_CLASS:
        warnings.append(
            f"About {anchors.rarest_items:.0f} test items of the rarest class stand behind each value, as far as "
            f"classes and imbalance are known; below {_FEW_OF_A_CLASS} the metric moves much by chance."
        )
    if anchors.test_shift_sd > _LARGE_SHIFT:
        warnings.append(
            f"The test set is small: all values may be off together by ±{100 * Z80 * anchors.test_shift_sd:.1f} "
            "points (80%)."
        )
    return warnings
