"""`labelplan forecast`: the value that measured curves will have at more labels, and the labels to a target."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli.output import AsJson, Seed, print_answer, whole_numbers
from simulations.errors import InputError


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
    points = whole_numbers("--at", at) if at is not None else None
    table = read_curves(path, metric=metric, test_size=test_size)
    results = forecast_table(table, target=target, at=points, seed=seed, check=check)
    print_answer(results, lambda: print_forecasts(results, target), as_json=as_json)
