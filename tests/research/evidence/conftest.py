"""The recorded library's fixtures, for tests of what records it, and fetched data known by their catalogue alone."""

from dataclasses import replace

import pytest

from simulations.cache.catalogue import RESOURCES
from simulations.datasets import DATASETS
from simulations.datasets.fetched import FETCHED
from tests.planner.evidence.conftest import forest, library, linear, mlp, shipped_in, two_recorded  # noqa: F401


def catalogued_size(name):
    """Items in all, held-out items and classes of a fetched data set, as its catalogue says."""
    return RESOURCES[name].items, RESOURCES[name].test_size, RESOURCES[name].classes


@pytest.fixture
def nothing_fetched(monkeypatch):
    """Let campaigns be listed where the cache is empty: what one is hangs on its settings alone."""
    for entry in FETCHED:
        known = replace(entry, size=lambda settings, name=entry.name: catalogued_size(name))
        monkeypatch.setitem(DATASETS, entry.name, known)
    monkeypatch.setattr("simulations.learners.recipes.open_encoder", lambda name: None)
