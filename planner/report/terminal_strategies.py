"""What `labelplan backtest --strategies` prints for people: savings factors, then gains, strategy by strategy."""

from collections.abc import Mapping
from typing import Any

from planner.report import words_strategies as words
from planner.report.columns import print_groups, print_wrapped
from planner.report.words_recorded import results_source


def print_strategies(found: Mapping[str, Any]) -> None:
    """Print the comparison.

    Args:
        found: from `planner.evidence.judged.STRATEGIES.judged`.
    """
    print_wrapped(words.strategies_sentence(found))
    print()
    for learner, names, savings, gains in words.strategy_tables(found):
        print_groups(["savings factor", *names, "than random"], [(f"learner {learner}", savings)])
        print_groups(["gain, points", *names], [(f"learner {learner}", gains)])
    print_wrapped(results_source(found))
