"""Compiled inner loops of strategies; import them inside functions, and only where `simulations.jit.available()`."""
