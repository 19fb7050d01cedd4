"""Comparisons that were priced in parts, put over each other as if they had been priced at once.

Notation:
    G   settings of all parts together; arrays of a part are (g, n_draws), or without an axis they do not vary along
"""

from collections.abc import Callable, Sequence

import numpy as np

from planner.arrays import Floats
from planner.costs import Bill
from planner.costs.terms import Factor, Line, money
from planner.decision.comparison import Comparison, Priced

Part = tuple[Sequence[int], Comparison]
"""Places of settings, and the plans priced at them."""


def stacked(parts: Sequence[Part], n_settings: int) -> Comparison:
    """Put parts together; lines of a bill keep their amounts and lose their terms.

    Args:
        parts: every place from 0 to G − 1 stands in one of them.
        n_settings: G.
    """
    first = parts[0][1]
    plans = {name: _plan([(at, part.plans[name]) for at, part in parts], n_settings) for name in first.plans}
    return Comparison(plans, first.al_plan)


def _plan(parts: Sequence[tuple[Sequence[int], Priced]], n_settings: int) -> Priced:
    def put(read: Callable[[Priced], Floats]) -> Floats:
        rows = [(at, np.atleast_1d(read(one))) for at, one in parts]
        width = max(row.shape[-1] for _, row in rows)
        found = np.empty((n_settings, width), dtype=rows[0][1].dtype)
        for at, row in rows:
            found[at] = row
        return found

    first = parts[0][1]
    sizes = {one.batch_size for _, one in parts}
    lines = {
        name: Line.of(money(put(lambda one, name=name: one.bill.lines[name]), name))  # type: ignore[misc]
        for name in first.bill.lines
    }
    time = Line.of(Factor(put(lambda one: one.bill.days), "days"))
    bill = Bill(put(lambda one: one.bill.labels), put(lambda one: one.bill.rounds), lines, time)
    reached = put(lambda one: one.reached)  # type: ignore[arg-type, return-value]
    return Priced(first.vendor, bill, reached.astype(bool), sizes.pop() if len(sizes) == 1 else None)
