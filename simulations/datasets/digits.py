"""scikit-learn's handwritten digits: 1,797 grey images of 8×8 pixels, ten classes."""

import numpy as np

from simulations.datasets.dataset import Dataset, DatasetEntry
from simulations.errors import SimulationInputError

ITEMS = 1797
CLASSES = 10


def load_digits(*, test_size: int) -> Dataset:
    """Load the digits as 64 pixel features.

    Args:
        test_size: items held out of every pool; more make the measured accuracies less noisy and the pool smaller.

    Raises:
        SimulationInputError: the test set would leave no pool.
    """
    if not CLASSES <= test_size <= ITEMS - CLASSES:
        raise SimulationInputError(f"digits, test_size: found {test_size}; allowed: {CLASSES} to {ITEMS - CLASSES}")
    from sklearn import datasets  # here, since importing scikit-learn takes longer than a small grid

    features, labels = datasets.load_digits(return_X_y=True)
    labels = np.asarray(labels, dtype=np.int64)
    return Dataset(np.asarray(features, dtype=np.float64), labels, labels, "image", CLASSES, test_size, "global")


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
    licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
)
