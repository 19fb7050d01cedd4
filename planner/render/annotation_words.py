"""An import of a labelling tool's export in words and tables."""

import json
from pathlib import Path

import pandas as pd

from planner.annotations.agreement import Agreement
from planner.annotations.summary import PAUSE, Interval, Pace, Summary, Times
from planner.render import numbers as n
from planner.render.terminal import print_rows

MOST_CLASSES = 30
"""Rows of the table of classes; the others are counted in one."""


def print_import(summary: Summary) -> None:
    """Print what an export tells."""
    for line in _import_lines(summary):
        print(line)
    print_rows(_class_rows(summary))
    if summary.agreement is not None:
        print_rows(_person_rows(summary.agreement))


def _import_lines(summary: Summary) -> list[str]:
    who = n.count_words(summary.people, "annotator") if summary.people else "annotators who are not named"
    answers = n.count_words(summary.answers, "answer")
    lines = [f"{n.count_words(summary.items, 'item')} with {answers} of {who}."]
    if summary.model_answers:
        lines.append(f"{n.count_words(summary.model_answers, 'answer')} of models beside them, for an audit.")
    if summary.skipped:
        parts = [f"{count:,} {why}" for why, count in sorted(summary.skipped.items())]
        lines.append(f"Records that give no label: {', '.join(parts)}.")
    if summary.repeated:
        lines.append(
            f"{n.count_words(summary.repeated, 'answer')} given anew by the same person: the last one counts as the "
            "label, all count as work."
        )
    if summary.unclassed:
        lines.append(
            f"{n.count_words(summary.unclassed, 'answer')} with spans, boxes, text or several labels: time and pace "
            "count them, agreement is not computed for them."
        )
    lines += _time_lines(summary.times, summary.answers) + _pace_lines(summary.pace, summary.answers)
    return lines + _agreement_lines(summary)


def _time_lines(times: Times | None, answers: int) -> list[str]:
    if times is None:
        return [f"Time: none of the {n.count_words(answers, 'answer')} has one."]
    low, median, high = times.spread_seconds
    lines = [
        f"Time of an answer: median {_seconds(median)}, 10th to 90th percentile {_seconds(low)} to {_seconds(high)}; "
        f"mean {_spread(times.mean_seconds)} s, {3600 / times.mean_seconds[1]:,.0f} answers an hour."
        if times.mean_seconds[1]
        else "Time of an answer: 0 s, so that it was not measured."
    ]
    if times.from_gaps:
        lines.append("The export has no times: these are the gaps between one person's answers.")
    if times.pauses:
        lines.append(
            f"{n.count_words(times.pauses, 'time')} above {PAUSE} medians, up to {_seconds(times.longest_seconds)}, "
            f"as in a pause: the mean counts each as {PAUSE} medians."
        )
    if times.untimed:
        lines.append(f"{n.count_words(times.untimed, 'answer')} without a time.")
    return lines


def _pace_lines(pace: Pace | None, answers: int) -> list[str]:
    if pace is None:
        return ["Pace: the export has no dates."]
    per_day = (answers - pace.undated) / pace.calendar_days
    lines = [
        f"Pace: {_spread(pace.items_per_day)} items and {n.about_count(per_day, 3)} answers a calendar day, from "
        f"{pace.first} to {pace.last}, {n.count_words(pace.calendar_days, 'day')}, of which "
        f"{pace.days_with_answers:,} with answers."
    ]
    if pace.undated:
        lines.append(f"{n.count_words(pace.undated, 'answer')} without a date.")
    return lines


def _agreement_lines(summary: Summary) -> list[str]:
    found = summary.agreement
    if found is None:
        if not summary.votes_per_item:
            return []
        return ["Agreement: no two people answered the same item, so that nothing tells how often they are wrong."]
    alpha = (
        "not defined, as all answers are one class"
        if found.alpha is None
        else f"{round(found.alpha, 2) + 0.0:.2f}".replace("-", "−")
    )
    low, high = found.error.interval
    lines = [
        f"Agreement on {n.count_words(found.items, 'item')} with two answers or more: {n.percent(found.percent)} of "
        f"pairs; Krippendorff's alpha {alpha}.",
        f"Error of an answer, by {found.method}: {n.percent_spread(low, found.error.rate, high)} (80% interval). "
        "Errors that people share do not show in agreement.",
    ]
    if found.divided:
        lines.append(f"On {n.count_words(found.divided, 'item')} people are divided equally: no label is written.")
    return lines


def _class_rows(summary: Summary) -> list[dict[str, str]]:
    total = sum(summary.classes.values())
    shown = [*summary.classes.items()][:MOST_CLASSES]
    rows = [
        {"Class": n.plain(name), "Answers": n.count(count), "Share": n.share(count / total)} for name, count in shown
    ]
    rest = total - sum(count for _, count in shown)
    if rest:
        name = f"{len(summary.classes) - len(shown):,} more classes"
        rows.append({"Class": name, "Answers": n.count(rest), "Share": n.share(rest / total)})
    return rows


def _person_rows(agreement: Agreement) -> list[dict[str, str]]:
    """Give one row a person: answers to items that others answered too, and how many of them are wrong."""
    return [
        {
            "Annotator": n.plain(name),
            "Items with others": n.count(share.items),
            f"Wrong, by {agreement.method}": n.percent_spread(share.interval[0], share.rate, share.interval[1]),
        }
        for name, share in agreement.by_person.items()
    ]


def _seconds(value: float) -> str:
    return f"{value:,.3g} s" if value < 1000 else f"{value:,.0f} s"


def _spread(interval: Interval) -> str:
    low, middle, high = (f"{end:,.3g}" if end < 1000 else f"{end:,.0f}" for end in interval)
    return middle if low == high else f"{middle} ({low} to {high})"


def pilot_lines(table: pd.DataFrame, path: Path) -> list[str]:
    """Say what a pilot's curve table shows, and how a plan takes it."""
    seeds, tested = table["seed"].nunique(), int(table["test_size"].iloc[0])
    lines = [
        f"Wrote {path}: {n.count_words(table['labels'].nunique(), 'label count')}, "
        f"{n.count_words(seeds, 'seed')}, {n.count_words(tested, 'item')} held out of each."
    ]
    for metric, rows in table.groupby("metric", sort=True):
        means = rows.groupby("labels")["value"].mean()
        (few, first), (most, last) = ((means.index[end], means.iloc[end]) for end in (0, -1))
        lines.append(
            f"{n.capital(n.metric_name(str(metric)))}: {n.percent(first)} at {n.count_words(few, 'label')}, "
            f"{n.percent(last)} at {n.count_words(most, 'label')}."
        )
    return [*lines, f"In a plan beside it:\n  [evidence]\n  pilot = {json.dumps(path.name)}"]
