"""A measured learning curve to test a forecaster on, and a set of them with what was left out.

Notation: N label counts at which a curve was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

__all__ = ["Curve", "CurveSet", "FloatArray"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Mean error by number of labels, of one learner on one data set.

    Attributes:
        dataset: where it was measured.
        learner: what was trained.
        strategy: who chose the labels; `random` in archives of learning curves.
        batch_size: labels a round; 1 where the labels were drawn at once.
        labels: (N,) label counts, strictly rising, at least 1.
        error: (N,) mean of 1 − value, in [0, 1].
        standard_error: (N,) of that mean over repetitions; NaN where it is not known.
        group: the data set as it counts for splits and averages; several `dataset`s may be one.
        test_size: test items of one repetition; None where it is not known.
        classes: number of classes, where the error of chance is 1 − 1/classes; None where that is not known.
        openml_id: the data set's id on OpenML; None for others.
        initial_size: labels before the first round; None where it is not known.
        pool_size: items that can be labelled at most; None where it is not known.
        metric: what 1 − error is, in scikit-learn's names.

    Raises:
        InputError: labels do not rise or lie below 1, or an error is not in [0, 1], or lengths differ.
    """

    dataset: str
    learner: str
    strategy: str
    batch_size: int
    labels: FloatArray
    error: FloatArray
    standard_error: FloatArray
    group: str
    test_size: int | None = None
    classes: int | None = None
    openml_id: int | None = None
    initial_size: int | None = None
    pool_size: int | None = None
    metric: str = "accuracy"

    def __post_init__(self) -> None:
        if not self.labels.shape == self.error.shape == self.standard_error.shape:
            raise InputError(f"{self.name}: as many label counts, errors and standard errors are needed")
        if not ((self.labels >= 1).all() and (np.diff(self.labels) > 0).all()):
            raise InputError(f"{self.name}: label counts must be at least 1, each once, and rise")
        wrong = ~((self.error >= 0) & (self.error <= 1))
        if wrong.any():
            raise InputError(f"{self.name}: found the error {self.error[wrong][0]:g}; allowed: fractions from 0 to 1")
        if (self.standard_error < 0).any():
            raise InputError(f"{self.name}: found a standard error below 0; allowed: 0 or more, or unknown")

    @property
    def name(self) -> str:
        """What tells the curve from all others of its source."""
        schedule = "" if self.initial_size is None else f"{self.initial_size}+"
        return f"{self.dataset} · {self.learner} · {self.strategy} · {schedule}{self.batch_size}"


@dataclass(frozen=True, eq=False)
class CurveSet:
    """Curves from one source.

    Attributes:
        title: the source in words.
        curves: in a fixed order.
        notes: sentences on what the source holds and was left out.
    """

    title: str
    curves: Sequence[Curve]
    notes: tuple[str, ...] = field(default=())
