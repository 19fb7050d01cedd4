"""Measured points as anchors: one mean error and one noise variance per label count.

Notation: P measured points; N anchors (distinct label counts, those far behind the last thinned when dense);
m² = e(1 − e), the scale of a fraction.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.forecasting.metric_noise import table_item_shares
from planner.forecasting.prior import NOISE_FACTORS
from simulations.arrays import Floats, Ints
from simulations.errors import InputError

MIN_ANCHORS = 4
MAX_ANCHORS = 40
KEPT_LAST = 12  # the last anchors are never thinned: a forecast starts from them
REACH = 12.0  # the model is fitted to no anchor further behind the last than this many times
FEWEST_NEAR = 8  # but to at least so many
UNKNOWN_TEST_SIZE = 1_000  # assumed, with a warning, when the user cannot say
SEED_SHARE = 0.03  # seed-to-seed sd ÷ √(e(1−e)) where nothing is known: 0.9 points at 10% error
SEED_DOF = 2.0  # how many replicates the guess above is worth
_SHARED_SHARE = 0.5  # of a test set's binomial variance, what all anchors share and no comparison between them sees
_COPIES = 1e-18  # mean square between repeats at or below which they are copies: rounding alone
_SAME_VALUE = 1e-9  # values that differ by no more are the same but for rounding
_SMALLEST_SHARE = 0.001  # of m: no mean error is known more closely, as a point beside a curve's others
_ENOUGH_REPLICATES = 10
_CLOSE = 0.03  # in ln(labels): where points are dense, those nearer than that are one anchor
_BANDWIDTH = 1.0  # in ln(labels): seed variances are pooled over about a factor of e


def chance_classes(metric: str, classes: int | None) -> int | None:
    """Give the class count to cap the error with, or None where the metric's chance level is not 1/K."""
    return classes if metric in ("accuracy", "balanced_accuracy") else None


def error_cap(classes: int | None) -> float:
    """Give the error of guessing among K classes, 1 − 1/K; 1 where the classes are not known or not to be used."""
    return 1.0 if classes is None else 1.0 - 1.0 / classes


@dataclass(frozen=True, eq=False)
class Anchors:
    """One curve's measurements, reduced to anchors and sorted by labels.

    Attributes:
        labels: (N,) label counts; geometric means where dense anchors were thinned.
        error: (N,) mean of 1 − value.
        variance: (N,) noise variance of `error` as an estimate of the expected curve, without the shared test shift.
        first: smallest label count measured.
        last: largest label count measured.
        distinct: number of distinct label counts before thinning.
        replicates: degrees of freedom behind the seed variance (0 with one seed).
        repeats_agree: whether there are repeats, and those of one label count differ by rounding at most.
        noise_known: whether the noise was measured, by standard errors or enough replicates, and not half guessed.
        test_shift_sd: sd of the error all anchors share because they were measured on one test set.
        test_size_known: False when a test size had to be assumed.
        rarest_items: test items of the rarest class, as far as is known; None where the metric does not depend on it.
    """

    labels: Floats
    error: Floats
    variance: Floats
    first: float
    last: float
    distinct: int
    replicates: int
    repeats_agree: bool
    noise_known: bool
    test_shift_sd: float
    test_size_known: bool
    rarest_items: float | None = None

    @property
    def constant(self) -> bool:
        """Whether the mean is the same at every label count, of two or more."""
        return self.distinct > 1 and float(np.ptp(self.error)) <= _SAME_VALUE

    @property
    def refusal(self) -> str | None:
        """Why nothing is forecast from these anchors; None where something is.

        A model that answers alike whatever it is asked has exactly constant values; nothing in them tells when that
        ends: on LCDB 1.1's development curves, 19% of those constant so far lost a fifth of their error later. A value
        of 1 is no such case. With a test item of slack the rule would also refuse good models that stay as they are.
        """
        if self.distinct < MIN_ANCHORS:
            return f"a forecast needs at least {MIN_ANCHORS} different label counts; there are {self.distinct}"
        if self.constant and self.error[-1] > _SAME_VALUE:
            return "the values are all the same so far: the model is not training yet, and more labels come first"
        return None

    @property
    def near(self) -> int:
        """Index of the first anchor that the model is fitted to.

        A curve's beginning is often another regime than its end (Hestness et al. 2017): how wildly it went there says
        little of how it goes on. So what lies further behind the last anchor than `REACH` times is left out, unless
        fewer than `FEWEST_NEAR` anchors would remain.
        """
        within = int(np.searchsorted(self.labels, self.last / REACH * (1.0 - 1e-9)))
        return max(min(within, self.labels.size - FEWEST_NEAR), 0)


