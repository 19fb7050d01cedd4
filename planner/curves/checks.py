"""What a curve's own points warn about, in sentences.

Notation: N anchors; P measured points.
"""

import numpy as np
import pandas as pd

from planner.curves.anchors import UNKNOWN_TEST_SIZE, Anchors

_LARGE_SHIFT = 0.015  # a common test-set error worth a sentence: ±1.9 points (80%)
_Z80 = 1.2816


def curve_warnings(points: pd.DataFrame, anchors: Anchors, cap: float) -> tuple[str, ...]:
    """Say everything about the measured points that makes a forecast from them doubtful.

    Args:
        points: the measured points.
        anchors: the same, reduced.
        cap: largest error there can be.
    """
    found = [*_about_amount(anchors), *_about_shape(anchors, cap), *_about_noise(points, anchors)]
    return tuple(found)


def _about_amount(anchors: Anchors) -> list[str]:
    n = anchors.distinct
    if n < 4:
        return [f"Too few points: {n} different label count{'s' if n > 1 else ''}, and a forecast needs at least 4."]
    found = []
    if n < 6:
        found.append(f"Few points: only {n} different label counts, so the forecast leans on its prior.")
    if anchors.last < 4.0 * anchors.first:
        found.append(
            f"The points span only {anchors.first:,.0f} to {anchors.last:,.0f} labels, less than a factor of 4: "
            "nothing is forecast beyond twice the last one."
        )
    return found


def _about_shape(anchors: Anchors, cap: float) -> list[str]:
    error, sd = anchors.error, np.sqrt(anchors.variance)
    found = []
    if error.size > 1 and np.ptp(error) == 0:
        found.append("All points have the same value: nothing shows that more labels help.")
    best = np.minimum.accumulate(error)[:-1]
    worse = error[1:] - best
    before = sd[[int(np.argmin(error[: i + 1])) for i in range(error.size - 1)]]
    if (worse > 2.0 * np.hypot(before, sd[1:])).any():
        found.append("The curve falls somewhere by more than noise (2 standard deviations): check how it was measured.")
    if error.size >= 3 and error[-3] < error[-2] < error[-1]:
        found.append("The last three points get worse with more labels: do not trust a forecast of improvement.")
    if (error > cap + 2.0 * sd).any():
        found.append(f"Some points are worse than guessing (value {1.0 - cap:.2g}): check the metric and the labels.")
    return found


def _about_noise(points: pd.DataFrame, anchors: Anchors) -> list[str]:
    found = []
    if anchors.replicates == 0:
        found.append("One seed: how much a repeat would differ is not measured but assumed.")
    elif "seed" in points.columns and points.groupby("labels")["value"].nunique().max() == 1:
        found.append("Repeats agree exactly: their spread cannot be the real one, so noise is assumed.")
    if not anchors.test_size_known:
        found.append(f"The test size is unknown: {UNKNOWN_TEST_SIZE:,} items are assumed.")
    if anchors.test_shift_sd > _LARGE_SHIFT:
        found.append(
            f"The test set is small: all values may be off together by ±{100 * _Z80 * anchors.test_shift_sd:.1f} "
            "points (80%)."
        )
    return found
