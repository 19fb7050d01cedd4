"""Scores of forecasts of measured curves, ours beside two simple rules; averages count data sets, not curves.

Each curve is cut at shares of its label range. What lies before a cut is known, and the rest is forecast.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from planner.backtest.hindsight import DRAWS, PastForecast, forecast_later_points
from planner.curves.forecasts import class_count
from planner.curves.replicates import mean_interval
from planner.forecasting import MIN_ANCHORS
from planner.forecasting.weighted_power import fit_weighted_power
from simulations.arrays import Floats
from simulations.curve_table import CURVE_KEYS, base_name, one_metric
from simulations.errors import InputError

Rule = Callable[[Floats, Floats], Callable[[Floats], Floats]]
"""Known label counts (N,) and errors (N,) to a forecast of errors by label counts."""

Progress = Callable[[int, int], None]
"""Told how many of how many curves are done."""

OURS = "labelplan"
CUTS = (10, 20, 50)
"""Percent of the label range that is known."""

RATIOS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Upper ends of the bins of label count ÷ last known; the first bin starts above 1."""


def hold_last_value(labels: Floats, error: Floats) -> Callable[[Floats], Floats]:
    """Forecast that the error stays as it was measured last."""
    return lambda ahead: np.full(ahead.shape, error[-1])


RULES: Mapping[str, Rule] = {"last_value": hold_last_value, "figueroa": fit_weighted_power}
"""What anybody could forecast without labelplan: no change, or a weighted power law (Figueroa et al. 2012)."""


class Score(NamedTuple):
    """How one method did on one later point of a curve.

    Attributes:
        group: the data set; its settings, such as `digits [flip rate=0.1]`, are no other one.
        cut: percent of the label range that was known.
        ratio: place of the bin in `RATIOS`.
        absolute_error: of the median, a fraction.
        coverage80: whether the 80% interval held what was measured; NaN for a rule, which gives none.
        width80: of the interval.
    """

    group: str
    curve: str
    cut: int
    ratio: int
    method: str
    absolute_error: float
    coverage80: float = np.nan
    width80: float = np.nan


MEASURES = ("absolute_error", "coverage80", "width80")


def read_cuts(text: str) -> tuple[int, ...]:
    """Read percentages with commas between, such as `10,20,50`; give them rising.

    Raises:
        InputError: one of them is no whole number from 1 to 99.
    """
    parts = [part.strip().removesuffix("%") for part in text.split(",")]
    for part in parts:
        if not (part.isdecimal() and 1 <= int(part) <= 99):
            raise InputError(f"--cuts: found '{part}'; allowed: percentages from 1 to 99, with commas between")
    return tuple(sorted(set(map(int, parts))))


