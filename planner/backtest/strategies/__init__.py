"""What every strategy saved on the same pools: the recorded comparison behind `labelplan backtest --strategies`."""

from planner.backtest.strategies.compare import StrategySavings, compare_strategies

__all__ = ["StrategySavings", "compare_strategies"]
