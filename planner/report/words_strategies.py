"""What every recorded strategy saved, in words: one row a strategy, one column a data set."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from planner.report import numbers as n

_NO = "–"

Table = tuple[str, Sequence[str], list[list[str]], list[list[str]]]


def strategies_sentence(found: Mapping[str, Any]) -> str:
    """Say what the figures are and how many strategies were better than random everywhere."""
    every = found["strategies"]
    sets = len(found["datasets"])
    best = [one for one in every if one["above"] == len(one["sets"]) and len(one["sets"]) > 1]
    worse = [one for one in every if one["below"] > one["above"]]
    return (
        f"{len(every)} pairs of a strategy and a learner beside random on {n.count(sets)} data sets. A savings factor "
        "is the labels that random needs for what it has at its last label count, divided by those that the strategy "
        "needs; never is a strategy that does not get there. "
        f"Better than random on every data set: {len(best)}; worse on more than it is better on: {len(worse)}. "
        "Better and worse mean that the 80% interval of the mean gain over log labels, over seeds, lies above or below "
        "0."
    )


def strategy_tables(found: Mapping[str, Any]) -> list[Table]:
    """Give, for each learner, its name, its data sets, the rows of savings factors and those of gains.

    Each row starts with the strategy; savings end with the data sets on which it is better and worse than random.
    """
    tables: list[Table] = []
    for learner, group in groupby(found["strategies"], key=lambda one: str(one["learner"])):
        rows = list(group)
        names = sorted({one["dataset"] for row in rows for one in row["sets"]})
        savings, gains = [], []
        for row in rows:
            by_set = {one["dataset"]: one for one in row["sets"]}
            told = f"{row['above']} better, {row['below']} worse"
            savings.append([row["strategy"], *(savings_words(by_set.get(name)) for name in names), told])
            gains.append([row["strategy"], *(gain_words(by_set.get(name)) for name in names)])
        tables.append((learner, names, savings, gains))
    return tables


def savings_words(one: Mapping[str, Any] | None) -> str:
    """Write a savings factor with its 80% interval.

    >>> savings_words({"factor": 1.84, "q10": 1.6, "q90": 2.06, "pairs": 10})
    '1.8 (1.6 to 2.1)'
    >>> savings_words({"factor": None, "q10": None, "q90": 0.97, "pairs": 10})
    'never (never to 0.97)'
    """
    if one is None:
        return _NO
    low, high = (_factor(one[end]) for end in ("q10", "q90"))
    return f"{_factor(one['factor'])} ({low} to {high})" if one["pairs"] > 1 else _factor(one["factor"])


def gain_words(one: Mapping[str, Any] | None) -> str:
    """Write the mean gain over random in points, with its 80% interval.

    >>> gain_words({"gain": 0.0123, "gain_q10": 0.008, "gain_q90": -0.0166})
    '+1.2 (+0.8 to −1.7)'
    """
    if one is None:
        return _NO
    if one["gain_q10"] is None or one["gain_q90"] is None:
        return _points(one["gain"])
    return f"{_points(one['gain'])} ({_points(one['gain_q10'])} to {_points(one['gain_q90'])})"


def _factor(value: float | None) -> str:
    if value is None:
        return n.NEVER
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _points(fraction: float) -> str:
    digits = f"{100 * fraction:+.1f}"
    return "0.0" if not digits.strip("+-0.") else digits.replace("-", n.MINUS)
