"""The tornado: what each input alone, from its low to its high value, does to the usual saving.

All other inputs stay as they were drawn, on the same draws, so that bars are differences and not noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.curves import TaskCurves
from planner.decision.comparison import Comparison, recompare
from planner.decision.label_worth import LabelWorth
from planner.decision.verdict import SensitivityBar, state_of
from planner.plan import Draws, Plan, PlanInput
from planner.plan.quantity import Floats, Quantity

SWING = 1.5  # a single number is tried at ÷1.5 and ×1.5
TARGET_SWING = 0.01  # a single target at ±1 point

# These change which proxies match or how far to trust them, not a price or a quantity of this plan.
STRUCTURAL = ("task.classes", "evidence.label_scale_sd", "evidence.savings_sd", "task.value_per_point_usd")

SMALLEST_SWING_USD = 0.005


@dataclass(frozen=True)
class Ends:
    """The two values at which an input is tried, and whether the swing is ours."""

    low: float
    high: float
    assumed: bool


def tornado(
    plan: Plan, values: Draws, curves: TaskCurves, needs: Mapping[str, Floats], chosen: Comparison, worth: LabelWorth
) -> tuple[SensitivityBar, ...]:
    """Give one bar for each input that moves the usual (median) saving, widest first, ties by path."""
    state = state_of(chosen.p_al_cheaper)
    bars = []
    for item in plan.inputs():
        if item.quantity is None or not _tried(item) or _fixed_by_choice(plan, item.path, chosen):
            continue
        ends = swing(item.path, item.quantity)
        if ends.low == ends.high:
            continue
        both = [
            recompare(
                plan, {**values, item.path: np.array([end])}, _needs_at(item.path, end, values, curves, needs), chosen,
                worth=worth,
            )
            for end in (ends.low, ends.high)
        ]  # fmt: skip
        low_usd, high_usd = (float(np.median(one.saving_usd)) for one in both)
        flips = any(state_of(one.p_al_cheaper) != state for one in both)
        if abs(high_usd - low_usd) >= SMALLEST_SWING_USD or flips:
            bars.append(_bar(item, ends, low_usd, high_usd, flips=flips))
    return tuple(sorted(bars, key=lambda bar: (-abs(bar.saving_high_usd - bar.saving_low_usd), bar.input)))


def _tried(item: PlanInput) -> bool:
    """Say whether an input is varied: one that says how much the plan costs, and that is in use."""
    return item.path not in STRUCTURAL and (item.shown or item.path == "evidence.random_labels")


def _fixed_by_choice(plan: Plan, path: str, chosen: Comparison) -> bool:
    """Say whether an input belongs to a quote that neither plan takes, or is the most votes of a scheme."""
    table, _, rest = path.partition(".")
    if table != "vendors":
        return False
    index, _, key = rest.partition(".")
    used = {str(chosen.plans[name].vendor) for name in ("random", chosen.al_plan)}
    return index not in used or (key == "votes_per_item" and plan.vendors[int(index)].vote_scheme != "fixed")


def swing(path: str, quantity: Quantity) -> Ends:
    """Choose the values to try: the user's range, or a stated swing about a single number, inside what is allowed."""
    if not quantity.fixed:
        return Ends(quantity.low, quantity.high, assumed=False)
    value, domain = quantity.low, quantity.domain
    if path == "task.target":
        low, high = value - TARGET_SWING, value + TARGET_SWING
    else:
        low, high = value / SWING, value * SWING
    if domain.whole:
        low, high = float(np.floor(low + 0.5)), float(np.floor(high + 0.5))
    low, high = (end if domain.admits(end) else value for end in (low, high))
    return Ends(low, high, assumed=True)


def _needs_at(
    path: str, end: float, values: Draws, curves: TaskCurves, needs: Mapping[str, Floats]
) -> Mapping[str, Floats]:
    """Give the needs with one input moved; only the target and the user's own estimate of the need change them."""
    if path == "task.target":
        reached = curves.labels_to_reach(end)
        return {name: reached[:, i] for i, name in enumerate(curves.strategies)}
    if path == "evidence.random_labels":
        return {name: need * (end / values[path]) for name, need in needs.items()}
    return needs


def _bar(item: PlanInput, ends: Ends, low_usd: float, high_usd: float, *, flips: bool) -> SensitivityBar:
    label = f"{item.label} ({item.unit})" if item.unit else item.label
    return SensitivityBar(item.path, label, ends.low, ends.high, low_usd, high_usd, flips, ends.assumed)
