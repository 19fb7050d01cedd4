"""The scikit-learn and numpy loop, its lanes spread over processes by joblib."""

import time
from dataclasses import replace

from job import Answer, Job, versions
from joblib import Parallel, delayed

from arms import sklearn_numpy


def run(job: Job) -> Answer:
    began = time.perf_counter()
    jobs = [replace(job, seeds=(seed,)) for seed in job.seeds]
    answers: list[Answer] = Parallel(n_jobs=job.processes)(delayed(sklearn_numpy.run)(one) for one in jobs)
    wall = time.perf_counter() - began
    lane_rounds = sum(a.lane_rounds for a in answers)
    return Answer(
        wall_ms=1e3 * wall / lane_rounds,
        cpu_ms=sum(a.cpu_ms for a in answers) / len(answers),
        phases_ms={},
        lane_rounds=lane_rounds,
        prepare_s=0.0,
        curves={},
        versions=versions("scikit-learn", "numpy", "joblib"),
        extra={"seconds": wall},
    )