def make_anchors(points: pd.DataFrame, *, where: str = "curve") -> Anchors:
    """Reduce one curve's points to anchors.

    Args:
        points: columns `labels`, `value`, and optionally `seed`, `test_size` and `standard_error` (of a value that is
            itself a mean; then given for every point); order does not matter. `metric`, `classes` and `imbalance` say
            how many test items count, see `planner.forecasting.metric_noise`.
        where: the curve's name in messages.

    Raises:
        InputError: no point, labels below 1, values outside [0, 1], or a standard error missing or negative.
    """
    labels, value = _validate_points(points, where)
    test_size, known = _read_test_sizes(points, where)
    share, rarest = table_item_shares(points)
    standard_error = _read_standard_errors(points, where)
    levels, inverse = np.unique(labels, return_inverse=True)
    levels = levels.astype(np.float64)
    count = repeats = np.bincount(inverse).astype(np.float64)
    # Sorting first makes sums, and so every later digit, independent of the order of rows.
    order = np.lexsort((value, inverse))
    mean = np.bincount(inverse[order], 1.0 - value[order]) / repeats
    squares = np.bincount(inverse[order], (1.0 - value[order] - mean[inverse[order]]) ** 2).astype(np.float64)
    copies = bool(squares.sum() <= _COPIES * count.sum())
    if copies:
        count = np.ones_like(count)  # repeats that all agree are copies of one measurement, and know nothing of noise
    tested = np.bincount(inverse[order], test_size[order]) / repeats * share
    if standard_error is None:
        variance = _pool_variance(np.log(levels), mean, squares, count, tested)
    else:
        variance = _floor_variance(mean, np.bincount(inverse[order], standard_error[order] ** 2) / repeats**2)
    if mean.size > 1 and np.ptp(mean) <= _SAME_VALUE:
        # An agreement may be luck, and shows no noise level: even the smallest factor is to leave what is assumed.
        variance = variance / min(NOISE_FACTORS)
    replicates = int((count - 1).sum())
    smooth = (usual_level(mean)[-1] * tested[-1] + 0.5) / (tested[-1] + 1.0)
    return Anchors(
        *_thin(levels, mean, variance),
        first=float(levels[0]),
        last=float(levels[-1]),
        distinct=levels.size,
        replicates=replicates,
        repeats_agree=copies and levels.size < labels.size,
        noise_known=standard_error is not None or replicates >= _ENOUGH_REPLICATES,
        test_shift_sd=float(np.sqrt(smooth * (1.0 - smooth) / tested[-1])),
        test_size_known=known,
        rarest_items=None if rarest is None else rarest * float(test_size.min()),
    )


def _validate_points(points: pd.DataFrame, where: str) -> tuple[Floats, Floats]:
    if len(points) == 0:
        raise InputError(f"{where}: there are no points; at least one measured point is needed")
    labels, value = points["labels"].to_numpy(dtype=float), points["value"].to_numpy(dtype=float)
    if not (np.isfinite(labels) & (labels >= 1)).all():
        raise InputError(f"{where}: 'labels' must be numbers of at least 1")
    if not ((value >= 0) & (value <= 1)).all():
        raise InputError(f"{where}: 'value' must be a fraction from 0 to 1 (0.93, not 93)")
    return labels, value


def _read_test_sizes(points: pd.DataFrame, where: str) -> tuple[Floats, bool]:
    size = _read_column(points, "test_size")
    if size is None:
        return np.full(len(points), float(UNKNOWN_TEST_SIZE)), False
    unknown = np.isnan(size)
    if not (size[~unknown] >= 1).all():
        raise InputError(f"{where}: 'test_size' must be at least 1")
    return np.where(unknown, size[~unknown].min(), size), True


