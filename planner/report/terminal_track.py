"""What `labelplan track` prints for people."""

from planner.decision.campaign import CampaignStatus
from planner.report import words_track as words
from planner.report.columns import print_wrapped
from planner.report.terminal import print_table, print_warnings


def print_status(status: CampaignStatus) -> None:
    """Print what to do, why, what each way costs from now on, and how past forecasts did."""
    print(words.headline(status))
    for sentence in words.sentences(status):
        print_wrapped(sentence)
    _print_rows(words.action_rows(status))
    print_wrapped(words.past_sentence(status))
    _print_rows(words.past_rows(status))
    print_warnings(status.warnings)


def _print_rows(rows: list[dict[str, str]]) -> None:
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
