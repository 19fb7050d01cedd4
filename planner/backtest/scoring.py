"""Scores of forecasts against what was measured: ours and two simple rules, on all tasks of all curves.

A row of scores is one method on one task, and in one bin of the extrapolation ratio. Averages count data sets, not
curves.

Notation: D draws (1 for a point forecast); G points ahead; x (D, G) forecast; y (G,) measured; S data sets; a (S,),
b (S,) one figure a data set of two methods.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from planner.backtest.curves import CUTS, FEW, OURS, Curve, CurveSet, Task, fit_ours, make_tasks, name_hash, noise_sd
from planner.curves.replicates import t80
from planner.forecasting import Forecast
from planner.forecasting.weighted_power import fit_weighted_power
from simulations.arrays import Counts, Floats
from simulations.errors import InputError

Errors = Callable[[Floats], Floats]
"""Label counts (G,) to forecast errors, (D, G), or (G,) of a rule."""

Rule = Callable[[Floats, Floats], Errors]
"""Observed label counts (N,) and errors (N,) to a point forecast."""

Progress = Callable[[int, int], None]
"""Told how many of how many curves are done."""

RATIOS = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Upper ends of the bins of label count ÷ last observed; the first bin starts above 1."""

SCORES = ("absolute_error", "crps", "coverage80", "coverage90", "width80", "width90")
COMPARED = ("absolute_error", "crps")


def hold_last_value(labels: Floats, error: Floats) -> Errors:
    """Forecast that the error stays as last observed."""
    return lambda ahead: np.full(ahead.shape, error[-1])


RULES: Mapping[str, Rule] = {"last_value": hold_last_value, "figueroa": fit_weighted_power}
"""What anybody could forecast without labelplan: no change, or a weighted power law (Figueroa et al. 2012)."""


def absolute_error(x: Floats, y: Floats) -> Floats:
    """Give |median − measured|: (G,)."""
    return np.abs(np.median(x, axis=0) - y)


def crps(x: Floats, y: Floats) -> Floats:
    """Give the continuous ranked probability score of draws: (G,); of a point forecast, the absolute error.

    E|X − y| − ½ E|X − X′|, the second term from sorted draws (Gneiting & Raftery 2007, equation 21).
    """
    n = len(x)
    weights = (2.0 * np.arange(1, n + 1) - n - 1.0) / n**2
    spread: Floats = weights @ np.sort(x, axis=0)
    score: Floats = np.abs(x - y).mean(axis=0) - spread
    return score


def coverage_and_width(x: Floats, y: Floats, level: float) -> tuple[Floats, Floats]:
    """Say whether the central interval holds each point (1 or 0), and how wide it is: (G,); NaN for a rule."""
    if len(x) == 1:
        return np.full(y.size, np.nan), np.full(y.size, np.nan)
    low, high = np.quantile(x, ((1.0 - level) / 2.0, (1.0 + level) / 2.0), axis=0)
    return ((low <= y) & (y <= high)).astype(np.float64), high - low


def with_noise(x: Floats, sd: Floats, rng: np.random.Generator) -> Floats:
    """Turn draws of the expected error, (D, G), into draws in [0, 1] of what is measured, which carries its own noise.

    The sd is (G,) or (D, G). A point forecast (D = 1) is given back as it is.
    """
    if len(x) == 1:
        return x
    return np.clip(x + sd * rng.standard_normal(x.shape), 0.0, 1.0)


@dataclass(frozen=True)
class BacktestSettings:
    """How curves are tested: at which cuts, and with how many draws."""

    cuts: tuple[str, ...] = CUTS
    n_draws: int = 1000
    seed: int = 0


Where = tuple[str, str, str, int, float]
"""Which task a row is about, the first columns of all rows: data set, curve (or pair), cut, points before the cut, and
error at the last of them (of a pair, random's)."""


class PointRow(NamedTuple):
    """Means over the points of one task in one bin of the ratio; the first columns are those of `Where`."""

    group: str
    curve: str
    cut: str
    observed: int
    last_error: float
    ratio: int
    method: str
    points: int
    absolute_error: float
    crps: float
    coverage80: float
    coverage90: float
    width80: float
    width90: float


