import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from simulations import run as run_module
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import Grid, parse_grid, take_shard
from simulations.run import into_tasks, run_grid
from simulations.store import Store
from simulations.trajectory import Part

ROOT = Path(__file__).parents[2]
TIMINGS = ["fit_seconds", "score_seconds", "select_seconds"]


@pytest.fixture(scope="module")
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


@pytest.fixture(scope="module")
def whole(grid, tmp_path_factory):
    """A store with the whole grid, run by one process; for reading."""
    store = Store(tmp_path_factory.mktemp("whole"))
    run_grid(grid, store, processes=1)
    return store


def _table(store):
    return store.frame().drop(columns=TIMINGS)


def test_processes_and_shards_do_not_change_the_table(grid, whole, tmp_path):
    one, shards = (Store(tmp_path / name) for name in ("one", "shards"))
    told = []
    summary = run_grid(grid, one, processes=2, progress=lambda done, total: told.append((done, total)))
    assert (summary.total, summary.stored, summary.done, summary.remaining) == (9, 0, 9, 0)
    assert not summary.interrupted and summary.failed == () and summary.unconverged == 0
    assert told[0] == (0, 9) and told[-1] == (9, 9) and sorted(told) == told
    for i in (1, 2):
        run_grid(grid, shards, processes=1, shard=f"{i}/2")
    pd.testing.assert_frame_equal(_table(one), _table(whole))
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


def _bits(record):
    """Everything of a record but its timings, to the last bit of every number."""
    data = record.as_json()
    for name in TIMINGS:
        del data["curve"][name]
    return json.dumps(data)


def test_a_lane_gives_the_same_bits_alone_packed_and_over_processes(grid, whole, tmp_path):
    two = Store(tmp_path)
    run_grid(grid, two, processes=2)
    packed = [_bits(record) for record in run_lanes(grid.trajectories)]
    assert packed == [_bits(run_lanes([t])[0]) for t in grid.trajectories]
    for store in (whole, two):
        assert packed == [_bits(store.get(t.key)) for t in grid.trajectories]


def test_two_runs_on_one_store_lose_nothing(grid, whole, tmp_path):
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(run_grid, grid, Store(tmp_path / "shared"), processes=1) for _ in range(2)]
    for run in runs:
        summary = run.result()
        assert summary.stored + summary.done == 9 and summary.failed == () and not summary.interrupted
    shared = Store(tmp_path / "shared")
    assert shared.curves()[1] == () and not list(shared.directory.glob("*/.*.tmp"))
    pd.testing.assert_frame_equal(_table(shared), _table(whole))


def test_nothing_to_run_starts_no_worker(grid, whole, monkeypatch):
    monkeypatch.setattr(run_module, "WorkerPool", lambda *_: SimpleNamespace())  # which cannot be entered
    told = []
    summary = run_grid(grid, whole, progress=lambda done, total: told.append((done, total)))
    assert (summary.stored, summary.done, summary.remaining) == (9, 0, 0) and told == [(0, 0)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"processes": 0}, "processes: found 0; allowed: a whole number of at least 1"),
        ({"time_limit": 0}, "time limit: found 0; allowed: seconds above 0 and below 1,000,000"),
        ({"time_limit": float("nan")}, "time limit: found nan; allowed: seconds above 0"),
        ({"time_limit": 1e300}, "time limit: found 1e+300; allowed: seconds above 0"),
        ({"scheduler": "tcp://h:1", "processes": 2}, "processes: found 2 beside a scheduler; set it where its workers"),
        ({"scheduler": "tcp://h:1", "time_limit": 9}, "time limit: found 9; allowed: none beside a scheduler"),
    ],
)
def test_bad_options_are_told(grid, tmp_path, options, sentence):
    with pytest.raises(InputError) as caught:
        run_grid(grid, Store(tmp_path), **options)
    assert sentence in str(caught.value)


def test_what_stands_where_a_record_or_its_folder_belongs_is_kept_beside_it(small, tmp_path):
    store = Store(tmp_path / "runs")
    first, second = (store.path_of(small(seed=seed).key) for seed in (0, 1))
    first.mkdir(parents=True)
    (first / "mine.txt").write_text("mine")
    second.parent.write_text("mine too")
    summary = run_grid(Grid((small(seed=0), small(seed=1))), store, processes=1)
    assert (summary.done, summary.failed) == (2, ())
    (folder,) = first.parent.glob("*.aside")
    (file,) = store.directory.glob("*.aside")
    assert ((folder / "mine.txt").read_text(), file.read_text()) == ("mine", "mine too")
    assert store.missing([small(seed=0), small(seed=1)]) == []


def test_a_link_to_itself_costs_one_trajectory(small, tmp_path):
    store = Store(tmp_path)
    run_grid(Grid((small(seed=0), small(seed=1))), store, processes=1)
    path = store.path_of(small(seed=0).key)
    path.unlink()
    path.symlink_to(path)
    assert store.curves()[0]["seed"].unique().tolist() == [1]
    assert run_grid(Grid((small(seed=0),)), store, processes=1).done == 1


def test_temporaries_of_writers_long_dead_are_swept_and_younger_ones_kept(small, tmp_path):
    store = Store(tmp_path)
    run_grid(Grid((small(),)), store, processes=1)
    folder = store.path_of(small().key).parent
    old, young = (folder / f".{'ab' * 32}.json.{digit * 32}.tmp" for digit in "01")
    cached = tmp_path / ".frame" / f".table.parquet.{'2' * 32}.tmp"
    foreign = folder / ".notes.tmp"
    cached.parent.mkdir()
    for path, hours in ((old, 25), (young, 23), (cached, 25), (foreign, 25)):
        path.write_text("half a rec")
        os.utime(path, (time.time() - hours * 3600,) * 2)
    assert run_grid(Grid((small(),)), store, processes=1).stored == 1
    assert [path.exists() for path in (old, young, cached, foreign)] == [False, True, False, True]


