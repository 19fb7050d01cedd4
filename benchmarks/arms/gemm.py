"""What the processor can do: float32 matrix products on one thread, square and in the shapes a linear head has."""

import time
from collections.abc import Callable

import numpy as np
from job import Answer, Job, versions

_SECONDS = 0.4


def run(job: Job) -> Answer:
    with np.load(job.pool) as stored:
        items, d = stored["features"].shape
    with np.load(job.rows) as stored:
        classes = int(stored["classes"])
    n = job.initial_size + job.rounds * job.batch_size // 2
    rates = {
        "square": max(_rate(size, size, size) for size in (512, 1024, 2048)),
        f"forward {classes}×{d}×{n}": _rate(classes, d, n),
        f"backward {classes}×{n}×{d}": _rate(classes, n, d),
        f"scoring {classes}×{d}×{items}": _rate(classes, d, items),
    }
    return Answer(0.0, 0.0, {}, 0, 0.0, {}, versions("numpy"), extra={"gflops": rates})


def _rate(rows: int, inner: int, columns: int) -> float:
    """Best rate of C-ordered (rows, inner) @ (inner, columns) in billions of operations a second."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((rows, inner), dtype=np.float32)
    # The second factor lies transposed in memory, as items by features do.
    B = rng.standard_normal((columns, inner), dtype=np.float32).T
    out = np.empty((rows, columns), dtype=np.float32)
    return 2e-9 * rows * inner * columns / _best(lambda: np.matmul(A, B, out=out))


def _best(work: Callable[[], object]) -> float:
    best, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < _SECONDS or best == float("inf"):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
