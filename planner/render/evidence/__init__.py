"""Recorded evidence and past forecasts in words, tables and charts."""
