"""Forecasts of every curve in a curve table, as plain records ready for JSON.

Typical 80% widths on measured curves: 4.8 points of accuracy at 2-3 times the last anchor, 6.5 at 3-5, 8.9 at 5-10,
11.6 at 10-20.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.forecast.anchors import chance_classes
from planner.forecast.fit_check import check_fit
from planner.forecast.forecast import FORECAST_QUANTILES, Forecast, check_target, fit_forecast
from simulations.curve_table import CURVE_KEYS, validate_curves
from simulations.errors import InputError

_AMBER_FROM, _RED_FROM = 3.0, 10.0  # times the last measured label count
_DEFAULT_RATIOS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
_FIELDS = tuple(f"q{round(100 * q):02d}" for q in FORECAST_QUANTILES)


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
    return [
        _record(dict(zip(keys, values, strict=True)), points, target, at, n_draws, seed, check)
        for values, points in table.groupby(keys, sort=True)
    ]


def _record(
    identity: dict[str, Any],
    points: pd.DataFrame,
    target: float | None,
    at: Sequence[float] | None,
    n_draws: int,
    seed: int,
    check: bool,
) -> dict[str, Any]:
    plain = {key: cell.item() if hasattr(cell, "item") else cell for key, cell in identity.items()}
    record: dict[str, Any] = {**dict.fromkeys(CURVE_KEYS), **plain}
    table_classes = int(points["classes"].iloc[0]) if "classes" in points.columns else None
    classes = chance_classes(record["metric"], table_classes)
    forecast = fit_forecast(points, classes=classes, n_draws=n_draws, seed=seed)
    labels = _default_labels(forecast) if at is None else [float(n) for n in at]
    needed, p_unreachable, about_target = _labels_to_target(forecast, target)
    fit = (
        check_fit(points, forecast, at=labels, classes=classes, seed=seed) if check and forecast.forecastable else None
    )
    return record | {
        "forecast": _forecast_points(forecast, labels),
        "labels_to_target": needed,
        "p_unreachable": p_unreachable,
        "families": {name: float(share) for name, share in forecast.families.items()}
        if forecast.forecastable
        else None,
        "check": None if fit is None else fit.to_dict(),
        "warnings": [*forecast.warnings, *about_target, *_warn_of_distance(forecast, labels)],
    }


def _default_labels(forecast: Forecast) -> list[float]:
    labels = [ratio * forecast.last_labels for ratio in _DEFAULT_RATIOS]
    return [n for n in labels if not forecast.refused(n)[0]] or labels[:1]


def _forecast_points(forecast: Forecast, labels: Sequence[float]) -> list[dict[str, float | int | str | None]]:
    refused, quantiles = forecast.refused(list(labels)), forecast.quantiles(list(labels))
    rows = []
    for n, nothing, values in zip(labels, refused, quantiles, strict=True):
        numbers = dict.fromkeys(_FIELDS) if nothing else dict(zip(_FIELDS, map(float, values), strict=True))
        light = _traffic_light(forecast, n)
        rows.append({"labels": int(n) if float(n).is_integer() else n, **numbers, "traffic_light": light})
    return rows


def _traffic_light(forecast: Forecast, labels: float) -> str | None:
    """Give green up to 3 times the last measured label count, amber up to 10, red beyond; None where refused."""
    if forecast.refused(labels)[0]:
        return None
    # As in `refused`: 3 × 100.1 is no whole number of bits.
    ratio = labels / forecast.last_labels / (1.0 + 1e-9)
    return "red" if ratio > _RED_FROM else "amber" if ratio > _AMBER_FROM else "green"


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
