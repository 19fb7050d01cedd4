"""`labelplan list` from end to end."""

import pytest


@pytest.mark.parametrize("what", ["strategies", "learners", "datasets"])
def test_list_gives_what_can_be_named(run, answered, what):
    entries = answered(run("list", what, "--json"))
    assert entries
    assert all({"name", "family", "paper", "needs", "summary"} <= entry.keys() for entry in entries)
    status, out, _ = run("list", what)
    assert status == 0
    assert entries[0]["name"] in out
