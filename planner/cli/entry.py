"""Where the command line begins: the commands in the order of `labelplan --help`, and how a process ends.

Exit status: 0 answered, 2 bad input (one sentence on standard error), 1 anything else, 128 + its number after a signal
that stopped a run.
"""

import errno
import os
import sys
from typing import Annotated, NoReturn

import typer

from planner import __version__
from planner.cli.annotations import import_, pilot
from planner.cli.curves import backtest, curves, forecast
from planner.cli.plan import audit, cost, dashboard, demo, init, plan, track, vendors
from planner.cli.simulate import data_app, list_, simulate
from simulations.errors import InputError
from simulations.process import open_closed

# The base of all of typer's complaints about a command line; which package defines it depends on typer's version.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

app = typer.Typer(
    name="labelplan",
    help="Is active learning worth it, for your task and at your prices? Answers in money and a probability.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _command in (
    *(demo, init, plan, cost, vendors, audit, track, pilot),
    *(forecast, simulate, curves, backtest, dashboard),
):
    app.command()(_command)
app.command("import")(import_)
app.command("list")(list_)
app.add_typer(data_app, name="data")


def _print_version(show: bool) -> None:
    if show:
        print(f"labelplan {__version__}")
        raise typer.Exit


_DEBUG = "LABELPLAN_DEBUG"
_MANY_THREADS = ("simulate", "pilot", "data", "dashboard")


@app.callback()
def _global_options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error; LABELPLAN_DEBUG=1 does too.")
    ] = False,
) -> None:
    if debug:
        os.environ[_DEBUG] = "1"
    if context.invoked_subcommand not in _MANY_THREADS:
        # Answers multiply small matrices: more threads wait for each other, and take a fifth more processor time.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line and turn bad input into one sentence and exit status 2."""
    open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a minus sign must not stop a terminal that lacks it
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        _fail_with(str(error))
    except UsageError as error:
        _fail_with(error.format_message())  # type: ignore[attr-defined]
    except OSError as error:
        if error.filename is None and error.errno in _UNWRITABLE:
            _drop_output(error)
        where = "" if error.filename is None else f"{str(error.filename)[:200]}: "
        _fail_with(where + (error.strerror or str(error)))
    except (KeyboardInterrupt, typer.Abort):
        print("labelplan: stopped; what was finished is kept", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if os.environ.get(_DEBUG) == "1":
            raise
        _report(error)
    sys.exit(status if isinstance(status, int) else 0)


def _fail_with(sentence: str) -> NoReturn:
    print("labelplan: " + " ".join(sentence.split()), file=sys.stderr)
    sys.exit(2)


def _report(error: Exception) -> NoReturn:
    """Keep the traceback of an error that nobody foresaw, and end with status 1 and a sentence that says where."""
    import traceback
    from datetime import datetime

    from platformdirs import user_state_path

    from simulations.files import write_whole

    python = sys.version.split()[0]
    facts = f"labelplan {__version__}, Python {python}, {sys.platform}\nCommand: {sys.argv}\n\n"
    text = facts + "".join(traceback.format_exception(error))
    folder = user_state_path("labelplan", appauthor=False)
    path = folder / f"error-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8", "backslashreplace"))
        where = f"a report lies in {path}"
    except OSError:
        where = "no report could be written; 'labelplan --debug' shows where"
    print(f"labelplan: an error in labelplan itself ({type(error).__name__}); {where}", file=sys.stderr)
    sys.exit(1)


def _drop_output(error: OSError) -> NoReturn:
    """End with status 1 since what is printed cannot be written."""
    # Whoever has stopped reading knows it.
    if not isinstance(error, BrokenPipeError):
        print(f"labelplan: the output cannot be written ({error.strerror})", file=sys.stderr)
    # What is left of it would fail once more at the end of the process, as would writers that are half done.
    sys.unraisablehook = lambda _: None
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)
