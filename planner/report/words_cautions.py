"""What a simulation's results are to be read with: trajectories that ended early, and starts on very few labels."""

from collections.abc import Sequence
from typing import Any

from planner.report import numbers as n
from planner.report.lists import first_few

MOST_NAMED = 5


def ended_words(ended: Sequence[str]) -> list[str]:
    """Count the trajectories that ended before their last round, and name the first of them.

    Args:
        ended: a sentence each, which one and why.

    >>> ended_words(["digits, mlp, margin, seed 3: it diverged"])
    ['1 trajectory ended before its last round, and its curve with it: digits, mlp, margin, seed 3: it diverged']
    >>> ended_words([])
    []
    """
    if not ended:
        return []
    if len(ended) == 1:
        return [f"1 trajectory ended before its last round, and its curve with it: {ended[0]}"]
    more = f"; and {n.count(len(ended) - MOST_NAMED)} more" if len(ended) > MOST_NAMED else ""
    named = "; ".join(ended[:MOST_NAMED])
    count = n.count(len(ended))
    return [f"{count} trajectories ended before their last round, and their curves with it: {named}{more}"]


def low_budget_words(starts: Sequence[Any]) -> list[str]:
    """Say that uncertainty sampling often starts below random labelling on few labels; nothing where there are many.

    The counts are of the recorded curves, as `python benchmarks/low_budget.py` prints them.

    Args:
        starts: each a `simulations.cautions.LowBudget`.
    """
    if not starts:
        return []
    named = [f"{n.plain(one.dataset)} {n.significant(one.per_class, 2):g}" for one in starts]
    asked = ", ".join(dict.fromkeys(name for one in starts for name in one.strategies))
    return [
        f"few labels a class after the first batches ({first_few(named, MOST_NAMED)}): below 10, uncertainty sampling "
        f"(here {asked}) often starts below random; in the recorded curves entropy did on 14 of 14 data sets and "
        "margin on 4 of 14. Strategies made for such starts are typiclust and probcover (Hacohen, Dekel & Weinshall "
        "2022, Active learning on a budget)"
    ]
