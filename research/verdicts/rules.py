"""Rules of thumb that decide with no forecast, on the same evidence: what a planner has to be better than."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.costs import bills_at_counts
from planner.plan import Plan
from research.verdicts.asked import PAIRED, Evidence

__all__ = [
    "ALWAYS_AL",
    "ALWAYS_RANDOM",
    "HALF",
    "HALF_TOLD",
    "LAST_GAP",
    "RULES",
    "half_says",
    "measured_factor",
    "rules_say",
    "saving_usd",
]

ALWAYS_RANDOM, ALWAYS_AL, HALF, LAST_GAP = "always random", "always active learning", "half the labels", "last gap"
RULES = (ALWAYS_RANDOM, ALWAYS_AL, HALF, LAST_GAP)
HALF_TOLD = "half, true labels told"
"""`HALF` told how many labels random truly takes, which nobody knows: what is lost by not knowing the saving alone."""
_HALF = 2.0


def rules_say(plan: Plan, strategy: str, random_labels: float, evidence: Evidence) -> Mapping[str, bool]:
    """Tell which rules take active learning; `last gap` needs a paired pilot and is left out without.

    Args:
        plan: the question.
        strategy: what stands beside random.
        random_labels: labels that random needs, by the planner's own median: rules have no forecast of their own.
        evidence: what is known.
    """
    said = {ALWAYS_RANDOM: False, ALWAYS_AL: True, HALF: half_says(plan, strategy, random_labels)}
    if evidence.name == PAIRED and evidence.pilot is not None:
        factor = measured_factor(evidence.pilot, strategy)
        said[LAST_GAP] = _saves(plan, strategy, random_labels, factor)
    return said


def measured_factor(pilot: pd.DataFrame, strategy: str) -> float:
    """Give the label savings factor at the end of a paired pilot: labels for the highest value that both reached.

    Args:
        pilot: columns `strategy`, `labels`, `value`.
        strategy: what stands beside random.
    """
    best = {name: rows.set_index("labels")["value"].cummax() for name, rows in pilot.groupby("strategy")}
    level = min(float(best[name].iloc[-1]) for name in ("random", strategy))
    needed = {name: float(best[name].index[int(np.argmax(best[name].to_numpy() >= level))]) for name in best}
    return needed["random"] / needed[strategy]


def saving_usd(plan: Plan, strategy: str, random_labels: float, strategy_labels: float) -> float:
    """Price both plans at stated label counts, within what can be bought: random's total less the strategy's."""
    pool = plan.task.pool_size.median - plan.task.test_labels.median
    first = plan.strategy.initial_labels.median
    counts = {
        name: round(min(max(labels, first), pool))
        for name, labels in (("random", random_labels), (strategy, strategy_labels))
    }
    # Not `compare_costs`, which also looks for every break-even price: nearly all of its time, and not asked for here.
    bills = bills_at_counts(plan, counts, {})
    return float(bills["random"].total_usd[0] - bills[strategy].total_usd[0])


def half_says(plan: Plan, strategy: str, random_labels: float) -> bool:
    """Tell whether active learning is cheaper where random takes so many labels and the strategy half of them."""
    return _saves(plan, strategy, random_labels, _HALF)


def _saves(plan: Plan, strategy: str, random_labels: float, factor: float) -> bool:
    return saving_usd(plan, strategy, random_labels, random_labels / factor) > 0
