"""Leave one data set out: is what the others say of its savings right, and as sure as it should be?

Notation:
    D, M    ()      draws; progress values
    g       (D, M)  ln s, or the gap in error, as predicted with the data set left out
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.randomness import keyed_rng
from planner.transfer.savings_fit import (
    PairedCurves,
    RecordedSavings,
    SavingsFit,
    fit_settings,
    savings_table,
    smooth_savings,
)
from planner.transfer.savings_prior import draw_savings, savings_prior, unknown_savings
from planner.transfer.savings_shape import log_savings, random_equivalent
from planner.transfer.task_curves import TaskDescription
from research.evidence.campaigns import source_of
from simulations.arrays import Floats
from simulations.errors import InputError

PROGRESS = (2.0, 4.0, 8.0, 16.0, 32.0)
"""How many times the initial set has been labelled where predictions are compared."""

_DRAWS = 2_000
_METHODS = ("prior", "none", "constant")


@dataclass(frozen=True, eq=False)
class _Predicted:
    """Median and 80% interval, each (M,); a method without an interval has none."""

    median: Floats
    low: Floats | None = None
    high: Floats | None = None


def leave_one_out(
    table: pd.DataFrame,
    strategy: str,
    metric: str,
    *,
    know_error: bool = False,
    exclude: Collection[str] = (),
    savings_sd: float = 0.0,
    progress: Sequence[float] = PROGRESS,
) -> pd.DataFrame:
    """Predict each data set's savings from the others, and compare with what was measured.

    Beside the prior stand `none` (s = 1) and `constant` (the geometric mean of the other data sets' factors,
    everywhere). The measurements' own error is added to the predictions before they are judged.

    Args:
        table: a validated curve table.
        strategy: compared with random.
        metric: whose values are read.
        know_error: whether the predictions may know random's error on the data set, as from a pilot of random.
        exclude: data sets that are neither predicted nor predicted from.
        savings_sd: log sd of the mismatch; 0 as the model is the one recorded.
        progress: labels as multiples of the initial set, above 1.

    Returns:
        One row a setting, progress and method: `dataset`, `setting`, `synthetic`, `kind`, `times`, `method`,
        `log_savings`, `low`, `high`, `measured`, `measured_sd`, and the same with `gap` for the gap in error
        (fractions; positive where the strategy is better); intervals are None but for the prior. Progress not
        recorded has no row.

    Raises:
        InputError: the strategy is not recorded, or on fewer than two data sets.
    """
    found = [pair for pair in fit_settings(table, [strategy], [metric])[0] if pair[0].dataset not in exclude]
    names = sorted({one.dataset for one, _ in found})
    if len(names) < 2:
        raise InputError(f"leave one out: found {len(names)} data sets with {strategy}; allowed: at least 2")
    savings = savings_table(one for one, _ in found)
    rows: list[dict[str, object]] = []
    for one, fit in found:
        last = np.exp(fit.pair.log_m[-1] - fit.pair.log_first)
        v = np.log([times for times in progress if 1 < times <= last * 1.001])
        apart = {name for name in names if source_of(name) == source_of(one.dataset)}
        others = [other for finding, other in found if finding.dataset not in apart]
        drawn = _draws(savings, one, know_error, apart, savings_sd)
        rows += _compare(one, fit, v, {"prior": drawn, "none": 0.0, "constant": _constant(others)})
    return pd.DataFrame(rows)


def _draws(
    savings: pd.DataFrame, one: RecordedSavings, know_error: bool, exclude: set[str], savings_sd: float
) -> Floats:
    task = TaskDescription(
        one.metric,
        int(one.classes or 2),
        one.kind,
        one.learner,
        one.imbalance,
        initial_labels=round(one.initial_labels),
    )
    error = float(np.exp(one.log_error)) if know_error else None
    others = savings[~savings["dataset"].isin(exclude)]
    if one.strategy in set(others["strategy"]):
        prior = savings_prior(others, one.strategy, task, savings_sd=savings_sd, random_error=error)
    else:
        prior = unknown_savings(one.strategy, savings_sd)
    drawn: Floats = draw_savings([prior], _DRAWS, keyed_rng(0, one.setting, one.strategy))[0][0]
    return drawn


def _constant(others: Sequence[SavingsFit]) -> float:
    v = np.log(PROGRESS)
    each = [smooth_savings(other.information, other.weighted)[0] for other in others]
    return float(np.mean([log_savings(coefficients, v).mean() for coefficients in each]))


def measured_gaps(pair: PairedCurves) -> tuple[Floats, Floats]:
    """Give the mean error of random less the strategy's at the same labels, seed by seed, and its standard error.

    Both (m,), free of any model: NaN where random was not measured, and of one seed the standard error.
    """
    inside = (pair.log_m >= pair.log_n[0]) & (pair.log_m <= pair.log_n[-1] + 1e-9)
    differences = np.stack([np.interp(pair.log_m, pair.log_n, row) for row in pair.R]) - pair.A
    seeds = len(differences)
    spread = differences.std(axis=0, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.full(len(inside), np.nan)
    return np.where(inside, differences.mean(axis=0), np.nan), np.where(inside, spread, np.nan)


def _compare(
    one: RecordedSavings, fit: SavingsFit, v: Floats, methods: dict[str, Floats | float]
) -> list[dict[str, object]]:
    coefficients, covariance = smooth_savings(fit.information, fit.weighted)
    hats = log_savings(np.eye(len(coefficients)), v)
    measured_sd = np.sqrt(np.einsum("km,kl,lm->m", hats, covariance, hats))
    at = fit.pair.log_m - fit.pair.log_first
    gap, gap_sd = (np.interp(v, at, column) for column in measured_gaps(fit.pair))
    rng = keyed_rng(1, one.setting, one.strategy)
    rows: list[dict[str, object]] = []
    for name, said in methods.items():
        savings, gaps = _predict(fit.pair, v, said, rng, measured_sd, gap_sd)
        for i, times in enumerate(np.exp(v)):
            rows.append(
                {"dataset": one.dataset, "setting": one.setting, "synthetic": one.synthetic, "kind": one.kind}
                | {"times": round(times, 6)}
                | {"method": name}
                | _cells("log_savings", savings, i)
                | {"measured": float(log_savings(coefficients, v)[i]), "measured_sd": float(measured_sd[i])}
                | _cells("gap", gaps, i)
                | {"gap_measured": float(gap[i]), "gap_measured_sd": float(gap_sd[i])}
            )
    return rows


def _predict(
    pair: PairedCurves, v: Floats, said: Floats | float, rng: np.random.Generator, sd: Floats, gap_sd: Floats
) -> tuple[_Predicted, _Predicted]:
    """Carry what is said of ln s over to the gap on the data set's own curve of random."""
    u, error = pair.log_first + v, pair.baseline.error
    if isinstance(said, float):
        x = u + said if pair.log_pool is None else np.minimum(u + said, pair.log_pool)
        return _Predicted(np.full(len(v), said)), _Predicted(error(u) - error(x))
    x = random_equivalent(u, pair.log_first, said, pair.log_pool)
    drawn = error(u) - error(x)
    return _judged(log_savings(said, v), sd, rng), _judged(drawn, gap_sd, rng)


