"""A file in a grid: what it holds makes the trajectory, where it lies does not."""

import json

import pytest

from simulations.datasets import load_dataset
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import load_grid
from simulations.store import dataset_label
from simulations.trajectory import Trajectory
from simulations.workers import as_text, from_text

TEXT = "a,b,y\n" + "".join(f"{i % 7},{i * i % 11},{'uv'[i % 7 > 3]}\n" for i in range(80))
GRID = """
[grid]
datasets = [{name = "file", path = "data/mine.csv", label = "y"}]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 6
rounds = 2
seeds = 2
"""


@pytest.fixture
def grid_in(tmp_path):
    def write(folder, text=TEXT):
        (tmp_path / folder / "data").mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "data" / "mine.csv").write_text(text)
        (tmp_path / folder / "grid.toml").write_text(GRID)
        return load_grid(tmp_path / folder / "grid.toml").trajectories

    return write


def test_the_folder_is_no_part_of_the_content(grid_in, tmp_path):
    here, there = grid_in("here"), grid_in("there")
    assert [t.key for t in here] == [t.key for t in there]
    assert str(tmp_path) not in json.dumps([t.as_json() for t in here])


def test_the_content_of_the_file_is(grid_in):
    before, after = grid_in("here"), grid_in("here", TEXT + "1,1,u\n")
    assert not {t.key for t in before} & {t.key for t in after}
    assert dataset_label(before[0]) != dataset_label(after[0])


def test_tables_name_the_file_and_its_content(grid_in):
    t = grid_in("here")[0]
    assert dataset_label(t) == f"mine.csv [label=y, {t.dataset.options['content'][:8]}]"
    assert dataset_label(Trajectory.from_json(t.as_json())) == dataset_label(t)


def test_a_worker_is_told_where_the_file_lies(grid_in):
    t = grid_in("here")[0]
    (sent,) = from_text(as_text([t]))
    assert sent.key == t.key and load_dataset(sent.dataset).clean.size == 80


def test_curves_are_the_same_from_either_folder(grid_in):
    here, there = run_lanes(grid_in("here")), run_lanes(grid_in("there"))
    assert [r.series["accuracy"] for r in here] == [r.series["accuracy"] for r in there]


def test_bad_files_are_told_when_the_grid_is_read(grid_in):
    with pytest.raises(InputError, match=r"mine\.csv, row 81, column 'a': found 'x'; allowed: a number"):
        grid_in("here", TEXT + "x,1,u\n")


def test_a_pool_that_is_too_small_is_told_by_the_name_of_its_file(grid_in, monkeypatch):
    monkeypatch.setattr(f"{__name__}.GRID", GRID.replace("rounds = 2", "rounds = 20"))
    with pytest.raises(InputError, match=r": mine\.csv \[label=y, [0-9a-f]{8}\] has a pool of 64 items, and"):
        grid_in("here")
