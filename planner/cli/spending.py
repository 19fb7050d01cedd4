"""`labelplan curves STORE --per UNIT`: curves and savings over votes, tokens, seconds or dollars."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.output import print_json, print_warnings
from simulations.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_MOST_DRAWN = 12


@dataclass(frozen=True)
class AskedPer:
    """What was asked for.

    Attributes:
        unit: what curves are to be over.
        prices: by option, `usd_per_hour` and others; None where it was not given.
        chart: where to draw the curves.
    """

    unit: str | None
    prices: Mapping[str, float | None]
    chart: Path | None


def check_per(asked: AskedPer, path: Path, others: Mapping[str, object]) -> bool:
    """Say whether another unit than labels is asked for, and refuse what does not go together.

    Args:
        asked: what was asked for.
        path: where the curves are.
        others: further options by name, which do not go with another unit.

    Raises:
        InputError: a price or a chart without a unit, an option that does not go with it, or no store.
    """
    if asked.unit is None:
        stray = [f"--{name.replace('_', '-')}" for name, price in asked.prices.items() if price is not None]
        stray += ["--chart"] if asked.chart is not None else []
        if stray:
            raise InputError(f"{stray[0]}: needs --per; allowed: --per usd with prices, --per with a unit for a chart")
        return False
    given = [name for name, value in others.items() if value]
    if given:
        raise InputError(f"{given[0]}: does not go with --per; allowed: one of the two")
    if not path.is_dir():
        raise InputError(f"--per: found {path}; allowed: a store's folder, which keeps what was spent")
    if asked.chart is not None:
        from planner.report.charts.save import check_chart_path

        check_chart_path("--chart", asked.chart)
    return True


def show_per(asked: AskedPer, table: "pd.DataFrame", store: Path, *, as_json: bool) -> None:
    """Print the savings in the unit asked for, and draw the curves where that is asked for.

    Args:
        asked: what was asked for, checked.
        table: the store's curves of one metric.
        store: its folder.
        as_json: print curves and savings as JSON.
    """
    from planner.curves import Prices, over_spending, spent_curves, spent_savings
    from planner.dashboard.answer import stored_spending

    assert asked.unit is not None, "the check has been passed"
    prices = Prices(**{name: price for name, price in asked.prices.items() if price is not None})
    spending = over_spending(table, stored_spending(store), asked.unit, prices)
    print_warnings(spending.warnings)
    curves, savings = spent_curves(spending), spent_savings(spending)
    if asked.chart is not None:
        _draw(curves, asked.unit, asked.chart)
    if as_json:
        rows: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in curves.to_dict(orient="records")]
        print_json({"unit": asked.unit, "curves": rows, "savings": [asdict(one) for one in savings]})
        return
    from planner.report.terminal_spending import print_spent_savings

    print_spent_savings(savings)


def _draw(curves: "pd.DataFrame", unit: str, path: Path) -> None:
    from planner.report.charts.save import save_chart
    from planner.report.charts.spent import spent_charts

    keys = ["dataset", "learner", "batch_size", "initial_size"]
    families = [family for _, family in curves.groupby(keys, sort=True, dropna=False)]
    if not 1 <= len(families) <= _MOST_DRAWN:
        raise InputError(
            f"--chart: found {len(families)} data sets, learners and schedules; allowed: 1 to {_MOST_DRAWN} in one file"
        )
    metric = str(curves["metric"].iloc[0])
    save_chart(spent_charts(families, unit, metric), path)
