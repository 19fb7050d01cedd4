"""labelplan as its users start it: a grid over worker processes into a store, start-up of the workers included."""

import resource
import tempfile
import time
from pathlib import Path

from job import Answer, Job, versions

from arms.trajectories import grid


def run(job: Job) -> Answer:
    from simulations.run import run_grid
    from simulations.store import Store

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        summary = run_grid(grid(job), Store(Path(folder)), processes=job.processes)
        wall = time.perf_counter() - began
    if summary.done != job.lanes or summary.failed:
        raise RuntimeError(f"{summary.done} of {job.lanes} trajectories were done: {summary.failed}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    lane_rounds = job.lanes * (job.rounds + 1)
    return Answer(
        wall_ms=1e3 * wall / lane_rounds,
        cpu_ms=1e3 * (used.ru_utime + used.ru_stime) / lane_rounds,
        phases_ms={},
        lane_rounds=lane_rounds,
        prepare_s=0.0,
        curves={},
        versions=versions("labelplan", "numpy", "numba"),
        peak_mb=used.ru_maxrss / 1024,
        extra={"seconds": wall},
    )
