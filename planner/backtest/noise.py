"""How noisy the measured points ahead are, which no forecast of the expected curve can know.

Notation: D draws; G points ahead; N observed points; e error.
"""

import numpy as np
import pandas as pd

from planner.backtest.curve import FloatArray
from planner.backtest.tasks import Task
from planner.curves.anchors import make_anchors

__all__ = ["noise_sd"]


def noise_sd(task: Task, draws: FloatArray, factor: FloatArray | None = None) -> FloatArray:
    """Give the standard deviation of what is measured at the points ahead about the expected error.

    It is the measured standard error where there is one. Elsewhere it is the noise that the forecast takes the observed
    points to have, relative to √(e(1 − e)), which is a forecaster's own view of the curve's noise.

    Curves are nested: a larger labelled set holds the smaller one and is tested on the same items, so most of a
    standard error is common to all points, observed and ahead, and only the rest is a point's own.

    Args:
        task: the task.
        draws: (D, G) draws of the expected error at the first G points ahead.
        factor: (D,) on each draw, the share of the variance that is a point's own; all of it when left out. A share
            above 1 says that a guessed noise is too small; a measured one is never enlarged.

    Returns:
        (G,) or (D, G).
    """
    own = np.ones((1, 1)) if factor is None else factor[:, None]
    known = task.ahead_standard_error[: draws.shape[1]]
    if np.isfinite(known).all():
        return known if factor is None else known * np.sqrt(np.minimum(own, 1.0))
    anchors = make_anchors(pd.DataFrame(task.points))
    level = np.clip(anchors.error, 1e-3, 1.0 - 1e-3)
    relative = float(np.sqrt(np.median(anchors.variance / (level * (1.0 - level)))))
    guessed = relative * np.sqrt(own * draws * (1.0 - draws))
    return np.where(np.isfinite(known), known * np.sqrt(np.minimum(own, 1.0)), guessed)
