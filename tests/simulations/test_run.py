import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from simulations import workers
from simulations.errors import SimulationInputError
from simulations.grid import Grid, parse_grid
from simulations.run import estimate, run_grid, take_shard
from simulations.store import Store

ROOT = Path(__file__).parents[2]
TIMINGS = ["fit_seconds", "score_seconds", "select_seconds"]


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


def _table(store):
    return store.frame().drop(columns=TIMINGS)


def test_processes_and_shards_do_not_change_the_table(grid, tmp_path):
    one, two, shards = (Store(tmp_path / name) for name in ("one", "two", "shards"))
    told = []
    summary = run_grid(grid, one, processes=1, progress=lambda done, total: told.append((done, total)))
    assert (summary.total, summary.stored, summary.done, summary.remaining) == (9, 0, 9, 0)
    assert not summary.interrupted and summary.failed == () and summary.unconverged == 0
    assert told[0] == (0, 9) and told[-1] == (9, 9) and sorted(told) == told
    run_grid(grid, two, processes=2)
    for i in (1, 2):
        run_grid(grid, shards, processes=1, shard=f"{i}/2")
    pd.testing.assert_frame_equal(_table(one), _table(two))
    pd.testing.assert_frame_equal(_table(one), _table(shards))


def test_running_again_runs_what_is_missing(grid, tmp_path):
    store = Store(tmp_path)
    first = run_grid(Grid(grid.trajectories[:4]), store, processes=1)
    before = _table(store)
    store.path_of(grid.trajectories[0].key).write_text("{")
    again = run_grid(grid, store, processes=1)
    assert (first.done, again.stored, again.done) == (4, 3, 6)
    assert run_grid(grid, store, processes=1).stored == 9
    frame, warnings = store.curves()
    assert warnings == () and frame["trajectory"].nunique() == 9
    kept = _table(store)
    kept = kept[kept["trajectory"].isin(before["trajectory"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)


def test_shards_are_a_fair_partition(grid):
    parts = [take_shard(grid.trajectories, f"{i}/4") for i in range(1, 5)]
    keys = [t.key for part in parts for t in part]
    assert sorted(keys) == sorted(t.key for t in grid.trajectories)
    assert {len(part) for part in parts} == {2, 3}


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", ""])
def test_bad_shards_are_told(grid, tmp_path, shard):
    with pytest.raises(SimulationInputError, match=r"shard: found .*; allowed: i/n with i from 1 to n"):
        run_grid(grid, Store(tmp_path), shard=shard)


def test_bad_processes_are_told(grid, tmp_path):
    with pytest.raises(SimulationInputError, match="processes: found 0; allowed: a whole number of at least 1"):
        run_grid(grid, Store(tmp_path), processes=0)


def test_the_estimate_counts_before_and_after(grid, tmp_path):
    store = Store(tmp_path)
    ahead = estimate(grid, store)
    assert (ahead.trajectories, ahead.stored, ahead.to_run, ahead.fits, ahead.seconds) == (9, 0, 9, 45, None)
    run_grid(Grid(grid.trajectories[:3]), store, processes=1)
    partly = estimate(grid, store)
    assert (partly.stored, partly.fits) == (3, 30) and partly.seconds is not None and 0 < partly.seconds < 60
    assert estimate(grid, store, shard="1/3").trajectories == 3


def test_input_errors_of_workers_reach_the_caller(grid, tmp_path):
    for t in grid.trajectories:
        (tmp_path / t.key[:2]).write_text("")  # a file where a directory has to be made
    with pytest.raises(SimulationInputError, match=r"cannot be written \(File exists\); what was finished before"):
        run_grid(grid, Store(tmp_path), processes=1)


def test_a_worker_that_always_dies_fails_its_lanes_and_no_others(small, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "ATTEMPTS", 2)
    real, deaths = workers._ask, []

    def deadly(process, task):
        if task[0].seed == 1:
            deaths.append(process.pid)
            process.kill()
        return real(process, task)

    monkeypatch.setattr(workers, "_ask", deadly)
    grid = Grid((small("margin", 0), small("margin", 1), small("margin", 2)))
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 2 and summary.remaining == 1 and len(set(deaths)) == 2
    (sentence,) = summary.failed
    assert sentence == ("synthetic, linear, 1 trajectories from seed 1 on: the worker died 2 times (out of memory?)")


def test_a_worker_that_dies_once_is_replaced(grid, tmp_path, monkeypatch):
    real, deaths = workers._ask, []

    def deadly(process, task):
        if not deaths:
            deaths.append(process.pid)
            process.kill()
        return real(process, task)

    monkeypatch.setattr(workers, "_ask", deadly)
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert deaths and summary.done == 9 and summary.failed == ()


LONG = """
import sys
from simulations.grid import parse_grid
from simulations.run import run_grid
from simulations.store import Store
block = {"datasets": ["synthetic"], "strategies": ["margin", "coreset"], "batch_sizes": [10], "initial_size": 20,
         "rounds": 30, "seeds": 400}
def tell(done, total):
    print(done, flush=True)
summary = run_grid(parse_grid({"grid": block}), Store(sys.argv[1]), processes=2, progress=tell)
print("interrupted", summary.interrupted, summary.done, flush=True)
"""


def _children(pid):
    """Process ids of a process's children, by Linux's own account: each thread lists those it started."""
    lists = [(thread / "children").read_text() for thread in Path(f"/proc/{pid}/task").iterdir()]
    return [int(child) for text in lists for child in text.split()]


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc, which is not there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_stopped_at_once_with_finished_trajectories_kept(tmp_path, number):
    command = [sys.executable, "-c", LONG, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        while process.stdout.readline().strip() in ("0", ""):
            pass
        children = _children(process.pid)
        process.send_signal(number)
        rest = process.stdout.read()
        code = process.wait(timeout=20)
    assert len(children) == 2
    deadline = time.monotonic() + 20
    while any(map(_is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_running, children))
    contents = list(Store(tmp_path).contents())
    assert contents and not any(hasattr(item, "reason") for item in contents)
    if number != signal.SIGKILL:
        assert code == 0 and f"interrupted True {len(contents)}" in rest


def test_a_grid_file_runs_from_end_to_end(tmp_path):
    block = {
        "datasets": [{"name": "synthetic-rare", "n": 1000, "test_size": 300}],
        "strategies": ["random", "margin"],
        "batch_sizes": [5, 10],
        "initial_size": 12,
        "rounds": 2,
        "seeds": 2,
    }
    store = Store(tmp_path)
    run_grid(parse_grid({"grid": block}), store, processes=1)
    frame = store.frame()
    counts = frame.groupby(["strategy", "batch_size", "metric"])["value"].count()
    assert len(counts) == 2 * 2 * 3 and (counts == 2 * 3).all()
    assert frame["dataset"].unique().tolist() == ["synthetic-rare [n=1000, test_size=300]"]