def _read_standard_errors(points: pd.DataFrame, where: str) -> Floats | None:
    standard_error = _read_column(points, "standard_error")
    if standard_error is None:
        return None
    if not (np.isfinite(standard_error) & (standard_error >= 0) & (standard_error <= 1)).all():
        raise InputError(f"{where}: 'standard_error' must be a fraction from 0 to 1, given for every point or for none")
    return standard_error


def _read_column(points: pd.DataFrame, name: str) -> Floats | None:
    """Give a column's numbers, (P,); None where there is no such column or all of it is missing."""
    if name not in points.columns:
        return None
    column = points[name]
    if column.dtype.kind == "O" and column.isna().all():
        return None  # whatever stands for missing there, not all of it can be turned into numbers
    numbers = column.to_numpy(dtype=float)
    return None if np.isnan(numbers).all() else numbers


def _floor_variance(error: Floats, variance: Floats) -> Floats:
    """Raise variances that lie far below the curve's usual one: a zero is luck, not knowledge."""
    scale = np.clip(error * (1.0 - error), _SMALLEST_SHARE, None)
    least = max(_SMALLEST_SHARE**2, 0.1 * float(np.median(variance / scale)))
    return np.maximum(variance, least * scale)


def _pool_variance(log_labels: Floats, error: Floats, squares: Floats, count: Floats, tested: Floats) -> Floats:
    """Pool seed variances over neighbouring anchors, relative to m², and divide by the replicates.

    A seed's variance already holds its share of the test set's; with one seed both are guessed, and added.
    """
    smooth = (usual_level(error) * tested + 0.5) / (tested + 1.0)
    scale = smooth * (1.0 - smooth)
    guess = SEED_SHARE**2 + (1.0 - _SHARED_SHARE) / tested
    bins = _bin_anchors(log_labels)
    centre, *sums = (np.bincount(bins, column) for column in (log_labels, squares / scale, count - 1.0))
    near = np.exp(-0.5 * ((log_labels[:, None] - centre / np.bincount(bins)) / _BANDWIDTH) ** 2)
    pooled = (near @ sums[0] + SEED_DOF * guess) / (near @ sums[1] + SEED_DOF)
    # One set of test items does not average out over seeds that share it: keep a little of its variance.
    floor = 0.1 * (1.0 - _SHARED_SHARE) / tested
    return scale * np.maximum(pooled / count, floor)


def usual_level(error: Floats) -> Floats:
    """Average each error with its two neighbours, (N,); at either end the outermost stands in for the missing one.

    Noise and scale are read from it, so that one bad run does not set them.
    """
    return np.convolve(np.pad(error, 1, mode="edge"), np.full(3, 1.0 / 3.0), mode="valid")


def _bin_anchors(log_labels: Floats) -> Ints:
    """Number the anchors; where there are more than `MAX_ANCHORS`, all but the last few share equal bins of ln(labels).

    No bin is empty.
    """
    if log_labels.size <= MAX_ANCHORS:
        return np.arange(log_labels.size)
    # Points a hair apart are first made one, counted back from the last: twelve of them would say no more than it.
    cells = np.unique(-np.floor((log_labels[-1] - log_labels) / _CLOSE + 1e-9), return_inverse=True)[1]
    return _bin_evenly(np.bincount(cells, log_labels) / np.bincount(cells))[cells]


def _bin_evenly(log_labels: Floats) -> Ints:
    if log_labels.size <= MAX_ANCHORS:
        return np.arange(log_labels.size)
    dense = log_labels.size - KEPT_LAST
    edges = np.linspace(log_labels[0], log_labels[dense], MAX_ANCHORS - KEPT_LAST + 1)
    return np.unique(
        np.concatenate([np.digitize(log_labels[:dense], edges[1:-1]), np.arange(KEPT_LAST) + MAX_ANCHORS]),
        return_inverse=True,
    )[1]


def _thin(labels: Floats, error: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Average the anchors within each bin.

    Neighbours on one trajectory share most of their training items, hence their noise: a bin keeps the noise of
    one anchor, and a curve measured at 10,000 label counts is not mistaken for 10,000 independent measurements.
    """
    bins = _bin_anchors(np.log(labels))
    size = np.bincount(bins)
    log_labels, error, variance = (np.bincount(bins, column) / size for column in (np.log(labels), error, variance))
    return np.exp(log_labels), error, variance
