"""The library holds what the grids that ship with research ask for, and nothing else."""

import tomllib
from itertools import product
from pathlib import Path

import pytest

from planner.evidence import recorded_table
from research import evidence
from simulations.errors import SimulationInputError
from simulations.grid import load_grid
from simulations.table import dataset_label, learner_label

FOLDER = Path(evidence.__file__).parent


def trajectories(grid):
    """List what a grid asks for; data that are fetched may not be there."""
    try:
        return load_grid(FOLDER / grid).trajectories
    except SimulationInputError as error:
        if "is not in the cache" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("grid", ["grid.toml", "fetched.toml"])
def test_what_is_recorded_of_a_data_set_and_learner_is_all_that_the_grid_asks_for(grid):
    table = recorded_table()
    asked = {}
    for t in trajectories(grid):
        asked.setdefault((dataset_label(t), learner_label(t)), set()).add(t.key)
    recorded = {pair: set(rows["trajectory"]) for pair, rows in table.groupby(["dataset", "learner"])}
    assert {pair: recorded[pair] for pair in asked} == asked


def test_no_data_set_and_learner_is_recorded_that_no_grid_asks_for():
    asked = {
        pair
        for name in ("grid.toml", "fetched.toml")
        for grid in tomllib.loads((FOLDER / name).read_text())["grid"]
        for pair in product(grid["datasets"], grid["learners"])
    }
    table = recorded_table()
    assert set(table[["dataset", "learner"]].drop_duplicates().itertuples(index=False, name=None)) == asked
