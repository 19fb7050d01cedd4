"""Hypothesis profiles: `make test` and `make test-all` try the same cases each time; `make fuzz` looks for new ones."""

from hypothesis import HealthCheck, settings

# No test fails for its time, which is that of the machine and of whatever else it does.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("same", max_examples=25, derandomize=True, **PATIENT)
settings.register_profile("all", max_examples=100, derandomize=True, **PATIENT)
settings.register_profile("search", max_examples=1_000, derandomize=False, **PATIENT)
settings.load_profile("same")
