"""Curves as they were measured: the middle of all seeds at each number of labels, and the range of most of them."""

import numpy as np
import pandas as pd

from planner.intervals import QUANTILES


def over_seeds(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise measured values over seeds.

    Args:
        rows: columns `strategy, seed, labels, value`; the seeds of a strategy share their label counts.

    Returns:
        A row for each strategy and number of labels: `strategy, labels, q10, q50, q90` (quantiles over seeds, read
        between them along straight lines) and `seeds` (how many). One seed gives three equal values; no rows give none.
    """
    if rows.empty:
        return pd.DataFrame(columns=["strategy", "labels", "q10", "q50", "q90", "seeds"])
    values = rows.groupby(["strategy", "labels"], sort=False)["value"]
    quantiles = values.quantile(np.array(QUANTILES)).unstack()
    quantiles.columns = pd.Index(["q10", "q50", "q90"])
    return quantiles.assign(seeds=values.size()).reset_index()
