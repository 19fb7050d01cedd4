"""A proxy data set in memory, and how the registry describes one that has not been loaded."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from simulations.arrays import Bools, Features, Floats, Ints, Reals
from simulations.errors import InputError
from simulations.trajectory import UNSTATED, Scalar

Scaling = Literal["feature", "global"]
_Knobs = TypeVar("_Knobs")

KINDS = ("tabular", "text", "image", "sequence", "generation")
MOST_NUMBERS = 400_000_000
"""Rows × columns of one data set: 1.6 GB of features, and as much again once they are rotated."""

MOST_ITEMS = 20_000_000
"""Of an own file; some kilobytes of Parquet can hold more."""

MOST_FEATURES = 10_000
"""To rotate more takes a covariance matrix of more than 0.8 GB and more than minutes."""

MOST_CLASSES = 1000
FEWEST_OF_A_CLASS = 4
"""Items a class needs for some of it to be held out in every replicate and some to be left to learn from."""


@dataclass(frozen=True)
class Dataset:
    """Features with the labels an annotator would give and the labels that are true.

    Args:
        features: shape (n, d), finite, in single or double precision; d is 0 only in a copy whose features are kept
            elsewhere, which `load_dataset` never gives.
        observed: shape (n,), class numbers from 0 as an annotator gives them; what the oracle answers from.
        clean: shape (n,), the true classes; what test sets are scored against.
        kind: tabular, text, image, sequence or generation.
        classes: number of classes, 2 to `MOST_CLASSES`.
        test_size: items held out of every pool.
        scaling: `feature` divides each column by its own deviation (columns in different units); `global`
            divides all by one number (pixels, embeddings), which keeps the geometry.
        pool_only: shape (n,), items that may never be held out, such as copies of others; none when None.
        groups: shape (n,), numbers from 0 of what items belong to, such as a speaker: those of one are never both in a
            pool and held out. Each item is its own where None.

    Raises:
        InputError: a shape, a class number or a feature is not as said here, or the whole is too large.
    """

    features: Reals
    observed: Ints
    clean: Ints
    kind: str
    classes: int
    test_size: int
    scaling: Scaling
    pool_only: Bools | None = None
    groups: Ints | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"data set, kind: found '{self.kind}'; allowed: {', '.join(KINDS)}")
        if self.features.ndim != 2:
            raise InputError(f"data set, features: found the shape {self.features.shape}; allowed: (items, columns)")
        if self.features.shape[1] == 0:
            raise InputError("data set: has no features; at least one is needed")
        check_extent(len(self.features), self.features.shape[1], "data set")
        self._check_labels()
        if not np.isfinite(self.features).all():
            row = int(np.argmin(np.isfinite(self.features).all(axis=1)))
            raise InputError(f"data set, row {row + 1}: a feature is NaN or infinite; finite numbers only")
        if np.unique(self.observed).size < 2:
            raise InputError("data set, labels: all items have one class; at least two classes are needed")

    @property
    def usable_items(self) -> int:
        """Items in pool and test set together: of a group that is held out, some may be in neither."""
        return len(self.features) - (0 if self.groups is None else int(np.bincount(self.groups).max()) - 1)

    @property
    def imbalance(self) -> float:
        """Largest over smallest class share, among the classes that occur."""
        counts = np.bincount(self.clean, minlength=self.classes)
        return float(counts.max() / counts[counts > 0].min())

    def _check_labels(self) -> None:
        """Refuse what compiled loops, which count per class without looking, would write past their arrays for."""
        if not 2 <= self.classes <= MOST_CLASSES:
            raise InputError(f"data set, classes: found {self.classes}; allowed: 2 to {MOST_CLASSES}")
        items = len(self.features)
        for name, labels in (("observed", self.observed), ("clean", self.clean)):
            if labels.shape != (items,) or labels.dtype.kind not in "iu":
                raise InputError(
                    f"data set, {name} labels: found {labels.dtype} of shape {labels.shape}; "
                    f"allowed: whole numbers of shape ({items},), one an item"
                )
            bad = (labels < 0) | (labels >= self.classes)
            if bad.any():
                row = int(bad.argmax())
                raise InputError(
                    f"data set, {name} labels, row {row + 1}: found class {labels[row]}; "
                    f"allowed: 0 to {self.classes - 1}"
                )
        if self.pool_only is not None and (self.pool_only.shape != (items,) or self.pool_only.dtype != np.bool_):
            raise InputError(
                f"data set, pool_only: found {self.pool_only.dtype} of shape {self.pool_only.shape}; "
                f"allowed: true or false, of shape ({items},)"
            )


class AnswerRule(Protocol):
    """What answers any point of the unit ball, of which a data set's items are some."""

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw points as the data set's items are drawn, (n, d)."""

    def answer(self, X: Floats) -> Ints:
        """Give the class of points (n, d) of the unit ball, (n,)."""


