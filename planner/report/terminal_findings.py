"""What `labelplan backtest --findings` prints for people: the signs table, then each finding with its parts."""

import textwrap
from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n
from planner.report import words_findings as words
from planner.report.columns import print_groups, print_wrapped, width

_COLUMNS = ("", "our figure", "80% interval", "seeds", "data sets", "state")


def print_findings(found: Mapping[str, Any]) -> None:
    """Print the findings.

    Args:
        found: from `planner.evidence.judged.FINDINGS.judged`.
    """
    print_wrapped(words.findings_sentence(found))
    print()
    rows = words.findings_rows(found)
    cells = [
        [row[name] for name in ("Finding", "Our figure", "80% interval", "Seeds", "Data sets", "State")] for row in rows
    ]
    print_groups(_COLUMNS, [("", cells)])
    for row, finding in zip(rows, found["findings"], strict=True):
        _print_finding(row, finding)
    print_wrapped(words.findings_source(found))


def _print_finding(row: Mapping[str, str], finding: Mapping[str, Any]) -> None:
    print_wrapped(f"{row['Finding']}, {row['State']}. {row['Published']} ({row['Source']})")
    for part in words.part_rows({"findings": [finding]}):
        _print_indented(f"- {part['Part']}: {part['Our figure']} ({part['80% interval']}), {part['State']}")
        if 1 < part["By data set"].count(";") + 1 <= words.MOST_NAMED:
            _print_indented(part["By data set"], 4)
    if finding["datasets"]:
        _print_indented(f"On {words.datasets_words(finding)}, {row['Seeds']} seeds. {row['Why']}")
    else:
        _print_indented(row["Why"])
    print()


def _print_indented(text: str, by: int = 2) -> None:
    print(textwrap.fill(n.plain(text), min(width(), 120), initial_indent=" " * by, subsequent_indent="    "))
