"""scikit-learn's handwritten digits: 1,797 grey images of 8×8 pixels, ten classes."""

import numpy as np

from simulations.datasets.dataset import Dataset, DatasetEntry, checked_test_size
from simulations.datasets.tables import read_table

ITEMS = 1797
FEATURES = 64
CLASSES = 10


def load_digits(*, test_size: int) -> Dataset:
    """Load the digits as 64 pixel features.

    They are the last 1,797 rows of `optdigits`, which ships with the package: number for number what
    `sklearn.datasets.load_digits` gives, without the seconds its import takes.

    Args:
        test_size: items held out of every pool; more make the measured accuracies less noisy and the pool smaller.

    Raises:
        InputError: the test set would leave no pool.
    """
    checked_test_size("digits", test_size, ITEMS, CLASSES)
    features, labels, _ = read_table("optdigits")
    features, labels = features[-ITEMS:].astype(np.float64), labels[-ITEMS:]
    return Dataset(features, labels, labels, "image", CLASSES, test_size, "global")


DIGITS = DatasetEntry(
    name="digits",
    family="scikit-learn",
    paper="Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI)",
    needs="nothing",
    summary="1,797 handwritten digits of 8×8 pixels, 10 balanced classes, an easy image task.",
    kind="image",
    defaults={"test_size": 500},
    size=lambda settings: (ITEMS, int(settings["test_size"]), CLASSES),
    load=load_digits,
    features=lambda settings: FEATURES,
    licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
)
