"""Hypothesis profiles: every run of a commit tries the same cases; `make fuzz` looks for new ones."""

from hypothesis import HealthCheck, settings

# No test fails for its time, which is that of the machine and of whatever else it does.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("same", derandomize=True, **PATIENT)
settings.register_profile("search", max_examples=1_000, derandomize=False, **PATIENT)
settings.load_profile("same")
