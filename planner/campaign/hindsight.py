"""Past forecasts of a campaign against later measurements.

Notation: D draws; G later rounds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.forecast.anchors import make_anchors
from planner.forecast.forecast import MIN_ANCHORS, Forecast, fit_forecast
from planner.intervals import QUANTILES
from planner.randomness import keyed_rng, keyed_seed
from simulations.arrays import Floats

MOST_STAGES = 24
DRAWS = 1_000


@dataclass(frozen=True)
class PastForecast:
    """One forecast of one later measurement.

    Attributes:
        strategy: whose curve.
        rounds: label counts that were known.
        known_labels: the last of them.
        labels: where the forecast is for.
        q10: lower end of its 80% interval for the measurement, the measurement's own noise included.
        q50: its median.
        q90: upper end.
        measured: what was measured there.
    """

    strategy: str
    rounds: int
    known_labels: float
    labels: float
    q10: float
    q50: float
    q90: float
    measured: float

    @property
    def inside(self) -> bool:
        """Whether the measurement lies in the interval."""
        return self.q10 <= self.measured <= self.q90

    def to_dict(self) -> dict[str, Any]:
        """Give the forecast as `--json` prints it."""
        return {**vars(self), "inside": self.inside}


@dataclass(frozen=True)
class HindsightRecord:
    """How several forecasts did.

    Attributes:
        forecasts: how many there are; they overlap, and are far from independent.
        inside: in how many the measurement lay in the 80% interval.
        mean_absolute_error: of the medians, a fraction of the metric.
        next_forecasts: of the next round only, one a stage.
        next_inside: in how many of those the measurement lay in the interval.
    """

    forecasts: int
    inside: int
    mean_absolute_error: float
    next_forecasts: int
    next_inside: int


def past_forecasts(rows: pd.DataFrame, strategy: str, *, classes: int | None, seed: int) -> tuple[PastForecast, ...]:
    """Forecast every later round from each stage of a strategy's rounds, from four label counts on.

    Of more than 24 stages, 24 spread evenly are taken. Rounds further than a forecast may go are left out.

    Args:
        rows: the strategy's rows of the log.
        strategy: its name.
        classes: number of classes where chance is 1/classes.
        seed: what the draws depend on.
    """
    counts = np.unique(rows["labels"].to_numpy(dtype=float))
    stages = np.arange(MIN_ANCHORS, counts.size)
    if stages.size > MOST_STAGES:
        stages = np.unique(np.rint(np.linspace(stages[0], stages[-1], MOST_STAGES)).astype(int))
    found: list[PastForecast] = []
    for known in stages.tolist():
        found += _forecast_from(rows, strategy, counts, known, classes, seed)
    return tuple(found)


def record_of(found: tuple[PastForecast, ...]) -> HindsightRecord | None:
    """Count how forecasts did; None where there are none."""
    if not found:
        return None
    following = {past.rounds: past for past in reversed(found)}.values()
    return HindsightRecord(
        forecasts=len(found),
        inside=sum(past.inside for past in found),
        mean_absolute_error=float(np.mean([abs(past.q50 - past.measured) for past in found])),
        next_forecasts=len(following),
        next_inside=sum(past.inside for past in following),
    )


def _forecast_from(
    rows: pd.DataFrame, strategy: str, counts: Floats, known: int, classes: int | None, seed: int
) -> list[PastForecast]:
    past = rows[rows["labels"] <= counts[known - 1]]
    forecast = fit_forecast(past, classes=classes, n_draws=DRAWS, seed=keyed_seed(seed, "past", strategy))
    ahead = counts[known:][~forecast.refused(counts[known:])]
    if not ahead.size:
        return []
    drawn = _draw_measurements(forecast, past, ahead, keyed_rng(seed, "past", strategy))
    ends = np.quantile(drawn, QUANTILES, axis=0).T
    later = rows.groupby("labels")["value"].mean()
    return [
        PastForecast(strategy, known, float(counts[known - 1]), float(n), low, middle, high, float(later[n]))
        for n, (low, middle, high) in zip(ahead, ends.tolist(), strict=True)
    ]


def _draw_measurements(forecast: Forecast, past: pd.DataFrame, ahead: Floats, rng: np.random.Generator) -> Floats:
    """Draw what would be measured at later label counts, (D, G): the path, and noise as the measured points have it.

    Paths are those of the campaign's own test set, so that its common error is in them already.
    """
    paths, anchors = forecast.draws(ahead), make_anchors(past)
    level = np.clip(anchors.error, 1e-3, 1.0 - 1e-3)
    relative = np.sqrt(np.median(anchors.variance / (level * (1.0 - level))))
    sd = relative * np.sqrt(forecast.noise_factor[:, None] * paths * (1.0 - paths))
    # One normal a path: rounds are looked at one by one, and how many come later must not change what was forecast.
    return np.asarray(np.clip(paths + sd * rng.standard_normal((len(paths), 1)), 0.0, 1.0))
