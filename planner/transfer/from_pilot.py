"""Curves for the user's task from the user's own pilot, and how the pilot stands beside recorded data sets.

Random comes from the pilot. A strategy's curve is random's moved by its label savings, which recorded data sets predict
and the pilot's own measurements of the strategy update, with a discrepancy that the measurements pin down
(`planner.transfer.joint_posterior`). Both curves are drawn together: what the pilot says of one it says of the other.

Notation: R paths of random; D draws; M points a path; S strategies, random first; G label counts; n0 labels of the
pilot's first random point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.curves.forecasts import class_count, savings_by_value
from planner.curves.replicates import BASELINE, Replicates, families
from planner.forecast import MIN_ANCHORS, Forecast, chance_classes, fit_forecast
from planner.intervals import QUANTILES
from planner.randomness import keyed_rng, keyed_seed, stratified_normal
from planner.transfer.joint_posterior import MAX_PATHS, ObservedGaps, draw_together, hardness, observe
from planner.transfer.savings_prior import SavingsPrior, draw_savings, savings_frame, task_priors
from planner.transfer.savings_shape import log_savings
from planner.transfer.task_curves import PoolEnd, TaskCurves, TaskDescription
from simulations.arrays import Floats
from simulations.curve_table import clean_curves, validate_curves
from simulations.errors import InputError


def curves_from_pilot(
    pilot: pd.DataFrame,
    proxies: pd.DataFrame,
    task: TaskDescription,
    strategies: Sequence[str],
    *,
    n_draws: int,
    seed: int,
    savings_sd: float = 0.4,
) -> TaskCurves:
    """Forecast the user's own curves.

    Args:
        pilot: the user's measured points, a curve table: one data set, one learner, one batch size a strategy.
        proxies: a curve table of recorded data sets, maybe without a row.
        task: what the curves are for; the pilot's rows in its metric are used.
        strategies: names, the first of them `random`.
        n_draws: joint draws D.
        seed: what the draws depend on besides the tables.
        savings_sd: log sd of the task's savings factor around a proxy's; larger is wider.

    Raises:
        InputError: no random points in the task's metric, fewer than four label counts, several data sets, learners or
            batch sizes in one curve, more labels than the pool holds, or a strategy that neither the pilot nor the
            proxies know.
    """
    points = _pilot_points(pilot, task)
    observed, last_labels, warnings = _measure_strategies(points, task, strategies, seed)
    table, noisy = proxies, list[str]()
    if not proxies.empty:
        table, noisy = clean_curves(validate_curves(proxies, where="recorded curves"))
        if "random" not in set(table["strategy"]):
            table = table.iloc[:0]
    unrecorded = [name for name in strategies[1:] if name not in set(table["strategy"])]
    for name in unrecorded:
        if name not in observed:
            known = ", ".join(sorted({*table["strategy"], *observed} - {"random"})) or "none"
            raise InputError(
                f"strategy: found '{name}', of which the pilot has no curve of {MIN_ANCHORS} label counts "
                f"and the recorded data sets none at all; allowed: {known}"
            )
        warnings.append(f"No data set is recorded with {name}: its curve rests on the pilot alone.")
    random = _forecast_curve(points["random"], task, min(n_draws, MAX_PATHS) if observed else n_draws, seed, "random")
    own, first, late = _initial_labels(random, observed, task)
    priors, notes = task_priors(
        table, strategies[1:], task, savings_sd=savings_sd, random_error=hardness(random, first)
    )
    drawn = draw_together(
        random,
        observed,
        priors,
        classes=chance_classes(task.metric, task.classes),
        pool_size=task.pool_size,
        n_draws=n_draws,
        rngs=(keyed_rng(seed, "pilot", "savings"), keyed_rng(seed, "pilot", "joint")),
        initial_labels=first,
    )
    if drawn.tempered:
        notes.append(
            "The pilot's curves hardly fit together: few of random's possible curves agree with what the strategies "
            "measured. Check that all were measured in the same way; the answer takes the disagreement lightly."
        )
    shift = random.test_shift_sd * stratified_normal(n_draws, keyed_rng(seed, "pilot"))
    best = np.maximum.accumulate(1.0 - np.stack([drawn.random, *drawn.strategies]), axis=2) + shift[:, None]
    last = [random.last_labels, *(last_labels.get(name, random.last_labels) for name in strategies[1:])]
    measured = ", ".join(name for name in strategies if name == "random" or name in observed)
    return TaskCurves(
        tuple(strategies),
        task.metric,
        np.clip(best, 0.0, 1.0),
        np.broadcast_to(drawn.log_labels, best.shape),
        np.repeat(np.log(last)[:, None], n_draws, axis=1),
        savings_frame(priors, own=("pilot", measured)),
        (*(f"Pilot, random: {text}" for text in random.warnings), *late, *warnings, *noisy, *notes),
        clean_labels=False,
        end=PoolEnd(
            drawn.coefficients,
            log_first=np.full(n_draws, np.log(first)),
            log_pool=np.full(n_draws, np.log(task.pool_size or np.inf)),
            smooth=False,
            own_first=own,
        ),
    )


def _initial_labels(
    random: Forecast, observed: dict[str, ObservedGaps], task: TaskDescription
) -> tuple[bool, float, list[str]]:
    """Say whether strategies begin with the campaign's own initial set, from which labels on, and what to warn of.

    A pilot of random is measured on nested parts, the first of them of any size. Where a strategy was measured the
    pilot began with an initial set of its own. Before random's first point no curve is known, and nothing is saved.
    """
    if observed or task.initial_labels is None:
        return False, random.first_labels, []
    if random.first_labels <= task.initial_labels:
        return True, float(task.initial_labels), []
    late = (
        f"The pilot begins with {random.first_labels:,.0f} labels, beyond the initial set of {task.initial_labels:,}: "
        "strategies are taken to save nothing before it. Measured on smaller parts of the same labels too it would "
        "tell more."
    )
    return True, random.first_labels, [late]


def _pilot_points(pilot: pd.DataFrame, task: TaskDescription) -> dict[str, pd.DataFrame]:
    """Give each strategy's points in the task's metric; refuse a pilot that is not one campaign within the pool."""
    table = validate_curves(pilot, where="pilot", metric=task.metric)
    rows = table[table["metric"] == task.metric]
    if rows.empty:
        raise InputError(
            f"pilot, column 'metric': found {', '.join(sorted(table['metric'].unique()))}; allowed: {task.metric}"
        )
    points = {str(name): part for name, part in rows.groupby("strategy", sort=True)}
    for column in ("dataset", "learner"):
        names = sorted(map(str, rows[column].unique())) if column in rows.columns else []
        if len(names) > 1:
            raise InputError(f"pilot, column '{column}': found {', '.join(names)}; allowed: one in all rows")
    for name, part in points.items():
        sizes = sorted(part["batch_size"].unique().tolist()) if "batch_size" in part.columns else []
        if len(sizes) > 1:
            listed = ", ".join(f"{size:g}" for size in sizes)
            raise InputError(f"pilot, column 'batch_size': found {listed} for {name}; allowed: one for each strategy")
    if "random" not in points:
        raise InputError(f"pilot, column 'strategy': found {', '.join(points)}; rows of random are needed beside them")
    counts, most = points["random"]["labels"].nunique(), rows["labels"].max()
    if counts < MIN_ANCHORS:
        raise InputError(f"pilot: random has {counts} different label counts; at least {MIN_ANCHORS} are needed")
    if task.pool_size is not None and most > task.pool_size:
        raise InputError(
            f"pilot, column 'labels': found {most:,.0f}; allowed: up to {task.pool_size:,}, the items that the plan's "
            "pool leaves to label"
        )
    return points


def _forecast_curve(rows: pd.DataFrame, task: TaskDescription, n_draws: int, seed: int, name: str) -> Forecast:
    classes = chance_classes(task.metric, task.classes)
    return fit_forecast(rows, classes=classes, n_draws=n_draws, seed=keyed_seed(seed, "pilot", name))


def _measure_strategies(
    points: dict[str, pd.DataFrame], task: TaskDescription, strategies: Sequence[str], seed: int
) -> tuple[dict[str, ObservedGaps], dict[str, float], list[str]]:
    """Reduce the strategies measured at enough label counts to gaps, with their last label counts and warnings."""
    observed, last, warnings = {}, {}, []
    for name in strategies[1:]:
        if name not in points:
            continue
        own = _forecast_curve(points[name], task, 1, seed, name)
        warnings += [f"Pilot, {name}: {text}" for text in own.warnings]
        if not own.forecastable:
            continue
        gaps = observe(points["random"], points[name])
        unused = int((np.unique(points[name]["labels"]) <= points["random"]["labels"].min()).sum())
        if unused > 1:
            warnings.append(
                f"Pilot, {name}: {unused} of its label counts lie at or below random's first, where nothing can be "
                "compared, and are not used."
            )
        if gaps.error.size:
            observed[name] = gaps
            last[name] = own.last_labels
    return observed, last, warnings


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
    pilot: pd.DataFrame, recorded: pd.DataFrame, task: TaskDescription, *, savings_sd: float = 0.4
) -> SavingsBeside | None:
    """Compare the pilot's label savings with what recorded data sets predict for a task as hard as the pilot's.

    None where the pilot, one family of curves, has no random curve, or no strategy that is recorded too.
    """
    curves = next(iter(families(pilot)))[1]
    random = curves.get(BASELINE)
    clean, _ = clean_curves(recorded)
    names = [name for name in curves if name != BASELINE and name in set(clean["strategy"])]
    if random is None or random.ends is None or not names:
        return None
    rows = pilot[pilot["strategy"] == BASELINE]
    forecast = fit_forecast(rows, classes=class_count(rows), n_draws=200)
    hard = hardness(forecast) if forecast.forecastable else None
    priors, notes = task_priors(clean, names, task, savings_sd=savings_sd, random_error=hard)
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