@dataclass
class CurveScores:
    """The scores of one curve.

    Attributes:
        tasks: tasks with at least one point that is forecast; of `refused_tasks` every point is refused.
        not_training: the refused tasks whose observed values are all the same.
        points: points ahead that are forecast.
        refused_points: points ahead that are refused.
    """

    tasks: int = 0
    refused_tasks: int = 0
    not_training: int = 0
    points: int = 0
    refused_points: int = 0
    point_rows: list[PointRow] = field(default_factory=list)

    def count_points(self, forecast: Forecast, labels: Floats) -> int:
        """Count the points ahead of a task, (G,), and give how many are forecast: a head, as refusals grow ahead."""
        refused = forecast.refused(labels)
        ahead = int((~refused).sum())
        # A task has enough label counts, so that a curve without a forecast is constant.
        self.not_training += not forecast.forecastable
        self.points += ahead
        self.refused_points += refused.size - ahead
        self.tasks += ahead > 0
        self.refused_tasks += ahead == 0
        return ahead


def score_curve(curve: Curve, settings: BacktestSettings) -> CurveScores:
    """Test all methods on all tasks of a curve; deterministic, whatever is tested beside it."""
    scores = CurveScores()
    for task in make_tasks(curve, settings.cuts):
        ours = fit_ours(task, n_draws=settings.n_draws, seed=settings.seed)
        ahead = scores.count_points(ours, task.ahead_labels)
        if ahead:
            for method, errors in forecast_methods(task, ours, RULES).items():
                score_method(scores, task, ahead, method, errors, ours, settings.seed)
    return scores


def forecast_methods(task: Task, ours: Forecast, rules: Mapping[str, Rule]) -> dict[str, Errors]:
    """Give every method's errors by label counts, (D, G): ours first, then the rules'."""

    def draw_rule(rule: Errors) -> Errors:
        return lambda labels: rule(labels)[None, :]

    methods: dict[str, Errors] = {OURS: lambda labels: 1.0 - ours.draws(labels)}
    return methods | {name: draw_rule(fit(task.labels, task.error)) for name, fit in rules.items()}


def score_method(
    scores: CurveScores, task: Task, ahead: int, method: str, errors: Errors, ours: Forecast, seed: int
) -> Floats:
    """Score a method on the points ahead that are forecast; give its draws of what is measured there, (D, G)."""
    labels, truth = task.ahead_labels[:ahead], task.ahead_error[:ahead]
    draws = errors(labels)
    sd = noise_sd(task, draws, ours.noise_factor if method == OURS else None)
    key = [seed, *map(name_hash, ("noise", task.curve.name, task.cut))]
    measured = with_noise(draws, sd, np.random.default_rng(key))
    scores.point_rows += point_rows(where_of(task), method, draws, measured, truth, ratio_bins(labels / task.last))
    return measured


def ratio_bins(ratio: Floats) -> Counts:
    """Number the bins of label count ÷ last observed: 0 up to 2 times, 1 above it up to 3 times, and so on."""
    return np.minimum(np.searchsorted(RATIOS, ratio * (1.0 - 1e-9), side="left"), len(RATIOS) - 1)


def where_of(task: Task, name: str | None = None) -> Where:
    """Give the first columns of a task's rows, under another name than its curve's where one is given."""
    return task.curve.group, name or task.curve.name, task.cut, task.labels.size, float(task.error[-1])


def point_rows(
    where: Where, method: str, draws: Floats, measured: Floats, truth: Floats, bins: Counts
) -> Iterator[PointRow]:
    """Score points and average within bins of the ratio.

    Draws are of what is expected, (D, G), and of what is measured, with noise unless D is 1; truth and bins are (G,).
    """
    (inside80, width80), (inside90, width90) = (coverage_and_width(measured, truth, level) for level in (0.8, 0.9))
    columns = np.stack([absolute_error(draws, truth), crps(measured, truth), inside80, inside90, width80, width90])
    for ratio in np.unique(bins).tolist():
        inside = bins == ratio
        yield PointRow(*where, ratio, method, int(inside.sum()), *columns[:, inside].mean(axis=1).tolist())


@dataclass(frozen=True)
class Estimate:
    """A mean over data sets with its 80% interval over data sets, which is None with one."""

    mean: float
    q10: float | None
    q90: float | None


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


def estimate_to_dict(estimate: Estimate | None) -> dict[str, float | None] | None:
    """Give plain numbers, ready for JSON; None stays None."""
    return None if estimate is None else asdict(estimate)


def run_backtest(chosen: CurveSet, settings: BacktestSettings, *, progress: Progress | None = None) -> dict[str, Any]:
    """Test our forecast and the simple rules on all curves.

    Returns:
        Plain values, ready for JSON; what is undefined is None. `overall`, `by_cut` and `by_ratio` have a record a
        method: `absolute_error, crps, coverage80, coverage90, width80, width90`, each a mean with its interval, and
        `ours_relative`, by how much ours is above the method's. Overall is over the cuts in percent, or over `few`
        where there is no other; the ratios are over all cuts.

    Raises:
        InputError: no curve is long enough for a forecast and something to score it on.
    """
    all_scores = []
    for curve in chosen.curves:
        all_scores.append(score_curve(curve, settings))
        if progress is not None:
            progress(len(all_scores), len(chosen.curves))
    head = head_of_result("curves", chosen, settings, (OURS, *RULES), all_scores)
    return head | summarise(point_frame(all_scores), head["methods"])


