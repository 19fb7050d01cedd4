"""The library holds what the grids that ship with research ask for, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from planner.evidence import recorded_table
from research import evidence
from simulations.cache.catalogue import RESOURCES
from simulations.datasets import DATASETS
from simulations.datasets.fetched import FETCHED
from simulations.grid import load_grid
from simulations.store import dataset_label, learner_label

FOLDER = Path(evidence.__file__).parent


def catalogued_size(name):
    """Items in all, held-out items and classes of a fetched data set, as its catalogue says."""
    return RESOURCES[name].items, RESOURCES[name].test_size, RESOURCES[name].classes


@pytest.fixture
def nothing_fetched(monkeypatch):
    """Let grids be read where the cache is empty: what a trajectory is hangs on its grid file alone."""
    for entry in FETCHED:
        known = replace(entry, size=lambda settings, name=entry.name: catalogued_size(name))
        monkeypatch.setitem(DATASETS, entry.name, known)


def test_what_is_recorded_is_all_that_the_grids_ask_for_and_nothing_else(nothing_fetched):
    table = recorded_table()
    asked = {}
    for grid in ("grid.toml", "fetched.toml"):
        for t in load_grid(FOLDER / grid).trajectories:
            asked.setdefault((dataset_label(t), learner_label(t)), set()).add(t.key)
    assert {pair: set(rows["trajectory"]) for pair, rows in table.groupby(["dataset", "learner"])} == asked


def test_fetched_data_were_recorded_at_the_size_that_the_catalogue_states():
    table = recorded_table()
    fetched = table[table["dataset"].isin([entry.name for entry in FETCHED])]
    assert set(fetched["dataset"]) == {"bbc", "mnist5k", "r8"}
    for name, rows in fetched.groupby("dataset"):
        items, test_size, classes = catalogued_size(name)
        assert set(rows["pool_size"]) == {items - test_size}
        assert set(rows["test_size"]) == {test_size}
        assert set(rows["classes"]) == {classes}
