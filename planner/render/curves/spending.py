"""Curves over votes, tokens, seconds or dollars in words and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from planner.curves.forecasts import values_at_shared_end
from planner.curves.spending import SpentSavings
from planner.render import numbers as n
from planner.render.column_groups import (
    count_words,
    factor_range,
    factor_words,
    families,
    family_title,
    print_groups,
    print_wrapped,
)
from planner.render.curves.words import ranked_words
from planner.render.numbers import first_few, metric_name, plan_name

AXES: Mapping[str, str] = {
    "labels": "Labels",
    "votes": "Votes",
    "tokens": "Tokens",
    "seconds": "Annotation time in seconds",
    "usd": "Annotation cost",
}
_NAMES = {"labels": "labels", "votes": "votes", "tokens": "tokens", "seconds": "annotation time", "usd": "dollars"}
_HOUR_SECONDS = 3600.0
_COLUMNS = ("", "needs", "saves", "80% range", "in labels", "value for as much")


def amount(spent: float | None, unit: str) -> str:
    """Write an amount of a unit.

    >>> amount(1234.4, "votes"), amount(840.2, "seconds"), amount(27_000.0, "seconds"), amount(1234.5, "usd")
    ('1,234 votes', '840 s', '7.5 h', '$1,230')
    >>> amount(None, "votes")
    'never'
    """
    if spent is None:
        return n.NEVER
    if unit == "usd":
        return n.about(spent)
    if unit != "seconds":
        return f"{n.count(spent)} {unit}"
    return f"{n.count(spent)} s" if spent < 2 * _HOUR_SECONDS else f"{n.significant(spent / _HOUR_SECONDS, 3):g} h"


def legend(unit: str, metric: str) -> str:
    """Say what the columns of the table mean."""
    name = metric_name(metric)
    return (
        f"What random labelling spends by its last round, in {_NAMES[unit]}, and the {name} it has had by then; then "
        f"what each strategy needs for that {name}, and how many times as much random needs for it (1: as much), with "
        f"an 80% interval over seeds. Beside it the same factor counted in labels: where it is larger, the strategy "
        f"asks for items that cost more. 'never' is not within what was simulated. Initial labels are paid for too; "
        f"held-out ones are not counted."
    )


def savings_row(one: SpentSavings) -> list[str]:
    """Give the cells of one strategy: name, what it needs, factor, 80% range, factor in labels, value for as much."""
    name = f"  {n.plain(plan_name(one.strategy))}"
    if one.value is None:
        return [name, *("unknown", "unknown", "", "", "")]
    span = "" if one.p_never is None else factor_range(one.q10, one.q90)
    value = "" if one.value_strategy is None else n.percent(one.value_strategy)
    needs = amount(one.spent_strategy, one.unit)
    return [name, needs, factor_words(one.factor, at_least=one.at_least), span, factor_words(one.label_factor), value]


def finding(curves: pd.DataFrame, unit: str, metric: str) -> str:
    """Say what each strategy of one family (`planner.curves.spent_curves`) has where all curves end, best first."""
    name = metric_name(metric)
    end = values_at_shared_end(curves.assign(q50=curves["value"].astype(float)), "spent")
    if end is None:
        return f"The curves of {name} share no range of {_NAMES[unit]}"
    at, values = end
    return f"{n.capital(name)} for {amount(at, unit)}: {first_few(ranked_words(values, n.percent), 4)}"


def print_spent_savings(savings: Sequence[SpentSavings]) -> None:
    """Print one line a strategy, data set by data set, at what random labelling spends by its last round."""
    last = [one for one in savings if one.share == 1.0 or one.value is None]
    if not last:
        print("No strategy stands beside random here: there is nothing to compare.")
        return
    print_wrapped(legend(last[0].unit, last[0].metric))
    groups = []
    rows = [asdict(one) | {"record": one} for one in last]
    for family in families(rows):
        first: SpentSavings = family[0]["record"]
        title = f"{family_title(family[0])} · {count_words(first.pairs, 'seed')}"
        groups.append((title, [_random_row(first), *(savings_row(row["record"]) for row in family)]))
    print_groups(_COLUMNS, groups)
    for one in last:
        if one.reason is not None:
            print(f"Warning: {n.plain(f'{one.dataset}, {one.learner}, {one.strategy}')}: {one.reason}")


def _random_row(one: SpentSavings) -> list[str]:
    if one.value is None:
        return ["  random", *("unknown", "", "", "", "")]
    return ["  random", amount(one.at, one.unit), "", "", "", n.percent(one.value)]