def head_of_result(
    protocol: str,
    chosen: CurveSet,
    settings: BacktestSettings,
    methods: tuple[str, ...],
    all_scores: Sequence[CurveScores],
) -> dict[str, Any]:
    """Say what was tested, with which methods (ours first), and count curves, tasks and points.

    Raises:
        InputError: no curve gives a forecast to score.
    """
    tested = [curve for curve, scores in zip(chosen.curves, all_scores, strict=True) if scores.tasks]
    if not tested:
        raise InputError(
            f"{chosen.title}: no curve gives a forecast to score; needed: 4 label counts before a cut, one beyond it "
            f"and within what is forecast (cuts: {', '.join(settings.cuts)})"
        )
    counted = ("tasks", "refused_tasks", "not_training", "points", "refused_points")
    sums = {name: sum(getattr(scores, name) for scores in all_scores) for name in counted}
    cuts = {row.cut for scores in all_scores for row in scores.point_rows}
    return {
        "protocol": protocol,
        "source": chosen.title,
        "cuts": list(settings.cuts),
        "overall_cuts": main_cuts([cut for cut in CUTS if cut in cuts]),
        "methods": list(methods),
        "draws": settings.n_draws,
        "seed": settings.seed,
        "interval": 0.8,
        "data_sets": len({curve.group for curve in tested}),
        "curves": len(tested),
        "curves_without_task": len(chosen.curves) - len(tested),
        **sums,
        "share_refused": sums["refused_points"] / (sums["points"] + sums["refused_points"]),
        "notes": list(chosen.notes),
    }


def point_frame(all_scores: Sequence[CurveScores]) -> pd.DataFrame:
    """Give the rows of all curves in one order, so that sums have the same last digit whatever the order of curves."""
    points = pd.DataFrame([row for scores in all_scores for row in scores.point_rows], columns=PointRow._fields)
    return points.sort_values(["group", "curve", "cut", "ratio", "method"], ignore_index=True)


def summarise(points: pd.DataFrame, methods: Sequence[str]) -> dict[str, Any]:
    """Average the rows overall, by cut and by ratio; see `run_backtest`."""
    by_cut = [(cut, points[points["cut"] == cut]) for cut in CUTS]
    names = [f"{low:g}–{high:g}×" for low, high in pairwise((1.0, *RATIOS))]
    by_ratio = [(name, points[points["ratio"] == at]) for at, name in enumerate(names)]
    return {
        "overall": summarise_rows(main_rows(points), methods),
        "by_cut": [{"cut": cut, **summarise_rows(part, methods)} for cut, part in by_cut if len(part)],
        "by_ratio": [{"ratio": ratio, **summarise_rows(part, methods)} for ratio, part in by_ratio if len(part)],
    }


def main_cuts(cuts: Sequence[str]) -> list[str]:
    """Give the cuts that the overall figures are over."""
    return [cut for cut in cuts if cut != FEW] or list(cuts)


def main_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that the overall figures are over."""
    return rows[rows["cut"].isin(main_cuts(sorted(set(rows["cut"]))))]


def summarise_rows(points: pd.DataFrame, methods: Sequence[str]) -> dict[str, Any]:
    """Count the data sets, curves, tasks and points of some rows, and give a record a method."""
    ours = points[points["method"] == methods[0]]
    means = by_data_set(points, SCORES, points="points")
    of_method = {name: means[means.index.get_level_values("method") == name] for name in methods}
    columns = {name: {key: rows[key].to_numpy(dtype=float) for key in SCORES} for name, rows in of_method.items()}
    records = []
    for name, scores in columns.items():
        relative = {key: estimate_to_dict(relative_estimate(columns[methods[0]][key], scores[key])) for key in COMPARED}
        record: dict[str, Any] = {"method": name}
        record |= {key: estimate_to_dict(mean_estimate(values)) for key, values in scores.items()}
        records.append(record | {"ours_relative": None if name == methods[0] else relative})
    return {
        "data_sets": int(ours["group"].nunique()),
        "curves": int(ours["curve"].nunique()),
        "tasks": int(ours.groupby(["curve", "cut"]).ngroups),
        "points": int(ours["points"].sum()),
        "methods": records,
    }
