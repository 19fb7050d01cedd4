"""A plan decided once, shared with the tests of what a pilot is worth."""

from tests.planner.decision.pilot.conftest import found, plan  # noqa: F401
