"""The `labelplan` command: reads files, calls the planner or the simulator, prints.

Heavy modules are imported inside the commands, so that `labelplan --help` answers at once. Exit status: 0 answered,
2 bad input (one sentence on standard error), 1 anything else, 128 + its number after a signal that stopped a run.
"""

import errno
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from planner import __version__
from planner.backtest_command import backtest
from planner.data_command import data_app
from planner.errors import InputError
from planner.simulate_command import simulate
from simulations.descriptors import open_closed
from simulations.errors import SimulationInputError

if TYPE_CHECKING:
    import pandas as pd

# The base of all of typer's complaints about a command line; which package defines it depends on typer's version.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="labelplan",
    help="Is active learning worth it, for your task and at your prices? Answers in money and a probability.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")
app.command()(backtest)

_UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN.toml", help="The plan file; 'labelplan init' writes one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws: the same seed gives the same answer.")]


def main() -> None:
    """Run the command line and turn bad input into one sentence and exit status 2."""
    open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a minus sign must not stop a terminal that lacks it
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except (InputError, SimulationInputError) as error:
        _fail(str(error))
    except UsageError as error:
        _fail(error.format_message())  # type: ignore[attr-defined]
    except OSError as error:
        if error.filename is None and error.errno in _UNWRITABLE:
            _drop_output(error)
        where = "" if error.filename is None else f"{str(error.filename)[:200]}: "
        _fail(where + (error.strerror or str(error)))
    except (KeyboardInterrupt, typer.Abort):
        print("labelplan: stopped; what was finished is kept", file=sys.stderr)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(sentence: str) -> NoReturn:
    print("labelplan: " + " ".join(sentence.split()), file=sys.stderr)
    sys.exit(2)


def _drop_output(error: OSError) -> NoReturn:
    """End with status 1 since what is printed cannot be written."""
    # Whoever has stopped reading knows it.
    if not isinstance(error, BrokenPipeError):
        print(f"labelplan: the output cannot be written ({error.strerror})", file=sys.stderr)
    # What is left of it would fail once more at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def _with_warnings(table: "pd.DataFrame", warnings: tuple[str, ...]) -> "pd.DataFrame":
    for sentence in warnings:
        print(f"labelplan: warning: {sentence}", file=sys.stderr)
    return table


def _print_json(results: Any) -> None:
    print(json.dumps(results, indent=2, allow_nan=False))


