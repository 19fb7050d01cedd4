"""Curves for the user's own task, from recorded curves, simulations and pilots, on joint draws."""
