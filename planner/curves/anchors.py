"""From measured points to anchors: one mean error and one noise variance per label count.

Notation: P measured points; N anchors (distinct label counts, thinned when dense); m² = e(1 − e), the scale of a
fraction.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import InputError

FloatArray = npt.NDArray[np.float64]

MAX_ANCHORS = 40
UNKNOWN_TEST_SIZE = 1_000  # assumed, with a warning, when the user cannot say
_SEED_SHARE = 0.03  # seed-to-seed sd ÷ √(e(1−e)) where nothing is known: 0.9 points at 10% error
_PRIOR_DOF = 2.0  # how many replicates the guess above is worth
_SHARED_SHARE = 0.5  # of a test set's binomial variance, what all anchors share and no comparison between them sees
_BANDWIDTH = 1.0  # in ln(labels): seed variances are pooled over about a factor of e


@dataclass(frozen=True, eq=False)
class Anchors:
    """What a curve's measurements say, sorted by labels.

    Attributes:
        labels: (N,) label counts; geometric means where dense anchors were thinned.
        error: (N,) mean of 1 − value.
        variance: (N,) noise variance of `error` as an estimate of the expected curve, without the shared test shift.
        first: smallest label count measured.
        last: largest label count measured.
        distinct: number of distinct label counts before thinning.
        replicates: degrees of freedom behind the seed variance (0 with one seed).
        test_shift_sd: sd of the error all anchors share because they were measured on one test set.
        best_value: highest mean value at one label count.
        test_size_known: False when a test size had to be assumed.
    """

    labels: FloatArray
    error: FloatArray
    variance: FloatArray
    first: float
    last: float
    distinct: int
    replicates: int
    test_shift_sd: float
    best_value: float
    test_size_known: bool


def make_anchors(points: pd.DataFrame, *, where: str = "curve") -> Anchors:
    """Reduce one curve's points to anchors.

    Args:
        points: columns `labels`, `value`, and optionally `seed` and `test_size`; order does not matter.
        where: the curve's name in messages.

    Raises:
        InputError: no point, or labels below 1, or values outside [0, 1].
    """
    labels, value = _checked(points, where)
    test_size, known = _test_size(points, where)
    levels, inverse = np.unique(labels, return_inverse=True)
    levels = levels.astype(np.float64)
    count = np.bincount(inverse).astype(np.float64)
    # Sorting first makes sums, and so every later digit, independent of the order of rows.
    order = np.lexsort((value, inverse))
    mean = np.bincount(inverse[order], 1.0 - value[order]) / count
    squares = np.bincount(inverse[order], (1.0 - value[order] - mean[inverse[order]]) ** 2).astype(np.float64)
    tested = np.bincount(inverse[order], test_size[order]) / count
    variance = _noise(np.log(levels), mean, squares, count, tested)
    smooth = (mean[-1] * tested[-1] + 0.5) / (tested[-1] + 1.0)
    thin = _thin(levels, mean, variance)
    return Anchors(
        *thin,
        first=float(levels[0]),
        last=float(levels[-1]),
        distinct=levels.size,
        replicates=int((count - 1).sum()),
        test_shift_sd=float(np.sqrt(smooth * (1.0 - smooth) / tested[-1])),
        best_value=float(1.0 - mean.min()),
        test_size_known=known,
    )


def _checked(points: pd.DataFrame, where: str) -> tuple[FloatArray, FloatArray]:
    if len(points) == 0:
        raise InputError(f"{where}: there are no points; at least one measured point is needed")
    labels, value = points["labels"].to_numpy(dtype=float), points["value"].to_numpy(dtype=float)
    if not (np.isfinite(labels) & (labels >= 1)).all():
        raise InputError(f"{where}: 'labels' must be numbers of at least 1")
    if not ((value >= 0) & (value <= 1)).all():
        raise InputError(f"{where}: 'value' must be a fraction from 0 to 1 (0.93, not 93)")
    return labels, value


def _test_size(points: pd.DataFrame, where: str) -> tuple[FloatArray, bool]:
    if "test_size" not in points.columns or points["test_size"].isna().all():
        return np.full(len(points), float(UNKNOWN_TEST_SIZE)), False
    size = points["test_size"].to_numpy(dtype=float)
    if not (size[~np.isnan(size)] >= 1).all():
        raise InputError(f"{where}: 'test_size' must be at least 1")
    return np.where(np.isnan(size), np.nanmin(size), size), True


def _noise(
    log_labels: FloatArray, error: FloatArray, squares: FloatArray, count: FloatArray, tested: FloatArray
) -> FloatArray:
    """Pool seed variances over neighbouring anchors, relative to m², and divide by the replicates.

    A seed's variance already holds its share of the test set's; with one seed both are guessed, and added.
    """
    smooth = (error * tested + 0.5) / (tested + 1.0)
    scale = smooth * (1.0 - smooth)
    guess = _SEED_SHARE**2 + (1.0 - _SHARED_SHARE) / tested
    bins = _bins(log_labels)
    centre, *sums = (np.bincount(bins, column) for column in (log_labels, squares / scale, count - 1.0))
    near = np.exp(-0.5 * ((log_labels[:, None] - centre / np.bincount(bins)) / _BANDWIDTH) ** 2)
    pooled = (near @ sums[0] + _PRIOR_DOF * guess) / (near @ sums[1] + _PRIOR_DOF)
    # One set of test items does not average out over seeds that share it: keep a little of its variance.
    floor = 0.1 * (1.0 - _SHARED_SHARE) / tested
    variance: FloatArray = scale * np.maximum(pooled / count, floor)
    return variance


def _bins(log_labels: FloatArray) -> npt.NDArray[np.int64]:
    """Number the anchors, or equal bins of ln(labels) when there are more than `MAX_ANCHORS`; no bin is empty."""
    if log_labels.size <= MAX_ANCHORS:
        return np.arange(log_labels.size)
    edges = np.linspace(log_labels[0], log_labels[-1], MAX_ANCHORS + 1)
    return np.unique(np.digitize(log_labels, edges[1:-1]), return_inverse=True)[1]


def _thin(labels: FloatArray, error: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Average the anchors within each bin.

    Neighbours on one trajectory share most of their training items, hence their noise: a bin keeps the noise of
    one anchor, and a curve measured at 10,000 label counts is not mistaken for 10,000 independent measurements.
    """
    bins = _bins(np.log(labels))
    size = np.bincount(bins)
    log_labels, error, variance = (np.bincount(bins, column) / size for column in (np.log(labels), error, variance))
    return np.exp(log_labels), error, variance
