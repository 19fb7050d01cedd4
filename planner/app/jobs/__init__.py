"""Simulations run as jobs: in the foreground, or in a process of their own that outlives the dashboard."""
