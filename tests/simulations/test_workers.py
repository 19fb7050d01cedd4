import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from multiprocessing import forkserver, resource_tracker
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulations import run as run_module
from simulations import workers
from simulations.datasets.pool import open_space
from simulations.grid import Grid, parse_grid
from simulations.learners import LEARNERS
from simulations.run import run_grid
from simulations.store import Store
from simulations.workers import Advanced, Failed, Kept, WorkerPool

ROOT = Path(__file__).parents[2]
slow = pytest.mark.slow
linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, and processes looked up, on Linux")


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


@pytest.fixture
def struck(monkeypatch):
    """Send a signal to workers that are about to be sent a task: gives a function of when, and which signal."""

    def strike(when, number):
        victims = []
        give = workers._Worker.give

        def hit(worker, task):
            if when(task, victims):
                victims.append(worker.process.pid)
                os.kill(worker.process.pid, number)
            give(worker, task)

        monkeypatch.setattr(workers._Worker, "give", hit)
        return victims

    return strike


@linux
def test_a_worker_that_always_dies_fails_its_lanes_and_no_others(small, tmp_path, monkeypatch, struck):
    monkeypatch.setattr(workers, "ATTEMPTS", 2)
    deaths = struck(lambda task, _: task[0].seed == 1, signal.SIGSEGV)
    grid = Grid((small("margin", 0), small("margin", 1), small("margin", 2)))
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 2 and summary.remaining == 1 and len(set(deaths)) == 2
    (sentence,) = summary.failed
    assert sentence == (
        "synthetic, linear, 1 trajectory from seed 1 on: tried 2 times; the worker was killed by signal 11 (SIGSEGV)"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (3, "ended with status 3"),
        (-9, "was killed by signal 9 (out of memory? fewer processes need less)"),
        (-15, "was killed by signal 15 (SIGTERM)"),
        (-200, "was killed by signal 200"),
        (None, "died"),
    ],
)
def test_an_exit_status_is_told_in_words(status, words):
    assert workers.how_it_ended(status) == words


@linux
def test_an_interpreter_that_cannot_start_is_told(small, tmp_path, fresh_fork_server):
    resource_tracker.ensure_running()  # started with that program, it would end too and warn
    multiprocessing.set_executable("/bin/false")
    try:
        summary = run_grid(Grid((small(),)), Store(tmp_path), processes=1)
    finally:
        multiprocessing.set_executable(sys.executable)
    assert summary.failed[0].startswith(
        "synthetic, linear, 1 trajectory from seed 0 on: tried 3 times; no worker could"
    )


@linux
def test_a_worker_that_is_ended_leaves_no_zombie(tmp_path):
    stopped, crashed, living = (workers._Worker(tmp_path) for _ in range(3))
    numbers = [worker.process.pid for worker in (stopped, crashed, living)]
    os.kill(stopped.process.pid, signal.SIGSTOP)  # as one that hangs, which its time limit ends
    os.kill(crashed.process.pid, signal.SIGABRT)
    with pytest.raises(EOFError):
        crashed.line.recv()
    assert crashed.end() == -signal.SIGABRT
    assert stopped.end() is None
    assert living.end() == 0  # it found its line closed
    assert not any(Path(f"/proc/{number}").exists() for number in numbers)


@pytest.fixture
def fresh_fork_server():
    """No fork server that an earlier test has started, nor a later one that this one has."""
    forkserver._forkserver._stop()
    yield
    forkserver._forkserver._stop()


@linux
@pytest.mark.parametrize("paths", [("a.csv", "a.npz"), pytest.param(("a.parquet",), marks=slow)])
def test_the_fork_server_has_one_thread(tmp_path, fresh_fork_server, paths):
    rows = pd.DataFrame({"a": range(300), "b": [i % 7 for i in range(300)], "y": [i % 3 for i in range(300)]})
    rows.to_csv(tmp_path / "a.csv", index=False)
    rows.to_parquet(tmp_path / "a.parquet")
    np.savez(tmp_path / "a.npz", features=rows[["a", "b"]].to_numpy(float), labels=rows["y"].to_numpy())
    block = {
        "datasets": [{"name": "file", "path": path} | ({} if path == "a.npz" else {"label": "y"}) for path in paths],
        "strategies": ["margin"],
        "batch_sizes": [5],
        "initial_size": 10,
        "rounds": 1,
        "seeds": 1,
    }
    grid = parse_grid({"grid": block}, folder=tmp_path)
    with WorkerPool(1, tmp_path / "runs", grid.trajectories) as pool:
        assert [*pool.run([[t] for t in grid.trajectories])] == [*map(Kept, grid.trajectories)]
        task = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/task")
        assert len([*task.iterdir()]) == 1


