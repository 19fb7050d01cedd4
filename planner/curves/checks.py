"""What a curve's own points warn about, in sentences.

Notation: N anchors.
"""

import numpy as np
from scipy.special import ndtri

from planner.arrays import Floats
from planner.curves.anchors import UNKNOWN_TEST_SIZE, Anchors
from planner.intervals import Z80

_LARGE_SHIFT = 0.015  # a common test-set error worth a sentence: ±1.9 points (80%)
_FALSE_ALARMS = 0.05  # of curves that never fall, warned about as falling


def curve_warnings(anchors: Anchors, cap: float) -> tuple[str, ...]:
    """Say everything about the measured points that makes a forecast from them doubtful.

    Args:
        anchors: the points, reduced.
        cap: largest error there can be.
    """
    return (*_about_amount(anchors), *_about_shape(anchors, cap), *_about_noise(anchors))


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
    if _falls(error, sd):
        found.append("The curve falls somewhere by more than noise: check how it was measured.")
    if error.size >= 3 and error[-3] < error[-2] < error[-1]:
        found.append("The last three points get worse with more labels: do not trust a forecast of improvement.")
    if (error > cap + 2.0 * sd).any():
        found.append(f"Some points are worse than guessing (value {1.0 - cap:.2g}): check the metric and the labels.")
    return found


def _falls(error: Floats, sd: Floats) -> bool:
    """Say whether some point is worse than an earlier one by more than noise, over all pairs of points.

    At a plain 2 standard deviations, most flat curves of 20 points would be warned about; this is Bonferroni's bound.
    """
    if error.size < 2:
        return False
    threshold = max(2.0, float(ndtri(1.0 - _FALSE_ALARMS / (error.size * (error.size - 1) / 2))))
    worse = error[None, :] - error[:, None]
    return bool(np.triu(worse > threshold * np.hypot(sd[:, None], sd), 1).any())


def _about_noise(anchors: Anchors) -> list[str]:
    found = []
    if anchors.repeats_agree:
        found.append("Repeats agree exactly: their spread cannot be the real one, so noise is assumed.")
    elif anchors.replicates == 0 and not anchors.noise_known:
        found.append("One seed: how much a repeat would differ is not measured but assumed.")
    if not anchors.test_size_known:
        found.append(f"The test size is unknown: {UNKNOWN_TEST_SIZE:,} items are assumed.")
    if anchors.test_shift_sd > _LARGE_SHIFT:
        found.append(
            f"The test set is small: all values may be off together by ±{100 * Z80 * anchors.test_shift_sd:.1f} "
            "points (80%)."
        )
    return found
