"""Weightings compared: each data set gives every weighting one figure, so that differences are paired by data set.

Notation:
    S       ()      data sets
    a, b    (S,)    scores of two weightings; below 0, a − b says that a forecasts better
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.backtest.score_tables import Estimate, mean_estimate
from research.matching.forecasts import FROM_PLAN, FROM_PROXIES, LABELS, SCORES, VALUE
from research.matching.weightings import EQUAL, MATCHED, Method

__all__ = ["BETTER", "UNDECIDED", "WORSE", "compared", "finding", "should_ship"]

BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"
_DECIDE = (VALUE, LABELS)
"""Scores that the choice rests on; savings come from all data sets at once, whatever the weights."""


def compared(rows: pd.DataFrame, methods: Sequence[Method]) -> list[dict[str, Any]]:
    """Compare the weightings by each score, on all data sets and on those that were collected.

    Args:
        rows: a row for each `Scored`.
        methods: the weightings.

    Returns:
        A record for each choice of data sets (`sets`: `all` or `real`), source of the labels needed (`labels_from`) and
        score, with `data_sets` and one of `rows` a weighting; real ones only where there are others besides.
    """
    groups = [("all", rows)]
    # Generated data sets are alike among themselves, and users' tasks are not generated.
    if rows["real"].nunique() > 1:
        groups.append(("real", rows[rows["real"]]))
    return [
        {
            "sets": sets,
            "labels_from": labels_from,
            "score": score,
            "data_sets": int(some["dataset"].nunique()),
            "rows": _rows(some[(some["labels_from"] == labels_from) & (some["score"] == score)], methods),
        }
        for sets, some in groups
        for labels_from in (FROM_PROXIES, FROM_PLAN)
        for score in SCORES
    ]


def _rows(rows: pd.DataFrame, methods: Sequence[Method]) -> list[dict[str, Any]]:
    # Sorted, so that every weighting has its data sets in the same order.
    by_set = rows.set_index(["method", "dataset"]).sort_index()
    score = {method.name: by_set.loc[method.name]["crps"].to_numpy(dtype=np.float64) for method in methods}
    found = []
    for method in methods:
        mine = by_set.loc[method.name]
        against = {
            other.name: None if method is other else mean_estimate(score[method.name] - score[other.name])
            for other in (EQUAL, MATCHED)
        }
        found.append(
            {
                "method": method.name,
                "crps": _told(mean_estimate(score[method.name])),
                "error": _told(mean_estimate(mine["error"].to_numpy(dtype=np.float64))),
                "holds": float(mine["holds"].mean()),
                "never": None if mine["never"].isna().any() else float(mine["never"].mean()),
                "proxies": float(mine["data_sets"].mean()),
                "against_equal": _told(against[EQUAL.name]),
                "against_matched": _told(against[MATCHED.name]),
                "finding": finding(against[EQUAL.name]),
            }
        )
    return found


def finding(difference: Estimate | None) -> str | None:
    """Say whether a paired difference of scores is clear of 0; None where there is nothing to differ from.

    Args:
        difference: in a score of which less is better.
    """
    if difference is None:
        return None
    if difference.q90 is not None and difference.q90 < 0:
        return BETTER
    return WORSE if difference.q10 is not None and difference.q10 > 0 else UNDECIDED


def should_ship(parts: Sequence[dict[str, Any]]) -> str:
    """Choose between matching and equal weights, by a rule fixed before they were scored.

    Equal weights should ship where matching is clearly worse in values or in labels, with labels from the proxies or
    from the plan, over all data sets, and clearly better in none of these.

    Args:
        parts: from `compared`.
    """
    said = [
        row["finding"]
        for part in parts
        if part["sets"] == "all" and part["score"] in _DECIDE
        for row in part["rows"]
        if row["method"] == MATCHED.name
    ]
    return EQUAL.name if WORSE in said and BETTER not in said else MATCHED.name


def _told(estimate: Estimate | None) -> dict[str, float | None] | None:
    return None if estimate is None else estimate.to_dict()
