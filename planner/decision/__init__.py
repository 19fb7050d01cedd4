"""The decision: verdict, break-even price and sensitivity, on joint draws."""

from planner.decision.deciding import decide
from planner.decision.verdict import Interval, PlanOutcome, SensitivityBar, Verdict

__all__ = ["Interval", "PlanOutcome", "SensitivityBar", "Verdict", "decide"]
