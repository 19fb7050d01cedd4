"""Measured learning curves: replicates, label savings, tests between strategies, and what was spent on them."""