def _version(show: bool) -> None:
    if show:
        print(f"labelplan {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None: ...


@app.command()
def init(
    path: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="Where to write the plan.")] = Path("plan.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a commented plan file to start from."""
    from planner.plan import template

    if path.exists() and not force:
        raise InputError(f"{path}: the file is already there; --force replaces it")
    _write(path, template())
    print(f"Wrote {path}. Put your own numbers in, then: labelplan plan {path}")


@app.command()
def plan(
    path: PlanFile,
    store: Annotated[Path | None, typer.Option(help="Curves from your own simulations in this folder.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a self-contained HTML report here.")] = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 5_000,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Say whether active learning beats labelling more random data, with money and a probability."""
    from planner.dashboard.answer import answer
    from planner.plan import load_plan

    verdict = answer(load_plan(path), base=path.parent, store=store, n_draws=draws, seed=seed)
    if report is not None:
        from planner.report.html import write_report

        _make_folder(report)
        write_report(verdict, report)
    if as_json:
        _print_json(verdict.to_dict())
    else:
        from planner.report.terminal import print_verdict

        print_verdict(verdict)
        if report is not None:
            print(f"\nReport: {report}")


@app.command()
def cost(
    path: PlanFile,
    labels: Annotated[list[str], typer.Option(metavar="PLAN=COUNT", help="For example random=12000; give several.")],
    as_json: AsJson = False,
) -> None:
    """Print the bill at label counts that you give; ranges count at their median, nothing is simulated."""
    from planner.costs import compare_costs
    from planner.plan import load_plan

    comparison = compare_costs(load_plan(path), _counts(labels))
    if as_json:
        _print_json(comparison.to_dict())
    else:
        from planner.report.terminal import print_costs

        print_costs(comparison)


@app.command()
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
    from planner.curves import forecast_table, read_curves

    if target is not None and not 0 < target < 1:
        raise InputError(f"--target: found {target:g}; allowed: a fraction above 0 and below 1 (0.90, not 90)")
    points = _whole_numbers("--at", at) if at is not None else None
    table = read_curves(path, metric=metric, test_size=test_size)
    results = forecast_table(table, target=target, at=points, seed=seed, check=check)
    if as_json:
        _print_json(results)
    else:
        from planner.report.terminal import print_forecasts

        print_forecasts(results, target)


app.command()(simulate)


@app.command()
def curves(
    path: Annotated[Path, typer.Argument(metavar="CURVES", help="A store's folder, or a CSV or Parquet curve table.")],
    out: Annotated[Path | None, typer.Option(help="Write the curve table here, .csv or .parquet.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write the table with its provenance into this folder.")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Test strategies against each other, seed by seed.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="N,N,…", help="Label counts to read savings at, and to compare at.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="What to summarise; accuracy by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Summarise a curve table: each strategy's value, and the labels it saves against random."""
    from planner.curves import label_savings, one_metric, pool_savings, read_curves, summarise_curves
    from planner.dashboard.answer import stored_curves
    from planner.report.words import METRICS

    counts = None if at is None else _whole_numbers("--at", at)
    # A metric that is not known by name has to be named by the file.
    named = metric if metric in METRICS or metric == "balanced_accuracy" else None
    table = _with_warnings(*stored_curves(path)) if path.is_dir() else read_curves(path, metric=named)
    chosen = one_metric(table, metric)
    savings = label_savings(chosen, at=counts)
    _check_measured(chosen, counts or [])
    summary, pooled = summarise_curves(chosen, savings), pool_savings(savings)
    compared = _compared(chosen, counts or []) if compare else None
    if out is not None:
        from planner.curves import write_curves

        _make_folder(out)
        write_curves(table, out)
    if record is not None:
        _record(table, record)
    if as_json:
        parts = {"savings": savings, "pooled_savings": pooled, **(compared or {})}
        rows = {name: [one.to_dict() for one in part] for name, part in parts.items() if name != "wins"}
        wins = {} if compared is None else {"wins": compared["wins"]}
        _print_json({"summary": summary.to_dict(orient="records"), **rows, **wins})
        return
    from planner.report import terminal_compare, terminal_curves

    terminal_curves.print_curves(summary)
    terminal_curves.print_savings(savings)
    terminal_curves.print_pooled(pooled)
    if compared is not None:
        terminal_compare.print_comparisons(**compared)


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


def _record(table: "pd.DataFrame", folder: Path) -> None:
    from planner.evidence.record import record_curves
    from simulations.catalog import datasets

    licences = {entry["name"]: entry["licence"] for entry in datasets()}
    record_curves(table, folder, licences=licences, command=" ".join(["labelplan", *sys.argv[1:]]))


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on localhost.")] = 8501,
    plan: Annotated[Path | None, typer.Option(help="Open with this plan file.")] = None,
    store: Annotated[Path | None, typer.Option(help="Curves from your own simulations in this folder.")] = None,
) -> None:
    """Open the dashboard in a browser."""
    from planner.dashboard.launch import launch

    if plan is not None:
        from planner.plan import load_plan

        load_plan(plan)  # a fault is told here, before a server starts
    if store is not None and not store.is_dir():
        raise InputError(f"--store {store}: there is no such folder; 'labelplan simulate' makes one")
    raise typer.Exit(launch(port, plan, store))


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(metavar="strategies|learners|datasets", help="What to list.")],
    as_json: AsJson = False,
) -> None:
    """List what can be simulated."""
    from simulations import catalog

    listings = {"strategies": catalog.strategies, "learners": catalog.learners, "datasets": catalog.datasets}
    if what not in listings:
        raise InputError(f"list: found '{what}'; allowed: {', '.join(listings)}")
    entries = listings[what]()
    if as_json:
        _print_json(entries)
    else:
        from planner.report.terminal import print_catalog

        print_catalog(entries)


def _counts(labels: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in labels:
        name, equals, count = item.partition("=")
        if not equals or not name or not _is_count(count):
            raise InputError(f"--labels: found '{item}'; allowed: PLAN=COUNT, such as random=12000 or margin=6000")
        if name in counts:
            raise InputError(f"--labels: '{name}' is given twice; allowed: each plan once")
        counts[name] = int(count.replace("_", ""))
    return counts


def _whole_numbers(option: str, text: str) -> list[int]:
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(_is_count(part) and int(part) > 0 for part in parts):
        raise InputError(f"{option}: found '{text}'; allowed: whole numbers above 0, such as 5000,20000")
    return [int(part) for part in parts]


def _is_count(text: str) -> bool:
    digits = text.replace("_", "")
    return digits.isdecimal() and len(digits) <= 15


def _write(path: Path, text: str) -> None:
    _make_folder(path)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be made ({error.strerror})") from error


if __name__ == "__main__":
    main()