def test_shards_are_a_fair_partition_whatever_the_order_of_the_grid(grid):
    every = grid.trajectories
    parts = [take_shard(every, f"{i}/4") for i in range(1, 5)]
    assert sorted(t.key for part in parts for t in part) == sorted(t.key for t in every)
    assert {len(part) for part in parts} == {2, 3}
    assert {t.key for t in take_shard(every, "2/3")} == {t.key for t in take_shard(every[::-1], "2/3")}
    assert [len(take_shard(every, f"{i}/11")) for i in (1, 9, 10, 11)] == [1, 1, 0, 0]


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "", "١/٣", "1/" + "9" * 5000])
def test_bad_shards_are_told(grid, shard):
    with pytest.raises(InputError, match=r"shard: found .*; allowed: i/n with i from 1 to n") as caught:
        take_shard(grid.trajectories, shard)
    assert len(str(caught.value)) < 200


def test_tasks_hold_what_can_run_in_lockstep_and_nothing_twice(small):
    noisy = Part.of("flip", {"rate": 0.1})
    every = [small(name, seed, batch_size=b) for seed in range(5) for name in ("random", "margin") for b in (5, 10)]
    every += [small(oracle=noisy), small(learner="ridge")]
    tasks = into_tasks(every, processes=2)
    assert sorted(t.key for task in tasks for t in task) == sorted(t.key for t in every)
    for task in tasks:
        assert len({(t.batch_size, t.learner, t.oracle) for t in task}) == 1
        assert len(task) <= -(-len(every) // 6)
        assert [t.seed for t in task] == sorted(t.seed for t in task)


def test_large_pools_run_in_narrow_tasks(small):
    wide = [small(seed=s, n=100_000, classes=30, test_size=1000) for s in range(40)]
    assert {len(task) for task in into_tasks(wide, processes=1)} == {6, 4}


BLOCK = {
    "datasets": [{"name": "synthetic", "n": 1500, "d": 10, "classes": 4, "test_size": 500}],
    "strategies": ["random", "margin", "coreset"],
    "batch_sizes": [10],
    "initial_size": 20,
    "rounds": 15,
    "seeds": 40,
}
RUN = """
import json, sys
from simulations.grid import Grid, parse_grid, take_shard
from simulations.run import run_grid
from simulations.store import Store
tell = lambda done, total: print(done, flush=True)
run_grid(parse_grid({"grid": json.loads(sys.argv[1])}), Store(sys.argv[2]), processes=2, progress=tell)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills process groups, which are not there")
def test_killed_at_random_moments_and_resumed_gives_the_same_table(tmp_path):
    chance = random.Random(20)
    store = Store(tmp_path / "killed")
    for attempt in range(4):
        command = [sys.executable, "-c", RUN, json.dumps(BLOCK), str(store.directory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as process:
            if attempt % 3:
                time.sleep(chance.uniform(0.3, 1.5))  # while it starts, counts or has just begun
            else:
                for _ in range(1 + chance.randrange(9)):
                    assert process.stdout.readline().strip().isdecimal(), "it ended before it could be killed"
            # Now and then the whole group at once, as when a machine fails; else workers outlive their parent a moment.
            if attempt % 2:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        assert process.returncode == -signal.SIGKILL
    grid = parse_grid({"grid": BLOCK})
    left = len(store.missing(grid.trajectories))
    assert 0 < left < len(grid)
    summary = run_grid(grid, store, processes=2)
    assert summary.failed == () and summary.remaining == 0 and summary.done <= left
    whole = Store(tmp_path / "whole")
    run_grid(grid, whole, processes=1)
    timings = ["fit_seconds", "score_seconds", "select_seconds"]
    killed, undisturbed = (each.frame().drop(columns=timings) for each in (store, whole))
    pd.testing.assert_frame_equal(killed, undisturbed, check_exact=True)
    pd.testing.assert_frame_equal(store.coverage(), whole.coverage())


FULL = """
import resource, sys
from planner.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
sys.argv = ["labelplan", "simulate", sys.argv[1], "--store", sys.argv[2], "--processes", "1"]
main()
"""


GRID = """
[grid]
datasets = [{{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}}]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 10
rounds = 4
seeds = {seeds}
"""


def _block(seeds):
    small = {"name": "synthetic", "n": 400, "d": 6, "classes": 3, "test_size": 150}
    schedule = {"batch_sizes": [5], "initial_size": 10, "rounds": 4, "seeds": seeds}
    return {"datasets": [small], "strategies": ["random", "margin"], **schedule}


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
def test_a_full_disk_is_told_and_what_was_finished_is_kept(tmp_path, monkeypatch):
    path, store = tmp_path / "grid.toml", Store(tmp_path / "runs")
    path.write_text(GRID.format(seeds=2))
    run_grid(parse_grid({"grid": _block(seeds=2)}), store, processes=1)
    before = _table(store)
    path.write_text(GRID.format(seeds=4))
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(store.directory)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2, done
    assert done.stderr.splitlines()[-1] == (
        f"labelplan: {store.directory}: cannot be written (File too large); what was finished before is kept"
    )
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert not list(store.directory.glob("*/.*.tmp"))
    pd.testing.assert_frame_equal(_table(store), before)
    again = run_grid(parse_grid({"grid": _block(seeds=4)}), store, processes=1)
    assert (again.stored, again.done) == (4, 4)
