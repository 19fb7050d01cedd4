"""The user's own pilot beside recorded data sets: its random curve among theirs, and its savings beside theirs.

Notation: D draws; G label counts; n0 labels of the pilot's first random point.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.curves.forecasts import class_count, savings_by_value
from planner.curves.replicates import BASELINE, Replicates, families
from planner.forecasting import fit_forecast
from planner.intervals import QUANTILES
from planner.randomness import keyed_rng
from planner.transfer.joint_posterior import hardness
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.savings_prior import SavingsPrior, draw_savings, task_priors
from planner.transfer.savings_shape import log_savings
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import clean_curves

_DRAWS = 2_000
_POINTS = 24


@dataclass(frozen=True, eq=False)
class RandomBeside:
    """The pilot's random curve among recorded ones.

    Attributes:
        recorded: columns `dataset`, `labels`, `value`: mean curves of random, one a data set, learner and schedule.
        points: columns `labels`, `value` (the pilot's mean), `below` (recorded curves that are lower there), `of`
            (recorded curves that were measured there), `middle` (their median; None where there is none).
    """

    recorded: pd.DataFrame
    points: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Lay both out in one table: columns `source` (pilot, or the data set), `labels`, `value`, `below`, `of`."""
        own = self.points.assign(source="pilot")
        others = self.recorded.assign(source=self.recorded["dataset"])
        return pd.concat([own, others], ignore_index=True)[["source", "labels", "value", "below", "of"]]


@dataclass(frozen=True, eq=False)
class SavingsBeside:
    """What strategies save in the pilot, beside what recorded data sets let expect of the task.

    Attributes:
        expected: columns `strategy`, `labels`, `q10`, `q50`, `q90` of the savings factor, before the pilot's savings.
        measured: columns `strategy`, `labels` (the strategy's), `factor`, `q10`, `q90`, `expected_share` (share of the
            expectation's draws below the factor); intervals are None with one pair of seeds.
        notes: sentences for the user.
    """

    expected: pd.DataFrame
    measured: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Lay both out in one table: `source` (pilot or expected), `strategy`, `labels`, `factor`, `q10`, `q90`."""
        own = self.measured.assign(source="pilot")
        expected = self.expected.assign(source="expected", factor=self.expected["q50"])
        columns = ["source", "strategy", "labels", "factor", "q10", "q90"]
        return pd.concat([own[columns].astype(object), expected[columns].astype(object)], ignore_index=True)


def random_beside(pilot: pd.DataFrame, recorded: pd.DataFrame) -> RandomBeside | None:
    """Place the pilot's random curve among the recorded ones in the same metric, label count by label count.

    None where the pilot, one family of curves, has no random curve, or nothing is recorded in its metric.
    """
    own = next(iter(families(pilot)))[1].get(BASELINE)
    metric = str(pilot["metric"].iloc[0])
    clean, _ = clean_curves(recorded)
    rows = clean[(clean["metric"] == metric) & (clean["strategy"] == BASELINE)]
    if own is None or own.ends is None or rows.empty:
        return None
    others = [
        (str(identity["dataset"]), curves[BASELINE])
        for identity, curves in families(rows)
        if curves[BASELINE].ends is not None
    ]
    counts, values = own.grid()
    mean = values.mean(axis=0)
    points = [_place_point(float(n), float(v), others) for n, v in zip(counts, mean, strict=True)]
    return RandomBeside(_recorded_lines(others), pd.DataFrame(points))


def _place_point(labels: float, value: float, others: list[tuple[str, Replicates]]) -> dict[str, float | int | None]:
    recorded = [
        float(np.mean([*curve.at(labels).values()]))
        for _, curve in others
        if curve.ends is not None and curve.ends[0] <= labels <= curve.ends[1]
    ]
    below = sum(other < value for other in recorded)
    middle = float(np.median(recorded)) if recorded else None
    return {"labels": labels, "value": value, "below": below, "of": len(recorded), "middle": middle}


def _recorded_lines(others: list[tuple[str, Replicates]]) -> pd.DataFrame:
    parts = []
    for i, (name, curve) in enumerate(others):
        counts, values = curve.grid()
        shown = np.unique(np.rint(np.geomspace(1, len(counts), min(_POINTS, len(counts)))).astype(int)) - 1
        parts.append(
            pd.DataFrame({"dataset": name, "line": i, "labels": counts[shown], "value": values.mean(axis=0)[shown]})
        )
    return pd.concat(parts, ignore_index=True)


def savings_beside(
    pilot: pd.DataFrame, recorded: ProxyEvidence, task: TaskDescription, *, savings_sd: float = 0.4
) -> SavingsBeside | None:
    """Compare the pilot's label savings with what recorded data sets predict for a task as hard as the pilot's.

    None where the pilot, one family of curves, has no random curve, or no strategy that is recorded too.
    """
    curves = next(iter(families(pilot)))[1]
    random = curves.get(BASELINE)
    savings, _ = recorded.savings(curves, task.metric)
    names = [name for name in curves if name in set(savings["strategy"])]
    if random is None or random.ends is None or not names:
        return None
    rows = pilot[pilot["strategy"] == BASELINE]
    forecast = fit_forecast(rows, classes=class_count(rows), n_draws=200)
    hard = hardness(forecast) if forecast.forecastable else None
    begun = replace(task, initial_labels=round(random.ends[0]))
    priors, notes = task_priors(savings, names, begun, savings_sd=savings_sd, random_error=hard)
    last = max(curves[name].grid()[0][-1] for name in names if curves[name].ends is not None)
    grid = np.geomspace(random.ends[0], max(last, 2 * random.ends[0]), _POINTS)
    by_value = savings_by_value(pilot)
    expected, measured = [], []
    for prior in priors:
        rng = keyed_rng(0, "beside", prior.strategy)
        draws = draw_savings([prior], _DRAWS, rng)[0][0]
        expected.append(_expected_savings(prior, draws, grid))
        own = by_value[(by_value["strategy"] == prior.strategy) & by_value["factor"].notna()]
        measured.append(_measured_savings(own, draws, float(random.ends[0])))
    return SavingsBeside(pd.concat(expected, ignore_index=True), pd.concat(measured, ignore_index=True), tuple(notes))


def _expected_savings(prior: SavingsPrior, draws: Floats, grid: Floats) -> pd.DataFrame:
    factors = np.exp(log_savings(draws, np.log(grid / grid[0])))
    q10, q50, q90 = np.quantile(factors, QUANTILES, axis=0)
    return pd.DataFrame({"strategy": prior.strategy, "labels": grid, "q10": q10, "q50": q50, "q90": q90})


def _measured_savings(own: pd.DataFrame, draws: Floats, first: float) -> pd.DataFrame:
    labels = own["labels_strategy"].to_numpy(dtype=float)
    # At the pilot's first labels there is nothing to save yet.
    expected = log_savings(draws, np.log(np.maximum(labels / first, 1.0)))
    shares = (expected < np.log(own["factor"].to_numpy(dtype=float))).mean(axis=0)
    columns = {name: own[name].to_numpy() for name in ("strategy", "factor", "q10", "q90")}
    return pd.DataFrame({**columns, "labels": labels, "expected_share": shares})
