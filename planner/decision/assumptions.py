"""What a plan leaves out, and how much a bill leans on it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from planner.costs.given_labels import bills_at_counts
from planner.plan import Plan, Quantity, paths

SWING = 1.5  # a single number is tried at ÷1.5 and ×1.5
TARGET_SWING = 0.01  # a single target at ±1 point


class Ends(NamedTuple):
    """The two values at which an input is tried, and whether the swing is ours."""

    low: float
    high: float
    assumed: bool


def swing(path: str, quantity: Quantity) -> Ends:
    """Choose the values to try: the user's range, or a stated swing about a single number, inside what is allowed."""
    if not quantity.fixed:
        return Ends(quantity.low, quantity.high, assumed=False)
    value, domain = quantity.low, quantity.domain
    if path == paths.TARGET:
        low, high = value - TARGET_SWING, value + TARGET_SWING
    else:
        low, high = value / SWING, value * SWING
    if domain.whole:
        low, high = float(np.floor(low + 0.5)), float(np.floor(high + 0.5))
    low, high = (end if domain.admits(end) else value for end in (low, high))
    return Ends(low, high, assumed=True)


def list_inputs(plan: Plan) -> list[dict[str, Any]]:
    """List the inputs in the order of the plan file: `path, label, unit, value, default` (True where left out)."""
    shown = [(item, item.text or (item.quantity.text if item.quantity else "")) for item in plan.inputs() if item.shown]
    return [
        {"path": item.path, "label": item.label, "unit": item.unit, "value": text, "default": item.default}
        for item, text in shown
        if text
    ]


def bill_swings(plan: Plan, labels: Mapping[str, int], vendors: Mapping[str, int]) -> dict[str, float]:
    """Give how far bills move with what the plan leaves out, each input alone between the ends of `swing`.

    Labels bought and the place of the quote are by option; all other inputs count at their medians. Gives path of a
    left-out input -> the largest move of an option's total, in USD.
    """
    values, swings = plan.medians(), dict[str, float]()
    for item in plan.inputs():
        if item.default and item.shown and item.quantity is not None:
            ends = swing(item.path, item.quantity)
            low, high = (
                bills_at_counts(plan, labels, vendors, {**values, item.path: np.array([end])}) for end in ends[:2]
            )
            swings[item.path] = max(abs(float(high[name].total_usd[0] - low[name].total_usd[0])) for name in labels)
    return swings
