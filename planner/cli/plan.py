"""`labelplan init` and `labelplan plan`: a plan file to start from, and its verdict."""

from pathlib import Path
from typing import Annotated

import typer

from planner.app.open_plan import compare, open_plan, preset_quote
from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, make_folder, print_json, write_text
from simulations.errors import InputError


def init(
    path: Annotated[
        Path,
        typer.Argument(metavar="PLAN.toml", help="Where to write the plan; a name in .csv gives a table of quotes."),
    ] = Path("plan.toml"),
    preset: Presets = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a commented plan file to start from, or a table of quotes with the presets as examples."""
    from planner.plan import template

    if path.exists() and not force:
        raise InputError(f"{path}: the file is already there; --force replaces it")
    if path.suffix == ".csv":
        if preset:
            raise InputError(f"--preset: found with {path}; allowed: with a plan file, as the table holds every preset")
        from planner.plan.quote_files import quotes_template_csv

        write_text(path, quotes_template_csv())
        print(f"Wrote {path}. Replace its rows by your own quotes, then: labelplan vendors plan.toml --quotes {path}")
        return
    write_text(path, template([preset_quote(name) for name in preset or ()]))
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
    from planner.app.answers import answer
    from planner.app.questions import questions

    if sections is not None and report is None:
        raise InputError("--sections: found without --report; allowed: beside --report FILE, which it is about")
    ticked = _ticked(sections)
    if report is not None:
        make_folder(report)  # what is wrong with it is told before the work, not after
    asked = questions(sweep or (), over)
    opened = open_plan(path, quotes, preset)
    verdict = answer(opened, base=path.parent, store=store, n_draws=draws, seed=seed, questions=asked)
    if report is not None:
        from planner.render.html import write_report

        # Comparing all quotes takes as long as the verdict, so it is done only where it is shown.
        quoted = ticked is None or "vendors" in ticked
        bought = compare(opened, base=path.parent, store=store, n_draws=draws, seed=seed) if quoted else None
        write_report(verdict, report, bought, sections=ticked)
    if as_json:
        print_json(verdict.to_dict())
        return
    from planner.render.terminal import print_verdict

    print_verdict(verdict)
    if report is not None:
        print(f"\nReport: {report}")


def _ticked(sections: str | None) -> tuple[str, ...] | None:
    """Read the sections that the report is to hold; None for all."""
    if sections is None:
        return None
    from planner.render.html import read_sections

    return read_sections(sections)
