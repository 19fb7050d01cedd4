"""Compiled inner loops of strategies; import them inside functions, since numba takes long to load."""
