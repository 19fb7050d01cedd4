"""`labelplan curves`: what a curve table holds, label savings, and tests of strategies against each other."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli.options import AsJson, whole_numbers
from planner.cli.output import make_folder, print_json, print_warnings
from planner.cli.spending import AskedPer, check_per, show_per
from simulations.errors import InputError

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
    from planner.curves import label_savings, one_metric, pool_savings, summarise_curves, write_curves
    from planner.curves.cut_short import cut_short

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
    from planner.report import terminal_compare, terminal_curves

    terminal_curves.print_curves(summary)
    terminal_curves.print_savings(savings)
    terminal_curves.print_pooled(pooled)
    if compared is not None:
        terminal_compare.print_comparisons(**compared)


def _read(path: Path, metric: str | None) -> "pd.DataFrame":
    """Read a table or a store; trajectories of a store that cannot be used are told."""
    from planner.curves import read_curves
    from planner.dashboard.answer import stored_curves
    from planner.report.names import METRICS

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
    from planner.curves import compare_at, compare_strategies, win_matrices

    comparisons = compare_strategies(table)
    at_counts = compare_at(table, counts)
    return {"comparisons": comparisons, "at_counts": at_counts, "wins": win_matrices(comparisons)}
