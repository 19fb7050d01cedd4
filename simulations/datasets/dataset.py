"""A proxy data set in memory, and how the registry describes one that has not been loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simulations.errors import SimulationInputError
from simulations.trajectory import Scalar

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Scaling = Literal["feature", "global"]


@dataclass(frozen=True)
class Dataset:
    """Features with the labels an annotator would give and the labels that are true.

    Args:
        features: shape (n, d), finite.
        observed: shape (n,), class numbers from 0 as an annotator gives them; what the oracle answers from.
        clean: shape (n,), the true classes; what test sets are scored against.
        kind: tabular, text, image, sequence or generation.
        classes: number of classes, at least 2.
        test_size: items held out of every pool.
        scaling: `feature` divides each column by its own deviation (columns in different units); `global`
            divides all by one number (pixels, embeddings), which keeps the geometry.
        pool_only: shape (n,), items that may never be held out, such as copies of others; none when None.
    """

    features: FloatArray
    observed: IntArray
    clean: IntArray
    kind: str
    classes: int
    test_size: int
    scaling: Scaling
    pool_only: BoolArray | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.features).all():
            row = int(np.argmin(np.isfinite(self.features).all(axis=1)))
            raise SimulationInputError(f"data set, row {row + 1}: a feature is NaN or infinite; finite numbers only")
        if np.unique(self.observed).size < 2:
            raise SimulationInputError("data set, labels: all items have one class; at least two classes are needed")

    @property
    def imbalance(self) -> float:
        """Largest over smallest class share, among the classes that occur."""
        counts = np.bincount(self.clean, minlength=self.classes)
        return float(counts.max() / counts[counts > 0].min())


@dataclass(frozen=True)
class DatasetEntry:
    """What the registry knows of a data set before it is loaded.

    Args:
        name: the registered name.
        family: where it comes from: a library, a generator.
        paper: the source to cite.
        needs: what must be installed or fetched; `nothing` for what is always there.
        summary: one sentence.
        kind: tabular, text, image, sequence or generation.
        defaults: every setting it takes, with its default.
        size: settings to (items in all, held-out items, classes), without loading anything.
        load: settings as keyword arguments to the data set.
        licence: under which the data may be used.
        version: raised when the data behind the name changes.
    """

    name: str
    family: str
    paper: str
    needs: str
    summary: str
    kind: str
    defaults: Mapping[str, Scalar]
    size: Callable[[Mapping[str, Any]], tuple[int, int, int]]
    load: Callable[..., Dataset]
    licence: str
    version: int = 1
