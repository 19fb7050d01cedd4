"""The tornado: what each input alone, from its low to its high value, does to the usual saving.

All other inputs stay as they were drawn, on the same draws, so that bars are differences and not noise.
"""

from dataclasses import dataclass

import numpy as np

from planner.decision.batches import batch_sizes
from planner.decision.case import STRUCTURAL, Case
from planner.decision.verdict import SensitivityBar, State, state_of
from planner.plan import PlanInput, paths
from planner.plan.quantity import Quantity

SWING = 1.5  # a single number is tried at ÷1.5 and ×1.5
TARGET_SWING = 0.01  # a single target at ±1 point

SMALLEST_SWING_USD = 0.005
RULED_DRAWS = 1_000


@dataclass(frozen=True)
class Ends:
    """The two values at which an input is tried, and whether the swing is ours."""

    low: float
    high: float
    assumed: bool


def tornado(case: Case) -> tuple[SensitivityBar, ...]:
    """Give one bar for each input that moves the usual (median) saving, widest first, ties by path."""
    # A stopping rule is run again at every end, which on all draws would take as long as everything else together.
    tried = case.thinned(RULED_DRAWS) if case.stopped else case
    state = state_of(case.chosen.p_al_cheaper)
    bars = [_bar(tried, state, item, ends) for item, ends in varied(case)]
    found = (bar for bar in bars if abs(bar.saving_high_usd - bar.saving_low_usd) >= SMALLEST_SWING_USD or bar.flips)
    return tuple(sorted(found, key=lambda bar: (-abs(bar.saving_high_usd - bar.saving_low_usd), bar.input)))


def varied(case: Case) -> list[tuple[PlanInput, Ends]]:
    """List the inputs that are in use and may be other than they are, each with the ends at which it is tried."""
    found = [
        (item, swing(item.path, item.quantity))
        for item in case.plan.inputs()
        if item.quantity is not None and _tried(item) and not _fixed_by_choice(case, item.path)
    ]
    return [(item, ends) for item, ends in found if ends.low != ends.high]


def _tried(item: PlanInput) -> bool:
    """Say whether an input is varied: one that says how much the plan costs, and that is in use."""
    return item.path not in STRUCTURAL and (item.shown or item.path == paths.RANDOM_LABELS)


def _fixed_by_choice(case: Case, path: str) -> bool:
    """Say whether an input is of a quote that neither plan takes, is found and not given, or is not asked here."""
    table, _, rest = path.partition(".")
    if path == paths.BATCH_SIZE:
        return batch_sizes(case.plan) is not None
    if path == paths.TARGET:  # an assumed need is the same for every target
        return case.target is None or case.plan.need_assumed
    if table != "vendors":
        return False
    index, _, key = rest.partition(".")
    used = {str(vendor) for vendor in case.vendors}
    return index not in used or (key == "votes_per_item" and case.plan.vendors[int(index)].vote_scheme != "fixed")


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


def _bar(case: Case, state: State, item: PlanInput, ends: Ends) -> SensitivityBar:
    saving, better = case.each_at({item.path: np.array([[ends.low], [ends.high]])})
    low_usd, high_usd = (float(usd) for usd in np.median(saving, axis=1))
    flips = any(state_of(float(p)) != state for p in better.mean(axis=1))
    label = f"{item.label} ({item.unit})" if item.unit else item.label
    return SensitivityBar(item.path, label, ends.low, ends.high, low_usd, high_usd, flips, ends.assumed)