def test_what_is_preloaded_is_loaded_without_an_error(small):
    open_space.cache_clear()
    lanes = [small("margin"), small("coreset"), small("margin", learner="ridge")]
    workers.preload(lanes)
    open_space(small().dataset, LEARNERS["linear"].axes)
    assert open_space.cache_info().hits >= 1


@linux
def test_a_worker_that_dies_once_is_replaced_where_processes_are_started_afresh(grid, tmp_path, struck, monkeypatch):
    monkeypatch.setattr(workers, "_CONTEXT", multiprocessing.get_context("spawn"))  # as on other systems than Linux
    deaths = struck(lambda _, victims: not victims, signal.SIGKILL)
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert len(deaths) == 1 and summary.done == 9 and summary.failed == ()


@linux
def test_a_worker_that_dies_takes_no_other_ones_work_along(small, tmp_path, struck):
    given = []
    struck(lambda task, victims: given.append(task) or (not victims and len(given) == 2), signal.SIGKILL)
    grid = Grid(tuple(small("margin", seed, rounds=40) for seed in range(6)))
    summary = run_grid(grid, Store(tmp_path), processes=2)
    assert summary.done == 6 and summary.failed == ()
    assert sorted(t.seed for task in given for t in task) == sorted([0, 1, 2, 3, 4, 5, given[1][0].seed])


@linux
def test_a_worker_that_hangs_is_given_up_after_its_time(small, tmp_path, struck):
    struck(lambda task, _: any(t.seed == 1 for t in task), signal.SIGSTOP)
    grid = Grid(tuple(small("margin", seed) for seed in range(6)))
    began = time.monotonic()
    summary = run_grid(grid, Store(tmp_path), processes=1, time_limit=1)
    assert 2 <= time.monotonic() - began < 20
    assert summary.done == 4 and summary.remaining == 2
    (sentence,) = summary.failed
    assert sentence == (
        "synthetic, linear, 2 trajectories from seed 0 on: stopped after 2 × 1 s; a larger --time-limit, fewer "
        "rounds or a smaller pool would let it end"
    )


@linux
def test_a_fork_server_that_died_is_replaced(grid, tmp_path, struck):
    def killed(_, victims):
        if not victims:
            os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
        return not victims

    struck(killed, signal.SIGKILL)
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 9 and summary.failed == ()


def test_a_process_that_cannot_be_started_fails_the_task(small, tmp_path, monkeypatch):
    def refused(*arguments):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers._CONTEXT.Process, "start", refused)
    summary = run_grid(Grid((small(),)), Store(tmp_path), processes=1)
    assert summary.done == 0
    words = "tried 3 times; no worker could be started: Resource temporarily unavailable"
    assert summary.failed[0].endswith(words)


def test_where_no_more_processes_can_be_started_those_there_are_do_the_work(grid, tmp_path, monkeypatch):
    start, started = workers._CONTEXT.Process.start, []

    def refused(process):
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(process)
        start(process)

    monkeypatch.setattr(workers._CONTEXT.Process, "start", refused)
    summary = run_grid(grid, Store(tmp_path), processes=3)
    assert summary.done == 9 and summary.failed == ()


def test_what_a_worker_cannot_do_is_told_and_the_rest_goes_on(small, tmp_path):
    # Alone in its task, as its schedule is another.
    grid = Grid((small("margin", 0), small("nonesuch", 0, batch_size=6), small("margin", 1)))
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 2
    assert summary.failed == ("synthetic, linear, 1 trajectory from seed 0 on: KeyError: 'nonesuch'",)


SCRIPT = """
import sys
from simulations.grid import parse_grid
from simulations.run import run_grid
from simulations.store import Store
block = {"datasets": ["synthetic"], "strategies": ["margin", "coreset"], "batch_sizes": [10], "initial_size": 20,
         "rounds": 30, "seeds": int(sys.argv[2])}
def tell(done, total):
    print(done, flush=True)
summary = run_grid(parse_grid({"grid": block}), Store(sys.argv[1]), processes=2, progress=tell)
print("interrupted", summary.interrupted, summary.done, __name__, flush=True)
"""


def _descendants(pid):
    """Process ids of a process's children and theirs, by Linux's own account: each thread lists those it started."""
    lists = [(thread / "children").read_text() for thread in Path(f"/proc/{pid}/task").iterdir()]
    children = [int(child) for text in lists for child in text.split()]
    return [*children, *(one for child in children for one in _descendants(child))]


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_until_gone(processes):
    deadline = time.monotonic() + 20
    while any(map(_is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_running, processes))


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=slow), signal.SIGKILL])
def test_stopped_at_once_with_finished_trajectories_kept(tmp_path, number):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), "400"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        while process.stdout.readline().strip() in ("0", ""):
            pass
        children = _descendants(process.pid)
        process.send_signal(number)
        rest = process.stdout.read()
        code = process.wait(timeout=20)
    assert len(children) == 4  # multiprocessing's fork server and resource tracker, and two workers
    _wait_until_gone(children)
    contents = list(Store(tmp_path).contents())
    assert contents and not any(hasattr(item, "reason") for item in contents)
    if number != signal.SIGKILL:
        assert code == 0 and f"interrupted True {len(contents)}" in rest


