"""Summary of scores: one record a method for each slice of the rows; averages count data sets, not curves.

Notation: S data sets; a (S,), b (S,) one figure a data set of two methods.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.replicates import t80
from research.backtest.curves import CUTS, FEW
from research.backtest.scoring import RATIOS
from simulations.arrays import Floats, Ints

POINT_SCORES = ("absolute_error", "crps", "coverage80", "coverage90", "width80", "width90")
_TARGET_SCORES = ("brier", "log2_labels")
_OBSERVED = (5, 8, 12, 20)
"""Upper ends of the bins of observed points; the last bin has no end."""

_LAST_ERRORS = (0.1, 0.3, 0.5, 0.7, 1.0)
"""Upper ends of the bins of the error at the last observed point."""

_COMPARED = ("absolute_error", "crps", "brier", "log2_labels")

_EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Bins of the chance; each holds its upper end, the first one 0 too."""


@dataclass(frozen=True)
class Estimate:
    """A mean over data sets with its 80% interval over data sets, which is None with one."""

    mean: float
    q10: float | None
    q90: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Give plain numbers, ready for JSON."""
        return asdict(self)


def by_data_set(rows: pd.DataFrame, columns: Sequence[str], *, points: str | None = None) -> pd.DataFrame:
    """Average within tasks, then curves, then data sets.

    Args:
        rows: `method, group, curve, cut, observed` and the columns; NaN is "does not apply" and does not count.
        columns: what to average.
        points: the column that says how many points of its task a row stands for; without it each row counts once.

    Returns:
        A frame indexed by method and group, with the columns.
    """
    task = ["method", "group", "curve", "cut", "observed"]
    if points is None:
        means = rows.groupby(task, sort=True)[list(columns)].mean()
    else:
        weight = rows[points].to_numpy(dtype=float)
        weighted = rows[task].assign(**{name: rows[name] * weight for name in columns}, weight=weight)
        # Without min_count a sum of nothing but NaN would be 0: full marks for a method that gives no interval.
        sums = weighted.groupby(task, sort=True)[[*columns, "weight"]].sum(min_count=1)
        means = sums[list(columns)].div(sums["weight"], axis=0)
    for level in (["method", "group", "curve"], ["method", "group"]):
        means = means.groupby(level=level, sort=True).mean()
    return means


def mean_estimate(a: Floats) -> Estimate | None:
    """Average over data sets, with a t interval; None without a data set."""
    a = a[np.isfinite(a)]
    if a.size == 0:
        return None
    mean = float(a.mean())
    return Estimate(mean, *_t_interval(mean, a - mean, 1.0))


def relative_estimate(a: Floats, b: Floats) -> Estimate | None:
    """Compare two means over the same data sets, pair by pair: mean(a) ÷ mean(b) − 1.

    The interval is that of a ratio estimator, from the residuals a − ratio · b (Cochran 1977, section 6.4), with a t
    quantile. None where a mean of zero makes the ratio mean nothing.
    """
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if a.size == 0 or b.mean() <= 0:
        return None
    ratio = float(a.mean() / b.mean())
    return Estimate(ratio - 1.0, *_t_interval(ratio - 1.0, a - ratio * b, float(b.mean())))


def _t_interval(centre: float, residuals: Floats, scale: float) -> tuple[float | None, float | None]:
    if residuals.size < 2:
        return None, None
    half = float(t80(residuals.size - 1) * residuals.std(ddof=1) / np.sqrt(residuals.size))
    return centre - half / scale, centre + half / scale


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
    weight = _target_weights(ours)
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
        "reliability": list(_reliability(ours["chance"].to_numpy(dtype=float), reached, weight)),
    }


def _target_weights(rows: pd.DataFrame) -> Floats:
    """Weigh targets so that data sets, their curves, a curve's tasks and a task's targets count the same: sum 1."""
    sets = rows["group"].nunique()
    curves = rows.groupby("group")["curve"].transform("nunique")
    tasks = rows.groupby(["group", "curve"])["cut"].transform("nunique")
    targets = rows.groupby(["group", "curve", "cut"])["closes"].transform("size")
    return 1.0 / (sets * curves * tasks * targets).to_numpy(dtype=float)


def _rates_by_kind(rows: pd.DataFrame, weight: Floats) -> Floats:
    weighted = rows.assign(weight=weight, hit=weight * rows["reached"].to_numpy(dtype=float))
    sums = weighted.groupby(["cut", "closes"])[["hit", "weight"]].transform("sum")
    return (sums["hit"] / sums["weight"]).to_numpy(dtype=float)


def _reliability(chance: Floats, reached: Floats, weight: Floats) -> Iterator[dict[str, Any]]:
    bins = np.clip(np.searchsorted(_EDGES, chance, side="left") - 1, 0, len(_EDGES) - 2)
    for i in range(len(_EDGES) - 1):
        inside = bins == i
        total = float(weight[inside].sum())
        yield {
            "from": _EDGES[i],
            "to": _EDGES[i + 1],
            "targets": int(inside.sum()),
            "said": float(weight[inside] @ chance[inside] / total) if total > 0 else None,
            "happened": float(weight[inside] @ reached[inside] / total) if total > 0 else None,
        }


def slices(points: pd.DataFrame, targets: pd.DataFrame, methods: Sequence[str]) -> dict[str, Any]:
    """Give `overall`, `by_cut`, `by_ratio`, `by_observed` and `by_last_error`, each with one record a method.

    Overall is over the cuts in percent, or over `few` where there is no other; the rest is over all cuts.

    Args:
        points: rows of `research.backtest.scoring.PointRow`.
        targets: rows of `TargetRow` with a column `brier`; may be empty.
        methods: the first is "ours", the one that all others are compared with.

    Returns:
        A record holds `absolute_error, crps, coverage80, coverage90, width80, width90, brier, log2_labels`, each a mean
        with its interval, or None where that says nothing. `ours_relative` says by how much ours is above (below:
        negative) the method's, and `labels_where_both` compares labels on the targets that both say are reached.
    """
    observed = np.searchsorted(_OBSERVED, points["observed"].to_numpy(), side="left")
    last_error = np.searchsorted(_LAST_ERRORS, points["last_error"].to_numpy(), side="left")
    ratios = [{"ratio": f"{low:g}–{high:g}×"} for low, high in pairwise((1.0, *RATIOS))]
    counts = [
        {"observed_from": low, "observed_to": high}
        for low, high in zip((4, *(end + 1 for end in _OBSERVED)), (*_OBSERVED, None), strict=True)
    ]
    errors = [{"last_error_from": low, "last_error_to": high} for low, high in pairwise((0.0, *_LAST_ERRORS))]
    return {
        "overall": _summarise_slice(_main_rows(points), methods, _main_rows(targets)),
        "by_cut": [
            {"cut": cut, **_summarise_slice(part, methods, targets[targets["cut"] == cut] if len(targets) else targets)}
            for cut in CUTS
            if len(part := points[points["cut"] == cut])
        ],
        "by_ratio": _summarise_bins(points, points["ratio"].to_numpy(), ratios, methods),
        "by_observed": _summarise_bins(points, observed, counts, methods),
        "by_last_error": _summarise_bins(points, last_error, errors, methods),
    }


def _summarise_bins(
    points: pd.DataFrame, bins: Ints, heads: Sequence[Mapping[str, Any]], methods: Sequence[str]
) -> list[dict[str, Any]]:
    """Summarise the rows of each bin that has any, beside what tells the bin from others."""
    return [{**heads[at], **_summarise_slice(points[bins == at], methods)} for at in np.unique(bins).tolist()]


def by_strategy(points: pd.DataFrame, strategies: Mapping[str, str], methods: Sequence[str]) -> list[dict[str, Any]]:
    """Summarise the rows of pairs one strategy at a time; `strategies` maps a pair to its strategy."""
    main = _main_rows(points)
    strategy_of = main["curve"].map(strategies)
    return [
        {"strategy": name, **_summarise_slice(main[strategy_of == name], methods)} for name in sorted(set(strategy_of))
    ]


def main_cuts(cuts: Sequence[str]) -> list[str]:
    """Give the cuts that the overall figures are over."""
    return [cut for cut in cuts if cut != FEW] or list(cuts)


def _main_rows(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    return rows[rows["cut"].isin(main_cuts(sorted(set(rows["cut"]))))]


def _summarise_slice(
    points: pd.DataFrame, methods: Sequence[str], targets: pd.DataFrame | None = None
) -> dict[str, Any]:
    ours = points[points["method"] == methods[0]]
    return {
        "data_sets": int(ours["group"].nunique()),
        "curves": int(ours["curve"].nunique()),
        "tasks": int(ours.groupby(["curve", "cut"]).ngroups),
        "points": int(ours["points"].sum()),
        "methods": _method_records(points, pd.DataFrame() if targets is None else targets, methods),
    }


def _method_records(points: pd.DataFrame, targets: pd.DataFrame, methods: Sequence[str]) -> list[dict[str, Any]]:
    point_means = by_data_set(points, POINT_SCORES, points="points")
    target_means = by_data_set(targets, _TARGET_SCORES) if len(targets) else None
    columns: dict[str, dict[str, Floats]] = {}
    for name in methods:
        columns[name] = _method_columns(point_means, name, POINT_SCORES)
        columns[name] |= _method_columns(target_means, name, _TARGET_SCORES)
    ours = columns[methods[0]]
    records = []
    for name, scores in columns.items():
        relative = {key: _estimate_to_dict(relative_estimate(ours[key], scores[key])) for key in _COMPARED}
        record: dict[str, Any] = {"method": name}
        record |= {key: _estimate_to_dict(mean_estimate(values)) for key, values in scores.items()}
        record["ours_relative"] = None if name == methods[0] else relative
        record["labels_where_both"] = None if name == methods[0] else _labels_where_both(targets, methods[0], name)
        records.append(record)
    return records


def _method_columns(means: pd.DataFrame | None, method: str, names: Sequence[str]) -> dict[str, Floats]:
    if means is None:
        return {name: np.empty(0) for name in names}
    rows = means[means.index.get_level_values("method") == method]
    return {name: rows[name].to_numpy(dtype=float) for name in names}


def _labels_where_both(targets: pd.DataFrame, ours: str, theirs: str) -> dict[str, Any] | None:
    """Compare labels to target where both say that it is reached, so that no answer has to be cut off at the end."""
    if targets.empty:
        return None
    key = ["group", "curve", "cut", "closes"]
    own, other = (targets[targets["method"] == name].sort_values(key).reset_index(drop=True) for name in (ours, theirs))
    both = (other["chance"] > 0.5) & own["log2_labels"].notna()
    if not both.any():
        return None
    a, b = (
        _method_columns(by_data_set(rows[both], ["log2_labels"]), name, ["log2_labels"])["log2_labels"]
        for rows, name in ((own, ours), (other, theirs))
    )
    return {
        "targets": int(both.sum()),
        "ours": _estimate_to_dict(mean_estimate(a)),
        "theirs": _estimate_to_dict(mean_estimate(b)),
        "ours_relative": _estimate_to_dict(relative_estimate(a, b)),
    }


def _estimate_to_dict(estimate: Estimate | None) -> dict[str, float | None] | None:
    return None if estimate is None else estimate.to_dict()
