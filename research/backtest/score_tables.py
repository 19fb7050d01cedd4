"""Summary of scores beside all peers: one record a method for each slice of the rows.

Averages count data sets, not curves.

Notation: S data sets; a (S,), b (S,) one figure a data set of two methods.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from planner.backtest.scoring import (
    by_data_set,
    estimate_to_dict,
    main_rows,
    mean_estimate,
    relative_estimate,
    summarise,
    summarise_rows,
)
from simulations.arrays import Floats, Ints

_TARGET_SCORES = ("brier", "log2_labels")
_OBSERVED = (5, 8, 12, 20)
"""Upper ends of the bins of observed points; the last bin has no end."""

_LAST_ERRORS = (0.1, 0.3, 0.5, 0.7, 1.0)
"""Upper ends of the bins of the error at the last observed point."""

_EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
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
    weight = _target_weights(ours)
    reached = ours["reached"].to_numpy(dtype=float)
    rate = float(weight @ reached)
    brier = mean_estimate(by_data_set(ours, ["brier"])["brier"].to_numpy(dtype=float))
    assert brier is not None, "there are targets"
    return {
        "targets": len(ours),
        "base_rate": rate,
        "brier": estimate_to_dict(brier),
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
        points: rows of `planner.backtest.scoring.PointRow`.
        targets: rows of `TargetRow` with a column `brier`; may be empty.
        methods: the first is "ours", the one that all others are compared with.

    Returns:
        A record holds `absolute_error, crps, coverage80, coverage90, width80, width90, brier, log2_labels`, each a mean
        with its interval, or None where that says nothing. `ours_relative` says by how much ours is above (below:
        negative) the method's, and `labels_where_both` compares labels on the targets that both say are reached.
    """
    observed = np.searchsorted(_OBSERVED, points["observed"].to_numpy(), side="left")
    last_error = np.searchsorted(_LAST_ERRORS, points["last_error"].to_numpy(), side="left")
    counts = [
        {"observed_from": low, "observed_to": high}
        for low, high in zip((4, *(end + 1 for end in _OBSERVED)), (*_OBSERVED, None), strict=True)
    ]
    errors = [{"last_error_from": low, "last_error_to": high} for low, high in pairwise((0.0, *_LAST_ERRORS))]
    tables = summarise(points, methods)
    _add_targets(tables["overall"], main_rows(targets), methods)
    for part in tables["by_cut"]:
        _add_targets(part, targets[targets["cut"] == part["cut"]], methods)
    for part in tables["by_ratio"]:
        _add_targets(part, targets[:0], methods)
    return {
        **tables,
        "by_observed": _summarise_bins(points, observed, counts, methods),
        "by_last_error": _summarise_bins(points, last_error, errors, methods),
    }


def _summarise_bins(
    points: pd.DataFrame, bins: Ints, heads: Sequence[Mapping[str, Any]], methods: Sequence[str]
) -> list[dict[str, Any]]:
    """Summarise the rows of each bin that has any, beside what tells the bin from others."""
    return [{**heads[at], **_summarise_points(points[bins == at], methods)} for at in np.unique(bins).tolist()]


def _summarise_points(points: pd.DataFrame, methods: Sequence[str]) -> dict[str, Any]:
    part = summarise_rows(points, methods)
    _add_targets(part, pd.DataFrame(), methods)
    return part


def by_strategy(points: pd.DataFrame, strategies: Mapping[str, str], methods: Sequence[str]) -> list[dict[str, Any]]:
    """Summarise the rows of pairs one strategy at a time; `strategies` maps a pair to its strategy."""
    main = main_rows(points)
    strategy_of = main["curve"].map(strategies)
    return [
        {"strategy": name, **_summarise_points(main[strategy_of == name], methods)} for name in sorted(set(strategy_of))
    ]


def _add_targets(part: dict[str, Any], targets: pd.DataFrame, methods: Sequence[str]) -> None:
    """Add the scores of targets to the record of each method, before what compares ours with it."""
    means = by_data_set(targets, _TARGET_SCORES) if len(targets) else None
    columns = {name: _method_columns(means, name, _TARGET_SCORES) for name in methods}
    ours = columns[methods[0]]
    for record in part["methods"]:
        name, relative = record["method"], record.pop("ours_relative")
        record |= {key: estimate_to_dict(mean_estimate(values)) for key, values in columns[name].items()}
        if relative is not None:
            relative |= {
                key: estimate_to_dict(relative_estimate(ours[key], values)) for key, values in columns[name].items()
            }
        record["ours_relative"] = relative
        record["labels_where_both"] = None if relative is None else _labels_where_both(targets, methods[0], name)


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
        "ours": estimate_to_dict(mean_estimate(a)),
        "theirs": estimate_to_dict(mean_estimate(b)),
        "ours_relative": estimate_to_dict(relative_estimate(a, b)),
    }
