"""Backtests of the forecast: measured curves are cut, forecast beyond the cut, and compared with what was measured."""
