from pathlib import Path

import pytest

from simulations.datasets import DATASETS

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "method" / "datasets.md").read_text("utf-8")


READY = [name for name, entry in DATASETS.items() if entry.needs == "nothing" and entry.task == "classification"]


@pytest.mark.parametrize("name", READY)
def test_the_table_tells_each_data_set_as_it_is(name):
    data = DATASETS[name].load(**DATASETS[name].defaults)
    items, features = data.features.shape
    row = f"| `{name}` | {items:,} | {features} | {data.classes} | {data.imbalance:.1f} | {data.test_size:,} |"
    assert row in DOCS


def test_every_setting_of_a_file_is_told():
    assert all(f"| `{key}` |" in DOCS for key in DATASETS["file"].defaults)


def test_the_example_runs_as_it_stands():
    from simulations.datasets import pool_size
    from simulations.grid import load_grid

    grid = load_grid(ROOT / "examples" / "own-data.toml")
    assert len(grid) == 10
    assert pool_size(grid.trajectories[0].dataset) == (720, 4)
