"""Runs that are killed at any moment, by any signal, whole or in part: what was kept is whole, and a later run ends it.

The runner alone, two shards on one store, a Dask cluster, and a job of the dashboard.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.random import Generator

from planner.app.jobs import Job, JobDir, start_job
from simulations.grid import Grid, load_grid
from simulations.run import run_grid
from simulations.store import Store
from tests.hostile.disks import ROOT, check_store
from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import pick

GRID = """[grid]
datasets = [{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}]
learners = ["ridge"]
strategies = ["random", "margin", "coreset"]
batch_sizes = [2]
initial_size = 10
rounds = 40
seeds = 4
"""
SECONDS = ["fit_seconds", "score_seconds", "select_seconds"]
PATIENCE_SECONDS = 120.0
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


@contextmanager
def begin(folder: Path) -> Iterator[Attempt]:
    """Run the grid once, to know how long it takes and what comes of it; start a cluster when it is asked for."""
    (folder / "grid.toml").write_text(GRID, encoding="utf-8")
    grid, whole = load_grid(folder / "grid.toml"), Store(folder / "whole")
    run_grid(grid, whole, processes=1)
    began = time.monotonic()
    _start(folder / "grid.toml", folder / "timed").communicate(timeout=PATIENCE_SECONDS)
    usual = time.monotonic() - began
    with ExitStack() as stack:
        clusters: list[Any] = []

        def cluster() -> Any:
            if not clusters:
                from distributed import LocalCluster

                options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
                clusters.append(stack.enter_context(LocalCluster(**options)))
            return clusters[0]

        yield lambda rng, place: attempt(rng, place, grid, whole, usual, cluster)


ATTACK = Attack("kills", 200, 1, begin)


def attempt(rng: Generator, place: Path, grid: Grid, whole: Store, usual: float, cluster: Any) -> str:
    """Kill one run, look at what it kept, run the rest, and compare with what comes without a kill."""
    (place / "grid.toml").write_text(GRID, encoding="utf-8")
    kind, moment = rng.random(), float(rng.uniform(0.2, 1.1)) * usual
    if kind < 0.5:
        said = _kill(rng, [_start(place / "grid.toml", place / "store")], moment)
    elif kind < 0.75:
        shards = [_start(place / "grid.toml", place / "store", "--shard", f"{i}/2") for i in (1, 2)]
        said = _kill(rng, shards, moment)
    elif kind < 0.9 or find_spec("distributed") is None:
        said = _kill_job(rng, place, moment)
    else:
        said = _kill_on_cluster(rng, place, moment, cluster())
    store = Store(place / "store")
    if store.directory.exists():
        check_store(store)
    run_grid(grid, store, processes=1)
    tables = [one.frame().drop(columns=SECONDS) for one in (store, whole)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    return said


def _start(grid: Path, store: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "planner.cli", "simulate", str(grid), "--store", str(store), *more]
    return subprocess.Popen(
        [*command, "--processes", "2"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _kill(rng: Generator, runs: "list[subprocess.Popen[str]]", moment: float) -> str:
    """Send a signal to one run, to its group, or to one of the processes that it started; then wait for all."""
    time.sleep(moment)
    number, victim = pick(rng, SIGNALS), pick(rng, runs)
    way = pick(rng, ("run", "group", "child"))
    group = processes_of(victim.pid)
    with suppress(ProcessLookupError):
        if way == "group":
            os.killpg(victim.pid, number)
        else:
            os.kill(pick(rng, group[1:]) if way == "child" and len(group) > 1 else victim.pid, number)
    for run in runs:
        _, told = run.communicate(timeout=PATIENCE_SECONDS)
        assert "Traceback" not in told and "an error in labelplan itself" not in told, told
        assert run.returncode in (0, 1, 128 + number, -number), (run.returncode, told)
        _wait_until_gone(run.pid)
    return f"killed ({way})"


def processes_of(session: int) -> list[int]:
    """List the processes of a session, the one that leads it first."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            facts = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(facts[3]) == session and facts[0] != "Z":
                found.append(int(path.parent.name))
    return sorted(found, key=lambda pid: (pid != session, pid))


def _wait_until_gone(session: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS / 4
    while left := processes_of(session):
        assert time.monotonic() < deadline, f"processes outlive their run: {left}"
        time.sleep(0.05)


def _kill_job(rng: Generator, place: Path, moment: float) -> str:
    """Kill a job of the dashboard, see that it is told as stopped, and resume it."""
    jobs = JobDir.beside(place / "store")
    job = start_job(jobs, GRID)
    time.sleep(moment)
    pid = job.look().pid
    if pid:
        with suppress(ProcessLookupError):
            pick(rng, (os.kill, os.killpg))(pid, signal.SIGKILL)
    status = _wait_for_job(job)
    assert status in ("stopped", "done"), status
    check_store(Store(place / "store"))
    if status == "stopped":
        job.resume()
        assert _wait_for_job(job) == "done"
    return "killed (job)"


def _wait_for_job(job: Job) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (seen := job.look()).runs:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen.status


def _kill_on_cluster(rng: Generator, place: Path, moment: float, cluster: Any) -> str:
    """Kill a worker of the cluster, or the run that asks it."""
    run = _start_on(cluster, place)
    time.sleep(moment)
    pids = [worker.pid for worker in cluster.workers.values() if worker.pid]
    victim, number = (pick(rng, pids), signal.SIGKILL) if pids and rng.random() < 0.5 else (run.pid, pick(rng, SIGNALS))
    with suppress(ProcessLookupError):
        os.kill(victim, number)
    _, told = run.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in told and "an error in labelplan itself" not in told, told
    return "killed (Dask)"


def _start_on(cluster: Any, place: Path) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "planner.cli",
        "simulate",
        str(place / "grid.toml"),
        "--store",
        str(place / "store"),
    ]
    return subprocess.Popen(
        [*command, "--scheduler", cluster.scheduler_address],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
