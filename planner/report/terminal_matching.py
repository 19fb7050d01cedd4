"""What `labelplan backtest --matching` prints for people: which weighting should ship, then every score of each."""

from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n
from planner.report import words_matching as words
from planner.report.columns import print_groups, print_wrapped
from planner.report.words_recorded import results_source


def print_matching(result: Mapping[str, Any]) -> None:
    """Print a check of task matching.

    Args:
        result: from `planner.evidence.judged.MATCHING.judged`; without its origin where it was just computed.
    """
    print_wrapped(words.matching_headline(result))
    for sentence in words.matching_findings(result):
        print_wrapped(f"- {sentence}")
    print_wrapped(words.matching_scope(result))
    print()
    groups = [(words.part_title(part), [_row(row, part["score"]) for row in part["rows"]]) for part in result["parts"]]
    columns = ["", "score", "error", "holds", "never", "proxies", "against equal", "against matched"]
    print_groups(columns, groups)
    for line in words.method_lines(result):
        print_wrapped(line)
    print_wrapped(words.matching_notes(result))
    if "made_on" in result:
        print_wrapped(results_source(result))


def _row(record: Mapping[str, Any], score: str) -> list[str]:
    return [
        f"  {record['method']}",
        words.score_words(record["crps"], score),
        words.score_words(record["error"], score),
        n.share(record["holds"]),
        "" if record["never"] is None else n.share(record["never"]),
        f"{record['proxies']:.1f}",
        words.difference_words(record["against_equal"], score),
        words.difference_words(record["against_matched"], score),
    ]
