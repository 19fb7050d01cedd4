"""labelplan: is active learning worth it, for your task and at your prices?

    from planner import Plan

    plan = Plan(task={"target": 0.9, "pool_size": 50_000}, vendors=[{"price_usd": 0.08}])
    verdict = plan.decide()

Each name is loaded when it is first asked for; `planner.api` describes them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.api import Answer, Plan, Verdict, compare_quotes, cost, forecast, simulate, track
    from simulations.errors import InputError

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "InputError",
    "Plan",
    "Verdict",
    "compare_quotes",
    "cost",
    "forecast",
    "simulate",
    "track",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("simulations.errors" if name == "InputError" else "planner.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
