"""Readers of published learning curves: LCDB 1.0 and 1.1, vision scaling, and active learning beside random."""
