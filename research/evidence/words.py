"""Findings and strategies in words and tables, which are stored beside their figures."""

import textwrap
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.recorded import made_words
from planner.render.evidence.results import findings_rows, findings_sentence, findings_source, part_rows
from planner.render.terminal import print_groups, print_wrapped, width

MOST_NAMED = 5


def print_findings(found: Mapping[str, Any]) -> None:
    """Print the findings, from `planner.evidence.results.FINDINGS.judged`."""
    print_wrapped(findings_sentence(found))
    print()
    rows = findings_rows(found)
    columns = {
        "Finding": "",
        **{name: name.lower() for name in ("Our figure", "80% interval", "Seeds", "Data sets", "State")},
    }
    print_groups([*columns.values()], [("", [[row[name] for name in columns] for row in rows])])
    for row, finding in zip(rows, found["findings"], strict=True):
        print_wrapped(f"{row['Finding']}, {row['State']}. {row['Published']} ({row['Source']})")
        _print_indented(f"Published for {finding['setting']}.")
        for part in part_rows({"findings": [finding]}):
            _print_indented(f"- {part['Part']}: {part['Our figure']} ({part['80% interval']}), {part['State']}")
            if 1 < part["By data set"].count(";") + 1 <= MOST_NAMED:
                _print_indented(part["By data set"], 4)
        names = [n.plain(name) for name in finding["datasets"]]
        told = ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} data sets"
        _print_indented(f"On {told}, {row['Seeds']} seeds. {row['Why']}" if names else row["Why"])
        print()
    print_wrapped(findings_source(found))


def _print_indented(text: str, by: int = 2) -> None:
    print(textwrap.fill(n.plain(text), min(width(), 120), initial_indent=" " * by, subsequent_indent="    "))


def savings_words(one: Mapping[str, Any] | None) -> str:
    """Write a savings factor with its 80% interval.

    >>> savings_words({"factor": 1.84, "q10": 1.6, "q90": 2.06, "pairs": 10})
    '1.8 (1.6 to 2.1)'
    >>> savings_words({"factor": None, "q10": None, "q90": 0.97, "pairs": 10})
    'never (never to 0.97)'
    """
    if one is None:
        return n.NONE
    low, high = (_factor_words(one[end]) for end in ("q10", "q90"))
    return f"{_factor_words(one['factor'])} ({low} to {high})" if one["pairs"] > 1 else _factor_words(one["factor"])


def gain_words(one: Mapping[str, Any] | None) -> str:
    """Write the mean gain over random in points, with its 80% interval.

    >>> gain_words({"gain": 0.0123, "gain_q10": 0.008, "gain_q90": -0.0166})
    '+1.2 (+0.8 to −1.7)'
    """
    if one is None:
        return n.NONE
    if one["gain_q10"] is None or one["gain_q90"] is None:
        return n.in_points(one["gain"], 1)
    gain, low, high = (n.in_points(one[name], 1) for name in ("gain", "gain_q10", "gain_q90"))
    return f"{gain} ({low} to {high})"


def _factor_words(value: float | None) -> str:
    if value is None:
        return n.NEVER
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def print_strategies(found: Mapping[str, Any]) -> None:
    """Print the comparison, from `planner.evidence.results.STRATEGIES.judged`."""
    every = found["strategies"]
    sets = len(found["datasets"])
    best = [one for one in every if one["above"] == len(one["sets"]) and len(one["sets"]) > 1]
    worse = [one for one in every if one["below"] > one["above"]]
    print_wrapped(
        f"{len(every)} pairs of a strategy and a learner beside random on {n.count(sets)} data sets. A savings factor "
        "is the labels that random needs for what it has at its last label count, divided by those that the strategy "
        "needs; never is a strategy that does not get there. "
        f"Better than random on every data set: {len(best)}; worse on more than it is better on: {len(worse)}. "
        "Better and worse mean that the 80% interval of the mean gain over log labels, over seeds, lies above or below "
        "0."
    )
    print()
    for learner, group in groupby(found["strategies"], key=lambda one: str(one["learner"])):
        rows = list(group)
        names = sorted({one["dataset"] for row in rows for one in row["sets"]})
        savings, gains = [], []
        for row in rows:
            by_set = {one["dataset"]: one for one in row["sets"]}
            told = f"{row['above']} better, {row['below']} worse"
            savings.append([row["strategy"], *(savings_words(by_set.get(name)) for name in names), told])
            gains.append([row["strategy"], *(gain_words(by_set.get(name)) for name in names)])
        print_groups(["savings factor", *names, "than random"], [(f"learner {learner}", savings)])
        print_groups(["gain, points", *names], [(f"learner {learner}", gains)])
    print_wrapped(results_source(found))


def results_source(found: Mapping[str, Any]) -> str:
    """Say when, with what and on how many points recorded results were computed."""
    return made_words(found, f"Recorded on {found['made_on']} by labelplan {found['labelplan']}: {{}} measured points")
