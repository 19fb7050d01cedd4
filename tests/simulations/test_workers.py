import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulations import processes, workers
from simulations import run as run_module
from simulations import worker as worker_module
from simulations.grid import Grid, parse_grid
from simulations.processes import GoneError, Workshop
from simulations.run import run_grid
from simulations.store import Store
from simulations.worker import wire
from simulations.workers import Advanced, Failed, Kept, WorkerPool

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked, and processes looked up, on Linux")


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")))


@pytest.fixture
def struck(monkeypatch):
    """Send a signal to workers that are about to be sent a task: gives a function of when, and which signal."""

    def strike(when, number):
        victims = []

        def hit(send):
            def sent(worker, message):
                if when(message, victims):
                    victims.append(worker.number)
                    os.kill(worker.number, number)
                return send(worker, message)

            return sent

        for kind in (processes._Forked, processes._Spawned):
            monkeypatch.setattr(kind, "send", hit(kind.send))
        return victims

    return strike


@linux
@pytest.mark.parametrize(
    ("forks", "number", "words"),
    [
        (True, signal.SIGKILL, "signal 9 (out of memory? fewer processes need less)"),
        (True, signal.SIGSEGV, "signal 11 (SIGSEGV)"),
        (False, signal.SIGSEGV, "signal 11 (SIGSEGV)"),
    ],
)
def test_a_worker_that_always_dies_fails_its_lanes_and_no_others(
    small, tmp_path, monkeypatch, struck, forks, number, words
):
    monkeypatch.setattr(processes, "_CAN_FORK", forks)
    monkeypatch.setattr(workers, "ATTEMPTS", 2)
    deaths = struck(lambda message, _: message[0]["seed"] == 1, number)
    grid = Grid((small("margin", 0), small("margin", 1), small("margin", 2)))
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 2 and summary.remaining == 1 and len(set(deaths)) == 2
    (sentence,) = summary.failed
    assert sentence == (
        f"synthetic, linear, 1 trajectory from seed 1 on: tried 2 times; the worker was killed by {words}"
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
    assert processes.how_it_ended(status) == words


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
def test_a_worker_that_cannot_start_tells_its_own_error(small, tmp_path, monkeypatch, capfd, forks):
    monkeypatch.setattr(processes, "_CAN_FORK", forks)
    (tmp_path / "numpy.py").write_text("raise ImportError('\\nnumpy is\\ntorn')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    summary = run_grid(Grid((small(),)), Store(tmp_path / "runs"), processes=1)
    (sentence,) = summary.failed
    assert sentence.endswith(": tried 3 times; no worker could be started: ImportError: numpy is")
    assert capfd.readouterr().err == ""


@linux
def test_an_interpreter_that_cannot_start_tells_its_status(small, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(processes.sys, "executable", "/bin/false")
    summary = run_grid(Grid((small(),)), Store(tmp_path), processes=1)
    assert summary.failed[0].endswith("tried 3 times; no worker could be started: it ended with status 1")


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
def test_a_worker_that_takes_its_time_to_die_did_not_run_out_of_memory(small, tmp_path, monkeypatch, forks):
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec 0<&- 1>&-\nsleep 0.3\nexit 3\n")
    slow.chmod(0o755)
    monkeypatch.setattr(processes, "_CAN_FORK", forks)
    monkeypatch.setattr(processes.sys, "executable", str(slow))
    summary = run_grid(Grid(tuple(small(seed=seed) for seed in range(4))), Store(tmp_path / "runs"), processes=2)
    assert summary.done == 0 and summary.failed
    # Two may wait for one nursery, which the first to find it failing puts an end to.
    known = ("no worker could be started: it ended with status 3", "no worker could be started: it died")
    assert all(one.endswith(known) for one in summary.failed)


@linux
def test_a_worker_that_is_ended_leaves_no_zombie(small, tmp_path):
    workshop = Workshop(tmp_path, [small()])
    stopped, crashed, living = (workshop.start() for _ in range(3))
    numbers = [worker.number for worker in (stopped, crashed, living)]
    os.kill(stopped.number, signal.SIGSTOP)  # as one that hangs, which its time limit ends
    os.kill(crashed.number, signal.SIGABRT)
    assert crashed.receive() is None
    assert (workshop.end(stopped), workshop.end(crashed)) == (-signal.SIGKILL, -signal.SIGABRT)
    assert [Path(f"/proc/{number}").exists() for number in numbers] == [False, False, True]
    stopped.kill()  # too late: its number may be another process's by now
    workshop.close()
    assert workshop.end(living) in (-signal.SIGKILL, None)
    assert not Path(f"/proc/{numbers[2]}").exists()


@linux
@pytest.mark.parametrize("case", ["a table", "a table of Parquet", "an array", "scikit-learn", "digits", "a thread"])
def test_a_nursery_that_forks_has_one_thread(tmp_path, monkeypatch, case):
    rows = pd.DataFrame({"a": range(300), "b": [i % 7 for i in range(300)], "y": [i % 3 for i in range(300)]})
    rows.to_csv(tmp_path / "a.csv", index=False)
    rows.to_parquet(tmp_path / "a.parquet")
    np.savez(tmp_path / "a.npz", features=rows[["a", "b"]].to_numpy(float), labels=rows["y"].to_numpy())
    if case == "a thread":
        (tmp_path / "numba.py").write_text(
            "import threading\n"
            "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
            "raise ImportError\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    table = {"name": "file", "label": "y"}
    datasets = {
        "a table": {**table, "path": "a.csv"},
        "a table of Parquet": {**table, "path": "a.parquet"},
        "an array": {"name": "file", "path": "a.npz"},
    }
    block = {
        "datasets": [datasets.get(case, "digits")],
        "learners": ["forest" if case == "scikit-learn" else "linear"],
        "strategies": ["margin"],
        "batch_sizes": [5],
        "initial_size": 10,
        "rounds": 1,
        "seeds": 1,
    }
    grid = parse_grid({"grid": block}, folder=tmp_path)
    workshop = Workshop(tmp_path / "runs", grid.trajectories)
    worker = workshop.start()
    try:
        assert len([*Path(f"/proc/{workshop._nursery._process.pid}/task").iterdir()]) == 1
        worker.send([wire(t) for t in grid.trajectories])
        assert worker.receive()["kept"] == grid.trajectories[0].key
    finally:
        workshop.close()
        workshop.end(worker)


@linux
@pytest.mark.parametrize("forks", [True, False])
def test_a_worker_that_dies_once_is_replaced(grid, tmp_path, monkeypatch, struck, forks):
    monkeypatch.setattr(processes, "_CAN_FORK", forks)
    deaths = struck(lambda _, victims: not victims, signal.SIGKILL)
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert len(deaths) == 1 and summary.done == 9 and summary.failed == ()


@linux
def test_a_worker_that_hangs_is_given_up_after_its_time(small, tmp_path, struck):
    struck(lambda message, _: any(lane["seed"] == 1 for lane in message), signal.SIGSTOP)
    grid = Grid(tuple(small("margin", seed) for seed in range(6)))
    began = time.monotonic()
    summary = run_grid(grid, Store(tmp_path), processes=1, time_limit=1.5)
    assert 3 <= time.monotonic() - began < 20
    assert summary.done == 4 and summary.remaining == 2
    (sentence,) = summary.failed
    assert sentence == (
        "synthetic, linear, 2 trajectories from seed 0 on: stopped after 2 × 1.5 s; a larger --time-limit, fewer "
        "rounds or a smaller pool would let it end"
    )


@linux
def test_a_nursery_that_died_is_replaced(small, tmp_path):
    workshop = Workshop(tmp_path, [small()])
    first = workshop.start()
    nursery = workshop._nursery
    nursery._process.kill()
    nursery._process.wait()
    second = workshop.start()
    assert first.number != second.number and workshop._nursery is not nursery
    for worker in (first, second):
        worker.send([])
        assert worker.receive() == {"done": True}
        workshop.end(worker)
    workshop.close()
    with pytest.raises(GoneError):
        workshop.start()


def test_a_process_that_cannot_be_started_fails_the_task(small, tmp_path, monkeypatch):
    def refused(*arguments, **options):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    summary = run_grid(Grid((small(),)), Store(tmp_path), processes=1)
    assert summary.done == 0
    words = "tried 3 times; no worker could be started: Resource temporarily unavailable"
    assert summary.failed[0].endswith(words)


def test_a_fault_in_a_serving_thread_reaches_the_caller(small, tmp_path, monkeypatch):
    monkeypatch.setattr(WorkerPool, "_finish", lambda self, worker, waiting: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_grid(Grid((small(),)), Store(tmp_path), processes=1)


def test_what_a_worker_cannot_do_is_told_and_the_rest_goes_on(small, tmp_path):
    # Alone in its task, as its schedule is another.
    grid = Grid((small("margin", 0), small("nonesuch", 0, batch_size=6), small("margin", 1)))
    summary = run_grid(grid, Store(tmp_path), processes=1)
    assert summary.done == 2
    assert summary.failed == ("synthetic, linear, 1 trajectory from seed 0 on: KeyError: 'nonesuch'",)


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


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_stopped_at_once_with_finished_trajectories_kept(tmp_path, number):
    command = [sys.executable, "-c", LONG, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        while process.stdout.readline().strip() in ("0", ""):
            pass
        children = _descendants(process.pid)
        process.send_signal(number)
        rest = process.stdout.read()
        code = process.wait(timeout=20)
    assert len(children) == 3  # the nursery and its two workers
    deadline = time.monotonic() + 20
    while any(map(_is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_running, children))
    contents = list(Store(tmp_path).contents())
    assert contents and not any(hasattr(item, "reason") for item in contents)
    if number != signal.SIGKILL:
        assert code == 0 and f"interrupted True {len(contents)}" in rest


def test_what_lies_in_the_users_folder_is_not_imported(grid, tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("raise RuntimeError('not the random of Python')")
    (tmp_path / "simulations").mkdir()
    (tmp_path / "simulations" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    summary = run_grid(grid, Store(tmp_path / "runs"), processes=1)
    assert summary.done == len(grid) and not summary.failed


def test_no_more_is_expected_aloud_than_an_argument_holds(small, tmp_path):
    many = [small(seed=seed) for seed in range(1000)]
    written = processes._as_argument(many)
    assert 50_000 < len(written) < 120_000
    assert len(json.loads(written)) < 1000 and json.loads(processes._as_argument(many[:2]))[1]["seed"] == 1


def test_a_worker_tells_of_its_rounds_and_not_too_often(small, tmp_path, monkeypatch):
    clock = iter(0.2 * i for i in range(1, 100))
    monkeypatch.setattr(worker_module.time, "monotonic", lambda: next(clock))
    told = []
    lanes = [small("random", seed, rounds=9) for seed in range(2)]
    worker_module.simulate(Store(tmp_path), lanes, told.append)
    # Ten rounds 0.2 s apart: half a second has passed at the fourth and the seventh, and the last goes without saying.
    shares = [answer["share"] for answer in told if "share" in answer]
    assert shares == [0.4, 0.7]
    assert [set(answer) for answer in told[2:]] == [{"kept", "converged", "ended"}] * 2


def test_progress_goes_on_within_a_long_trajectory(small, tmp_path):
    told, come = [], []
    grid = Grid((small("qbc", rounds=250, n=2000, d=20, test_size=200),))
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


def test_what_is_in_work_counts_by_its_rounds_until_it_is_kept_or_given_up(small):
    first, second, third = (small(seed=seed) for seed in range(3))
    tally = run_module._Tally(missing=[first, second, third])
    tally.add(Advanced([first, second], 0.25))
    tally.add(Advanced([third], 0.5))
    assert (tally.done, tally.come) == (0, 1.0)
    tally.add(Kept(first, converged=True))
    assert (tally.done, tally.come) == (1, 1.75)
    tally.add(Failed([second], "gone"))
    assert (tally.done, tally.come) == (1, 1.5)
    # One that died is begun anew.
    tally.add(Advanced([third], 0.1))
    assert tally.come == 1.1
