"""Commands on labels of your own: `labelplan import` reads a tool's export, `pilot` learns curves from labels."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli import output
from planner.cli.output import AsJson
from simulations.errors import InputError
from simulations.process import stoppable


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The export, as the tool wrote it.")],
    tool: Annotated[
        str, typer.Option("--from", metavar="TOOL", help="Whose export: label-studio, argilla, prodigy or csv.")
    ],
    question: Annotated[str | None, typer.Option(help="Whose answers are the labels, where several are asked.")] = None,
    item: Annotated[str | None, typer.Option(metavar="FIELD", help="What names items; the tool's id if unset.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The annotator that is a language model, for --write-audit.")
    ] = None,
    into: Annotated[Path | None, typer.Option(metavar="PLAN.toml", help="Write the quote's fields into it.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Of this vendor; the plan's only people if unset.")] = None,
    write_labels: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write each item's label, for: labelplan pilot --labels.")
    ] = None,
    write_audit: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write people's and models' answers, for: labelplan audit.")
    ] = None,
    write_log: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write labels by day, to fill in for: labelplan track.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read what a labelling tool exports: pace, time per item, agreement and errors; and write what they tell."""
    from planner.app.annotations import audit_table, campaign_log, import_export, label_table, write_fields
    from planner.plan import load_plan
    from planner.render.annotation_words import print_import

    if vendor is not None and into is None:
        raise InputError("--vendor: found without --into; allowed: beside it, as the quote whose fields are written")
    found = import_export(path, tool, question=question, item=item, model=model)
    fields, texts, lines = found.summary.quote_fields, dict[Path, str](), list[str]()
    if into is not None:
        changed, name, left_out = write_fields(load_plan(into), vendor, fields, str(into))
        texts[into] = changed.to_toml()
        written = ", ".join(key for key in fields if key not in left_out) or "nothing"
        lines.append(f"Wrote {written} of {name} into {into}. An export tells nothing of [calendar] but the pace.")
        lines += [f"Left out {key}: {why}." for key, why in left_out.items()]
    elif fields:
        lines.append("For its quote in a plan file:")
        lines += [f"  {key} = {json.dumps(value)}" for key, value in fields.items()]
    if write_labels is not None:
        texts[write_labels] = label_table(found.summary)
        lines.append(f"Wrote the labels of {len(found.summary.labels):,} items into {write_labels}.")
    if write_audit is not None:
        texts[write_audit], without = audit_table(found, model)
        lines.append(f"Wrote an audit into {write_audit}, without {without:,} items that not both have answered.")
    if write_log is not None:
        texts[write_log] = campaign_log(found)
        lines.append(f"Wrote {write_log}: its column value is yours to fill in, as an export has no measured value.")
    for target, text in texts.items():
        output.write_file(target, text)
    if found.export.unread:
        output.print_warnings([f"{path}: columns that are not read: {', '.join(found.export.unread)}"])
    answer = found.summary.to_dict() | {"unread": found.export.unread, "written": [str(target) for target in texts]}
    output.print_answer(answer, lambda: print_import(found.summary), as_json=as_json, line="\n".join(lines))


def pilot(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Features of the items: .csv, .tsv, .parquet or .npz.")],
    out: Annotated[Path, typer.Option(metavar="PILOT.csv", help="Write the curve table here, .csv or .parquet.")],
    labels: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Labels by item, as labelplan import --write-labels has them.")
    ] = None,
    item: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What names items in DATA; item or id if unset.")
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="The column of labels in DATA itself.")] = None,
    drop: Annotated[str | None, typer.Option(metavar="NAME,NAME,…", help="Columns that are no features.")] = None,
    one_hot: Annotated[bool, typer.Option("--one-hot", help="Turn columns of text into one feature a value.")] = False,
    rare_classes: Annotated[
        str, typer.Option(help="Classes of fewer than four items: refuse, pool (learned, never tested) or drop.")
    ] = "refuse",
    learner: Annotated[str, typer.Option(help="What is trained; see: labelplan list learners.")] = "linear",
    points: Annotated[int, typer.Option(min=4, max=200, help="Label counts at which it is measured.")] = 20,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Repeats, each on another held-out part.")] = 10,
    processes: Annotated[int | None, typer.Option(min=1, help="Worker processes; all cores by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Learn a pilot's curve from labels in hand: random subsets of them, measured on a held-out part."""
    from planner.app.pilot import learn_pilot
    from planner.app.runner import is_compiled
    from planner.render.annotation_words import pilot_lines

    settings = {"label": label, "drop": drop, "one_hot": one_hot, "rare_classes": rare_classes}
    options: dict[str, Any] = {"labels": labels, "item": item, "learner": learner, "points": points, "seeds": seeds}
    with stoppable() as stop, output.show_progress("Training", compiled=is_compiled()) as advance:
        found = learn_pilot(data, settings, **options, processes=processes, advance=advance)
    output.print_warnings([*found.notes, *found.run.failed])
    if found.run.remaining:
        # A part of the seeds would pass for all of them.
        print(
            f"labelplan: {found.run.remaining} of {found.run.total} seeds are not finished; nothing is written",
            file=sys.stderr,
        )
        raise typer.Exit(stop.status if found.run.interrupted else 1)
    output.write_curves(out, found.table)
    lines = pilot_lines(found.table, out)
    answer = {"out": str(out), "seeds": seeds, "means": found.means(), "notes": found.notes}
    output.print_answer(answer, lambda: print("\n".join(lines)), as_json=as_json)
