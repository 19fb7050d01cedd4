"""Forecasts held against what came: measured curves are cut, forecast beyond the cut, and compared with the rest."""
