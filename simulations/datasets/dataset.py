"""A proxy data set in memory, and how the registry describes one that has not been loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simulations.errors import SimulationInputError
from simulations.trajectory import Scalar

FloatArray = npt.NDArray[np.float64]
Features = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Scaling = Literal["feature", "global"]

KINDS = ("tabular", "text", "image", "sequence", "generation")
FEWEST_OF_A_CLASS = 4
"""Items a class needs for some of it to be held out in every replicate and some to be left to learn from."""


@dataclass(frozen=True)
class Dataset:
    """Features with the labels an annotator would give and the labels that are true.

    Args:
        features: shape (n, d), finite, in single or double precision.
        observed: shape (n,), class numbers from 0 as an annotator gives them; what the oracle answers from.
        clean: shape (n,), the true classes; what test sets are scored against.
        kind: tabular, text, image, sequence or generation.
        classes: number of classes, at least 2.
        test_size: items held out of every pool.
        scaling: `feature` divides each column by its own deviation (columns in different units); `global`
            divides all by one number (pixels, embeddings), which keeps the geometry.
        pool_only: shape (n,), items that may never be held out, such as copies of others; none when None.
    """

    features: Features
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

    def without_features(self) -> "Dataset":
        """The same labels with features of no columns, so that a rotated copy need not be a second one."""
        return replace(self, features=np.empty((self.clean.size, 0), np.float32))


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
        resolve: turns the settings of a grid file into the complete ones, where defaults do not suffice: called with
            them and the folder relative paths start from. What it adds is part of the trajectory's content.
        title: the data set's name in tables, from its settings; None for the name and what is not a default.
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
    resolve: Callable[[Mapping[str, Any], Path], Mapping[str, Scalar]] | None = None
    title: Callable[[Mapping[str, Any]], str] | None = None


def checked_test_size(name: str, test_size: int, items: int, classes: int) -> int:
    """Give the number of held-out items back when it leaves a pool and holds an item a class.

    Raises:
        SimulationInputError: it does not.
    """
    if not classes <= test_size <= items - 2 * classes:
        raise SimulationInputError(f"{name}, test_size: found {test_size}; allowed: {classes} to {items - 2 * classes}")
    return test_size


def rare_items(labels: IntArray, classes: int) -> BoolArray | None:
    """Mark the items of classes too small to be split, shape (n,); None when there is no such class."""
    rare = np.bincount(labels, minlength=classes) < FEWEST_OF_A_CLASS
    return rare[labels] if rare[labels].any() else None
