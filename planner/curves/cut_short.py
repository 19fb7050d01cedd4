"""Curves of which some seeds end before others: what is compared stops where the first of them does."""

from collections.abc import Iterator

import pandas as pd

from planner.curves.replicates import families

_MOST_NAMED = 5


def cut_short(table: pd.DataFrame) -> list[str]:
    """Name the curves of which some seeds end early, as a simulation does that diverges or runs out of items.

    Dropping such seeds would leave those that went well, so they are kept, and the others are read only as far.

    Args:
        table: a validated curve table of one metric.

    Returns:
        One sentence, or none where all seeds of each curve end alike.
    """
    found = list(_found(table))
    if not found:
        return []
    more = f"; and {len(found) - _MOST_NAMED} more curves" if len(found) > _MOST_NAMED else ""
    return [f"Some seeds end before others, and a curve is read only as far as all of them go: {_named(found)}{more}."]


def _named(found: list[str]) -> str:
    return "; ".join(found[:_MOST_NAMED])


def _found(table: pd.DataFrame) -> Iterator[str]:
    for identity, curves in families(table):
        for name, curve in curves.items():
            ends = [int(labels[-1]) for labels, _ in curve.curves.values()]
            early = sum(end < max(ends) for end in ends)
            if early:
                where = f"{identity['dataset']}, {identity['learner']}, {name}"
                yield f"{where}: {early} of {len(ends)} seeds by {min(ends):,} labels, the others at {max(ends):,}"
