"""Metrics of many lanes at once, from confusion counts; names and conventions are scikit-learn's."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

METRICS = ("accuracy", "balanced_accuracy", "f1_macro")


def score(truth: IntArray, predicted: IntArray, classes: int) -> dict[str, FloatArray]:
    """Score predictions on held-out items.

    `balanced_accuracy` averages recall over the classes that occur in the truth; `f1_macro` averages F1 over those
    that occur in the truth or among the predictions.

    Args:
        truth: shape (L, m).
        predicted: shape (L, m).
        classes: number of classes.

    Returns:
        Each metric of `METRICS` as fractions, shape (L,).
    """
    lanes = truth.shape[0]
    cells = np.arange(lanes)[:, None] * classes**2 + truth * classes + predicted
    counts = np.bincount(cells.ravel(), minlength=lanes * classes**2).reshape(lanes, classes, classes)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    true, said = counts.sum(axis=2), counts.sum(axis=1)
    return {
        "accuracy": hits.sum(axis=1) / truth.shape[1],
        "balanced_accuracy": _mean_where(hits / np.maximum(true, 1), true > 0),
        "f1_macro": _mean_where(2 * hits / np.maximum(true + said, 1), (true + said) > 0),
    }


def _mean_where(values: FloatArray, counted: npt.NDArray[np.bool_]) -> FloatArray:
    return np.asarray((values * counted).sum(axis=1) / counted.sum(axis=1), dtype=np.float64)
