"""labelplan itself: all lanes of a job in lockstep, in one process."""

import time
from typing import Any

from job import Answer, Job, peak_mb, versions

from arms.trajectories import grid, warm_up


def run(job: Job) -> Answer:
    """Run the lanes, after one short lane a strategy of another seed, which loads, prepares and compiles."""
    from simulations.engine import run_lanes
    from simulations.learners import linear

    began = time.perf_counter()
    work = _count_work(linear.LinearLearner)
    run_lanes(warm_up(job).trajectories)
    work.clear()
    prepared = time.perf_counter() - began
    lanes = grid(job).trajectories
    wall, cpu = time.perf_counter(), time.process_time()
    records = run_lanes(lanes)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    lane_rounds = job.lanes * (job.rounds + 1)
    phases = {name: sum(sum(r.series[f"{name}_seconds"]) for r in records) for name in ("fit", "score", "select")}
    return Answer(
        wall_ms=1e3 * wall / lane_rounds,
        cpu_ms=1e3 * cpu / lane_rounds,
        phases_ms={name: 1e3 * seconds / lane_rounds for name, seconds in phases.items()},
        lane_rounds=lane_rounds,
        prepare_s=prepared,
        curves={f"{r.trajectory.strategy.name}/{r.trajectory.seed}": list(r.series["accuracy"]) for r in records},
        versions=versions("labelplan", "numpy", "numba"),
        peak_mb=peak_mb(),
        extra={
            "fit_flops": sum(flops for flops, _, _ in work),
            "evaluations": sum(count for _, count, _ in work) / max(1, sum(lanes for _, _, lanes in work)),
            "unconverged": sum(not all(r.converged) for r in records),
            "pool_size": records[0].pool_size,
            "test_size": records[0].test_size,
        },
    )


def _count_work(learner: Any) -> list[tuple[float, float, int]]:
    """Note each training's floating-point operations, loss evaluations and lanes; what is counted costs no time.

    An evaluation of loss and gradient is two matrix products of 2 C d n operations.
    """
    work: list[tuple[float, float, int]] = []
    original = learner.fit

    def fit(self: Any, labelled: Any, *rest: Any) -> Any:
        fitted = original(self, labelled, *rest)
        items, features = labelled.answers.shape[1], labelled.features.shape[-1]
        total = float(fitted.effort.sum())
        work.append((4.0 * labelled.classes * features * items * total, total, len(fitted.effort)))
        return fitted

    learner.fit = fit
    return work
