"""Reports on a curve table: values and label savings by strategy, tests between strategies, and what labels cost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.app.answers import stored_curves
from planner.curves.comparisons import compare_at, compare_strategies, win_matrices
from planner.curves.curve_summary import summarise_curves
from planner.curves.label_savings import LabelSavings, PooledSavings, label_savings, pool_savings
from planner.curves.spending import Prices, Spending, join_spending
from planner.render.numbers import METRICS
from simulations.curve_table import read_curves
from simulations.errors import InputError
from simulations.store import Store

MOST_CHARTS = 12
"""Data sets, learners and schedules in one picture; each is a chart of its own."""


@dataclass(frozen=True)
class CurveReport:
    """What `labelplan curves` prints of a table of one metric.

    Attributes:
        summary: a row a strategy and setting.
        savings: labels saved against random, by setting.
        pooled: the same over data sets.
        tests: `comparisons, at_counts, wins` of strategies against each other; None where they were not asked for.
    """

    summary: pd.DataFrame
    savings: tuple[LabelSavings, ...]
    pooled: tuple[PooledSavings, ...]
    tests: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain types for JSON."""
        tests = dict(self.tests or {})
        for name in {"comparisons", "at_counts"} & tests.keys():
            tests[name] = [comparison.to_dict() for comparison in tests[name]]
        return {
            "summary": self.summary.to_dict(orient="records"),
            "savings": [asdict(savings) for savings in self.savings],
            "pooled_savings": [asdict(savings) for savings in self.pooled],
            **tests,
        }


def read_table(path: Path, metric: str | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a store's folder or a file of curves, and warnings about trajectories of a store that cannot be used.

    `metric` is that of the values, where a file does not say.

    Raises:
        InputError: it is missing, or breaks the contract of curve tables.
    """
    if path.is_dir():
        return stored_curves(path)
    # A metric that is not known by name has to be named by the file.
    known = metric if metric in METRICS or metric == "balanced_accuracy" else None
    return read_curves(path, metric=known), ()


def report_curves(table: pd.DataFrame, counts: Sequence[int], *, compare: bool) -> CurveReport:
    """Summarise a validated table of one metric; at `counts` of labels savings are read and strategies compared.

    Raises:
        InputError: a count lies outside what was measured.
    """
    savings = label_savings(table, at=counts or None)
    low, high = (int(end) for end in (table["labels"].min(), table["labels"].max()))
    for count in counts:
        if not low <= count <= high:
            raise InputError(f"--at: found {count:,}; allowed: {low:,} to {high:,}, as far as the curves were measured")
    summary, pooled, tests = summarise_curves(table, savings), pool_savings(savings), None
    if compare:
        comparisons, at_counts = compare_strategies(table), compare_at(table, counts)
        tests = {"comparisons": comparisons, "at_counts": at_counts, "wins": win_matrices(comparisons)}
    return CurveReport(summary, savings, pooled, tests)


def stored_spending(table: pd.DataFrame, store: Path, unit: str, prices: Mapping[str, float | None]) -> Spending:
    """Put a store's curves of one metric over what they cost in votes, tokens, seconds or usd.

    `prices` are by field of `Prices`, None where not given.

    Raises:
        InputError: the unit is unknown, was not recorded, or has no price.
    """
    given = {name: price for name, price in prices.items() if price is not None}
    return join_spending(table, Store(store).spending(), unit, Prices(**given))


def draw_spent_curves(curves: pd.DataFrame, unit: str, path: Path) -> None:
    """Draw curves over what they cost, a chart for each data set, learner and schedule.

    Raises:
        InputError: they are too many for one file, or it cannot be written.
    """
    from planner.render.curves.charts import spent_charts  # these load the drawing library
    from planner.render.image_export import save_chart

    keys = ["dataset", "learner", "batch_size", "initial_size"]
    families = [family for _, family in curves.groupby(keys, sort=True, dropna=False)]
    if not 1 <= len(families) <= MOST_CHARTS:
        raise InputError(
            f"--chart: found {len(families)} data sets, learners and schedules; allowed: 1 to {MOST_CHARTS} in one file"
        )
    save_chart(spent_charts(families, unit, str(curves["metric"].iloc[0])), path)