def run_backtest(
    table: pd.DataFrame,
    title: str,
    *,
    metric: str | None = None,
    cuts: Sequence[int] = CUTS,
    sample: int | None = None,
    n_draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Forecast every curve of a validated table from its first part, and score it on the rest.

    Args:
        table: measured curves.
        title: what they are, in words.
        metric: of the values; see `simulations.curve_table.one_metric`.
        cuts: percent of the label range that is known.
        sample: at most so many curves of each data set, spread evenly over their names.
        n_draws: sample paths of a forecast.
        seed: of the draws.
        progress: told after each curve.

    Returns:
        Plain values, ready for JSON. `overall`, and each part of `by_cut` and `by_ratio`, counts data sets, curves,
        tasks (a curve at a cut) and points, and has a record a method: `absolute_error`, `coverage80` and `width80`,
        each a mean with its 80% interval over data sets (None where it says nothing), and `ours_relative`, our mean
        error ÷ the method's − 1.

    Raises:
        InputError: there is no value of the metric, or no curve is long enough.
    """
    curves = _take_sample(one_metric(table, metric), sample)
    scores, tasks, tested, points = list[Score](), 0, 0, 0
    for done, (name, rows) in enumerate(curves, start=1):
        for cut, known, counts in _make_tasks(rows, cuts):
            later = forecast_later_points(
                rows, name, counts, known, classes=class_count(rows), seed=seed, key=(str(cut),), n_draws=n_draws
            )
            scores += _score_task(rows, cut, counts[:known], later)
            tasks, tested, points = tasks + 1, tested + bool(later), points + counts.size - known
        if progress is not None:
            progress(done, len(curves))
    if not scores:
        raise InputError(
            f"{title}: no curve gives a forecast to score; needed: {MIN_ANCHORS} label counts before a cut, one beyond "
            f"it and within what is forecast (cuts: {', '.join(map(str, cuts))})"
        )
    frame = pd.DataFrame(scores)
    overall = _summarise(frame)
    by_cut = [(cut, frame[frame["cut"] == cut]) for cut in cuts]
    by_ratio = [
        (f"{low:g}–{high:g}×", frame[frame["ratio"] == at]) for at, (low, high) in enumerate(pairwise((1.0, *RATIOS)))
    ]
    return {
        "source": title,
        "cuts": list(cuts),
        "methods": [OURS, *RULES],
        "draws": n_draws,
        "seed": seed,
        "interval": 0.8,
        "curves_without_task": len(curves) - overall["curves"],
        "refused_tasks": tasks - tested,
        "share_refused": 1.0 - overall["points"] / points,
        "overall": overall,
        "by_cut": [{"cut": cut, **_summarise(part)} for cut, part in by_cut if len(part)],
        "by_ratio": [{"ratio": ratio, **_summarise(part)} for ratio, part in by_ratio if len(part)],
    }


def _take_sample(rows: pd.DataFrame, most: int | None) -> list[tuple[str, pd.DataFrame]]:
    """Give the rows of each curve by its name, in the order of names."""
    keys = [key for key in CURVE_KEYS if key in rows.columns and key != "metric"]
    by_group: dict[str, list[tuple[str, pd.DataFrame]]] = {}
    for values, curve in rows.groupby(keys, sort=True):
        by_group.setdefault(base_name(str(values[0])), []).append((" · ".join(map(str, values)), curve))
    chosen = []
    for curves in by_group.values():
        wanted = np.linspace(0, len(curves) - 1, min(most or len(curves), len(curves)))
        chosen += [curves[at] for at in wanted.astype(int).tolist()]
    return chosen


def _make_tasks(rows: pd.DataFrame, cuts: Sequence[int]) -> Iterator[tuple[int, int, Floats]]:
    """Give each cut that leaves enough on either side, how many label counts are known then, and all of them."""
    counts = np.unique(rows["labels"].to_numpy(dtype=float))
    for cut in cuts:
        known = int(np.searchsorted(counts, cut / 100 * counts[-1] * (1.0 + 1e-12), side="right"))
        if MIN_ANCHORS <= known < counts.size:
            yield cut, known, counts


def _score_task(rows: pd.DataFrame, cut: int, known: Floats, later: Sequence[PastForecast]) -> Iterator[Score]:
    """Score all methods on the points that are forecast."""
    if not later:
        return
    error = 1.0 - rows.groupby("labels")["value"].mean().to_numpy(dtype=float)[: known.size]
    labels = np.array([past.labels for past in later])
    bins = np.minimum(np.searchsorted(RATIOS, labels / known[-1] * (1.0 - 1e-9)), len(RATIOS) - 1).tolist()
    rules = {name: fit(known, error)(labels).tolist() for name, fit in RULES.items()}
    group = base_name(str(rows["dataset"].iloc[0]))
    for at, (past, ratio) in enumerate(zip(later, bins, strict=True)):
        where = (group, past.strategy, cut, ratio)
        yield Score(*where, OURS, abs(past.q50 - past.measured), float(past.inside), past.q90 - past.q10)
        for name, said in rules.items():
            yield Score(*where, name, abs(1.0 - said[at] - past.measured))


def _summarise(scores: pd.DataFrame) -> dict[str, Any]:
    """Average within tasks, then curves, then data sets, and over data sets in the end."""
    means = scores.groupby(["method", "group", "curve", "cut"])[list(MEASURES)].mean()
    for level in (["method", "group", "curve"], ["method", "group"]):
        means = means.groupby(level=level).mean()
    ours = scores[scores["method"] == OURS]
    records: list[dict[str, Any]] = []
    for name in (OURS, *RULES):
        of_sets = means[means.index.get_level_values("method") == name]
        record: dict[str, Any] = {key: _estimate(of_sets[key].to_numpy(dtype=float)) for key in MEASURES}
        records.append({"method": name, **record, "ours_relative": None})
    for record in records[1:]:
        theirs = record["absolute_error"]["mean"]
        record["ours_relative"] = records[0]["absolute_error"]["mean"] / theirs - 1.0 if theirs > 0 else None
    return {
        "data_sets": int(ours["group"].nunique()),
        "curves": int(ours["curve"].nunique()),
        "tasks": int(ours.groupby(["curve", "cut"]).ngroups),
        "points": len(ours),
        "methods": records,
    }


def _estimate(of_sets: Floats) -> dict[str, float | None] | None:
    """Give the mean over data sets, fractions (S,), with its 80% interval; None where it does not apply."""
    if np.isnan(of_sets).all():
        return None
    mean, low, high = mean_interval(of_sets[:, None])
    q10, q90 = (None if end is None else float(end[0]) for end in (low, high))
    return {"mean": float(mean[0]), "q10": q10, "q90": q90}
