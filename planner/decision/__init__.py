"""The decision: verdict, break-even price and sensitivity, on joint draws.

Each name is imported when it is first asked for: a list of data sets loads no tables, and a bill no forecasts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.decision.decide_plan import decide
    from planner.decision.verdict import Summary, Verdict

__all__ = ["Summary", "Verdict", "decide"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"{__name__}.{'decide_plan' if name == 'decide' else 'verdict'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
