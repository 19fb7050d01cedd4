"""What a peer sees of a curve: its first anchors, checked.

Notation: N anchors.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

FloatArray = npt.NDArray[np.float64]

MIN_ANCHORS = 4


@dataclass(frozen=True, eq=False)
class Observed:
    """The observed part of a curve.

    Attributes:
        labels: (N,) label counts, strictly rising.
        error: (N,) mean errors, fractions.
    """

    labels: FloatArray
    error: FloatArray

    @property
    def size(self) -> int:
        """Number of anchors N."""
        return int(self.labels.size)

    @property
    def log_x(self) -> FloatArray:
        """Natural log of labels ÷ labels at the first anchor, (N,)."""
        log_x: FloatArray = np.log(self.labels / self.labels[0])
        return log_x

    def first(self, count: int) -> "Observed":
        """Give the first `count` anchors."""
        return Observed(self.labels[:count], self.error[:count])


def make_observed(labels: npt.ArrayLike, error: npt.ArrayLike) -> Observed:
    """Check and sort the anchors of one curve.

    Args:
        labels: (N,) label counts, N ≥ 4, all different and at least 1, in any order.
        error: (N,) 1 − value, in [0, 1], in the same order.

    Raises:
        InputError: shapes differ, fewer than 4 anchors, a label count that is repeated, not finite or below 1,
            an error outside [0, 1].
    """
    counts, errors = np.asarray(labels, dtype=float), np.asarray(error, dtype=float)
    if counts.ndim != 1 or counts.shape != errors.shape:
        raise InputError(f"peers: labels {counts.shape} and error {errors.shape} must be two lists of one length")
    if counts.size < MIN_ANCHORS:
        raise InputError(f"peers: found {counts.size} anchors; at least {MIN_ANCHORS} are needed")
    if not (np.isfinite(counts) & (counts >= 1)).all():
        raise InputError("peers: 'labels' must be finite numbers of at least 1")
    if not ((errors >= 0) & (errors <= 1)).all():
        raise InputError("peers: 'error' must be fractions from 0 to 1 (0.07, not 7)")
    order = np.argsort(counts, kind="stable")
    if (np.diff(counts[order]) == 0).any():
        raise InputError("peers: each label count must appear once; average the errors at one count first")
    return Observed(counts[order], errors[order])
