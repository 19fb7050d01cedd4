"""From rows of scores to one record a method, slice by slice: by cut, ratio, observed points, last error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.backtest.averages import Estimate, by_data_set, mean_estimate, relative_estimate
from planner.backtest.curve import FloatArray
from planner.backtest.scoring import RATIOS
from planner.backtest.tasks import CUTS, FEW

__all__ = ["POINT_SCORES", "TARGET_SCORES", "by_strategy", "main_cuts", "slices"]

POINT_SCORES = ("absolute_error", "crps", "coverage80", "coverage90", "width80", "width90")
TARGET_SCORES = ("brier", "log2_labels")
OBSERVED = (5, 8, 12, 20)
"""Upper ends of the bins of observed points; the last bin has no end."""

LAST_ERRORS = (0.1, 0.3, 0.5, 0.7, 1.0)
"""Upper ends of the bins of the error at the last observed point."""

_COMPARED = ("absolute_error", "crps", "brier", "log2_labels")


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
    main_points, main_targets = _main(points), _main(targets)
    return {
        "overall": _slice(main_points, main_targets, methods),
        "by_cut": list(_by_cut(points, targets, methods)),
        "by_ratio": list(_by_ratio(points, methods)),
        "by_observed": list(_by_observed(points, methods)),
        "by_last_error": list(_by_last_error(points, methods)),
    }


def by_strategy(points: pd.DataFrame, strategies: Mapping[str, str], methods: Sequence[str]) -> list[dict[str, Any]]:
    """Summarise pairs one strategy at a time.

    Args:
        points: rows of pairs.
        strategies: pair to strategy.
        methods: see `slices`.
    """
    main = _main(points)
    of = main["curve"].map(strategies)
    return [{"strategy": name, **_slice(main[of == name], pd.DataFrame(), methods)} for name in sorted(set(of))]


def _ratio_name(ratio: int) -> str:
    """Name a bin of the extrapolation ratio: 1–2×, 2–3× and so on."""
    return f"{(1.0, *RATIOS)[ratio]:g}–{RATIOS[ratio]:g}×"


def main_cuts(cuts: Sequence[str]) -> list[str]:
    """Give the cuts that the overall figures are over."""
    return [cut for cut in cuts if cut != FEW] or list(cuts)


def _main(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows
    return rows[rows["cut"].isin(main_cuts(sorted(set(rows["cut"]))))]


def _by_cut(points: pd.DataFrame, targets: pd.DataFrame, methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    for cut in CUTS:
        part = points[points["cut"] == cut]
        if len(part):
            aimed = targets if targets.empty else targets[targets["cut"] == cut]
            yield {"cut": cut, **_slice(part, aimed, methods)}


def _by_ratio(points: pd.DataFrame, methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    none = pd.DataFrame()
    for ratio in sorted(set(points["ratio"].tolist())):
        yield {"ratio": _ratio_name(ratio), **_slice(points[points["ratio"] == ratio], none, methods)}


def _by_observed(points: pd.DataFrame, methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    bins = np.searchsorted(OBSERVED, points["observed"].to_numpy(), side="left")
    for at in np.unique(bins).tolist():
        low = (4, *(end + 1 for end in OBSERVED))[at]
        high = OBSERVED[at] if at < len(OBSERVED) else None
        part = points[bins == at]
        yield {"observed_from": low, "observed_to": high, **_slice(part, pd.DataFrame(), methods)}


def _by_last_error(points: pd.DataFrame, methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    bins = np.searchsorted(LAST_ERRORS, points["last_error"].to_numpy(), side="left")
    for at in np.unique(bins).tolist():
        ends = {"last_error_from": (0.0, *LAST_ERRORS)[at], "last_error_to": LAST_ERRORS[at]}
        yield {**ends, **_slice(points[bins == at], pd.DataFrame(), methods)}


def _slice(points: pd.DataFrame, targets: pd.DataFrame, methods: Sequence[str]) -> dict[str, Any]:
    ours = points[points["method"] == methods[0]]
    return {
        "data_sets": int(ours["group"].nunique()),
        "curves": int(ours["curve"].nunique()),
        "tasks": int(ours.groupby(["curve", "cut"]).ngroups),
        "points": int(ours["points"].sum()),
        "methods": _method_records(points, targets, methods),
    }


def _method_records(points: pd.DataFrame, targets: pd.DataFrame, methods: Sequence[str]) -> list[dict[str, Any]]:
    scored = by_data_set(points, POINT_SCORES, points="points")
    aimed = by_data_set(targets, TARGET_SCORES) if len(targets) else None
    columns: dict[str, dict[str, FloatArray]] = {}
    for name in methods:
        columns[name] = _columns(scored, name, POINT_SCORES)
        columns[name] |= _columns(aimed, name, TARGET_SCORES)
    records = [{"method": name, **_estimates(columns[name])} for name in methods]
    for record in records:
        compared = record["method"] != methods[0]
        record["ours_relative"] = _relative(columns[methods[0]], columns[record["method"]]) if compared else None
        record["labels_where_both"] = _labels_where_both(targets, methods[0], record["method"]) if compared else None
    return records


def _columns(means: pd.DataFrame | None, method: str, names: Sequence[str]) -> dict[str, FloatArray]:
    if means is None:
        return {name: np.empty(0) for name in names}
    mine = means[means.index.get_level_values("method") == method]
    return {name: mine[name].to_numpy(dtype=float) for name in names}


def _estimates(columns: Mapping[str, FloatArray]) -> dict[str, Any]:
    return {key: _plain(mean_estimate(values)) for key, values in columns.items()}


def _relative(ours: Mapping[str, FloatArray], theirs: Mapping[str, FloatArray]) -> dict[str, Any]:
    return {key: _plain(relative_estimate(ours[key], theirs[key])) for key in _COMPARED}


def _labels_where_both(targets: pd.DataFrame, ours: str, theirs: str) -> dict[str, Any] | None:
    """Compare labels to target where both say that it is reached, so that no answer has to be cut off at the end."""
    if targets.empty:
        return None
    key = ["group", "curve", "cut", "closes"]
    mine, other = (
        targets[targets["method"] == name].sort_values(key).reset_index(drop=True) for name in (ours, theirs)
    )
    both = (other["chance"] > 0.5) & mine["log2_labels"].notna()
    if not both.any():
        return None
    a, b = (
        _columns(by_data_set(rows[both], ["log2_labels"]), name, ["log2_labels"])["log2_labels"]
        for rows, name in ((mine, ours), (other, theirs))
    )
    return {
        "targets": int(both.sum()),
        "ours": _plain(mean_estimate(a)),
        "theirs": _plain(mean_estimate(b)),
        "ours_relative": _plain(relative_estimate(a, b)),
    }


def _plain(estimate: Estimate | None) -> dict[str, float | None] | None:
    return None if estimate is None else estimate.to_dict()
