"""Forecasts of the later points of a curve from its first ones, each beside what was measured.

Notation: D draws; G later label counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.forecasting import Forecast, fit_forecast, make_anchors
from planner.intervals import QUANTILES
from planner.randomness import keyed_rng, keyed_seed
from simulations.arrays import Floats

DRAWS = 1_000


@dataclass(frozen=True)
class PastForecast:
    """One forecast of one later measurement: an 80% interval with the measurement's own noise, and what was measured.

    Attributes:
        rounds: label counts that were known.
        known_labels: the last of them.
        labels: where the forecast is for.
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


def forecast_later_points(
    rows: pd.DataFrame,
    strategy: str,
    counts: Floats,
    known: int,
    *,
    classes: int | None,
    seed: int,
    key: Sequence[str] = (),
    n_draws: int = DRAWS,
) -> list[PastForecast]:
    """Forecast the points of one curve beyond the first few; those further than a forecast may go are left out.

    Args:
        rows: of the curve, in one metric.
        strategy: whose it is.
        counts: all label counts of the curve, rising.
        known: how many of them are known.
        classes: cap the error where chance is 1/classes.
        seed: of the draws.
        key: what the draws depend on besides.
        n_draws: D.
    """
    past = rows[rows["labels"] <= counts[known - 1]]
    named = ("past", *key, strategy)
    forecast = fit_forecast(past, classes=classes, n_draws=n_draws, seed=keyed_seed(seed, *named))
    ahead = counts[known:][~forecast.refused(counts[known:])]
    if not ahead.size:
        return []
    drawn = _draw_measurements(forecast, past, ahead, keyed_rng(seed, *named))
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
