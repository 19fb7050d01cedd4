"""Stopping rules: small objects that say from what a campaign has seen whether it stops, and why."""

from planner.decision.stopping.of_plan import rule_of_plan
from planner.decision.stopping.pricing import RuleOutcome, labels_with_rule
from planner.decision.stopping.progress import History, Progress, Seen
from planner.decision.stopping.rule import All, Any, Rule
from planner.decision.stopping.rules import (
    Budget,
    Economic,
    LabelCount,
    Plateau,
    StablePredictions,
    TargetForecast,
    TargetMeasured,
    lower_bound,
)

__all__ = [
    "All",
    "Any",
    "Budget",
    "Economic",
    "History",
    "LabelCount",
    "Plateau",
    "Progress",
    "Rule",
    "RuleOutcome",
    "Seen",
    "StablePredictions",
    "TargetForecast",
    "TargetMeasured",
    "labels_with_rule",
    "lower_bound",
    "rule_of_plan",
]
