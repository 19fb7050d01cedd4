"""Readers of published archives of learning curves: LCDB 1.0 and 1.1, and the vision scaling benchmark."""
