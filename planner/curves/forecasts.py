"""Measured curves and what lies beyond them: forecasts as records ready for JSON, and lines to draw.

Typical 80% widths on measured curves: 4.8 points of accuracy at 2-3 times the last anchor, 6.5 at 3-5, 8.9 at 5-10,
11.6 at 10-20.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.label_savings import label_savings
from planner.curves.replicates import BASELINE, Replicates, as_python_scalar, families, mean_interval
from planner.forecasting import Forecast, chance_classes, check_target, fit_forecast
from planner.forecasting.fit_check import check_fit
from planner.forecasting.forecast import FORECAST_QUANTILES
from planner.intervals import QUANTILES
from simulations.arrays import Floats
from simulations.curve_table import CURVE_KEYS, validate_curves
from simulations.errors import InputError

_AMBER_FROM, _RED_FROM = 3.0, 10.0  # times the last measured label count
_DEFAULT_RATIOS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
_FIELDS = tuple(f"q{round(100 * q):02d}" for q in FORECAST_QUANTILES)
MOST_SEEDS = 8  # thin lines that can still be told apart, over all strategies together about thirty
FURTHEST = 4.0  # times the last label count: a picture of more is all forecast
_FORECAST_POINTS = 24
_SAVINGS_POINTS = 16
LINE_COLUMNS = ("strategy", "labels", "q10", "q50", "q90", "extrapolated")
SAVINGS_COLUMNS = (
    "strategy",
    "at",
    "value",
    "factor",
    "q10",
    "q90",
    "p_never",
    "at_least",
    "labels_random",
    "labels_strategy",
    "pairs",
    "unreached",
    "reason",
)


def forecast_table(
    curves: pd.DataFrame,
    *,
    target: float | None = None,
    at: Sequence[float] | None = None,
    n_draws: int = 1000,
    seed: int = 0,
    check: bool = False,
) -> list[dict[str, Any]]:
    """Forecast every curve of a curve table.

    Args:
        curves: a curve table; curves are told apart by `CURVE_KEYS`; the initial size is None where the table has none.
        target: value of the metric to reach; without it `labels_to_target` and `p_unreachable` are None.
        at: label counts to forecast; by default the last anchor and multiples of it, as far as is allowed.
        n_draws: sample paths a curve.
        seed: what the draws depend on besides the curve.
        check: whether to check each fit, which takes about twice as long as the forecast; else `check` is None.

    Returns:
        One record a curve, sorted by its keys; what cannot be forecast is None with a warning, never an error.
        `traffic_light` of a point is green to 3 times the last anchor, amber to 10, red beyond, None where refused;
        `families` are posterior probabilities; `check` is a `FitCheck` as a dictionary.

    Raises:
        InputError: the table breaks its contract, or `target` or `at` is out of range.
    """
    table = validate_curves(curves)
    if target is not None:
        check_target(target)
    for labels in at or ():
        if not (np.isfinite(labels) and labels >= 1):
            raise InputError(f"at: found {labels!r}; allowed: label counts of at least 1")
    keys = [key for key in CURVE_KEYS if key in table.columns]
    records = []
    for values, points in table.groupby(keys, sort=True):
        identity = dict(zip(keys, map(as_python_scalar, values), strict=True))
        classes = class_count(points)
        forecast = fit_forecast(points, classes=classes, n_draws=n_draws, seed=seed)
        asked = _default_labels(forecast) if at is None else [float(n) for n in at]
        needed, p_unreachable, about_target = _labels_to_target(forecast, target)
        fit = None
        if check and forecast.forecastable:
            fit = check_fit(points, forecast, at=asked, classes=classes, seed=seed).to_dict()
        records.append(
            dict.fromkeys(CURVE_KEYS)
            | identity
            | {
                "forecast": _forecast_points(forecast, asked),
                "labels_to_target": needed,
                "p_unreachable": p_unreachable,
                "families": dict(forecast.families) if forecast.forecastable else None,
                "check": fit,
                "warnings": [*forecast.warnings, *about_target, *_warn_of_distance(forecast, asked)],
            }
        )
    return records


def _default_labels(forecast: Forecast) -> list[float]:
    labels = [ratio * forecast.last_labels for ratio in _DEFAULT_RATIOS]
    return [n for n in labels if not forecast.refused(n)[0]] or labels[:1]


def _forecast_points(forecast: Forecast, labels: Sequence[float]) -> list[dict[str, float | int | str | None]]:
    refused, quantiles = forecast.refused(list(labels)), forecast.quantiles(list(labels))
    rows = []
    for n, nothing, values in zip(labels, refused, quantiles, strict=True):
        numbers = dict.fromkeys(_FIELDS) if nothing else dict(zip(_FIELDS, map(float, values), strict=True))
        # As in `refused`: 3 × 100.1 is no whole number of bits.
        ratio = n / forecast.last_labels / (1.0 + 1e-9)
        light = None if nothing else "red" if ratio > _RED_FROM else "amber" if ratio > _AMBER_FROM else "green"
        rows.append({"labels": int(n) if float(n).is_integer() else n, **numbers, "traffic_light": light})
    return rows


def _labels_to_target(
    forecast: Forecast, target: float | None
) -> tuple[dict[str, int | None] | None, float | None, list[str]]:
    if target is None or not forecast.forecastable:
        return None, None, []
    reach = forecast.labels_to_reach(target)
    q10, q50, q90 = reach.interval()
    if q50 is None:
        missed = (
            f"The target {target:g} is reached within {reach.horizon:,.0f} labels, as far as is forecast, in "
            f"{100 * (1 - reach.p_unreachable):.0f}% of futures: no number of labels is given."
        )
        return None, reach.p_unreachable, [missed]
    return {"q10": q10, "q50": q50, "q90": q90}, reach.p_unreachable, []


def _warn_of_distance(forecast: Forecast, labels: Sequence[float]) -> list[str]:
    warnings = [f"No forecast: {reason}." for n in labels if (reason := forecast.refusal(n)) is not None]
    ratios = [n / forecast.last_labels for n in labels if not forecast.refused(n)[0]]
    furthest = max(ratios, default=0.0)
    if furthest > _AMBER_FROM:
        colour = "red" if furthest > _RED_FROM else "amber"
        warnings.append(f"Far extrapolation ({colour}): up to {furthest:.3g} times the last measured point.")
    return list(dict.fromkeys(warnings))


@dataclass(frozen=True, eq=False)
class CurveLines:
    """What is drawn of one family of curves.

    Attributes:
        lines: columns `LINE_COLUMNS`: the mean over seeds with its 80% interval (None with one seed) where it was
            measured, and the forecast of it beyond, which begins at the last measured count; `q50` is the mean there
            and the median beyond.
        seeds: columns `strategy`, `seed`, `labels`, `value` of at most `MOST_SEEDS` seeds a strategy.
        notes: sentences on what is not drawn.
    """

    lines: pd.DataFrame
    seeds: pd.DataFrame
    notes: tuple[str, ...]


def curve_lines(family: pd.DataFrame) -> CurveLines:
    """Lay a family of curves out for a chart.

    The interval of the mean is Student's t over seeds; the forecast's is of the expected value too, so that the two
    bands speak of the same thing. Rows are of a validated table and share everything but the strategy.
    """
    ((_, curves),) = families(family)
    lines, notes = [], list[str]()
    for name, curve in curves.items():
        if curve.ends is None:
            notes.append(f"{name}: its seeds share no label count, so there is no mean of them.")
            continue
        lines.append(_mean_line(curve))
        beyond, refusals = _forecast_line(family[family["strategy"] == name])
        lines.append(beyond)
        notes += refusals
    if alone := [name for name, curve in curves.items() if len(curve.curves) == 1]:
        seed_of = f"One seed of {', '.join(alone)}"
        notes.append(f"{seed_of}: how far another would lie is not known, so the mean has no interval.")
    frame = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=list(LINE_COLUMNS))
    return CurveLines(frame, _seed_lines(curves), tuple(notes))


def values_at_shared_end(lines: pd.DataFrame, axis: str = "labels") -> tuple[float, dict[str, float]] | None:
    """Read every line at the largest position that all of them cover, on straight lines over its logarithm.

    Lines have the columns `strategy`, `q50` and `axis` (labels or money), which rises along each. Gives the position
    and the value of each strategy there; None where the lines share none.
    """
    parts = {str(name): line.sort_values(axis) for name, line in lines.groupby("strategy", sort=False)}
    if not parts:
        return None
    end = min(float(part[axis].iloc[-1]) for part in parts.values())
    if any(float(part[axis].iloc[0]) > end for part in parts.values()) or end <= 0:
        return None
    values = {}
    for name, part in parts.items():
        x, y = part[axis].to_numpy(dtype=float), part["q50"].to_numpy(dtype=float)
        values[name] = float(np.interp(np.log(end), np.log(np.maximum(x, 1e-9)), y))
    return end, values


def class_count(rows: pd.DataFrame) -> int | None:
    """Give the class count that caps the error of a curve; None where the table or the metric has none."""
    known = int(rows["classes"].iloc[0]) if "classes" in rows.columns else None
    return chance_classes(str(rows["metric"].iloc[0]), known)


def _mean_line(curve: Replicates) -> pd.DataFrame:
    counts, values = curve.grid()
    mean, low, high = mean_interval(values)
    if low is None or high is None:
        low = high = np.full(len(counts), None, dtype=object)
    return _line_frame(curve.name, counts, low, mean, high, extrapolated=False)


def _forecast_line(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Forecast a curve from its last count on, with a sentence where it cannot be forecast."""
    name = str(rows["strategy"].iloc[0])
    forecast = fit_forecast(rows, classes=class_count(rows))
    nothing = _line_frame(name, *[np.empty(0)] * 4, extrapolated=True)
    if not forecast.forecastable:
        return nothing, [f"{name}: {forecast.refusal(forecast.last_labels)}."]
    pool = float(rows["pool_size"].max()) if "pool_size" in rows.columns else np.inf
    end = min(forecast.max_labels, FURTHEST * forecast.last_labels, pool)
    if end <= forecast.last_labels:
        return nothing, []
    labels = np.geomspace(forecast.last_labels, end, _FORECAST_POINTS)
    low, middle, high = forecast.quantiles(np.minimum(labels, end), QUANTILES).T
    return _line_frame(name, labels, low, middle, high, extrapolated=True), []


