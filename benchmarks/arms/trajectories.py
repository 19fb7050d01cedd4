"""A job as a grid of labelplan's own."""

from dataclasses import replace

from job import Job

from simulations.grid import Grid, parse_grid


def grid(job: Job) -> Grid:
    """The trajectories of a job."""
    block = {
        "datasets": [job.dataset],
        "learners": [{"name": "linear", "l2": job.l2}],
        "strategies": list(job.strategies),
        "batch_sizes": [job.batch_size],
        "initial_size": job.initial_size,
        "rounds": job.rounds,
        "seeds": list(job.seeds),
    }
    return parse_grid({"grid": block}, where="bench")


def warm_up(job: Job) -> Grid:
    """One short lane a strategy, of another seed: it loads, prepares and compiles, and shares no pick."""
    return grid(replace(job, seeds=(10_000,), rounds=1))
