"""`labelplan curves`: a curve table, label savings, tests of strategies against each other, and other units."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.output import AsJson, make_folder, print_json, print_warnings, whole_numbers
from simulations.errors import InputError


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
    from planner.app.curve_report import read_table, report_curves
    from planner.curves.curve_summary import write_curves
    from planner.curves.replicates import censoring_warnings
    from planner.render.curves.curve_tables import print_comparisons, print_curves, print_pooled, print_savings
    from simulations.curve_table import one_metric

    prices = {
        "usd_per_hour": usd_per_hour,
        "usd_per_vote": usd_per_vote,
        "usd_per_token": usd_per_token,
        "usd_per_label": usd_per_label,
    }
    _check_unit(per, prices, chart, path, {"--at": at, "--compare": compare, "--out": out})
    counts = [] if at is None else whole_numbers("--at", at)
    table, warnings = read_table(path, metric)
    print_warnings(warnings)
    chosen = one_metric(table, metric)
    print_warnings(censoring_warnings(chosen))
    if per is not None:
        from planner.app.curve_report import draw_spent_curves, stored_spending
        from planner.curves.spending import spent_curves, spent_savings
        from planner.render.curves.curve_tables import print_spent_savings

        spending = stored_spending(chosen, path, per, prices)
        print_warnings(spending.warnings)
        spent, saved = spent_curves(spending), spent_savings(spending)
        if chart is not None:
            draw_spent_curves(spent, per, chart)
        if as_json:
            savings = [asdict(savings) for savings in saved]
            print_json({"unit": per, "curves": spent.to_dict(orient="records"), "savings": savings})
        else:
            print_spent_savings(saved)
        return
    report = report_curves(chosen, counts, compare=compare)
    if out is not None:
        make_folder(out)
        write_curves(table, out)
    if as_json:
        print_json(report.to_dict())
        return
    print_curves(report.summary)
    print_savings(report.savings)
    print_pooled(report.pooled)
    if report.tests is not None:
        print_comparisons(**report.tests)


def _check_unit(
    unit: str | None,
    prices: Mapping[str, float | None],
    chart: Path | None,
    path: Path,
    others: Mapping[str, object],
) -> None:
    """Refuse what does not go with another unit than labels, or without one; `others` are options by name."""
    if unit is None:
        stray = [f"--{name.replace('_', '-')}" for name, price in prices.items() if price is not None]
        stray += ["--chart"] if chart is not None else []
        if stray:
            raise InputError(f"{stray[0]}: needs --per; allowed: --per usd with prices, --per with a unit for a chart")
        return
    given = [name for name, value in others.items() if value]
    if given:
        raise InputError(f"{given[0]}: does not go with --per; allowed: one of the two")
    if not path.is_dir():
        raise InputError(f"--per: found {path}; allowed: a store's folder, which keeps what was spent")
    if chart is not None:
        from planner.render.image_export import check_chart_path

        check_chart_path("--chart", chart)
