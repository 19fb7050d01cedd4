"""Measured curves and label savings as lines to draw: single seeds, means with intervals, and forecasts beyond."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.label_savings import label_savings
from planner.curves.replicates import BASELINE, Replicates, as_python_scalar, families, mean_interval
from planner.forecast.anchors import chance_classes
from planner.forecast.forecast import fit_forecast
from planner.intervals import QUANTILES
from simulations.arrays import Floats
from simulations.errors import InputError

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


@dataclass(frozen=True, eq=False)
class CurveLines:
    """What is drawn of one family of curves.

    Attributes:
        lines: columns `strategy`, `labels`, `q10`, `q50`, `q90`, `extrapolated`: the mean over seeds with its 80%
            interval (None with one seed) where it was measured, and the forecast of it beyond, which begins at the last
            measured count; `q50` is the mean there and the median beyond.
        seeds: columns `strategy`, `seed`, `labels`, `value` of at most `MOST_SEEDS` seeds a strategy.
        counted: strategy -> how many seeds it has.
        notes: sentences on what is not drawn.
    """

    lines: pd.DataFrame
    seeds: pd.DataFrame
    counted: Mapping[str, int]
    notes: tuple[str, ...]


def curve_lines(family: pd.DataFrame, *, n_draws: int = 1_000, seed: int = 0) -> CurveLines:
    """Lay a family of curves out for a chart.

    The interval of the mean is Student's t over seeds; the forecast's is of the expected value too, so that the two
    bands speak of the same thing.

    Args:
        family: rows of a validated table that share everything but the strategy.
        n_draws: sample paths of a forecast.
        seed: what these depend on.

    Raises:
        InputError: the rows belong to several families.
    """
    split = list(families(family))
    if len(split) != 1:
        raise InputError(f"curves: found {len(split)} families; allowed: one data set, learner, schedule and metric")
    ((_, curves),) = split
    lines, notes = [], list[str]()
    for name, curve in curves.items():
        if curve.ends is None:
            notes.append(f"{name}: its seeds share no label count, so there is no mean of them.")
            continue
        lines.append(_means(curve))
        beyond, refusals = _forecast(family[family["strategy"] == name], n_draws, seed)
        lines.append(beyond)
        notes += refusals
    if alone := [name for name, curve in curves.items() if len(curve.curves) == 1]:
        seed_of = f"One seed of {', '.join(alone)}"
        notes.append(f"{seed_of}: how far another would lie is not known, so the mean has no interval.")
    frame = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=list(LINE_COLUMNS))
    counted = {name: len(curve.curves) for name, curve in curves.items()}
    return CurveLines(frame, _seed_lines(curves), counted, tuple(notes))


def values_at_shared_end(lines: pd.DataFrame, axis: str = "labels") -> tuple[float, dict[str, float]] | None:
    """Read every line at the largest position that all of them cover, on straight lines over its logarithm.

    Args:
        lines: columns `strategy`, `q50` and `axis`, which rises along each line.
        axis: what is bought, labels or money.

    Returns:
        The position, and the value of each strategy there; None where the lines share none.
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


def _means(curve: Replicates) -> pd.DataFrame:
    counts, values = curve.grid()
    mean, low, high = mean_interval(values)
    if low is None or high is None:
        low = high = np.full(len(counts), None, dtype=object)
    return _frame(curve.name, counts, low, mean, high, extrapolated=False)


def _forecast(rows: pd.DataFrame, n_draws: int, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Forecast a curve from its last count on, with a sentence where it cannot be forecast."""
    name = str(rows["strategy"].iloc[0])
    forecast = fit_forecast(rows, classes=class_count(rows), n_draws=n_draws, seed=seed)
    nothing = _frame(name, *[np.empty(0)] * 4, extrapolated=True)
    if not forecast.forecastable:
        return nothing, [f"{name}: {forecast.refusal(forecast.last_labels)}."]
    pool = float(rows["pool_size"].max()) if "pool_size" in rows.columns else np.inf
    end = min(forecast.max_labels, FURTHEST * forecast.last_labels, pool)
    if end <= forecast.last_labels:
        return nothing, []
    labels = np.geomspace(forecast.last_labels, end, _FORECAST_POINTS)
    low, middle, high = forecast.quantiles(np.minimum(labels, end), QUANTILES).T
    return _frame(name, labels, low, middle, high, extrapolated=True), []


def _frame(
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
    ends, counts = [], set[int]()
    for _, curves in families(family):
        for curve in curves.values():
            if curve.ends is None:
                return ()
            ends.append(curve.ends)
            counts |= {int(n) for n in curve.grid()[0]}
    low, high = max(end[0] for end in ends), min(end[1] for end in ends)
    return tuple(sorted(n for n in counts if low <= n <= high))


def default_counts(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Choose the counts nearest to a quarter, half and all of the last, to compare at unless told otherwise."""
    if not counts:
        return ()
    wanted = (counts[-1] / 4, counts[-1] / 2, counts[-1])
    return tuple(sorted({min(counts, key=lambda n: abs(n - one)) for one in wanted}))


def savings_by_value(family: pd.DataFrame) -> pd.DataFrame:
    """Read what each strategy saves at several values of random's mean curve, from early ones to its best.

    Args:
        family: rows of a validated table that share everything but the strategy.

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
    for _, curves in families(family):
        random = curves.get(BASELINE)
        if random is None or random.ends is None:
            continue
        counts = random.grid()[0][1:]
        if counts.size == 0:
            continue
        wanted = np.geomspace(counts[0], counts[-1], _SAVINGS_POINTS)
        nearest = counts[np.abs(np.log(counts[None, :] / wanted[:, None])).argmin(axis=1)]
        return [int(count) for count in np.unique(nearest)]
    return []
