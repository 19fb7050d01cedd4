"""Stopping rules: what a campaign has seen, when it stops, and the options that stop so."""
