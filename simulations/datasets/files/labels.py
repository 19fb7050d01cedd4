"""From labels as they are written to class numbers, with the checks a set of classes must pass."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.arrays import IntArray
from simulations.datasets.dataset import FEWEST_OF_A_CLASS, MOST_CLASSES
from simulations.errors import InputError

RARE_CLASSES = ("refuse", "pool", "drop")


@dataclass(frozen=True)
class Raw:
    """What was read from a file.

    Args:
        features: shape (n, d), finite.
        codes: shape (n,), a number from 0 for each different label, in any order.
        names: the labels as they are written, by code.
        column: where the labels stand, for messages.
        answers: shape (n,), the labels where they are numbers to be predicted, finite; codes and names are then empty.
    """

    features: npt.NDArray[np.float32]
    codes: IntArray
    names: list[str]
    column: str
    answers: npt.NDArray[np.float64] | None = None

    def classified(self, called: str, rare_classes: str) -> tuple[npt.NDArray[np.float32], IntArray, int]:
        """Number the classes from 0 in sorted order.

        Args:
            called: name of the file, for messages.
            rare_classes: what to do with classes of fewer than four items: `refuse` them, keep them in the `pool`
                (they are learned and never tested), or `drop` their items.

        Returns:
            features (n, d), class numbers (n,), number of classes; without the items that were dropped.

        Raises:
            InputError: there is one class, there are too many to be classes, or one is too rare.
        """
        where = f"{called}, {self.column}"
        features, codes = self.features, self.codes
        counts = np.bincount(codes, minlength=len(self.names))
        self._check_variety(where, counts)
        rare = (counts > 0) & (counts < FEWEST_OF_A_CLASS)
        if rare.any() and rare_classes == "refuse":
            raise self._too_rare(where, counts, rare)
        if rare.any() and rare_classes == "drop":
            kept = ~rare[codes]
            features, codes = features[kept], codes[kept]
        present = np.unique(codes)
        if present.size < 2 or (rare_classes == "pool" and (~rare[present]).sum() < 2):
            raise InputError(f"{where}: fewer than two classes have at least {FEWEST_OF_A_CLASS} items; two are needed")
        order = _in_order([self.names[code] for code in present])
        number = np.zeros(len(self.names), np.int64)
        number[present[order]] = np.arange(present.size)
        return features, number[codes], int(present.size)

    def _check_variety(self, where: str, counts: npt.NDArray[np.int64]) -> None:
        items, classes = int(counts.sum()), int((counts > 0).sum())
        if items == 0:
            raise InputError(f"{where}: there are no rows; at least two classes are needed")
        if classes == 1:
            only = self.names[int(counts.argmax())]
            raise InputError(f"{where}: all rows have the label '{only}'; at least two classes are needed")
        if classes > MOST_CLASSES or classes > max(10, items // 4):
            raise InputError(
                f"{where}: found {classes:,} different labels in {items:,} rows, as of a measurement or an "
                f"identifier; allowed: classes, at most {MOST_CLASSES:,} and with four rows each on average"
            )

    def _too_rare(self, where: str, counts: npt.NDArray[np.int64], rare: npt.NDArray[np.bool_]) -> InputError:
        code = int(np.flatnonzero(rare)[0])
        row = int(np.argmax(self.codes == code)) + 1
        others = f" (and {int(rare.sum()) - 1} more)" if rare.sum() > 1 else ""
        return InputError(
            f"{where}, row {row}: class '{self.names[code]}'{others} has fewer than {FEWEST_OF_A_CLASS} items "
            f"({counts[code]}), too few to hold some out; allowed: more of them, "
            'rare_classes = "pool" (learned, never tested) or "drop" (left out)'
        )


def _in_order(names: list[str]) -> IntArray:
    """Sort by value when every label is a whole number, by text otherwise."""
    whole = all(re.fullmatch(r"0|-?[1-9][0-9]{0,17}", name) for name in names)
    return np.array(sorted(range(len(names)), key=lambda i: int(names[i]) if whole else names[i]), np.int64)
