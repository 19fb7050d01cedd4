"""Options that several commands share, and what the commands print and write."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.errors import InputError
from simulations.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN.toml", help="The plan file; 'labelplan init' writes one.")]
OwnStore = Annotated[Path | None, typer.Option("--store", help="Curves from your own simulations in this folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws: the same seed gives the same answer.")]
Quotes = Annotated[
    list[Path] | None,
    typer.Option("--quotes", metavar="FILE", help="More quotes, CSV, JSON or xlsx, beside the plan's own."),
]
Presets = Annotated[
    list[str] | None, typer.Option("--preset", metavar="NAME", help="A preset quote too; see: labelplan list presets.")
]


def whole_numbers(option: str, text: str) -> list[int]:
    """Read a list such as `5000,20_000` that was typed for an option.

    Raises:
        InputError: a part is no whole number above 0, or has more than 15 digits.
    """
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(is_count(part) and int(part) > 0 for part in parts):
        raise InputError(f"{option}: found '{text}'; allowed: whole numbers above 0, such as 5000,20000")
    return [int(part) for part in parts]


def is_count(text: str) -> bool:
    """Say whether a text is a whole number of at most 15 digits, maybe with underscores between them."""
    digits = text.replace("_", "")
    return digits.isdecimal() and len(digits) <= 15


LINE_SECONDS = 5.0
"""How often a log file gets a line of progress."""

FIRST_RUN = "The first run compiles the inner loops of the engine, which takes about 15 seconds, once."

Progress = Callable[[float, int], None]
"""Takes how much is done, and of how much."""


def print_json(results: Any) -> None:
    """Print results on standard output; NaN and infinities are errors of the program and raise ValueError."""
    print(json.dumps(results, indent=2, allow_nan=False))


def print_answer(results: Any, words: Callable[[], None], *, as_json: bool, line: str | None = None) -> None:
    """Print results as JSON where that is asked for; else `words` prints them for people, and a last line follows."""
    if as_json:
        print_json(results)
        return
    words()
    if line:
        print(line)


def print_warnings(sentences: Iterable[str]) -> None:
    """Tell what is amiss without being in the way of the results."""
    for sentence in sentences:
        print(f"labelplan: warning: {sentence}", file=sys.stderr)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file and the folders it lies in; an InputError where it cannot be written there."""
    make_folder(path)
    try:
        write_whole(path, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def write_curves(path: Path, table: "pd.DataFrame") -> None:
    """Write a curve table as CSV or Parquet, by the ending of the path.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    if path.suffix == ".csv":
        write_file(path, table.to_csv(index=False))
    elif path.suffix == ".parquet":
        write_file(path, table.to_parquet(None, compression="zstd", index=False))
    else:
        raise InputError(f"{path}: found the ending '{path.suffix}'; allowed: .csv or .parquet")


def make_folder(path: Path) -> None:
    """Make the folder that a file is to lie in; an InputError where it cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be made ({error.strerror})") from error


@contextmanager
def show_waiting(sentence: str) -> Iterator[None]:
    """Show on a terminal that work goes on, for work whose length nobody knows; what was there before comes back."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{sentence}…"):
        yield


@contextmanager
def show_progress(sentence: str, *, in_percent: bool = False, compiled: bool = True) -> Iterator[Progress]:
    """Show a bar on standard error, so that results can be piped; in percent, or by how many are done.

    A log file, which shows no bar, gets a line now and then. Where the engine is not `compiled`, its first run says so.
    """
    from rich import progress
    from rich.console import Console

    share = progress.TextColumn("{task.percentage:>3.0f}%") if in_percent else progress.MofNCompleteColumn()
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), share, progress.TimeRemainingColumn())
    console = Console(stderr=True)
    # Lanes in lockstep end together, so the time left is judged by the whole run and not by the last half minute.
    bar = progress.Progress(*columns, console=console, disable=not console.is_terminal, speed_estimate_period=1e9)
    written = perf_counter()
    with bar:
        # Shown once there is something to tell: what was done before, or cannot start, has no progress.
        task = bar.add_task(sentence, total=None, visible=False)

        def advance(done: float, total: int) -> None:
            nonlocal compiled, written
            if total and not compiled:
                console.print(FIRST_RUN)
                compiled = True
            bar.update(task, completed=done, total=total, visible=total > 0)
            if console.is_terminal or not done or not (done == total or perf_counter() - written > LINE_SECONDS):
                return
            written = perf_counter()
            left = bar.tasks[0].time_remaining
            words = "" if left is None or done == total else f", about {left:,.0f} s left"
            print(f"{sentence}: {int(done):,} of {total:,}{words}", file=sys.stderr, flush=True)

        yield advance
