"""`labelplan init` and `labelplan plan`: a plan file to start from, and its verdict."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, make_folder, print_json, write_text
from simulations.errors import InputError

if TYPE_CHECKING:
    from planner.decision.analysis import Questions
    from planner.decision.sensitivity import Range

_EXAMPLE = "task.pool_size=10_000:500_000"


def init(
    path: Annotated[
        Path,
        typer.Argument(metavar="PLAN.toml", help="Where to write the plan; a name in .csv gives a table of quotes."),
    ] = Path("plan.toml"),
    preset: Presets = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a commented plan file to start from, or a table of quotes with the presets as examples."""
    from planner.plan import presets, template
    from planner.plan.quote_files import quotes_template_csv

    if path.exists() and not force:
        raise InputError(f"{path}: the file is already there; --force replaces it")
    if path.suffix == ".csv":
        if preset:
            raise InputError(f"--preset: found with {path}; allowed: with a plan file, as the table holds every preset")
        write_text(path, quotes_template_csv())
        print(f"Wrote {path}. Replace its rows by your own quotes, then: labelplan vendors plan.toml --quotes {path}")
        return
    write_text(path, template([presets.preset(name).quote for name in preset or ()]))
    print(f"Wrote {path}. Put your own numbers in, then: labelplan plan {path}")


def plan(
    path: PlanFile,
    store: OwnStore = None,
    report: Annotated[Path | None, typer.Option(help="Write a self-contained HTML report here.")] = None,
    sections: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME,…",
            help="What the report holds, such as verdict,vendors,assumptions (a wrong name lists all); all if unset.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 5_000,
    seed: Seed = 0,
    quotes: Quotes = None,
    preset: Presets = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT[=LOW:HIGH]", help="Trace the answer along an input, such as task.pool_size."),
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="INPUT,INPUT",
            help="Two inputs to map, with ranges as for --sweep where wanted; the label price and the pool if unset.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether active learning beats labelling more random data, with money and a probability."""
    from planner.app.answers import answer, compare_quotes
    from planner.app.open_plan import open_plan
    from planner.render.verdict.analysis_words import print_verdict

    if sections is not None and report is None:
        raise InputError("--sections: found without --report; allowed: beside --report FILE, which it is about")
    chosen = None
    if sections is not None:
        from planner.render.html import read_sections

        chosen = read_sections(sections)
    if report is not None:
        make_folder(report)  # what is wrong with it is told before the work, not after
    questions = read_questions(sweep or (), over)
    opened = open_plan(path, quotes, preset)
    verdict = answer(opened, base=path.parent, store=store, n_draws=draws, seed=seed, questions=questions)
    if report is not None:
        from planner.render.html import write_report

        # Comparing all quotes takes as long as the verdict, so it is done only where it is shown.
        quoted = chosen is None or "vendors" in chosen
        bought = compare_quotes(opened, base=path.parent, store=store, n_draws=draws, seed=seed) if quoted else None
        write_report(verdict, report, bought, sections=chosen)
    if as_json:
        print_json(verdict.to_dict())
        return
    print_verdict(verdict)
    if report is not None:
        print(f"\nReport: {report}")


def read_questions(sweeps: Sequence[str], over: str | None) -> "Questions":
    """Read the inputs to sweep, such as `task.pool_size=10_000:500_000`, and the two to map; None for the usual map.

    Raises:
        InputError: a text that is not of that form.
    """
    from planner.decision.analysis import Questions

    swept = dict(_read_input("--sweep", text) for text in sweeps)
    if over is None:
        return Questions(swept)
    axes = [part.strip() for part in over.split(",")]
    if len(axes) != 2 or not all(axes):
        raise InputError(f"--map: found '{over}'; allowed: two inputs, such as vote_price_usd,task.pool_size")
    (x, x_range), (y, y_range) = (_read_input("--map", axis) for axis in axes)
    return Questions(swept, (x, y), (x_range, y_range))


def _read_input(option: str, text: str) -> "tuple[str, Range | None]":
    """Read one input, with its range or without."""
    path, equals, span = text.partition("=")
    if not equals:
        return path.strip(), None
    try:
        low, high = map(float, span.split(":"))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{option}: found '{text}'; allowed: an input, or one with a range, such as {_EXAMPLE}")
    return path.strip(), (low, high)
