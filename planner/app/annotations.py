"""Imports of labelling tools' exports: what they tell, and the files that other commands read."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from planner.annotations import argilla, csv_table, label_studio, prodigy
from planner.annotations.agreement import UNNAMED, votes_by_item
from planner.annotations.records import Export, Record, choose_answers, read_text
from planner.annotations.summary import Summary, finish_items, summarise
from planner.plan import Plan, paths
from planner.plan.quote import BELONGS
from simulations.errors import InputError, unknown_name
from simulations.files import guard_formula

READERS: Mapping[str, Callable[[str, str, str | None], Iterator[Record]]] = {
    "label-studio": label_studio.read,
    "argilla": argilla.read,
    "prodigy": prodigy.read,
    "csv": csv_table.read,
}
"""Tool -> the reader of its export: text, name in messages, and the field that names items."""


@dataclass(frozen=True)
class Import:
    """An export, and what it tells."""

    export: Export
    summary: Summary


def import_export(
    path: Path, tool: str, *, question: str | None = None, item: str | None = None, model: str | None = None
) -> Import:
    """Read a tool's export; `model` is an annotator that is a language model.

    Raises:
        InputError: the tool is not known, the file cannot be read, or nobody has the name of a model.
    """
    if tool not in READERS:
        raise unknown_name("tool", tool, READERS, where="--from")
    text = read_text(path)
    unread = csv_table.unread_columns(text, str(path), item) if tool == "csv" else []
    records = [*READERS[tool](text, str(path), item)]
    names = sorted({record.annotator for record in records} - {""})
    if model is not None and model not in names:
        raise unknown_name("annotator", model, names or ["none, as the export names nobody"], where="--model")
    # Who is not named is no model, though its name is empty too.
    told = [replace(record, by_model=True) if model and record.annotator == model else record for record in records]
    export = choose_answers(told, question, str(path), unread)
    return Import(export, summarise(export))


def write_fields(
    plan: Plan, vendor: str | None, fields: Mapping[str, Any], where: str, *, llm: bool = False
) -> tuple[Plan, str, dict[str, str]]:
    """Write a quote's fields into a plan; where no vendor is named, of the only quote of people, or of an `llm`.

    Returns:
        The changed plan, the vendor's name, and the fields left out, each with why.

    Raises:
        InputError: the vendor is not told, or the plan does not allow a value.
    """
    asked = [i for i, quote in enumerate(plan.vendors) if (quote.labeller == "llm") == llm]
    if vendor is None and len(asked) != 1:
        whose = "language models" if llm else "people"
        raise InputError(f"{where}: found {len(asked)} quotes of {whose}; allowed: one, or --vendor NAME")
    index = asked[0] if vendor is None else plan.vendor_index(vendor)
    quote = plan.vendors[index]
    left_out = {}
    if quote.billing not in BELONGS["seconds_per_vote"]:
        left_out["seconds_per_vote"] = f'billing "{quote.billing}" is not paid by time'
    elif not quote.paid_by_time:
        left_out["seconds_per_vote"] = "the quote has no hourly_rate_usd to price it by"
    if quote.vote_scheme != "fixed":
        left_out["votes_per_item"] = f'vote_scheme "{quote.vote_scheme}" says how many'
    written = {key: value for key, value in fields.items() if key not in left_out}
    changed = plan.replace({paths.vendor(index, key): value for key, value in written.items()})
    return changed, quote.name, {key: why for key, why in left_out.items() if key in fields}


def label_table(summary: Summary) -> str:
    """Write a CSV of items and their labels, as `labelplan pilot --labels` reads it."""
    return _write_csv([["item", "label"], *map(list, summary.labels.items())])


def audit_table(found: Import, model: str | None = None) -> tuple[str, int]:
    """Write a CSV for `labelplan audit`: items that people and one model answered in a class.

    A model that answered an item again has a column for each time.

    Returns:
        The text, and how many items were left out, as one of the two did not answer them.

    Raises:
        InputError: there is no model in the export, several and none is named, or no item that both answered.
    """
    votes, _ = votes_by_item(answer for answer in found.export.answers if not answer.by_model)
    by_model = [answer for answer in found.export.answers if answer.by_model and answer.label is not None]
    models = sorted({answer.annotator for answer in by_model}) if model is None else [model]
    if len(models) != 1:
        raise InputError(
            f"--write-audit: found {', '.join(models) or 'no model'}; allowed: one model's predictions in the "
            "export, or --model NAME"
        )
    asked: dict[str, list[str]] = {}
    for answer in by_model:
        if answer.annotator == models[0]:
            asked.setdefault(answer.item, []).append(answer.label or "")
    both = [item for item in votes if item in asked]
    if not both:
        raise InputError(
            f"--write-audit: found no item that both people and {models[0]} answered; allowed: one or more"
        )
    people = pd.DataFrame.from_dict({item: _by_name(votes[item]) for item in both}, orient="index")
    times = pd.DataFrame.from_dict({item: asked[item] for item in both}, orient="index")
    times.columns = [f"llm_{i + 1}" for i in range(times.shape[1])]
    table = pd.concat([people.sort_index(axis=1).add_prefix("human_"), times], axis=1).fillna("")
    rows = table.rename_axis("item").reset_index()
    return _write_csv([[*rows.columns], *rows.to_numpy().tolist()]), len({*votes, *asked}) - len(both)


def _by_name(given: Mapping[str, str]) -> dict[str, str]:
    """Name the people of an item; who is not named is numbered."""
    return {str(i + 1) if name.startswith(UNNAMED) else name: label for i, (name, label) in enumerate(given.items())}


def campaign_log(found: Import) -> str:
    """Write a CSV to fill in for `labelplan track`: a row for each day on which items were finished.

    Raises:
        InputError: the export has no dates.
    """
    people = [answer for answer in found.export.answers if not answer.by_model]
    dates = [moment.date() for moment in finish_items(people).values()]
    if not dates or found.summary.pace is None:
        raise InputError("--write-log: found no date in the export; allowed: with dates, by which labels add up")
    first = date.fromisoformat(found.summary.pace.first)
    ends = sorted((day - first).days + 1 for day in dates)
    rows = [[str(sum(end <= day for end in ends)), "", str(day)] for day in sorted(set(ends))]
    return (
        "# One row a day with finished items. Keep the rows at which you measured a model, and fill in value:\n"
        "# an export has none. Labels count as random ones unless a column strategy says how they were chosen.\n"
        + _write_csv([["labels", "value", "days"], *rows])
    )


def _write_csv(rows: list[list[str]]) -> str:
    """Write rows; each cell on one line, and in quotes where a name begins as a comment does."""
    marked = any(row[0].startswith("#") for row in rows)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if marked else csv.QUOTE_MINIMAL).writerows(
        [guard_formula(" ".join(c.split())) for c in row] for row in rows
    )
    return out.getvalue()
