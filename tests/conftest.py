"""Hypothesis profiles: every run of a commit tries the same cases; `make fuzz` looks for new ones."""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("search", max_examples=1_000, deadline=None, derandomize=False)
settings.load_profile("same")
