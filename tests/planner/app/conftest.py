"""A store of a test's own, whose jobs are ended with the test."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from planner.app import jobs
from planner.app.jobs import Job, JobDir, JobView, default_store, jobs_of

QUICK = """
[grid]
datasets = [{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 10
rounds = 4
seeds = 2
"""
SLOW = """
[grid]
datasets = ["digits"]
learners = [{name = "forest", trees = 20}]
strategies = ["random", "margin"]
batch_sizes = [20]
initial_size = 20
rounds = 12
seeds = 3
"""
PATIENCE_SECONDS = 120.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[JobDir]:
    place = JobDir.beside(default_store(tmp_path))
    yield place
    for job in jobs_of(place):
        report = job.look().report
        if jobs.lock_holder(place.lock) == job.name and report is not None and report.pid:
            with suppress(ProcessLookupError):
                os.kill(report.pid, signal.SIGKILL)
    for child in jobs._children:
        child.wait(PATIENCE_SECONDS)


def wait(job: Job, until: Callable[[JobView], bool]) -> JobView:
    """Look at a job until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until(seen := job.look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def ended(seen: JobView) -> bool:
    return not seen.runs
