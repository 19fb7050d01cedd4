"""What `labelplan list recorded` prints for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from planner.evidence.coverage import Coverage
from planner.report import words_recorded as words
from planner.report.terminal import print_table


def print_coverage(found: Sequence[Coverage], made: Sequence[Mapping[str, Any]]) -> None:
    """Print one line a data set and learner, then strategies, recordings and licences."""
    rows = words.coverage_rows(found)
    print_table(list(rows[0]), [list(row.values()) for row in rows])
    for sentence in (*words.strategy_sentences(found), *words.recording_sentences(made)):
        print(sentence)
    licences = words.licence_rows(found)
    print_table(list(licences[0]), [list(row.values()) for row in licences])
