"""Hybrid labelling: people label some items and the unsure rest, a model labels what it is sure of."""

from planner.decision.hybrid.of_plan import hybrid_of_plan
from planner.decision.hybrid.outcome import HybridCosts, HybridOutcome, hybrid_outcomes, plan_hybrid
from planner.decision.hybrid.rule import HybridRule

__all__ = ["HybridCosts", "HybridOutcome", "HybridRule", "hybrid_of_plan", "hybrid_outcomes", "plan_hybrid"]
