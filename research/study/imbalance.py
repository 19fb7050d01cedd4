"""What margin saves against how uneven the classes are, under three metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from research.study.measured import LINEAR, MARGIN, Saved, saved_by
from research.study.overview import Middle, middle_factor, rank_correlation

__all__ = ["GROUPS", "METRICS", "UnderMetric", "under_metrics"]

METRICS = ("accuracy", "balanced_accuracy", "f1_macro")
GROUPS = ((1.0, 1.5), (1.5, 10.0), (10.0, None))
"""Largest over smallest class share, from and below; None has no end."""


@dataclass(frozen=True)
class UnderMetric:
    """One metric's savings at the end of a campaign.

    Attributes:
        metric: the metric.
        correlation: rank correlation of the factor with the imbalance, over data sets.
        groups: for each of `GROUPS`, its data sets and their median factor; None where there are none.
        saved: by data set.
    """

    metric: str
    correlation: Middle
    groups: tuple[tuple[int, Middle] | None, ...]
    saved: tuple[Saved, ...]


def under_metrics(table: pd.DataFrame) -> tuple[UnderMetric, ...]:
    """Read margin's savings under every metric that the table holds, with the linear learner."""
    held = [metric for metric in METRICS if (table["metric"] == metric).any()]
    rows = table[(table["learner"] == LINEAR) & table["strategy"].isin(["random", MARGIN])]
    return tuple(_under(metric, rows) for metric in held)


def _under(metric: str, rows: pd.DataFrame) -> UnderMetric:
    saved = tuple(one for one in saved_by(rows, metric=metric) if one.savings.share == 1.0)
    return UnderMetric(
        metric,
        rank_correlation(saved, [one.imbalance for one in saved]),
        tuple(_group(saved, low, high) for low, high in GROUPS),
        saved,
    )


def _group(saved: Sequence[Saved], low: float, high: float | None) -> tuple[int, Middle] | None:
    inside = [one for one in saved if low <= one.imbalance and (high is None or one.imbalance < high)]
    return (len(inside), middle_factor(inside)) if inside else None
