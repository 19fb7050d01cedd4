"""The decision: verdict, break-even price and sensitivity, on joint draws.

Each name is imported when it is first asked for: a list of data sets loads no tables, and a bill no forecasts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.decision.decide_plan import decide
    from planner.decision.state import Interval, SensitivityBar
    from planner.decision.verdict import PlanOutcome, Summary, Verdict

__all__ = ["Interval", "PlanOutcome", "SensitivityBar", "Summary", "Verdict", "decide"]

_MODULES = {
    "Interval": "state",
    "PlanOutcome": "verdict",
    "SensitivityBar": "state",
    "Summary": "verdict",
    "Verdict": "verdict",
    "decide": "decide_plan",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