def _judged(g: Floats, sd: Floats, rng: np.random.Generator) -> _Predicted:
    noisy = g + np.nan_to_num(sd) * rng.standard_normal(g.shape)
    low, high = np.quantile(noisy, (0.1, 0.9), axis=0)
    return _Predicted(np.median(g, axis=0), low, high)


def _cells(name: str, said: _Predicted, i: int) -> dict[str, object]:
    prefix = "" if name == "log_savings" else "gap_"
    ends = {f"{prefix}low": said.low, f"{prefix}high": said.high}
    return {name: float(said.median[i])} | {key: None if end is None else float(end[i]) for key, end in ends.items()}


def summarise_left_out(rows: pd.DataFrame) -> pd.DataFrame:
    """Average a leave-one-out table by method.

    Args:
        rows: from `leave_one_out`, or several such put together.

    Returns:
        One row a method: `datasets`, `points`, `log_savings_mae`, `log_savings_coverage` (share of measurements within
        the 80% interval), `gap_mae_points` (percentage points), `gap_coverage`; coverage is None without intervals.
    """
    made = []
    for name in _METHODS:
        mine = rows[rows["method"] == name]
        cells: dict[str, object] = {"method": name, "datasets": mine["dataset"].nunique(), "points": len(mine)}
        for value, truth, low, high, label, unit in (
            ("log_savings", "measured", "low", "high", "log_savings_mae", 1.0),
            ("gap", "gap_measured", "gap_low", "gap_high", "gap_mae_points", 100.0),
        ):
            known = mine[mine[truth].notna()]
            cells[label] = unit * float((known[value] - known[truth]).abs().mean())
            inside = (known[low] <= known[truth]) & (known[truth] <= known[high])
            cells[f"{value}_coverage"] = float(inside.mean()) if known[low].notna().all() else None
        made.append(cells)
    return pd.DataFrame(made)
