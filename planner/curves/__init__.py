"""Measured learning curves as they are: replicates, label savings, tests between strategies, amounts spent."""
