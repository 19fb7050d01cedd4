"""Prints how often the truth lies in the forecast's intervals, on curves of known truth and on measured ones.

    .venv/bin/python benchmarks/calibration.py
    .venv/bin/python benchmarks/calibration.py --measured lcdb11.npz --sample 2

Known truth: the forecast's own prior, and three shapes that are none of its families. Each curve has 10 label counts
from 50 to 800, 5 seeds of noise 0.01, and is forecast at 2, 4 and 10 times the last. Curves of the prior are measured
from 10 to 4,000 as well, at 20 counts, of which the forecast's model fits the later ones alone; they are asked at a
twentieth of the last too, between two of the earlier ones. With measured curves, what is
shown is what became of forecasts whose fit the check called good, doubtful or poor; reserved data sets are left out.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.forecasting.fit_check import check_fit
from planner.forecasting.forecast import fit_forecast
from planner.forecasting.prior import noise_settings
from research.archives.sources import read_source
from research.backtest.curves import choose_curves, make_tasks
from research.known_truth import MISSPECIFIED, draw_from_prior

SEEDS, SD = 5, 0.01
VERDICTS = ("good", "doubtful", "poor")

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Design:
    """Where curves are measured, and at which multiples of the last label count they are forecast."""

    labels: Floats
    ratios: tuple[float, ...]

    @property
    def log_x(self) -> Floats:
        """Give ln(labels ÷ the last measured), of the measured and then of the forecast ones."""
        return np.log(np.append(self.labels / self.labels[-1], self.ratios))


USUAL = Design(np.array([50, 70, 100, 140, 200, 270, 350, 450, 600, 800], dtype=float), (2.0, 4.0, 10.0))
LONG = Design(np.rint(np.geomspace(10, 4_000, 20)), (0.05, 2.0, 4.0, 10.0))

Draw = Callable[[np.random.Generator, Design], Floats]


def from_prior(rng: np.random.Generator, design: Design) -> Floats:
    """Draw expected errors from the forecast's prior, of a curve that never leaves what errors can be."""
    noise = np.full(design.labels.size, SD**2)
    settings = noise_settings(noise_known=True)
    while True:
        truth = draw_from_prior(settings, design.log_x, noise, cap=1.0, rng=rng).truth
        if ((truth > 0.0) & (truth < 1.0)).all():
            return truth


def of_shape(shape: Callable[[Floats, np.random.Generator], Floats]) -> Draw:
    """Give a generator of expected errors: a floor of 0 to 0.2, 0.3 to 0.7 at the first label count."""

    def draw(rng: np.random.Generator, design: Design) -> Floats:
        floor, start = rng.uniform(0.0, 0.2), rng.uniform(0.3, 0.7)
        fall = shape(np.exp(design.log_x), rng)
        return np.asarray(floor + (start - floor) * fall / fall[0])

    return draw


def forecast_known(name: str, draw: Draw, curves: int, design: Design = USUAL) -> pd.DataFrame:
    """Forecast curves of known truth; one row a curve and ratio: off, inside80, inside90, width."""
    rows = []
    for index in range(curves):
        rng = np.random.default_rng(index)
        truth = np.clip(draw(rng, design), 0.0, 1.0)
        labels, n = design.labels, design.labels.size
        value = np.clip(1.0 - truth[:n, None] + rng.normal(0.0, SD, (n, SEEDS)), 0.0, 1.0)
        points = {"labels": np.repeat(labels, SEEDS), "value": value.ravel(), "test_size": np.full(n * SEEDS, 2_000)}
        quantiles = fit_forecast(points, seed=index, n_draws=500).quantiles(np.array(design.ratios) * labels[-1])
        asked = zip(design.ratios, quantiles, truth[n:], strict=True)
        rows += [_scored(f"{name}, {ratio:g} times", q, 1.0 - value) for ratio, q, value in asked]
    return pd.DataFrame(rows)


def _scored(group: str, q: Floats, value: float) -> dict[str, Any]:
    low90, low80, middle, high80, high90 = q
    return {
        "group": group,
        "error": abs(middle - value),
        "bias": middle - value,
        "inside80": low80 <= value <= high80,
        "inside90": low90 <= value <= high90,
        "width80": high80 - low80,
    }


def forecast_measured(path: Path, sample: int) -> Iterator[dict[str, Any]]:
    """Forecast and check the cut curves of a source; one row a point ahead, grouped by the check's verdict."""
    for curve in choose_curves(read_source(path), sample=sample).curves:
        for task in make_tasks(curve):
            points = pd.DataFrame(task.points)
            forecast = fit_forecast(points, classes=curve.classes, n_draws=500)
            kept = ~forecast.refused(task.ahead_labels)
            if not kept.any():
                continue
            ahead = task.ahead_labels[kept]
            verdict = check_fit(points, forecast, at=ahead[-1:].tolist(), classes=curve.classes).verdict
            scored = [
                _scored(verdict, q, 1.0 - e)
                for q, e in zip(forecast.quantiles(ahead), task.ahead_error[kept], strict=True)
            ]
            # One row a forecast: dense curves have many points ahead, and must not count for more.
            yield {key: np.mean([row[key] for row in scored]) for key in scored[0] if key != "group"} | {
                "group": verdict
            }


def show(rows: pd.DataFrame) -> None:
    """Print a table in Markdown, one line a group: errors, bias and widths in points, coverage as shares."""
    groups = rows.groupby("group", sort=False)
    print("| curves | forecasts | error | bias | 80% holds | 90% holds | 80% width |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for (name, means), size in zip(groups.mean().iterrows(), groups.size(), strict=True):
        error, bias, width = (f"{100 * means[key]:.2f}" for key in ("error", "bias", "width80"))
        print(f"| {name} | {size} | {error} | {bias} | {means.inside80:.2f} | {means.inside90:.2f} | {width} |")
    print()


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curves", type=int, default=400, help="curves of each known truth")
    parser.add_argument("--measured", type=Path, help="curves to check, as `python -m research.backtest` takes them")
    parser.add_argument("--sample", type=int, default=2, help="measured curves a data set")
    asked = parser.parse_args()
    truths = {"own prior": from_prior, **{name: of_shape(shape) for name, shape in MISSPECIFIED.items()}}
    known = [forecast_known(name, draw, asked.curves) for name, draw in truths.items()]
    show(pd.concat([*known, forecast_known("own prior, 10 to 4,000 labels", from_prior, asked.curves, LONG)]))
    if asked.measured is not None:
        show(
            pd.DataFrame(forecast_measured(asked.measured, asked.sample)).sort_values(
                "group", key=lambda names: names.map(VERDICTS.index)
            )
        )


if __name__ == "__main__":
    main()