@linux
def test_ctrl_c_while_the_fork_server_loads_is_no_error_of_its(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), "400"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes) as process:
        while not (children := [pid for pid in _descendants(process.pid) if _is_fork_server(pid)]):
            time.sleep(0.01)
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out.endswith("interrupted True 0 __main__\n") and err == ""
    _wait_until_gone(children)


def _is_fork_server(pid):
    with suppress(OSError):
        return b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()


@linux
def test_what_lies_in_the_users_folder_is_not_imported(grid, tmp_path, monkeypatch, fresh_fork_server):
    (tmp_path / "random.py").write_text("raise RuntimeError('not the random of Python')")
    (tmp_path / "simulations").mkdir()
    (tmp_path / "simulations" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    summary = run_grid(grid, Store(tmp_path / "runs"), processes=1)
    assert summary.done == len(grid) and not summary.failed


def test_a_script_needs_no_guard_of_its_main_module(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py", tmp_path / "runs", "1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.splitlines()[-1], done.stderr) == ("interrupted False 2 __main__", "")


SERVED = """
import os, pathlib, sys
from simulations import workers

class Line:
    def recv(self):
        print(os.environ["NEW"], "OLD" in os.environ, file=sys.stderr)
        raise EOFError

os.environ["OLD"] = "1"
workers.serve(Line(), pathlib.Path(sys.argv[1]), {"NEW": "2"})
"""


def test_a_worker_is_given_the_environment_as_it_is_when_it_starts(tmp_path, monkeypatch):
    given = []

    class Process:
        def __init__(self, target, args, daemon):
            given.append(args[2])

        def start(self):
            pass

    monkeypatch.setattr(workers._CONTEXT, "Process", Process)
    for value in ("1", "2"):
        monkeypatch.setenv("NEW", value)
        workers._Worker(tmp_path).line.close()
    assert [environment["NEW"] for environment in given] == ["1", "2"]


def test_workers_see_the_environment_of_their_run(tmp_path):
    done = subprocess.run([sys.executable, "-c", SERVED, tmp_path], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "2 False\n")


@linux
def test_as_much_is_told_to_the_fork_server_as_a_variable_holds(small, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(forkserver, "ensure_running", lambda: told.append(os.environ[workers.PRELOAD_VARIABLE]))
    workers._start_fork_server([small(seed=seed) for seed in range(1000)])
    assert 40_000 < len(told[0]) < 100_000
    assert workers.from_text(told[0])[1] == small(seed=1)
    assert workers.PRELOAD_VARIABLE not in os.environ


def test_a_worker_tells_of_its_rounds_and_not_too_often(small, tmp_path, monkeypatch):
    clock = iter(0.2 * i for i in range(1, 100))
    monkeypatch.setattr(workers.time, "monotonic", lambda: next(clock))
    told = []
    lanes = [small("random", seed, rounds=9) for seed in range(2)]
    workers.simulate(Store(tmp_path), lanes, told.append)
    # Ten rounds 0.2 s apart: half a second has passed at the fourth and the seventh, and the last goes without saying.
    assert told == [Advanced(lanes, 0.4), Advanced(lanes, 0.7), *map(Kept, lanes)]


def test_progress_goes_on_within_a_long_trajectory(small, tmp_path):
    told, come = [], []
    grid = Grid((small("qbc", rounds=200, n=12_000, d=60, test_size=500),))
    summary = run_grid(
        grid,
        Store(tmp_path),
        processes=1,
        progress=lambda done, total: told.append((done, total)),
        advance=lambda done, total: come.append((done, total)),
    )
    assert summary.done == 1 and told == [(0, 1), (1, 1)]
    assert come and {total for _, total in come} == {1}
    shares = [done for done, _ in come]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] < 1


def test_what_is_in_work_counts_by_its_rounds_until_it_is_kept_or_given_up(small, tmp_path, monkeypatch):
    first, second, third = lanes = [small(seed=seed) for seed in range(3)]
    # One that died is begun anew.
    begun = [Advanced([first, second], 0.25), Advanced([third], 0.5)]
    events = [*begun, Kept(first), Advanced([third], 0.5), Failed([second], "gone"), Advanced([third], 0.1)]

    class Pool(nullcontext):
        processes = 1

        def run(self, tasks):
            return events

    monkeypatch.setattr(run_module, "WorkerPool", lambda *_: Pool())
    come = []
    summary = run_grid(Grid(tuple(lanes)), Store(tmp_path), advance=lambda done, total: come.append(done))
    assert come == pytest.approx([0.5, 1.0, 1.75, 1.1]) and (summary.done, summary.remaining) == (1, 2)
