"""Query strategies: pure functions of what the model and the features say."""

from simulations.strategies.registry import STRATEGIES
from simulations.strategies.view import CannotSelectError, RoundView, Strategy

__all__ = ["STRATEGIES", "CannotSelectError", "RoundView", "Strategy"]
