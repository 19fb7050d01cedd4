"""A store of a test's own, whose jobs are ended with the test."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from planner.app import jobs
from planner.app.jobs import Job, JobDir, Report, default_store, jobs_of

QUICK = """
[grid]
datasets = [{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}]
learners = ["ridge"]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 10
rounds = 4
seeds = 2
"""
MIXED = """
[grid]
datasets = ["digits"]
learners = ["ridge", "mlp"]
strategies = ["random", "margin"]
batch_sizes = [20]
initial_size = 20
rounds = 6
seeds = 2
"""
"""Eight trajectories: the four of ridge are kept at once, those of the perceptron take seconds; neither loads numba."""
PATIENCE_SECONDS = 120.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[JobDir]:
    place = JobDir.beside(default_store(tmp_path))
    yield place
    for job in jobs_of(place):
        report = job.look()
        if jobs.lock_holder(place.lock) == job.name and report.pid:
            with suppress(ProcessLookupError):
                os.kill(report.pid, signal.SIGKILL)
    for child in jobs._children:
        child.wait(PATIENCE_SECONDS)


def wait(job: Job, until: Callable[[Report], bool]) -> Report:
    """Look at a job until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until(seen := job.look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def ended(seen: Report) -> bool:
    return not seen.runs


def has_some(seen: Report) -> bool:
    return seen.done > 0


@contextmanager
def held(job: Job) -> Iterator[None]:
    """Let a job run until it has kept something and said so, and hold its processes for the length of a block."""
    seen = wait(job, has_some)
    os.killpg(seen.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(seen.pid, signal.SIGCONT)