def _line_frame(
    name: str,
    labels: Floats,
    low: npt.NDArray[np.generic],
    middle: Floats,
    high: npt.NDArray[np.generic],
    *,
    extrapolated: bool,
) -> pd.DataFrame:
    # Objects keep None as None where there is no interval.
    columns = {"labels": labels, "q10": low, "q50": middle, "q90": high}
    frame = pd.DataFrame({key: pd.Series(list(cells), dtype=object) for key, cells in columns.items()})
    return frame.assign(strategy=name, extrapolated=extrapolated)[list(LINE_COLUMNS)]


def _seed_lines(curves: Mapping[str, Replicates]) -> pd.DataFrame:
    """Take seeds evenly from each curve's sorted ones, the same whatever the order of rows."""
    rows = []
    for name, curve in curves.items():
        known = sorted(curve.curves)
        places = np.unique(np.rint(np.linspace(0, len(known) - 1, min(MOST_SEEDS, len(known)))).astype(int))
        for seed in (known[place] for place in places):
            labels, values = curve.curves[seed]
            rows += [
                (name, as_python_scalar(seed), float(n), float(value)) for n, value in zip(labels, values, strict=True)
            ]
    return pd.DataFrame(rows, columns=["strategy", "seed", "labels", "value"])


def shared_counts(family: pd.DataFrame) -> tuple[int, ...]:
    """Give the label counts at which strategies can be compared: measured, and within what all seeds of all cover."""
    ((_, curves),) = families(family)
    ends = [curve.ends for curve in curves.values() if curve.ends is not None]
    if len(ends) < len(curves):
        return ()
    low, high = max(end[0] for end in ends), min(end[1] for end in ends)
    counts = {int(n) for curve in curves.values() for n in curve.grid()[0]}
    return tuple(sorted(n for n in counts if low <= n <= high))


