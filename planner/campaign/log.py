"""The log of a campaign under way: measurements after each round, checked and put in order.

Notation: r rounds of one strategy, in the order of the file.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from planner.decision.load_curves import describe
from planner.forecasting.metric_noise import table_item_shares
from planner.plan import PASSIVE, Plan
from simulations.arrays import Floats
from simulations.curve_table import parse_curves, read_curves, validate_curves
from simulations.errors import InputError, suggestion

RUNNING_TOTALS = {
    "spent_usd": "the money spent so far",
    "days": "calendar days since the start",
}
"""Columns that add up over the campaign, and what each counts."""


@dataclass(frozen=True, eq=False)
class CampaignLog:
    """Measured rounds.

    Attributes:
        rows: a validated curve table in the plan's metric, in the order of the file.
        strategy: by which the campaign picks now: that of the last row.
        labels: in hand now.
        value: measured last.
        spent_usd: by the log; None where it does not say.
        days: since the start, by the log; None where it does not say.
        vendor: name of the quote that labels are bought from; None where the log does not say.
    """

    rows: pd.DataFrame
    strategy: str
    labels: float
    value: float
    spent_usd: float | None
    days: float | None
    vendor: str | None

    @cached_property
    def active(self) -> bool:
        """Whether active learning has been run, so that what it takes is built."""
        return bool((~self.rows["strategy"].isin(PASSIVE)).any())

    def of(self, strategy: str) -> pd.DataFrame:
        """Give one strategy's rows."""
        return self.rows[self.rows["strategy"] == strategy]

    def counts(self, strategy: str) -> int:
        """Count the different label counts at which a strategy was measured."""
        return int(self.of(strategy)["labels"].nunique())

    @property
    def paid(self) -> float:
        """Labels bought: those in hand, and those of arms beside them, of which a first set in common counts once.

        Another way of picking that ended where the current one began is no arm: its labels are in hand.
        """
        total, own = self.labels, self.of(self.strategy)["labels"]
        for name in self.rows["strategy"].unique():
            beside = self.of(str(name))["labels"]
            if name != self.strategy and beside.max() > own.min():
                total += float(beside.max() - (own.min() if beside.min() == own.min() else 0))
        return total

    @property
    def test_size(self) -> float | None:
        """Test items behind the last value, as many as count for the metric; None where nobody says."""
        if "test_size" not in self.rows.columns:
            return None
        return float(self.rows["test_size"].iloc[-1]) * table_item_shares(self.rows)[0]

    @property
    def agreement(self) -> Floats | None:
        """Kappa of each of the current strategy's rounds with the one before, (r − 1,); None where one is missing."""
        if "agreement" not in self.rows.columns:
            return None
        kappa = self.of(self.strategy)["agreement"].to_numpy(dtype=float)[1:]
        return kappa if np.isfinite(kappa).all() else None


def read_log(path: Path, plan: Plan) -> CampaignLog:
    """Read a log.

    Columns `labels` and `value`, and where there are such, `strategy` (else random), `test_size`, `spent_usd` and
    `days` (running totals), `agreement`, `vendor`, and whatever a curve table may have. The plan has the metric, the
    test set, and the names that a log may use.

    Raises:
        InputError: the file breaks the contract of a curve table, falls in labels, holds more labels than the pool, or
            names a strategy or a vendor that the plan does not have.
    """
    return check_log(read_curves(path, metric=plan.task.metric, test_size=plan.task.test_size), plan, str(path))


def parse_log(data: bytes, plan: Plan, *, where: str) -> CampaignLog:
    """Read a log that is in memory, such as an upload, as `read_log` does; `where` is its name in messages."""
    return check_log(
        parse_curves(data, where=where, metric=plan.task.metric, test_size=plan.task.test_size), plan, where
    )


def check_log(table: pd.DataFrame, plan: Plan, where: str) -> CampaignLog:
    """Take a log that is a frame, as `read_log` does; `where` is its name in messages."""
    table = validate_curves(table, where=where, metric=plan.task.metric, test_size=plan.task.test_size)
    rows = describe(plan).describe_rows(table[table["metric"] == plan.task.metric].reset_index(drop=True))
    if rows.empty:
        found = ", ".join(sorted(table["metric"].unique()))
        raise InputError(f"{where}, column 'metric': found {found}; allowed: {plan.task.metric}, the plan's metric")
    _check_names(rows, "strategy", ["random", *plan.strategy.names], where)
    _check_rising(rows, where)
    _check_pool(rows, plan, where)
    if "vendor" in rows.columns:
        _check_names(rows, "vendor", [vendor.name for vendor in plan.vendors], where)
    if "agreement" in rows.columns:
        rows["agreement"] = _numbers(rows, "agreement", -1.0, where, empty=True)
    last = rows.iloc[-1]
    totals = {name: _running_total(rows, name, where) for name in RUNNING_TOTALS}
    vendor = str(last["vendor"]) if "vendor" in rows.columns else None
    return CampaignLog(
        rows, str(last["strategy"]), float(last["labels"]), float(last["value"]), **totals, vendor=vendor
    )


def _check_names(rows: pd.DataFrame, column: str, known: list[str], where: str) -> None:
    names = rows[column].astype(str)
    for row, name in enumerate(names):
        if name not in known:
            raise InputError(
                f"{where}, row {row + 1}, column '{column}': the plan has no {column} '{name}'{suggestion(name, known)}"
            )


def _check_rising(rows: pd.DataFrame, where: str) -> None:
    """Refuse a log whose label counts fall: labels are never given back, so a row is out of place or mistyped."""
    for (name, _), part in rows.groupby(["strategy", "seed"], sort=False):
        fall = part["labels"].diff() < 0
        if fall.any():
            row = int(part.index.to_numpy()[fall.to_numpy().argmax()])
            before = int(part.loc[: row - 1, "labels"].iloc[-1])
            raise InputError(
                f"{where}, row {row + 1}, column 'labels': found {int(rows['labels'][row]):,} after {before:,}; "
                f"allowed: label counts of {name} that do not fall"
            )


def _check_pool(rows: pd.DataFrame, plan: Plan, where: str) -> None:
    pool = round(plan.task.items_to_label)
    row = int(rows["labels"].to_numpy().argmax())
    if rows["labels"][row] > pool:
        raise InputError(
            f"{where}, row {row + 1}, column 'labels': found {int(rows['labels'][row]):,}; allowed: up to {pool:,}, "
            "the plan's pool without its test labels"
        )


def _numbers(rows: pd.DataFrame, name: str, lowest: float, where: str, *, empty: bool = False) -> pd.Series:
    numbers = pd.to_numeric(rows[name], errors="coerce").astype(float)
    found = numbers.to_numpy()
    bad = ~(np.isfinite(found) & (found >= lowest))
    if empty:
        bad &= rows[name].notna().to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"{where}, row {row + 1}, column '{name}': found '{rows[name].iloc[row]}'; allowed: a number of at least "
            f"{lowest:g}"
        )
    return numbers


def _running_total(rows: pd.DataFrame, name: str, where: str) -> float | None:
    """Read the last value of a running total, which must not fall."""
    if name not in rows.columns:
        return None
    numbers = _numbers(rows, name, 0.0, where)
    falls = np.diff(numbers.to_numpy(), prepend=0.0) < 0
    if falls.any():
        row = int(falls.argmax())
        raise InputError(
            f"{where}, row {row + 1}, column '{name}': found {numbers[row]:,g} after {numbers[row - 1]:,g}; allowed: "
            f"{RUNNING_TOTALS[name]}, which does not fall"
        )
    return float(numbers.iloc[-1])
