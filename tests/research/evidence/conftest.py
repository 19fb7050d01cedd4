"""The recorded library's fixtures, for tests of what records it."""

from tests.planner.evidence.conftest import forest, library, linear, mlp, shipped_in, two_recorded  # noqa: F401
