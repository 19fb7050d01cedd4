"""Commands on measured learning curves: `labelplan curves`, `forecast` and `backtest`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.cli.output import AsJson, Seed
from simulations.errors import InputError
from simulations.process import stoppable


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
    from planner.app import curve_report
    from planner.curves import replicates, spending
    from planner.render.curves import curve_tables
    from simulations.curve_table import one_metric

    prices = {
        "usd_per_hour": usd_per_hour,
        "usd_per_vote": usd_per_vote,
        "usd_per_token": usd_per_token,
        "usd_per_label": usd_per_label,
    }
    _check_unit(per, prices, chart, path, {"--at": at, "--compare": compare, "--out": out})
    counts = [] if at is None else output.whole_numbers("--at", at)
    table, warnings = curve_report.read_table(path, metric)
    output.print_warnings(warnings)
    chosen = one_metric(table, metric)
    output.print_warnings(replicates.censoring_warnings(chosen))
    if per is not None:
        amounts = curve_report.stored_spending(chosen, path, per, prices)
        output.print_warnings(amounts.warnings)
        spent, saved = spending.spent_curves(amounts), spending.spent_savings(amounts)
        if chart is not None:
            curve_report.draw_spent_curves(spent, per, chart)
        if as_json:
            savings = [asdict(savings) for savings in saved]
            output.print_json({"unit": per, "curves": spent.to_dict(orient="records"), "savings": savings})
        else:
            curve_tables.print_spent_savings(saved)
        return
    report = curve_report.report_curves(chosen, counts, compare=compare)
    if out is not None:
        output.write_curves(out, table)
    if as_json:
        output.print_json(report.to_dict())
        return
    curve_tables.print_curves(report.summary)
    curve_tables.print_savings(report.savings)
    curve_tables.print_pooled(report.pooled)
    if report.tests is not None:
        curve_tables.print_comparisons(**report.tests)


def _check_unit(
    unit: str | None, prices: Mapping[str, float | None], chart: Path | None, path: Path, others: Mapping[str, object]
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


def forecast(
    path: Annotated[Path, typer.Argument(metavar="CURVES", help="Curve table, CSV or Parquet: labels, value, …")],
    target: Annotated[float | None, typer.Option(help="Value to reach, a fraction such as 0.9.")] = None,
    at: Annotated[str | None, typer.Option(metavar="N,N,…", help="Label counts to forecast at.")] = None,
    metric: Annotated[str, typer.Option(help="What the values measure, where the file does not say.")] = "accuracy",
    test_size: Annotated[int | None, typer.Option(min=1, help="Test items, where the file does not say.")] = None,
    check: Annotated[bool, typer.Option(help="Check each fit: a held-out tail, residuals, another method.")] = True,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Forecast learning curves: the value at more labels, and the labels to a target."""
    from planner.curves.forecasts import forecast_table
    from planner.render.terminal import print_forecasts
    from simulations.curve_table import read_curves

    if target is not None and not 0 < target < 1:
        raise InputError(f"--target: found {target:g}; allowed: a fraction above 0 and below 1 (0.90, not 90)")
    points = output.whole_numbers("--at", at) if at is not None else None
    table = read_curves(path, metric=metric, test_size=test_size)
    results = forecast_table(table, target=target, at=points, seed=seed, check=check)
    output.print_answer(results, lambda: print_forecasts(results, target), as_json=as_json)


def backtest(
    source: Annotated[
        str | None, typer.Argument(metavar="CURVES", help="A curve table (CSV or Parquet), or 'recorded', the default.")
    ] = None,
    cuts: Annotated[str, typer.Option(help="Percent of the label range that is observed.")] = "10,20,50",
    sample: Annotated[int | None, typer.Option(min=1, help="Curves a data set at most.")] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="Show published findings beside our own figures; nothing is computed.")
    ] = False,
    strategies: Annotated[
        bool, typer.Option("--strategies", help="Show what every recorded strategy saved; nothing is computed.")
    ] = False,
    verdicts: Annotated[
        bool,
        typer.Option("--verdicts", help="Show how right verdicts were on data sets held out; nothing is computed."),
    ] = False,
    metric: Annotated[str | None, typer.Option(help="Which metric of a curve table; accuracy by default.")] = None,
    test_size: Annotated[int | None, typer.Option(min=1, help="Test items, where the table does not say.")] = None,
    draws: Annotated[int, typer.Option(min=100, max=20_000, help="Sample paths of a forecast.")] = 1_000,
    seed: Seed = 0,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .html, .svg or .png.")] = None,
    as_json: AsJson = False,
) -> None:
    """Test the forecast on measured curves: cut each, forecast what lies beyond, score it beside two simple rules."""
    results = {"findings": findings, "strategies": strategies, "verdicts": verdicts}
    shown = [name for name, wanted in results.items() if wanted]
    if shown:
        others = {source: source, "--sample": sample, "--metric": metric, "--chart": chart}
        given = [f"--{name}" for name in shown[1:]] + [str(name) for name, given in others.items() if given]
        _show_results(shown[0], given, as_json=as_json)
        return
    from planner.app.backtests import RECORDED, run
    from planner.backtest.scoring import read_cuts
    from planner.render.evidence.backtest import print_backtest

    if chart is not None:
        from planner.render.chart_style import fix_width  # loads the drawing library
        from planner.render.evidence.charts import ratio_chart
        from planner.render.image_export import check_chart_path, save_chart

        check_chart_path("--chart", chart)  # before minutes of work, not after
    with _stoppable_progress() as progress:
        found = run(
            source or RECORDED,
            metric=metric,
            test_size=test_size,
            cuts=read_cuts(cuts),
            sample=sample,
            n_draws=draws,
            seed=seed,
            progress=progress,
        )
    if chart is not None:
        save_chart(fix_width(ratio_chart(found)), chart)
    if as_json:
        output.print_json(found)
        return
    print_backtest(found)
    if chart is not None:
        print(f"Chart: {chart}")


def _show_results(name: str, others: list[str], *, as_json: bool) -> None:
    """Show results as they were recorded; other options do not go with them."""
    if others:
        raise InputError(f"--{name}: does not go with {others[0]}, as it shows what is recorded")
    from planner.evidence.results import RESULTS_FILES

    found = RESULTS_FILES[name].judged()
    if as_json:
        output.print_json(found)
        return
    from planner.render.evidence.results import print_recorded

    print_recorded(found)


@contextmanager
def _stoppable_progress() -> Iterator[output.Progress]:
    """Show progress on standard error; Ctrl-C ends the command with nothing reported, as a part is not the whole."""
    where = "before the first curve"
    with stoppable() as stop:
        try:
            with output.show_progress("Forecasting curves") as show:

                def progress(done: float, total: int) -> None:
                    nonlocal where
                    where = f"after {int(done):,} of {total:,} curves"
                    show(done, total)

                yield progress
        except KeyboardInterrupt:
            print(f"labelplan: stopped {where}; nothing is reported, as a part is not the whole", file=sys.stderr)
            raise typer.Exit(stop.status) from None
