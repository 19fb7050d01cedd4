"""What a plan leaves out and its bills lean on, for the commands that print bills."""

from collections.abc import Mapping, Sequence
from typing import Any

from planner.decision.assumptions import bill_swings, list_inputs
from planner.plan import Plan
from planner.render.assumed import assumed_words


def assumed_in_bills(
    plan: Plan, labels: Mapping[str, int], vendors: Sequence[Mapping[str, int]]
) -> tuple[list[dict[str, Any]], str | None]:
    """Give the inputs that a plan leaves out, and the line that names those that its bills lean on.

    Args:
        plan: its other inputs count at their medians.
        labels: labels bought, by option.
        vendors: each choice that is priced: index of the quote, by option.

    Returns:
        Rows `path, label, unit, value`, in the order of the plan file; and the line, the heaviest input first, None
        where nothing of weight is left out.
    """
    swings: dict[str, float] = {}
    for choice in vendors:
        for path, usd in bill_swings(plan, labels, choice).items():
            swings[path] = max(swings.get(path, 0.0), usd)
    # A quote that is not priced moves no bill.
    priced = tuple(f"vendors.{index}." for choice in vendors for index in choice.values())
    rows = [
        row for row in list_inputs(plan) if row["path"].startswith(priced) or not row["path"].startswith("vendors.")
    ]
    left_out = [{key: row[key] for key in ("path", "label", "unit", "value")} for row in rows if row["default"]]
    return left_out, assumed_words(rows, swings, plan.task.currency)
