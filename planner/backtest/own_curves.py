"""Curves of a curve table, the user's own or the recorded ones, with their seeds averaged.

Notation: S seeds; N label counts.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.backtest.curve import Curve, CurveSet, FloatArray
from planner.curves import CURVE_KEYS, one_metric, read_curves
from planner.curves.chance import chance_classes

__all__ = ["from_table", "mean_and_standard_error", "one_curve", "read_own", "read_recorded", "seed_table"]


RECORDED_OPENML_IDS = {
    "digits": 28,
    "letter": 6,
    "penbased": 32,
    "satimage": 182,
    "page-blocks": 30,
    "magic": 1120,
    "kr-vs-k": 184,
}
"""What OpenML calls the tables that were recorded, so that a reserved one is known for what it is."""


def read_own(path: Path, *, metric: str | None = None, test_size: int | None = None) -> CurveSet:
    """Read a curve table from CSV or Parquet; a column `openml_id` tells which data sets are OpenML's.

    Raises:
        InputError: the table breaks its contract, or has no value of the metric.
    """
    return from_table(read_curves(path, metric=metric, test_size=test_size), path.name, metric)


def read_recorded(metric: str | None = None) -> CurveSet:
    """Read the curves that are shipped with the package.

    Raises:
        InputError: the installation has none, or they hold no value of the metric.
    """
    from planner.evidence import recorded_curves

    found = from_table(recorded_curves(), "the recorded curves", metric)
    curves = [replace(curve, openml_id=RECORDED_OPENML_IDS.get(curve.group)) for curve in found.curves]
    return replace(found, curves=curves)


def from_table(table: pd.DataFrame, title: str, metric: str | None = None) -> CurveSet:
    """Average the seeds of each curve of a validated table, at the label counts that all its seeds have.

    Settings of the same data, such as `digits` and `digits [flip rate=0.1]`, are one group.

    Raises:
        InputError: there is no value of the metric.
    """
    rows = one_metric(table, metric)
    keys = [key for key in CURVE_KEYS if key in rows.columns]
    curves, dropped = [], 0
    for _, part in rows.groupby(keys, sort=True):
        values_by_seed = seed_table(part)
        shared = values_by_seed.dropna(axis="columns")
        dropped += values_by_seed.shape[1] - shared.shape[1]
        if shared.shape[1]:
            curves.append(one_curve(part, shared))
    note = f"{dropped:,} label counts that only some seeds of a curve have are left out."
    return CurveSet(title, curves, (note,) if dropped else ())


def seed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Lay the values of one curve out, a row a seed and a column a label count; NaN where a seed has none."""
    return rows.pivot_table(index="seed", columns="labels", values="value", aggfunc="mean")


def one_curve(rows: pd.DataFrame, values: pd.DataFrame) -> Curve:
    """Make one curve.

    Args:
        rows: its rows of the table, which say what it is.
        values: a row a seed, a column a label count, without a gap.
    """
    error, spread = mean_and_standard_error(1.0 - values.to_numpy(dtype=float))
    identity = rows.iloc[0]
    dataset = str(identity["dataset"])
    return Curve(
        dataset=dataset,
        learner=str(identity["learner"]),
        strategy=str(identity["strategy"]),
        batch_size=int(identity["batch_size"]),
        labels=values.columns.to_numpy(dtype=float),
        error=np.clip(error, 0.0, 1.0),
        standard_error=spread,
        group=dataset.partition(" [")[0],
        test_size=_whole_number(rows, "test_size"),
        classes=chance_classes(str(identity["metric"]), _whole_number(rows, "classes")),
        openml_id=_whole_number(rows, "openml_id"),
        initial_size=_whole_number(rows, "initial_size"),
        pool_size=_whole_number(rows, "pool_size"),
        metric=str(identity["metric"]),
    )


def mean_and_standard_error(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average over seeds.

    Args:
        values: (S, N).

    Returns:
        (N,) means, and (N,) standard errors of them, NaN with one seed.
    """
    mean = values.mean(axis=0)
    if len(values) < 2:
        return mean, np.full(mean.size, np.nan)
    return mean, values.std(axis=0, ddof=1) / np.sqrt(len(values))


def _whole_number(rows: pd.DataFrame, column: str) -> int | None:
    """Give the smallest number in a column; None where there is no column or no number."""
    numbers = pd.to_numeric(rows[column], errors="coerce").dropna() if column in rows.columns else ()
    return int(min(numbers)) if len(numbers) else None
