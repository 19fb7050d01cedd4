"""The decision: verdict, break-even price and sensitivity, on joint draws.

`decide` is imported when it is first asked for: what only renders a verdict, or prints a bill, need not load forecasts.
"""

from typing import TYPE_CHECKING, Any

from planner.decision.verdict import Interval, PlanOutcome, SensitivityBar, Summary, Verdict

if TYPE_CHECKING:
    from planner.decision.decide_plan import decide

__all__ = ["Interval", "PlanOutcome", "SensitivityBar", "Summary", "Verdict", "decide"]


def __getattr__(name: str) -> Any:
    if name == "decide":
        from planner.decision.decide_plan import decide

        return decide
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
