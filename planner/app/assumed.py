"""What a plan leaves out and its bills lean on, for the commands that print bills."""

from collections.abc import Iterable
from typing import Any

from planner.decision.assumptions import bill_swings, list_inputs
from planner.plan import Plan
from planner.render.assumed import assumed_words


def assumed_in_bills(plan: Plan, bills: Iterable[tuple[str, int, int]]) -> tuple[list[dict[str, Any]], str | None]:
    """Give the inputs that a plan leaves out, and the line that names those that its bills lean on.

    Args:
        plan: its other inputs count at their medians.
        bills: what is priced: option, labels bought, and index of the quote.

    Returns:
        Rows `path, label, unit, value`, in the order of the plan file; and the line, the heaviest input first, None
        where nothing of weight is left out.
    """
    swings: dict[str, float] = {}
    quotes = set[str]()
    for option, labels, quote in bills:
        quotes.add(f"vendors.{quote}.")
        for path, usd in bill_swings(plan, {option: labels}, {option: quote}).items():
            swings[path] = max(swings.get(path, 0.0), usd)
    # A quote that is not priced moves no bill.
    rows = [
        row
        for row in list_inputs(plan)
        if not row["path"].startswith("vendors.") or row["path"].startswith(tuple(quotes))
    ]
    left_out = [{key: row[key] for key in ("path", "label", "unit", "value")} for row in rows if row["default"]]
    return left_out, assumed_words(rows, swings, plan.task.currency)
