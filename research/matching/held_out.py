"""One data set held out: what a user would say of it, what was true, and the curves that are left to forecast from.

Notation:
    mean    value by label count, ascending and never falling: the running best of the mean over seeds
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.transfer.from_proxies import measured_points
from planner.transfer.task_curves import TaskDescription
from simulations.curve_table import base_name, clean_curves, one_metric
from simulations.errors import InputError

__all__ = ["HeldOut", "hold_out"]

_NEEDED = ("classes", "pool_size", "initial_size")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """A data set that the planner is not shown.

    Attributes:
        dataset: its name.
        task: what a user would say of it.
        initial: labels of the initial set.
        strategy: what stands beside random.
        truth: strategy -> mean, of `random` and of the strategy.
        proxies: rows of both on the other data sets, with every learner.
    """

    dataset: str
    task: TaskDescription
    initial: int
    strategy: str
    truth: dict[str, "pd.Series[float]"]
    proxies: pd.DataFrame

    @property
    def pool(self) -> int:
        """Items there are to label."""
        assert self.task.pool_size is not None, "hold_out asks for it"
        return self.task.pool_size

    @property
    def real(self) -> bool:
        """Whether the data set was collected and not generated."""
        return not self.dataset.startswith("synthetic")


def hold_out(table: pd.DataFrame, strategy: str, learner: str, *, metric: str | None = None) -> Iterator[HeldOut]:
    """Hold each data set of a table out in turn, with all settings of it.

    Args:
        table: a validated curve table, of one learner or several.
        strategy: what stands beside random.
        learner: the task's; data sets without it are proxies and never held out.
        metric: accuracy, or the only one of the table, when not given.

    Raises:
        InputError: a data set does not say its classes, pool or initial set, or the table has no such metric.
    """
    table, _ = clean_curves(one_metric(table, metric))
    table = table[table["strategy"].isin(["random", strategy])]
    # Settings of one data set share its items: none of them may tell of another.
    family = table["dataset"].map(base_name)
    for name, rows in table[table["learner"] == learner].groupby("dataset", sort=True):
        points = measured_points(rows, ("random", strategy))
        if points is None:  # and so it is no proxy either
            continue
        truth = {one: _mean(mine) for one, mine in points.items()}
        task, initial = _described(str(name), rows, learner)
        others = table[family != base_name(str(name))]
        yield HeldOut(str(name), task, initial, strategy, truth, others)


def _mean(points: pd.DataFrame) -> "pd.Series[float]":
    # A plan keeps the best model so far, and forecasts are running bests too.
    return points.groupby("labels")["value"].mean().cummax()


def _described(name: str, rows: pd.DataFrame, learner: str) -> tuple[TaskDescription, int]:
    for column in _NEEDED:
        if column not in rows.columns or pd.isna(rows[column].iloc[0]):
            raise InputError(f"--matching: column {column} is empty for '{name}'; allowed: curves that say it")
    first = rows.iloc[0]
    task = TaskDescription(
        metric=str(first["metric"]),
        classes=int(first["classes"]),
        kind=_said(first, "kind"),
        learner=learner,
        imbalance=_said(first, "imbalance"),
        pool_size=int(first["pool_size"]),
        initial_labels=int(first["initial_size"]),
    )
    return task, int(first["initial_size"])


def _said(row: "pd.Series[Any]", name: str) -> Any:
    return None if name not in row.index or pd.isna(row[name]) else row[name]
