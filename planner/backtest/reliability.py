"""Chances of reaching a target against how often it was reached, beside what the mere rate would say."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from planner.backtest.averages import by_data_set, mean_estimate
from planner.backtest.curve import FloatArray

__all__ = ["EDGES", "reach_report", "with_brier"]

EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Bins of the chance; each holds its upper end, the first one 0 too."""


def with_brier(targets: pd.DataFrame) -> pd.DataFrame:
    """Add `brier`, the squared distance of the chance from what happened (Brier 1950)."""
    if targets.empty:
        return targets
    return targets.assign(brier=(targets["chance"] - targets["reached"].astype(float)) ** 2)


def reach_report(targets: pd.DataFrame, method: str) -> dict[str, Any] | None:
    """Report one method's chances of reaching targets: reliability, Brier score, and those of base rates.

    The base rate is the share of targets that are reached, data sets weighing the same. `base_rate_brier` is the Brier
    score of saying it always, `base_rate_brier_by_kind` that of saying the rate of the same cut and closed share. Both
    rates are taken from the very targets they are scored on, which no forecaster can know: they are hard to beat.

    Returns:
        None without targets.
    """
    if targets.empty:
        return None
    ours = targets[targets["method"] == method].reset_index(drop=True)
    weight = _weights(ours)
    reached = ours["reached"].to_numpy(dtype=float)
    rate = float(weight @ reached)
    brier = mean_estimate(by_data_set(ours, ["brier"])["brier"].to_numpy(dtype=float))
    assert brier is not None, "there are targets"
    return {
        "targets": len(ours),
        "base_rate": rate,
        "brier": brier.to_dict(),
        "base_rate_brier": rate * (1.0 - rate),
        "base_rate_brier_by_kind": float(weight @ (_rates_by_kind(ours, weight) - reached) ** 2),
        "reliability": list(_bins(ours["chance"].to_numpy(dtype=float), reached, weight)),
    }


def _weights(rows: pd.DataFrame) -> FloatArray:
    """Weigh targets so that data sets, their curves, a curve's tasks and a task's targets count the same: sum 1."""
    sets = rows["group"].nunique()
    curves = rows.groupby("group")["curve"].transform("nunique")
    tasks = rows.groupby(["group", "curve"])["cut"].transform("nunique")
    targets = rows.groupby(["group", "curve", "cut"])["closes"].transform("size")
    found: FloatArray = 1.0 / (sets * curves * tasks * targets).to_numpy(dtype=float)
    return found


def _rates_by_kind(rows: pd.DataFrame, weight: FloatArray) -> FloatArray:
    weighted = rows.assign(weight=weight, hit=weight * rows["reached"].to_numpy(dtype=float))
    sums = weighted.groupby(["cut", "closes"])[["hit", "weight"]].transform("sum")
    found: FloatArray = (sums["hit"] / sums["weight"]).to_numpy(dtype=float)
    return found


def _bins(
    said: FloatArray,
    reached: FloatArray,
    weight: FloatArray,
) -> Iterator[dict[str, Any]]:
    bins = np.clip(np.searchsorted(EDGES, said, side="left") - 1, 0, len(EDGES) - 2)
    for i in range(len(EDGES) - 1):
        inside = bins == i
        total = float(weight[inside].sum())
        yield {
            "from": EDGES[i],
            "to": EDGES[i + 1],
            "targets": int(inside.sum()),
            "said": float(weight[inside] @ said[inside] / total) if total > 0 else None,
            "happened": float(weight[inside] @ reached[inside] / total) if total > 0 else None,
        }