def default_counts(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Choose the counts nearest to a quarter, half and all of the last, to compare at unless told otherwise."""
    if not counts:
        return ()
    wanted = (counts[-1] / 4, counts[-1] / 2, counts[-1])
    return tuple(sorted({min(counts, key=lambda n: abs(n - one)) for one in wanted}))


def savings_by_value(family: pd.DataFrame) -> pd.DataFrame:
    """Read what each strategy saves at several values of random's mean curve, from early ones to its best.

    Returns:
        The fields of `LabelSavings` named in `SAVINGS_COLUMNS`, sorted by strategy and `at`; unknown is None. Where
        random has no curve, one row a strategy with the reason alone.
    """
    rows = [asdict(savings) for savings in label_savings(family, at=_spread_counts(family))]
    # Objects keep None as None; a float column would turn it into NaN.
    frame = pd.DataFrame(rows, columns=list(SAVINGS_COLUMNS), dtype=object)
    return frame.sort_values(["strategy", "at"], kind="stable", ignore_index=True)


def _spread_counts(family: pd.DataFrame) -> list[int]:
    """Choose counts that random was measured at, evenly in their logarithm; at its first, nothing is saved yet."""
    ((_, curves),) = families(family)
    random = curves.get(BASELINE)
    counts = np.empty(0) if random is None or random.ends is None else random.grid()[0][1:]
    if counts.size == 0:
        return []
    wanted = np.geomspace(counts[0], counts[-1], _SAVINGS_POINTS)
    nearest = counts[np.abs(np.log(counts[None, :] / wanted[:, None])).argmin(axis=1)]
    return [int(count) for count in np.unique(nearest)]
