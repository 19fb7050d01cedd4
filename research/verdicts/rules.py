"""Rules of thumb that decide with no forecast, on the same evidence: what a planner has to be better than."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.costs import bills_at_counts
from planner.plan import Plan
from research.verdicts.asked import PAIRED, Evidence

__all__ = ["ALWAYS_AL", "ALWAYS_RANDOM", "CONSTANTS", "LAST_GAP", "RULES", "measured_factor", "rules_say", "saving_usd"]

ALWAYS_RANDOM, ALWAYS_AL, LAST_GAP = "always random", "always active learning", "last gap"
CONSTANTS = {
    "a fifth fewer": 1.25,
    "a third fewer": 1.5,
    "half the labels": 2.0,
    "a third of the labels": 3.0,
    "a quarter of the labels": 4.0,
}
"""Rules that take the savings factor for a constant."""
RULES = (ALWAYS_RANDOM, ALWAYS_AL, *CONSTANTS, LAST_GAP)


def rules_say(plan: Plan, strategy: str, random_labels: float, evidence: Evidence) -> Mapping[str, bool]:
    """Tell which rules take active learning; `last gap` needs a paired pilot and is left out without.

    Args:
        plan: the question.
        strategy: what stands beside random.
        random_labels: labels that random needs, by the rules' own forecast (`Evidence.rough_labels`).
        evidence: what is known.
    """
    factors = dict(CONSTANTS)
    if evidence.name == PAIRED and evidence.pilot is not None:
        factors[LAST_GAP] = measured_factor(evidence.pilot, strategy)
    said = {ALWAYS_RANDOM: False, ALWAYS_AL: True}
    for name, factor in factors.items():
        said[name] = saving_usd(plan, strategy, random_labels, random_labels / factor) > 0
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
