"""Label savings along the way: at as many values of random's curve as a chart shows."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from planner.curves.factors import label_savings
from planner.curves.replicates import BASELINE, families

POINTS = 16
COLUMNS = (
    "strategy",
    "at",
    "value",
    "factor",
    "q10",
    "q90",
    "p_never",
    "at_least",
    "labels_random",
    "labels_strategy",
    "pairs",
    "unreached",
    "reason",
)


def savings_by_value(family: pd.DataFrame, *, points: int = POINTS) -> pd.DataFrame:
    """Read what each strategy saves at several values of random's mean curve, from early ones to its best.

    Args:
        family: rows of a validated table that share everything but the strategy.
        points: how many label counts of random to read at, evenly spaced in their logarithm.

    Returns:
        The fields of `LabelSavings` named in `COLUMNS`, sorted by strategy and `at`; unknown is None. Where random has
        no curve, one row a strategy with the reason alone.
    """
    rows = [
        {name: cell for name, cell in asdict(one).items() if name in COLUMNS}
        for one in label_savings(family, at=_counts(family, points))
    ]
    # Objects keep None as None; a float column would turn it into NaN.
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.sort_values(["strategy", "at"], kind="stable", ignore_index=True)


def _counts(family: pd.DataFrame, points: int) -> list[int]:
    """Choose counts that random was measured at, after its first, where nothing is saved yet."""
    for _, curves in families(family):
        random = curves.get(BASELINE)
        if random is None or random.ends is None:
            continue
        counts = random.grid()[0][1:]
        if counts.size == 0:
            continue
        wanted = np.geomspace(counts[0], counts[-1], points)
        nearest = counts[np.abs(np.log(counts[None, :] / wanted[:, None])).argmin(axis=1)]
        return [int(count) for count in np.unique(nearest)]
    return []
