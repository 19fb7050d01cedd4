"""Metrics of many lanes at once, from confusion counts; names and conventions are scikit-learn's."""

import numpy as np

from simulations.arrays import Bools, Floats, Ints, Reals

METRICS = ("accuracy", "balanced_accuracy", "f1_macro")

THRESHOLDS = (
    *(0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92),
    *(0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.999),
)
"""Confidences at which risk and coverage are counted, T = 20 of them, rising.

The first covers every item. Half of them lie above 0.92, since a model is let label by itself only where it is seldom
wrong, and there a step of a hundredth may halve the errors.
"""


def score(truth: Ints, predicted: Ints, classes: int) -> dict[str, Floats]:
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


def likeliest(probabilities: Reals) -> tuple[Ints, Reals]:
    """Give the likeliest class and its probability, (L, m) each, of (L, C, m); of equally likely classes the first."""
    # Class by class: a reduction over a middle axis would visit the same numbers ten times slower.
    classes = probabilities.shape[1]
    best = probabilities[:, 0].copy()
    # Whatever holds the class numbers: the fewer bytes, the faster they are filled in.
    which, better = np.zeros(best.shape, np.min_scalar_type(classes - 1)), np.empty(best.shape, np.bool_)
    number = np.empty_like(which)
    for c in range(1, classes):
        np.greater(probabilities[:, c], best, out=better)
        # The last class that was better than those before it has the highest number; a mask takes four times as long.
        np.multiply(better, which.dtype.type(c), out=number)
        np.maximum(which, number, out=which)
        np.maximum(best, probabilities[:, c], out=best)
    return which.astype(np.int64), best


def risk_coverage(confidence: Reals, correct: Bools) -> Ints:
    """Count the held-out items that are at least so confident, and how many of them are wrong.

    Their ratio is the selective risk, and the first over m the coverage, of El-Yaniv & Wiener 2010, On the foundations
    of noise-free selective classification.

    Args:
        confidence: shape (L, m), the probability of the class predicted.
        correct: shape (L, m), whether that class is the true one.

    Returns:
        Shape (L, T, 2): items covered and errors among them, at each of `THRESHOLDS`.
    """
    lanes, bins = confidence.shape[0], len(THRESHOLDS) + 1
    # In the confidence's own precision: 0.9 as float32 is at least 0.9 as float32, but below it as float64.
    thresholds = np.asarray(THRESHOLDS, confidence.dtype)
    # Threshold by threshold: to look each item's place up takes longer, two to three times for scores as they come.
    passed, reached = np.zeros(confidence.shape, np.uint8), np.empty(confidence.shape, np.bool_)
    for threshold in thresholds:
        np.greater_equal(confidence, threshold, out=reached)
        passed += reached
    cells = (np.arange(lanes)[:, None] * bins + passed).ravel()
    counted = [np.bincount(which, minlength=lanes * bins) for which in (cells, cells[~correct.ravel()])]
    covered = np.stack(counted, axis=-1).reshape(lanes, bins, 2)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return covered[:, 1:]


def _mean_where(values: Floats, counted: Bools) -> Floats:
    return np.asarray((values * counted).sum(axis=1) / counted.sum(axis=1), dtype=np.float64)
