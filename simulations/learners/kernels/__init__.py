"""Compiled inner loops of the linear learner; import them inside functions, since numba takes long to load."""
