"""What `labelplan curves --per` prints for people: plain text of aligned columns."""

from collections.abc import Sequence
from dataclasses import asdict

from planner.curves import SpentSavings
from planner.report import numbers as n
from planner.report.columns import families, family_title, print_groups, print_wrapped
from planner.report.words_spending import amount, legend, savings_row

_COLUMNS = ("", "needs", "saves", "80% range", "in labels", "value for as much")


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
        pairs = f"{n.count(first.pairs)} seed{'s' * (first.pairs != 1)}"
        groups.append((f"{family_title(family[0])} · {pairs}", [_random_row(first)]))
        groups[-1][1].extend(savings_row(row["record"]) for row in family)
    print_groups(list(_COLUMNS), groups)
    for one in last:
        if one.reason is not None:
            print(f"Warning: {n.plain(f'{one.dataset}, {one.learner}, {one.strategy}')}: {one.reason}")


def _random_row(one: SpentSavings) -> list[str]:
    if one.value is None:
        return ["  random", *("unknown", "", "", "", "")]
    return ["  random", amount(one.at, one.unit), "", "", "", n.percent(one.value)]
