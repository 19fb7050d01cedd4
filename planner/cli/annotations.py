"""Commands on labels of your own: `labelplan import` reads a tool's export, `pilot` learns curves from labels."""

import json
from pathlib import Path
from typing import Annotated

import typer

from planner.cli import output
from planner.cli.output import AsJson
from simulations.errors import InputError


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
        output.write_text(target, text)
    if found.unread:
        output.print_warnings([f"{path}: columns that are not read: {', '.join(found.unread)}"])
    answer = found.summary.to_dict() | {"unread": found.unread, "written": [str(target) for target in texts]}
    output.print_answer(answer, lambda: print_import(found.summary), as_json=as_json, line="\n".join(lines))