@dataclass(frozen=True)
class DatasetEntry:
    """What the registry knows of a data set before it is loaded.

    Args:
        name: the registered name.
        paper: the source to cite.
        summary: one sentence.
        kind: tabular, text, image, sequence or generation.
        defaults: every setting it takes, with its default.
        size: settings to (items in all, held-out items, classes), without loading anything.
        load: settings as keyword arguments to the data set.
        family: where it comes from: a library, a generator.
        needs: what must be installed or fetched; `nothing` for what is always there.
        licence: under which the data may be used.
        version: raised when the data behind the name changes.
        resolve: completes the settings of a grid file, given the folder that relative paths start from, where defaults
            do not suffice. What it adds is part of the trajectory's content.
        title: the data set's name in tables, from its settings; None for the name and what is not a default.
        features: settings to the number of features, for estimates of the time a run takes; None where not known.
        tokens: reads its texts as token numbers, (n, T), zeros behind each text's end; None for what is no text.
        task: the kind of task it is: classification, or a key of `simulations.tasks.task.METRICS_OF`, whose data sets
            `load` as `simulations.tasks.task.TaskData`.
        rule: settings to what answers any point, so that items can be made up; None where only its items have answers.
    """

    name: str
    paper: str
    summary: str
    kind: str
    defaults: Mapping[str, Scalar]
    size: Callable[[Mapping[str, Any]], tuple[int, int, int]]
    load: Callable[..., Any]
    family: str = "generator"
    needs: str = "nothing"
    licence: str = "generated, none needed"
    version: int = UNSTATED
    resolve: Callable[[Mapping[str, Any], Path], Mapping[str, Scalar]] | None = None
    title: Callable[[Mapping[str, Any]], str] | None = None
    features: Callable[[Mapping[str, Any]], int] | None = None
    tokens: Callable[[], Features] | None = None
    task: str = "classification"
    rule: Callable[[Mapping[str, Any]], AnswerRule] | None = None

    def titled(self, settings: Mapping[str, Any]) -> str:
        """Name the data set for messages: the file's own name where it is a file."""
        return self.name if self.title is None else self.title(settings)


def check_extent(rows: int, columns: int, called: str, *, so_far: bool = False) -> None:
    """Refuse a data set of too many columns or numbers by an InputError; with `so_far`, there may be more rows."""
    if columns > MOST_FEATURES:
        raise InputError(
            f"{called}: has {columns:,} feature columns; allowed: at most {MOST_FEATURES:,}; choose some, or give "
            "fewer features made from them, such as embeddings or principal components"
        )
    if rows * columns > MOST_NUMBERS:
        least = "at least " if so_far else ""
        raise InputError(
            f"{called}: has {least}{rows:,} rows × {columns:,} feature columns; allowed: {MOST_NUMBERS:,} numbers, "
            f"{MOST_NUMBERS // columns:,} rows of such; a random sample of the rows simulates as well"
        )


def knob_entry(
    knobs: type[_Knobs], make: Callable[[_Knobs], Any], size: Callable[[_Knobs], tuple[int, int, int]], **facts: Any
) -> DatasetEntry:
    """Describe a data set that is drawn, and whose settings are the fields of a dataclass, which checks their range.

    The size is items in all, held-out items and classes; `facts` are the other fields of the entry.
    """
    return DatasetEntry(
        defaults=asdict(knobs()),  # type: ignore[call-overload]
        size=lambda settings: size(knobs(**settings)),
        load=lambda **settings: make(knobs(**settings)),
        **facts,
    )


def check_knob(dataset: str, knobs: object, knob: str, good: bool, allowed: str) -> None:
    """Refuse a field of the knobs that is not good, by an InputError."""
    if not good:
        found = getattr(knobs, knob)
        shown = f"'{found}'" if isinstance(found, str) else found
        raise InputError(f"{dataset}, {knob}: found {shown}; allowed: {allowed}")


def check_test_size(name: str, test_size: int, items: int, classes: int) -> None:
    """Refuse a number of held-out items that leaves no pool or not an item a class, by an InputError."""
    if not classes <= test_size <= items - 2 * classes:
        raise InputError(f"{name}, test_size: found {test_size}; allowed: {classes} to {items - 2 * classes}")


def check_groups(name: str, groups: Ints, test_size: int) -> None:
    """Refuse groups that leave no pool beside a test set of so many items; an InputError says why."""
    sizes = np.bincount(groups)
    left = groups.size - test_size - int(sizes.max()) + 1
    if sizes.size < 2 or left < test_size:
        raise InputError(
            f"{name}, group: found {sizes.size:,} groups, the largest of {sizes.max():,} items, beside a test set of "
            f"{test_size:,}; allowed: groups small enough that as many items are left to label, or a smaller test_size"
        )


def rare_items(labels: Ints, classes: int) -> Bools | None:
    """Mark the items of classes too small to be split, shape (n,); None when there is no such class."""
    rare = np.bincount(labels, minlength=classes) < FEWEST_OF_A_CLASS
    return rare[labels] if rare[labels].any() else None
