"""Simulations in words and charts."""
