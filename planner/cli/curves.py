"""`labelplan curves`: a curve table, label savings, tests of strategies against each other, and other units."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli.output import AsJson, make_folder, print_json, print_warnings, whole_numbers
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
        from planner.render.image_export import check_chart_path

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
    from planner.app.answers import stored_spending
    from planner.curves.spending import Prices, over_spending, spent_curves, spent_savings

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
    from planner.render.curves.spending import print_spent_savings

    print_spent_savings(savings)


def _draw(curves: "pd.DataFrame", unit: str, path: Path) -> None:
    from planner.render.curves.charts import spent_charts
    from planner.render.image_export import save_chart

    keys = ["dataset", "learner", "batch_size", "initial_size"]
    families = [family for _, family in curves.groupby(keys, sort=True, dropna=False)]
    if not 1 <= len(families) <= _MOST_DRAWN:
        raise InputError(
            f"--chart: found {len(families)} data sets, learners and schedules; allowed: 1 to {_MOST_DRAWN} in one file"
        )
    metric = str(curves["metric"].iloc[0])
    save_chart(spent_charts(families, unit, metric), path)


if TYPE_CHECKING:
    import pandas as pd


def curves(
    path: Annotated[Path, typer.Argument(metavar="CURVES", help="A store's folder, or a CSV or Parquet curve table.")],
    out: Annotated[Path | None, typer.Option(help="Write the curve table here, .csv or .parquet.")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Test strategies against each other, seed by seed.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="N,N,…", help="Label counts to read savings at, and to compare at.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="What to summarise; accuracy by default.")] = None,
    per: Annotated[
        str | None, typer.Option(metavar="UNIT", help="Savings in votes, tokens, seconds or usd, of a store.")
    ] = None,
    usd_per_hour: Annotated[float | None, typer.Option(help="Price of an hour of annotation, for --per usd.")] = None,
    usd_per_vote: Annotated[float | None, typer.Option(help="Price of a vote, for --per usd.")] = None,
    usd_per_token: Annotated[float | None, typer.Option(help="Price of a token, for --per usd.")] = None,
    usd_per_label: Annotated[float | None, typer.Option(help="Price of a label, for --per usd.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Draw the curves of --per here, .html, .svg or .png.")] = None,
    as_json: AsJson = False,
) -> None:
    """Summarise a curve table: each strategy's value, and the labels it saves against random."""
    from planner.curves.label_savings import label_savings, pool_savings
    from planner.curves.replicates import cut_short
    from planner.curves.summary import summarise_curves, write_curves
    from simulations.curve_table import one_metric

    prices = {
        "usd_per_hour": usd_per_hour,
        "usd_per_vote": usd_per_vote,
        "usd_per_token": usd_per_token,
        "usd_per_label": usd_per_label,
    }
    asked = AskedPer(per, prices, chart)
    in_unit = check_per(asked, path, {"--at": at, "--compare": compare, "--out": out})
    counts = [] if at is None else whole_numbers("--at", at)
    table = _read(path, metric)
    chosen = one_metric(table, metric)
    print_warnings(cut_short(chosen))
    if in_unit:
        show_per(asked, chosen, path, as_json=as_json)
        return
    savings = label_savings(chosen, at=counts or None)
    _check_measured(chosen, counts)
    summary, pooled = summarise_curves(chosen, savings), pool_savings(savings)
    compared = _compared(chosen, counts) if compare else None
    if out is not None:
        make_folder(out)
        write_curves(table, out)
    if as_json:
        rows = {"savings": [asdict(one) for one in savings], "pooled_savings": [asdict(one) for one in pooled]}
        parts = {} if compared is None else {name: part for name, part in compared.items() if name != "wins"}
        rows |= {name: [one.to_dict() for one in part] for name, part in parts.items()}
        wins = {} if compared is None else {"wins": compared["wins"]}
        print_json({"summary": summary.to_dict(orient="records"), **rows, **wins})
        return
    from planner.render.curves import comparisons
    from planner.render.curves import terminal as curve_terminal

    curve_terminal.print_curves(summary)
    curve_terminal.print_savings(savings)
    curve_terminal.print_pooled(pooled)
    if compared is not None:
        comparisons.print_comparisons(**compared)


def _read(path: Path, metric: str | None) -> "pd.DataFrame":
    """Read a table or a store; trajectories of a store that cannot be used are told."""
    from planner.app.answers import stored_curves
    from planner.render.numbers import METRICS
    from simulations.curve_table import read_curves

    if path.is_dir():
        table, warnings = stored_curves(path)
        print_warnings(warnings)
        return table
    # A metric that is not known by name has to be named by the file.
    named = metric if metric in METRICS or metric == "balanced_accuracy" else None
    return read_curves(path, metric=named)


def _check_measured(table: "pd.DataFrame", counts: list[int]) -> None:
    low, high = (int(end) for end in (table["labels"].min(), table["labels"].max()))
    for count in counts:
        if not low <= count <= high:
            raise InputError(f"--at: found {count:,}; allowed: {low:,} to {high:,}, as far as the curves were measured")


def _compared(table: "pd.DataFrame", counts: list[int]) -> dict[str, Any]:
    from planner.curves.comparisons import compare_at, compare_strategies, win_matrices

    comparisons = compare_strategies(table)
    at_counts = compare_at(table, counts)
    return {"comparisons": comparisons, "at_counts": at_counts, "wins": win_matrices(comparisons)}
