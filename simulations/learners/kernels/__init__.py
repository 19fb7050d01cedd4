"""Compiled inner loops of the linear learner; imported only where numba is installed."""
